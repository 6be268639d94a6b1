"""What routes are given: the loaded model, the store, the settings; and the refusals that they document."""

from typing import Annotated, Any

from fastapi import Depends, Request

from model import Scorer
from service import storage
from service.complaint import Complaint
from service.errors import Refused
from service.schemas import ErrorAnswer, ErrorInfo
from service.settings import Settings
from service.store import Store


async def settings(request: Request) -> Settings:
    """The settings of the service."""
    given: Settings = request.app.state.settings
    return given


def loaded(request: Request) -> Scorer:
    """The loaded model. Raises Refused, or what the model failed with."""
    if request.app.state.problem is not None:
        raise request.app.state.problem
    if request.app.state.scorer is None:
        raise Refused("not_ready", "Модель ещё загружается. Повторите через несколько секунд.")
    scorer: Scorer = request.app.state.scorer
    return scorer


async def scorer(request: Request) -> Scorer:
    """The loaded model, see `loaded`; not a plain function, since those are called in a thread."""
    return loaded(request)


def open_store(request: Request) -> Store:
    """The store. Raises Complaint where the service runs without one, or what it could not be opened for."""
    opened = storage.connect(request.app.state)
    if opened is None:
        raise request.app.state.store_problem or Complaint(
            "no_store", "Служба работает без хранилища: оценки не сохраняются. Запустите её с MERILO_STORE=1."
        )
    return opened


Ready = Annotated[Scorer, Depends(scorer)]
Limits = Annotated[Settings, Depends(settings)]
Kept = Annotated[Store, Depends(open_store)]


_REFUSALS = {
    401: ("Нужен ключ", ErrorInfo(code="no_key", message="Нужен ключ: Authorization: Bearer КЛЮЧ.")),
    403: ("Ключу не разрешено", ErrorInfo(code="forbidden", message="Ключу это не разрешено: нужны права write.")),
    404: ("Такого нет", ErrorInfo(code="not_found", message="Такой страницы в хранилище нет.")),
    408: ("Тело шло слишком долго", ErrorInfo(code="too_slow", message="Тело запроса не пришло за 30 с.")),
    429: ("Слишком часто", ErrorInfo(code="too_many_requests", message="Слишком много запросов. Повторите через 7 с.")),
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
