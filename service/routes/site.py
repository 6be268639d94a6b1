"""Pages in Russian: pages of the store, one of them, several side by side, regions with their rating, an upload."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from model.score import TYPES
from service.access import needs
from service.complaint import Complaint
from service.dependencies import Kept, Limits
from service.errors import Refused, answer
from service.hints import TYPE_NAMES
from service.report import page as report
from service.report.account import ZONE, Account
from service.report.figures import draw
from service.report.findings import find
from service.report.progress import praise
from service.report.reading import begin
from service.settings import Settings
from service.site import drawing, rating, region
from service.store import Selection, pages, portrait, regions, series
from service.wording import day, number, percent, plural

SITE = Path(__file__).parents[1] / "site"
LOOK = SITE / "look"
ASSETS = {
    **{f"/site/{path.name}": path for path in sorted((SITE / "assets").iterdir())},
    **{f"/report/{path.name}": path for path in (report.LOOK / "charts.css", report.LOOK / "charts.js")},
    "/site/plotly.min.js": report.plotly(),
}

# As everywhere (service.guard), but for two things: forms of these pages ask this server, and a chart that is taken as
# a picture is drawn from a picture that the script made itself. Scripts and styles stay files of this server.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

SPANS = {13: "13 недель", 26: "полгода", 52: "год", 0: "всё время"}
USUAL = 13

SHEET = 100
MOST_COMPARED = 5

# What the table of pages is sorted by; with a minus the largest stand first.
SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "name": lambda row: row["title"].casefold(),
    "posts": lambda row: row["posts"],
    "rate": lambda row: row["posts_per_week"],
    "usefulness": lambda row: row["usefulness"],
    "useful": lambda row: row["useful"],
    "engagement": lambda row: row["engagement"],
    "last": lambda row: row["last"],
}

templates = report.environment(LOOK)
templates.filters |= {
    "whole": lambda value: "—" if value is None else number(value),
    "share": lambda value: "—" if value is None else percent(value),
    "title": lambda row: _title(row),
    "said": lambda name: rating.NAMES[name],
    "weight": rating.short,
    "short": lambda moment: "—" if moment is None else f"{moment:%d.%m.%Y}",
}


_HEARD = ("WWW-Authenticate", "Retry-After")


class Page(APIRoute):
    """A route for people: what is wrong is told on a page, not in JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        serve = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await serve(request)
            except (Missing, Complaint) as error:
                return _problem(request, str(error), 404 if isinstance(error, Missing) else 503)
            except Refused as error:  # a browser has to hear that a key is asked for, too
                refusal = answer(error)
                page = _problem(request, str(error), refusal.status_code)
                page.headers.update({name: refusal.headers[name] for name in _HEARD if name in refusal.headers})
                return page
            except RequestValidationError as error:
                return _problem(request, "В адресе этой страницы что-то не так.", answer(error).status_code)

        return handle


class Missing(Exception):
    """There is nothing at this address."""


router = APIRouter(route_class=Page, include_in_schema=False)

Weeks = Annotated[int, Query(ge=0, le=1000)]
Text = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Field(ge=1, lt=2**63)]


def _show(request: Request, template: str, status: int = 200, **told: Any) -> HTMLResponse:
    text = templates.get_template(template).render(here=f"/{request.url.path.split('/')[1]}", **told)
    return HTMLResponse(text, status, headers={"Content-Security-Policy": POLICY})


def _problem(request: Request, message: str, status: int) -> HTMLResponse:
    return _show(request, "problem.html", status, head="Не получилось", message=message, back="/pages")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the table of pages is asked for."""

    q: str
    kind: str
    region: str
    weeks: int
    sort: str
    start: int

    def address(self, **other: Any) -> str:
        """The address of the same table with something else."""
        told = {name: other.get(name, getattr(self, name)) for name in self.__slots__}
        return "/pages?" + urlencode({name: value for name, value in told.items() if value or name == "weeks"})

    def sorted(self, key: str) -> str:
        """The address of the same table sorted by a column, the other way round where it is sorted by it already."""
        other = key.removeprefix("-") if key.startswith("-") else f"-{key}"
        return self.address(sort=other if self.sort == key else key, start=0)

    def direction(self, key: str) -> str | None:
        """What `aria-sort` says of a column."""
        if self.sort.removeprefix("-") != key.removeprefix("-"):
            return None
        return "descending" if self.sort.startswith("-") else "ascending"


@router.get("/pages", dependencies=[needs("read")])
def list_pages(
    request: Request, store: Kept, limits: Limits, q: Text = "", kind: Text = "", region: Text = "",
    weeks: Weeks = USUAL, sort: Text = "-usefulness", start: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> HTMLResponse:  # fmt: skip
    """Give the table of pages."""
    asked = Asked(q.strip(), kind, region, weeks, sort if sort.removeprefix("-") in SORTS else "-usefulness", start)
    rules = _rules(limits)
    with store.reading() as connection:
        selection, told = _span(connection, Selection(kind=kind or None, region=region or None), weeks)
        found = [_row(row, rules) for row in pages.glance(connection, selection)]
        rows = _sorted((row for row in found if asked.q.casefold() in row["title"].casefold()), asked.sort)
        shown = rows[start : start + SHEET]
        _add_sparks(connection, selection, shown)
        places = portrait.places(connection)
        told += _ahead(connection, selection)
    return _show(
        request, "pages.html", asked=asked, rows=shown, places=places, spans=SPANS, links=_sheets(asked, len(rows)),
        told=f"{plural(len(rows), 'страница', 'страницы', 'страниц')}. {told}",
    )  # fmt: skip


@router.get("/pages/{page}", dependencies=[needs("read")])
def show_page(request: Request, store: Kept, limits: Limits, page: Number, weeks: Weeks = 52) -> HTMLResponse:
    """Give what one page of the store comes to."""
    with store.reading() as connection:
        selection, told = _span(connection, Selection(pages=(page,)), weeks)
        known = pages.read_facts(connection, (page,))
        if not known:
            raise Missing("Такой страницы в хранилище нет. Возможно, её удалили.")
        facts = known[0]
        account = Account(zone=_zone(facts["zone"]), norm=_rules(limits).norm_of(facts["kind"]))
        for row in portrait.read(connection, selection):
            account.add(dict(row), begin(row["beginning"] or ""))
        if not account.ahead:  # which would tell of them itself
            told += _ahead(connection, selection)
    told = f"{_about(facts)}. {plural(account.posts, 'пост', 'поста', 'постов')}. {told}".removeprefix(". ")
    return _show(
        request, "page.html", title=_title(facts), told=told, page=page, asked=weeks, spans=SPANS, account=account,
        findings=find(account), better=praise(account), charts=draw(account),
    )  # fmt: skip


@router.get("/compare", dependencies=[needs("read")])
def compare(request: Request, store: Kept, page: Annotated[list[Number], Query(max_length=100)]) -> HTMLResponse:
    """Give up to five pages side by side."""
    chosen = tuple(dict.fromkeys(page))
    if not 2 <= len(chosen) <= MOST_COMPARED:
        raise Missing(f"Выберите от двух до {MOST_COMPARED} страниц.")
    with store.reading() as connection:
        selection, told = _span(connection, Selection(pages=chosen), 52)
        rows = series.compare(connection, selection, "month")
        told += _ahead(connection, selection)
    if len(rows) < 2:
        raise Missing("Этих страниц в хранилище нет. Возможно, их удалили.")
    rows = [row | {"title": _title(row)} for row in rows]
    drawn = drawing.draw_comparison([row["title"] for row in rows], [row["series"] for row in rows])
    charts = [drawn] if drawn else []
    return _show(request, "compare.html", told=told, rows=rows, lines=list(_lines(rows)), charts=charts)


def _lines(rows: list[dict[str, Any]]) -> Iterable[tuple[str, list[str]]]:
    """The table of a comparison: what is compared, and for each page what it is."""
    whole, share = templates.filters["whole"], templates.filters["share"]
    yield "Постов", [number(row["posts"]) for row in rows]
    yield "В неделю", [number(row["posts_per_week"], 1) for row in rows]
    yield "Средняя польза", [whole(row["usefulness"]) for row in rows]
    yield "Медиана пользы", [whole(row["usefulness_median"]) for row in rows]
    yield "Полезны жителю", [share(row["useful"]) for row in rows]
    yield "Ожидаемый отклик", [whole(row["engagement"]) for row in rows]
    for name in TYPES:
        if any(row["types"].get(name) for row in rows):
            yield f"Тип: {TYPE_NAMES[name]}", [share(row["types"].get(name)) for row in rows]


@router.get("/regions", dependencies=[needs("read")])
def list_regions(request: Request, store: Kept) -> HTMLResponse:
    """Give the regions that pages are of."""
    with store.reading() as connection:
        return _show(request, "regions.html", rows=regions.read(connection))


@router.get("/regions/{name:path}", dependencies=[needs("read")])
def show_region(
    request: Request, store: Kept, limits: Limits, name: str, start: Annotated[int, Query(ge=0, le=10**6)] = 0
) -> HTMLResponse:
    """Give where a region loses quality, who improved, who fell silent, and the rating of its pages."""
    rules = _rules(limits)
    with store.reading() as connection:
        if name not in {row["region"] for row in regions.read(connection)}:
            raise Missing(f"Региона «{name}» в хранилище нет.")
        selection = Selection(region=name)
        until = portrait.reach(connection, selection)[1]
        if until is None:
            raise Missing(f"У страниц региона «{name}» нет постов с датой.")
        told = region.read(connection, selection, rules, until + timedelta(seconds=1))
        ahead = _ahead(connection, selection)
    links = [
        (f"?start={at}", f"места {at + 1}–{min(at + SHEET, len(told.places))}")
        for at in range(0, len(told.places), SHEET)
        if at != start
    ]
    return _show(
        request, "region.html", region=name, told_of=told, told=_said(told.since, told.until) + ahead, links=links,
        findings=told.findings(), charts=drawing.draw_pulls(told.cuts), rules=rules, names=rating.NAMES,
        meanings=rating.MEANINGS, least=rating.LEAST, places=told.places[start : start + SHEET],
    )  # fmt: skip


@router.get("/upload", dependencies=[needs("write")])
def upload(request: Request) -> HTMLResponse:
    """Give the page where an archive is sent from."""
    return _show(request, "upload.html")


def _asset(path: Path) -> Callable[[], FileResponse]:
    def give() -> FileResponse:
        return FileResponse(path, headers={"Cache-Control": "no-cache"})  # asked again by its ETag: plotly weighs 5 MB

    return give


for _address, _path in ASSETS.items():
    router.add_api_route(_address, _asset(_path), methods=["GET"], dependencies=[needs("open")])


def _rules(limits: Settings) -> rating.Rules:
    return rating.read_once(limits.rating, limits.norm)


def _span(connection: Connection, selection: Selection, weeks: int) -> tuple[Selection, str]:
    """The selection over some weeks before the newest post of its pages, and the span in words; 0 is all the time."""
    first, last = portrait.reach(connection, selection)
    if first is None or last is None or not weeks:
        return selection, "За всё время."
    until = last + timedelta(seconds=1)
    since = max(first, until - timedelta(weeks=weeks))
    return replace(selection, since=since, until=until), _said(since, until)


def _ahead(connection: Connection, selection: Selection) -> str:
    """How many posts are dated in the future, in words; empty where none is."""
    count = portrait.count_ahead(connection, selection)
    posts = plural(count, "поста", "постов", "постов")
    return f" У {posts} дата в будущем: в сроки и ритм такие посты не входят." if count else ""


def _said(since: datetime, until: datetime) -> str:
    return f"С {day(since)} по {day(until)}."


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # what an operator wrote is not checked when it is stored
        return ZoneInfo(ZONE)


def _title(row: dict[str, Any]) -> str:
    return row["name"] or " ".join(filter(None, (row["platform"], row["page_id"]))) or "Без названия"


def _about(row: dict[str, Any]) -> str:
    return ", ".join(filter(None, (row["kind"], row["municipality"] or row["region"])))


def _row(row: dict[str, Any], rules: rating.Rules) -> dict[str, Any]:
    below = row["posts_per_week"] < rules.norm_of(row["kind"])
    return row | {"title": _title(row), "about": _about(row), "below": below}


def _sorted(rows: Iterable[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Rows in order; those where the value is not known stand last."""
    key = SORTS[sort.removeprefix("-")]
    found = sorted(rows, key=lambda row: row["page"])
    known = sorted((row for row in found if key(row) is not None), key=key, reverse=sort.startswith("-"))
    return known + [row for row in found if key(row) is None]


def _add_sparks(connection: Connection, selection: Selection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    told = series.read(connection, replace(selection, pages=tuple(row["page"] for row in rows)), "week")
    weeks = {page: {one["start"]: one["usefulness"] for one in found} for page, found in told.items()}
    first = min((week for found in weeks.values() for week in found), default=None)
    last = max((week for found in weeks.values() for week in found), default=None)
    every: list[date] = []
    while first is not None and last is not None and first <= last:
        every.append(first)
        first += timedelta(weeks=1)
    values = [value for found in weeks.values() for value in found.values() if value is not None] or [0.0]
    for row in rows:
        row["spark"] = drawing.draw_spark(weeks.get(row["page"], {}), every, min(values), max(values))


def _sheets(asked: Asked, total: int) -> list[tuple[str, str]]:
    """Links to the other sheets of a long table."""
    return [
        (asked.address(start=at), f"{at + 1}–{min(at + SHEET, total)}")
        for at in range(0, total, SHEET)
        if at != asked.start
    ]
