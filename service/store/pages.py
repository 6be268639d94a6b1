"""Pages with what their scores come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import itemgetter
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, Row, RowMapping, Select, case, cast, func, select

from model.score import TYPES
from service.complaint import Complaint
from service.store import ingest
from service.store.dialect import days
from service.store.schema import PAGES, POSTS
from service.store.selection import USEFUL, Selection
from service.store.views import SCORES

MEASURES = ("usefulness", "engagement")

WEEK = timedelta(days=7)

# A trend is told in points per four weeks; of fewer posts or days it would be chance.
TREND_DAYS = 28
TREND_POSTS = 8
TREND_SPAN = 14.0

# Only scores that the model stands by are averaged.
TRUSTED = SCORES.c.status == "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is known of a page beside its posts; None leaves what was known. `zone` is like Europe/Moscow."""

    platform: str
    page_id: str
    name: str | None = None
    kind: str | None = None
    region: str | None = None
    municipality: str | None = None
    followers: int | None = None
    zone: str | None = None


def describe(connection: Connection, pages: Iterable[Page]) -> int:
    """Write what is known of pages, also of those without posts yet. Gives how many."""
    facts: dict[ingest.PageKey, dict[str, Any]] = {}
    for page in pages:
        row = {name: ingest.clean(fact) if isinstance(fact, str) else fact for name, fact in asdict(page).items()}
        earlier = facts.get((row["platform"], row["page_id"]), {})
        facts[row["platform"], row["page_id"]] = {
            name: row[name] if row[name] is not None else earlier.get(name) for name in row
        }
    return len(ingest.upsert_pages(connection, facts))


def find(connection: Connection, platform: str | None, page_id: str | None) -> dict[str, Any] | None:
    """A page by platform and id; None where the store has none."""
    where = PAGES.c.platform == (platform or ""), PAGES.c.page_id == (page_id or "")
    row = connection.execute(select(PAGES).where(*where)).mappings().one_or_none()
    return None if row is None else _told(row)


def seek(connection: Connection, said: str) -> dict[str, Any]:
    """The page that an operator means: by its number here, or by platform and id, `vk/5`. Raises Complaint."""
    platform, slash, page_id = said.partition("/")
    page_id = page_id.lstrip("-") if platform == "vk" else page_id  # VK itself writes pages so
    number = said if said.isascii() and said.isdigit() and int(said) < 2**63 else None
    found = read_facts(connection, (int(number),)) if number else [find(connection, platform, page_id)] if slash else []
    if not found or found[0] is None:
        raise Complaint(
            "no_page", f"Страницы {said} в базе нет. Назовите её номер из адреса /pages/НОМЕР или площадку и id: vk/5."
        )
    return found[0]


def known(connection: Connection, page: int) -> bool:
    """Whether the store has a page of this number."""
    return connection.execute(select(PAGES.c.id).where(PAGES.c.id == page)).one_or_none() is not None


def read_facts(connection: Connection, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """What is known of pages beside their posts, in order of number; those that are not there are left out."""
    asked = select(PAGES).where(PAGES.c.id.in_(numbers)).order_by(PAGES.c.id)
    return [_told(row) for row in connection.execute(asked).mappings()]


def read(connection: Connection, selection: Selection) -> list[dict[str, Any]]:
    """Every page of a selection as in `glance`, with medians and the trend, which take as long again.

    `trend` is in points of usefulness per four weeks.
    """
    rows = glance(connection, selection)
    slopes = {row["page"]: _slope(row) for row in connection.execute(_sums(connection, selection)).mappings()}
    middles = medians(connection, selection, {f"{name}_median": SCORES.c[name] for name in MEASURES}, TRUSTED)
    unknown = dict.fromkeys(f"{name}_median" for name in MEASURES)
    return [row | {"trend": slopes.get(row["page"])} | unknown | middles.get(row["page"], {}) for row in rows]


def glance(connection: Connection, selection: Selection) -> list[dict[str, Any]]:
    """Every page of a selection in order of number, also those without a post in it; a flat row each and `types`.

    `posts` counts all, `trusted` those with status ok: means, `useful` (the share from USEFUL
    up), `types` and `squares` (the sum of squares of usefulness) are over these, None where
    there are none. `posts_per_week` is over the time of the page itself: from `since`, or its
    first post where its archive begins later, to `until`, or the newest post of the store, or
    the moment its counts were last read where that was earlier; at least a week. So it does not
    depend on which other pages are asked for. `ahead` posts are dated after the horizon of the
    selection and count as posts without a date.
    """
    rows = connection.execute(select(PAGES).where(*selection.places()).order_by(PAGES.c.id)).mappings().all()
    told = {row["page"]: row for row in connection.execute(_totals(selection)).mappings()}
    spans = _spans(connection, selection)
    return [_told(row) | _summary(told.get(row["id"]), spans.get(row["id"])) for row in rows]


def _told(row: RowMapping) -> dict[str, Any]:
    facts = {name: row[name] for name in ("name", "kind", "region", "municipality", "followers", "zone")}
    return {"page": row["id"], "platform": row["platform"] or None, "page_id": row["page_id"] or None, **facts}


def share(condition: Any) -> Any:
    """The share of trusted rows for which a condition holds."""
    return func.avg(cast(case((condition, 1), else_=0), Double)).filter(TRUSTED)


def _totals(selection: Selection) -> Select[Any]:
    column = SCORES.c
    date = case((column.date < selection.horizon, column.date))
    return (
        select(
            column.page,
            func.count().label("posts"),
            func.count().filter(TRUSTED).label("trusted"),
            func.avg(column.usefulness).filter(TRUSTED).label("usefulness"),
            func.avg(column.engagement).filter(TRUSTED).label("engagement"),
            func.sum(column.usefulness * column.usefulness).filter(TRUSTED).label("squares"),
            share(column.usefulness >= USEFUL).label("useful"),
            func.min(date).label("first"),
            func.max(date).label("last"),
            func.count(date).label("dated"),
            func.count().filter(column.date >= selection.horizon).label("ahead"),
            *(share(column.type == name).label(f"share_{name}") for name in TYPES),
        )
        .where(*selection.counted())
        .group_by(column.page)
    )


def _spans(connection: Connection, selection: Selection) -> dict[int, tuple[datetime, datetime]]:
    """By number of page, the part of the asked time of which the store knows the page's posts."""
    date, page = POSTS.c.date, POSTS.c.page
    of_pages = select(page).join(PAGES, PAGES.c.id == page).where(*selection.places(), date < selection.horizon)
    begun: dict[int, datetime] = dict(
        tuple(row) for row in connection.execute(of_pages.add_columns(func.min(date)).group_by(page))
    )
    newest = connection.execute(select(func.max(date)).where(date < selection.horizon)).scalar_one()
    end = min(selection.until, selection.now) if selection.until else newest
    # Of the asked time alone: the moment of counting is in no index.
    asked = of_pages.add_columns(func.max(date), func.max(POSTS.c.counted_at)).group_by(page)
    if selection.since is not None:
        asked = asked.where(date >= selection.since)
    if selection.until is not None:
        asked = asked.where(date < selection.until)
    return {
        number: (max(begun[number], selection.since or begun[number]), min(end, max(last, counted or end)))
        for number, last, counted in connection.execute(asked)
    }


def _sums(connection: Connection, selection: Selection) -> Select[Any]:
    """Sums that a line through the points (day, usefulness) of each page is drawn by."""
    column = SCORES.c
    x, y = days(connection, column.date), column.usefulness
    sums = {"x": x, "y": y, "xx": x * x, "xy": x * y}
    return (
        select(
            column.page,
            func.count().label("n"),
            (func.max(x) - func.min(x)).label("span"),
            *(func.sum(total).label(name) for name, total in sums.items()),
        )
        .where(*selection.counted(), TRUSTED, column.date < selection.horizon)
        .group_by(column.page)
    )


def medians(
    connection: Connection,
    selection: Selection,
    values: Mapping[str, ColumnElement[float]],
    *conditions: ColumnElement[bool],
) -> dict[int, dict[str, float]]:
    """By number of page, medians of values of v_scores, each over the rows where it is known.

    Rows are read once for all values, a page at a time: windows in SQL sort everything anew for each.
    """
    page = SCORES.c.page
    asked = select(page, *(value.label(name) for name, value in values.items()))
    asked = asked.where(*selection.counted(), *conditions).order_by(page)
    rows = chain.from_iterable(connection.execution_options(yield_per=10_000).execute(asked).partitions())
    return {number: _middles(values, of_page) for number, of_page in groupby(rows, key=itemgetter(0))}


def _middles(names: Iterable[str], rows: Iterable[Row[Any]]) -> dict[str, float]:
    _, *columns = zip(*rows, strict=True)
    known = ([value for value in column if value is not None] for column in columns)
    return {name: float(median(found)) for name, found in zip(names, known, strict=True) if found}


def _summary(row: RowMapping | None, span: tuple[datetime, datetime] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"posts": 0, "trusted": 0, "ahead": 0, **dict.fromkeys((*MEASURES, "useful", "squares"))}
    if row is None:
        return told | {"posts_per_week": 0.0, "first": None, "last": None, "types": {}}
    told = {name: row[name] for name in told}
    return told | {
        "posts_per_week": _rate(row["dated"], span),
        "first": row["first"],
        "last": row["last"],
        "types": {name: row[f"share_{name}"] for name in TYPES} if row["trusted"] else {},
    }


def _rate(posts: int, span: tuple[datetime, datetime] | None) -> float:
    return 0.0 if span is None else posts / max(1.0, (span[1] - span[0]) / WEEK)


def _slope(row: RowMapping) -> float | None:
    """The slope of least squares, in points per TREND_DAYS."""
    n, x, y, xx, xy = (row[name] for name in ("n", "x", "y", "xx", "xy"))
    spread = n * xx - x * x
    if n < TREND_POSTS or row["span"] < TREND_SPAN or spread <= 0:
        return None
    return float(TREND_DAYS * (n * xy - x * y) / spread)
