"""Regions: many pages at once, summed in the database."""

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Connection, Float, cast, func, select

from service.forms import FORMS
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


def cuts(connection: Connection, selection: Selection) -> dict[str, list[dict[str, Any]]]:
    """Posts of a selection by each of CUTS, in one reading.

    A row has `name` (None where it is not known), `posts`, `trusted`, and over these the sum of
    `usefulness` and the number of `useful` ones. Groups without a trusted post are left out.
    """
    columns = [SCORES.c[by] for by in CUTS]
    asked = (
        select(
            *columns,
            func.count().label("posts"),
            func.count().filter(pages.TRUSTED).label("trusted"),
            func.coalesce(func.sum(SCORES.c.usefulness).filter(pages.TRUSTED), 0.0).label("usefulness"),
            func.count().filter(pages.TRUSTED, SCORES.c.usefulness >= USEFUL).label("useful"),
        )
        .where(*selection.counted())
        .group_by(*columns)
        .order_by(*columns)
    )
    found: dict[str, dict[str | None, Counter[str]]] = {by: defaultdict(Counter) for by in CUTS}
    for row in connection.execute(asked).mappings():
        for by in CUTS:
            found[by][row[by]].update({name: row[name] for name in ("posts", "trusted", "usefulness", "useful")})
    return {
        by: [{"name": name, **sums} for name, sums in groups.items() if sums["trusted"]] for by, groups in found.items()
    }


def forms(connection: Connection, selection: Selection) -> dict[int, dict[str, int]]:
    """By number of page, how many posts are of each form; posts whose form is not known are in none."""
    counts = (func.count().filter(SCORES.c.form == form).label(form) for form in FORMS)
    asked = select(SCORES.c.page, *counts).where(*selection.counted()).group_by(SCORES.c.page)
    return {
        row["page"]: {form: row[form] for form in FORMS if row[form]} for row in connection.execute(asked).mappings()
    }


def reactions(connection: Connection, selection: Selection) -> dict[int, dict[str, float]]:
    """By number of page, medians of `views` and of `reactions` (likes, comments, reposts together) where known.

    A post whose likes are not known has no reactions; its comments or reposts, not known, add none.
    """
    likes, *others = (SCORES.c[name] for name in ("likes", "comments", "reposts"))
    total = cast(likes + sum(func.coalesce(other, 0) for other in others), Float)
    return pages.medians(connection, selection, {"views": cast(SCORES.c.views, Float), "reactions": total})
