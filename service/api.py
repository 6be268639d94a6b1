"""HTTP: scores over JSON, the model's card, health, a page for drafts."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import model
from model import ModelError, Scorer
from service.errors import add_handlers
from service.guard import BodyLimit, Headers, LastResort
from service.routes import desk, front, health, score
from service.routes import model as known
from service.settings import Settings
from service.store import Store

ROUTES = (score, desk, known, health, front)

log = logging.getLogger("merilo")


def create_app(settings: Settings | None = None, scorer: Scorer | None = None, store: Store | None = None) -> FastAPI:
    """Build the service. The model is loaded once, when it starts, unless a scorer is given.

    Without a store what needs one answers 503.
    """
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
    app.state.store = store
    app.state.store_problem = None
    add_handlers(app)
    for module in ROUTES:
        app.include_router(module.router)
    app.mount("/page", StaticFiles(directory=front.PAGE), name="page")
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
