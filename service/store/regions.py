"""Regions: many pages at once, summed in the database."""

from typing import Any

from sqlalchemy import Connection, Float, cast, func, select

from service.store import pages
from service.store.schema import PAGES
from service.store.selection import USEFUL, Selection
from service.store.views import SCORES

# What a region can be cut by: names of columns of v_scores.
CUTS = ("page_kind", "municipality", "type")


def read(connection: Connection) -> list[dict[str, Any]]:
    """Every region with how many pages it has, in order of name."""
    asked = (
        select(PAGES.c.region, func.count().label("pages"))
        .where(PAGES.c.region.is_not(None))
        .group_by(PAGES.c.region)
        .order_by(PAGES.c.region)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]


def cut(connection: Connection, selection: Selection, by: str) -> list[dict[str, Any]]:
    """Posts of a selection by one of CUTS.

    A row has `name` (None where it is not known), `posts`, `trusted`, and over these the sum of
    `usefulness` and the number of `useful` ones. Groups without a trusted post are left out.
    """
    if by not in CUTS:
        raise ValueError(by)
    column = SCORES.c[by]
    asked = (
        select(
            column.label("name"),
            func.count().label("posts"),
            func.count().filter(pages.TRUSTED).label("trusted"),
            func.sum(SCORES.c.usefulness).filter(pages.TRUSTED).label("usefulness"),
            func.count().filter(pages.TRUSTED, SCORES.c.usefulness >= USEFUL).label("useful"),
        )
        .where(*selection.scores())
        .group_by(column)
        .order_by(column)
    )
    return [dict(row) for row in connection.execute(asked).mappings() if row["trusted"]]


def sums(connection: Connection, selection: Selection) -> dict[int, tuple[int, float, float]]:
    """By number of page, of trusted posts: how many, the sum of usefulness, the sum of its squares."""
    score = SCORES.c.usefulness
    asked = (
        select(SCORES.c.page, func.count(), func.sum(score), func.sum(score * score))
        .where(*selection.scores(), pages.TRUSTED)
        .group_by(SCORES.c.page)
    )
    return {page: (count, total, squares) for page, count, total, squares in connection.execute(asked)}


def reactions(connection: Connection, selection: Selection) -> dict[int, dict[str, float]]:
    """By number of page, medians of `views` and of `reactions` (likes, comments, reposts together) where known.

    A post whose likes are not known has no reactions; its comments or reposts, not known, add none.
    """
    likes, *others = (SCORES.c[name] for name in ("likes", "comments", "reposts"))
    total = cast(likes + sum(func.coalesce(other, 0) for other in others), Float)
    found: dict[int, dict[str, float]] = {}
    for name, value in {"views": cast(SCORES.c.views, Float), "reactions": total}.items():
        for page, median in pages.medians(connection, selection, value, value.is_not(None)).items():
            found.setdefault(page, {})[name] = median
    return found
