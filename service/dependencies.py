"""What routes are given: the loaded model, the store, the settings; and the refusals that they document."""

from typing import Annotated, Any

from fastapi import Depends, Request

from model import Scorer
from service.errors import NoStore, NotReady
from service.schemas import ErrorAnswer, ErrorInfo
from service.settings import Settings
from service.store import Store


async def settings(request: Request) -> Settings:
    """The settings of the service."""
    given: Settings = request.app.state.settings
    return given


async def scorer(request: Request) -> Scorer:
    """The loaded model. Raises NotReady, or what the model failed with."""
    if request.app.state.problem is not None:
        raise request.app.state.problem
    if request.app.state.scorer is None:
        raise NotReady("Модель ещё загружается. Повторите через несколько секунд.")
    loaded: Scorer = request.app.state.scorer
    return loaded


async def store(request: Request) -> Store:
    """The store. Raises NoStore where the service runs without one, or what it could not be opened for."""
    if request.app.state.store is None:
        raise request.app.state.store_problem or NoStore(
            "Служба работает без хранилища: оценки не сохраняются. Запустите её с --store."
        )
    opened: Store = request.app.state.store
    return opened


Ready = Annotated[Scorer, Depends(scorer)]
Limits = Annotated[Settings, Depends(settings)]
Kept = Annotated[Store, Depends(store)]


_REFUSALS = {
    400: ("Тело не разбирается", ErrorInfo(code="bad_request", message="Тело запроса не разбирается: нужен JSON.")),
    413: ("Тело слишком велико", ErrorInfo(code="body_too_large", message="Тело запроса больше 5 МБ.")),
    422: ("Запрос не подходит", ErrorInfo(code="invalid_request", message="posts: нет обязательного поля.")),
    503: ("Модель не загружена", ErrorInfo(code="not_ready", message="Модель ещё загружается.")),
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Answers other than 200, for the OpenAPI."""
    documented: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        description, error = _REFUSALS[status]
        content = {"application/json": {"example": {"error": error.model_dump()}}}
        documented[status] = {"model": ErrorAnswer, "description": description, "content": content}
    return documented
