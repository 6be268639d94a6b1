"""What the store has: scores, pages, series."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BeforeValidator
from sqlalchemy import Connection

from service import sheets
from service.access import needs
from service.complaint import Complaint
from service.dependencies import Kept, Limits, refusals
from service.errors import Refused
from service.routes.parameters import KNOWN
from service.schemas import Status, Type
from service.settings import Settings
from service.sheets import Asked
from service.site import rating
from service.store import Selection, pages, scores, series
from service.store.dialect import Interval
from service.store.scores import NEWEST, SORTS

MOST = 5000
SIDE_BY_SIDE = 5

SORT = f"^-?({'|'.join(SORTS)})$"
Number = Annotated[int, Path(ge=1, lt=2**63, description="Номер страницы в хранилище: page в /v1/pages")]
Some = Annotated[int, Query(ge=1, le=MOST, description="Сколько строк")]
Step = Annotated[Interval, Query(description="Шаг; дни и недели начинаются в полночь UTC")]
Label = Annotated[str | None, Query(max_length=200)]
FROM_CURSOR = (
    "Из заголовка X-Next-Cursor. Нет заголовка — строк больше нет; кто ждёт новых, спрашивает с последним курсором, "
    "который был: уже полученные строки придут снова"
)
Score = Annotated[float | None, Query(ge=0, le=100)]
Since = Annotated[datetime | None, Query(alias="from", description="ISO 8601; без смещения — UTC")]


def _end_of_day(told: Any) -> Any:
    """The end of a day that is told without an hour."""
    try:
        return datetime.combine(date.fromisoformat(told) + timedelta(days=1), time(), UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return told


Until = Annotated[
    datetime | None,
    BeforeValidator(_end_of_day),
    Query(alias="to", description="Момент не включается, день без времени включается целиком; без смещения — UTC"),
]

router = APIRouter(tags=["хранилище"], dependencies=[needs("read"), KNOWN])


def _moment(value: datetime | None) -> datetime | None:
    """A moment in UTC; one that the calendar cannot hold there is taken as it stands."""
    if value is None or value.tzinfo is None:
        return value and value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


class _Places:
    """Which pages, and of what time."""

    def __init__(
        self,
        page: Annotated[list[Annotated[int, Query(ge=1, lt=2**63)]] | None, Query(max_length=500)] = None,
        platform: Label = None,
        kind: Label = None,
        region: Label = None,
        municipality: Label = None,
        since: Since = None,
        until: Until = None,
        model: Label = None,
    ) -> None:
        self.told: dict[str, Any] = {
            "pages": tuple(page or ()), "platform": platform, "kind": kind, "region": region,
            "municipality": municipality, "since": _moment(since), "until": _moment(until), "model": model,
        }  # fmt: skip
        self.told = {name: _clean(value) for name, value in self.told.items()}
        if since and until and self.told["since"] >= self.told["until"]:
            raise Complaint(
                "bad_span", "from не раньше, чем to: за такое время ничего не бывает. Поменяйте их местами."
            )


def _clean(value: Any) -> Any:
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value  # PostgreSQL takes no NUL


class _Posts(_Places):
    """Which posts of them."""

    def __init__(
        self,
        places: Annotated[_Places, Depends(_Places)],
        type: Type | None = None,
        status: Status | None = None,
        min_usefulness: Score = None,
        max_usefulness: Score = None,
        min_engagement: Score = None,
        max_engagement: Score = None,
    ) -> None:
        bounds = {"usefulness": (min_usefulness, max_usefulness), "engagement": (min_engagement, max_engagement)}
        for name, (low, high) in bounds.items():
            if low is not None and high is not None and low > high:
                raise Complaint("bad_bounds", f"min_{name} больше, чем max_{name}. Поменяйте их местами.")
        self.told = {**places.told, "type": type, "status": status, **bounds}


Places = Annotated[_Places, Depends(_Places)]
Posts = Annotated[_Posts, Depends(_Posts)]
_ROWS: dict[str, Any] = {
    "response_model": list[dict[str, Any]],
    "responses": {200: {"content": sheets.OF_CONTENT}, 304: {"description": "Ничего не изменилось"}}
    | refusals(404, 422, 503),
}


@router.get("/v1/scores", summary="Оценки плоскими строками", **_ROWS)
def read_scores(
    request: Request, store: Kept, form: Asked, posts: Posts,
    sort: Annotated[str, Query(description="С минусом — от большего", pattern=SORT)] = NEWEST,
    cursor: Annotated[str | None, Query(max_length=500, description=FROM_CURSOR)] = None,
    limit: Some = 100,
) -> Response:  # fmt: skip
    """Give scores, the newest posts first, one row a post: its latest scores, or those of a `model`.

    `X-Next-Cursor` stands after the last row, `Link` leads on, both while there are others. Rows
    that arrive meanwhile shift nothing.
    """
    with store.reading() as connection:
        sheet = scores.read(connection, Selection(**posts.told), sort, cursor, limit)
    headers = {}
    if sheet.more:
        headers["X-Next-Cursor"] = str(sheet.cursor)
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*asked, ("cursor", sheet.cursor)])}>; rel="next"'
    return form.give(map(sheets.flatten_score, sheet.rows), sheets.SCORE, headers)


@router.get("/v1/pages", summary="Страницы и что о них говорят оценки", **_ROWS)
def read_pages(
    store: Kept, form: Asked, places: Places, limits: Limits,
    norm: Annotated[float | None, Query(ge=0.01, le=1000, description="Сколько постов в неделю положено")] = None,
) -> Response:  # fmt: skip
    """Give every page with its posts, means, medians, types, trend, and posts a week against a norm.

    Unless one is asked for, the norm is that of the page's kind in the rules of the rating.
    """
    with store.reading() as connection:
        found = pages.read(connection, Selection(**places.told))
    return form.give((sheets.flatten_page(row, norm or _norm(limits, row)) for row in found), sheets.PAGE)


@router.get("/v1/pages/{number}/series", summary="Страница во времени", **_ROWS)
def read_series(store: Kept, form: Asked, number: Number, posts: Posts, interval: Step = "week") -> Response:
    """Give a row for every day, week or month in which the page posted."""
    with store.reading() as connection:
        _exists(connection, number)
        told = series.compare(connection, Selection(**posts.told | {"pages": (number,)}), interval)
    return form.give(_periods(told), sheets.PERIOD)


@router.get("/v1/pages/{number}/posts", summary="Лучшие и худшие посты страницы", **_ROWS)
def read_posts(
    store: Kept, form: Asked, number: Number, posts: Posts,
    order: Annotated[Literal["best", "worst"], Query(description="По пользе")] = "best",
    limit: Some = 10,
) -> Response:  # fmt: skip
    """Give the posts of a page that are the most or the least useful, of those that the model stands by."""
    asked = posts.told | {"pages": (number,), "status": posts.told["status"] or "ok"}
    with store.reading() as connection:
        _exists(connection, number)
        sort = "-usefulness" if order == "best" else "usefulness"
        sheet = scores.read(connection, Selection(**asked), sort, limit=limit)
    return form.give(map(sheets.flatten_score, sheet.rows), sheets.SCORE)


@router.get("/v1/compare/pages", summary="Страницы рядом", **_ROWS)
def compare_pages(store: Kept, form: Asked, posts: Posts, limits: Limits,
                  interval: Annotated[Interval | None, Query(description="С шагом — по строке на шаг")] = None,
                  ) -> Response:  # fmt: skip
    """Give pages side by side, in the order asked for; with an `interval`, over time."""
    if not 1 <= len(posts.told["pages"]) <= SIDE_BY_SIDE:
        raise Complaint(
            "bad_pages", f"Укажите от одной до {SIDE_BY_SIDE} страниц: ?page=1&page=2. Номера — в /v1/pages."
        )
    with store.reading() as connection:
        for page in posts.told["pages"]:
            _exists(connection, page)
        told = series.compare(connection, Selection(**posts.told), interval or "week")
    if interval is None:
        return form.give((sheets.flatten_page(row, _norm(limits, row)) for row in told), sheets.PAGE)
    return form.give(_periods(told), sheets.PERIOD)


def _norm(limits: Settings, page: dict[str, Any]) -> float:
    return rating.read_once(limits.rating, limits.norm).norm_of(page["kind"])


def _exists(connection: Connection, page: int) -> None:
    if not pages.known(connection, page):
        raise Refused("not_found", f"Страницы с номером {page} в хранилище нет. Какие есть — в /v1/pages.")


def _periods(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | period for row in told for period in row["series"]]
