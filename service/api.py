"""HTTP: scores over JSON, the model's card, health, a page for drafts."""

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles

import model
from model import ModelError, Scorer
from service import storage
from service.access import Gate, asks_for_key
from service.dependencies import refusals
from service.errors import add_handlers
from service.ferry import Ferry
from service.guard import BodyLimit, Headers, LastResort, Strangers, Watch
from service.routes import archives, desk, feedback, front, health, metrics, removal, score, site, stored
from service.routes import model as known
from service.settings import Settings
from service.store import Store

ROUTES = (score, desk, known, stored, removal, archives, feedback, health, metrics, front, site)

# Bodies that are written to the disk as they come.
STREAMED = ("/v1/archives",)

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
    app.state.gate = Gate(settings.rate, settings.workers)
    app.state.ferry = Ferry()
    _prepare_storage(app, store)
    add_handlers(app)
    for module in ROUTES:
        app.include_router(module.router, responses=refusals(401, 403, 429))
    app.mount("/page", StaticFiles(directory=front.PAGE), name="page")
    _surround(app, settings)
    return app


def _prepare_storage(app: FastAPI, store: Store | None) -> None:
    app.state.store = app.state.store_problem = app.state.recollection = app.state.intake = None
    app.state.next_attempt, app.state.running = 0.0, False
    if store is not None:
        storage.attach(app.state, store)


def _surround(app: FastAPI, settings: Settings) -> None:
    """Put what stands around the routes, the innermost first."""
    origins = _split(settings.cors)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(BodyLimit, limit=settings.max_body, seconds=settings.max_seconds, streamed=STREAMED)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Link", "Location", "Retry-After", "X-Next-Cursor", "X-Request-Id"],
        )
    app.add_middleware(
        Strangers,
        origins=origins,
        hosts=_split(settings.hosts),
        alone=not settings.open and not asks_for_key(settings),
    )
    app.add_middleware(LastResort)
    app.add_middleware(Headers)
    app.add_middleware(Watch, most=settings.max_waiting)


def _split(told: str) -> list[str]:
    """What stands between the commas of a setting."""
    return [one.strip() for one in told.split(",") if one.strip()]


# Seconds between looks for a model where there is none.
AGAIN = 5.0


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    if app.state.scorer is None:
        await to_thread.run_sync(reload, app)
    app.state.running = True
    if app.state.intake is not None:
        app.state.intake.start()
    else:
        await to_thread.run_sync(storage.connect, app.state)
    trying = asyncio.create_task(_load_when_there(app))
    try:
        with _hearing(app):
            yield
    finally:
        trying.cancel()
    app.state.running = False
    if app.state.intake is not None:
        await to_thread.run_sync(app.state.intake.stop)


def reload(app: FastAPI) -> None:
    """Load the model anew. Requests in hand keep the old one, and so do all where the new one is no good."""
    try:
        app.state.scorer = model.load(app.state.settings.model)
        app.state.problem = None
        settle()
        log.info("model", extra={"facts": {"model": app.state.scorer.info["id"]}})
    except ModelError as error:  # stays alive and says why it is not ready
        app.state.problem = error if app.state.scorer is None else None
        log.error("%s: %s", error.code, error)
    except Exception as error:  # whatever a damaged file raises must not take the service down
        if app.state.scorer is None:
            app.state.problem = ModelError("bad_model", "Модель повреждена. Поставьте её заново.")
        log.error("model: %s", type(error).__name__)


async def _load_when_there(app: FastAPI) -> None:
    """Load the model as soon as there is one: a worker that began while its folder was damaged has none."""
    while app.state.scorer is None:
        await asyncio.sleep(AGAIN)
        if app.state.scorer is None:
            await to_thread.run_sync(reload, app)


def settle() -> None:
    """Set aside what was made so far, a model above all: the garbage collector would walk over it for 0.1 s at a time.

    What was set aside before and is used no more, like the model before this one, is given back.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@contextmanager
def _hearing(app: FastAPI) -> Iterator[None]:
    """Load the model anew at a SIGHUP, where signals can be heard."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def hear() -> None:
        task = loop.create_task(to_thread.run_sync(reload, app))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    heard = hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread()
    if heard:
        loop.add_signal_handler(signal.SIGHUP, hear)
    try:
        yield
    finally:
        if heard:
            loop.remove_signal_handler(signal.SIGHUP)
