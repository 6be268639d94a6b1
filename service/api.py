"""HTTP: scores over JSON, the model's card, health, a page for drafts."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

import model
from model import Memory, ModelError, Post, Scorer
from service import card as cards
from service import rows
from service.errors import NotReady, TooManyPosts, add_handlers
from service.guard import BodyLimit, Headers, LastResort
from service.hints import CHECKLIST_HINTS, STATUS_NAMES, TYPE_NAMES
from service.schemas import ErrorAnswer, ErrorInfo, Health, Hints, ModelCard, ScoreAnswer, ScoreRequest
from service.settings import Settings

PAGE = Path(__file__).parent / "page"

log = logging.getLogger("merilo")


def create_app(settings: Settings | None = None, scorer: Scorer | None = None) -> FastAPI:
    """Build the service. The model is loaded once, when it starts, unless a scorer is given."""
    settings = settings or Settings.from_env()
    app = FastAPI(
        title="Мерило",
        version=model.__version__,
        description="Оценивает русскоязычные посты: польза жителю и отклик читателей, 0–100. "
        f"До {settings.max_posts} постов по {settings.max_characters} знаков в запросе, "
        f"до {settings.max_history} прежних постов, до {settings.max_body} байт. Тексты не сохраняются.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.scorer = scorer
    app.state.problem = None
    add_handlers(app)
    app.include_router(router)
    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    app.add_middleware(BodyLimit, limit=settings.max_body)
    app.add_middleware(LastResort)
    app.add_middleware(Headers)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    if app.state.scorer is None:
        try:
            app.state.scorer = model.load(app.state.settings.model)
        except ModelError as error:  # stays alive and says why it is not ready
            app.state.problem = error
            log.error("%s: %s", error.code, error)
    yield


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _scorer(request: Request) -> Scorer:
    if request.app.state.problem is not None:
        raise request.app.state.problem
    if request.app.state.scorer is None:
        raise NotReady("Модель ещё загружается. Повторите через несколько секунд.")
    scorer: Scorer = request.app.state.scorer
    return scorer


Ready = Annotated[Scorer, Depends(_scorer)]
Limits = Annotated[Settings, Depends(_settings)]


_REFUSALS = {
    400: ("Тело не разбирается", ErrorInfo(code="bad_request", message="Тело запроса не разбирается: нужен JSON.")),
    413: ("Тело слишком велико", ErrorInfo(code="body_too_large", message="Тело запроса больше 5 МБ.")),
    422: ("Запрос не подходит", ErrorInfo(code="invalid_request", message="posts: нет обязательного поля.")),
    503: ("Модель не загружена", ErrorInfo(code="not_ready", message="Модель ещё загружается.")),
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Answers other than 200, for the OpenAPI."""
    documented: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        description, error = _REFUSALS[status]
        content = {"application/json": {"example": {"error": error.model_dump()}}}
        documented[status] = {"model": ErrorAnswer, "description": description, "content": content}
    return documented


router = APIRouter()


@router.post(
    "/v1/score",
    response_model=ScoreAnswer,
    response_model_exclude_unset=True,
    responses=_refusals(400, 413, 422, 503),
    summary="Оценить посты",
    tags=["оценки"],
)
def score(asked: ScoreRequest, scorer: Ready, limits: Limits) -> Any:
    """Score posts: one entry a post, in their order. A post that cannot be scored has `error` in its entry."""
    _check("posts", asked.posts, limits.max_posts)
    _check("history", asked.history or [], limits.max_history)
    if asked.explain and len(asked.posts) > limits.max_explained:
        raise TooManyPosts(f"С explain оценивается не больше {limits.max_explained} постов. Разделите запрос.")
    entries = [rows.admitted(post, limits.max_characters) for post in asked.posts]
    memory = _memory(scorer, asked, limits)
    scored = list(rows.score(scorer, entries, memory, neighbours=asked.neighbours))
    if asked.explain:
        for row, entry in zip(scored, entries, strict=True):
            row["words"] = _words(scorer, entry) if isinstance(entry, Post) else None
    return {"model": scorer.info, "scores": scored}


def _check(name: str, posts: list[Any], limit: int) -> None:
    if len(posts) > limit:
        raise TooManyPosts(f"Постов в {name} больше {limit}. Разделите их на несколько запросов.")


def _memory(scorer: Scorer, asked: ScoreRequest, limits: Settings) -> Memory | None:
    if not asked.history:
        return None
    return Memory.of(scorer, rows.posts(asked.history, limits.max_characters), asked.neighbours)


def _words(scorer: Scorer, post: Post) -> list[dict[str, Any]]:
    """Words that moved the scores, the strongest first."""
    from model.explain import explain

    words = sorted(explain(scorer, post).words, key=lambda word: -max(abs(word.usefulness), abs(word.engagement)))
    return [asdict(word) for word in words]


@router.get(
    "/v1/model", response_model=ModelCard, responses=_refusals(503), summary="Модель и её качество", tags=["модель"]
)
def card(scorer: Ready) -> Any:
    """Tell which model scores and how good it was when it was measured."""
    known = cards.read(scorer.folder)
    return {**scorer.info, "metrics": known.metrics, "card": known.text}


@router.get("/v1/hints", response_model=Hints, summary="Русские названия и подсказки", tags=["модель"])
def hints() -> Any:
    """Give Russian names of checklist items, types and statuses, and what to add where an item is missing."""
    return {
        "checklist": {name: asdict(hint) for name, hint in CHECKLIST_HINTS.items()},
        "types": TYPE_NAMES,
        "statuses": STATUS_NAMES,
    }


@router.get("/health/live", response_model=Health, response_model_exclude_unset=True, summary="Жива ли служба",
            tags=["здоровье"])  # fmt: skip
def live() -> Any:
    """Answer while the process works."""
    return {"status": "ok", "version": model.__version__}


@router.get("/health/ready", response_model=Health, responses=_refusals(503), summary="Готова ли служба",
            tags=["здоровье"])  # fmt: skip
def ready(scorer: Ready) -> Any:
    """Answer 200 when posts can be scored."""
    return {"status": "ok", "version": model.__version__, "model": scorer.info["id"]}


@router.get("/", include_in_schema=False)
def page() -> FileResponse:
    """Give the page where a draft is typed and scored."""
    return FileResponse(PAGE / "index.html")


@router.get("/docs", include_in_schema=False)
def docs() -> FileResponse:
    """Give the page that shows the OpenAPI; unlike Swagger UI it takes nothing from other servers."""
    return FileResponse(PAGE / "docs.html")
