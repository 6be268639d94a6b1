"""Posts of a page that are to be forgotten."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from service.access import NOBODY, Caller, is_loopback, needs
from service.dependencies import Kept, refusals
from service.errors import Refused
from service.routes.parameters import KNOWN
from service.settings import Settings
from service.store import pages, removal

# A `dry` with a slip in it would delete.
router = APIRouter(tags=["хранилище"], dependencies=[KNOWN])


class Removed(BaseModel):
    """What there was of a page."""

    posts: int = Field(ge=0, description="Сколько постов")
    scores: int = Field(ge=0, description="Сколько у них оценок, по всем версиям модели")


@router.delete("/v1/posts", response_model=Removed, responses=refusals(404, 422, 503),
               summary="Забыть посты страницы")  # fmt: skip
def forget(
    request: Request, store: Kept, caller: Annotated[Caller, needs("write")],
    page_id: Annotated[str, Query(min_length=1, max_length=200, description="Страница, как у её постов")],
    platform: Annotated[str, Query(max_length=200)] = "",
    dry: Annotated[bool, Query(description="Только сказать, сколько их: ничего не удалять")] = False,
) -> Any:  # fmt: skip
    """Delete the posts of a page with their scores, and nothing else: the page stays, with what was told of it.

    Where a service is open to all, only a caller with a key may do so.
    """
    _check(caller, request.app.state.settings)
    if dry:
        with store.reading() as connection:
            return removal.count(connection, _find(connection, platform, page_id))
    with store.erasing() as connection:
        return removal.remove(connection, _find(connection, platform, page_id))


def _check(caller: Caller, settings: Settings) -> None:
    """Whoever reaches a service must not empty it."""
    if caller.name == NOBODY and not is_loopback(settings.host):
        raise Refused(
            "forbidden",
            "Эта служба открыта всем, и удаляет она только по ключу с правами write. Попросите того, кто её ведёт: "
            "merilo forget.",
        )


def _find(connection: Connection, platform: str, page_id: str) -> int:
    clean = (value.replace("\x00", "\ufffd") for value in (platform, page_id))  # PostgreSQL takes no NUL
    page = pages.find(connection, *clean)
    if page is None:
        raise Refused("not_found", "Такой страницы в хранилище нет. Какие есть — в /v1/pages.")
    number: int = page["page"]
    return number
