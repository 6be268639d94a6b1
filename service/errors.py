"""Errors of HTTP: what the service raises, one table of statuses, one shape of answers."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from model import ModelError
from service.complaint import Complaint


class ServiceError(Exception):
    """A request that is not served; `code` is for programs, the message for people."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class TooManyPosts(ServiceError):
    """More posts than one request may hold."""

    code = "too_many_posts"


class Unusable(ServiceError):
    """A post that cannot be scored, where the request is about nothing else; the code is that of its refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotAnArchive(ServiceError):
    """A file in which no posts are found."""

    code = "not_an_archive"


class BodyTooLarge(ServiceError):
    """More bytes than one request may hold."""

    code = "body_too_large"


class NotReady(ServiceError):
    """The model is not loaded."""

    code = "not_ready"


class NoStore(ServiceError):
    """The service keeps nothing, so there is nothing to ask for."""

    code = "no_store"


class NoKey(ServiceError):
    """A request without a key that opens the service."""

    code = "no_key"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Basic realm="merilo", charset="UTF-8"'}


class Forbidden(ServiceError):
    """A request that the key of the caller, or the origin of the page, does not allow."""

    code = "forbidden"


class NotFound(ServiceError):
    """Something that the store does not have."""

    code = "not_found"


class TooOften(ServiceError):
    """More requests than the rate allows; `seconds` is when to come again."""

    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Слишком много запросов. Повторите через {seconds} с.")
        self.headers = {"Retry-After": str(seconds)}


class Busy(ServiceError):
    """More requests at once than the service can answer in good time."""

    code = "busy"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class TooSlow(ServiceError):
    """A body that does not come in good time."""

    code = "too_slow"


class NoRoom(ServiceError):
    """A disk that takes no more."""

    code = "unwritable"


class Unexpected(ServiceError):
    """A mistake of ours; what it was stays in the log."""

    code = "internal"


# The one place where an exception becomes a status.
STATUSES: dict[type[Exception], int] = {
    TooManyPosts: 422,
    Unusable: 422,
    NotAnArchive: 422,
    RequestValidationError: 422,
    BodyTooLarge: 413,
    NotReady: 503,
    NoKey: 401,
    Forbidden: 403,
    NotFound: 404,
    TooOften: 429,
    Busy: 503,
    TooSlow: 408,
    NoStore: 503,
    NoRoom: 503,
    ModelError: 503,
    Complaint: 422,  # but for those of a database, see `answer`
    Unexpected: 500,
}

# When to try again what may pass by itself: a model that loads, a database that restarts.
AGAIN = {"Retry-After": "5"}

_ROUTING = {
    400: ("bad_request", "Тело запроса не разбирается: нужен объект JSON в UTF-8."),
    404: ("not_found", "Такого адреса нет. Что есть — на /docs."),
    405: ("method_not_allowed", "Этот адрес отвечает на другой метод. Какой — на /docs."),
}

# Kinds of validation errors of pydantic; their own messages are English and may quote the input.
_INVALID = {
    "missing": "нет обязательного поля",
    "json_invalid": "тело запроса — не JSON",
    "list_type": "нужен список",
    "bool_type": "нужно true или false",
    "bool_parsing": "нужно true или false",
    "model_attributes_type": "нужен объект JSON с заголовком Content-Type: application/json",
    "dict_type": "нужен объект JSON с заголовком Content-Type: application/json",
}


def body(code: str, message: str) -> dict[str, Any]:
    """The one shape of an error answer."""
    return {"error": {"code": code, "message": message}}


def answer(error: Exception) -> JSONResponse:
    """The answer to an exception of the table."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if isinstance(error, RequestValidationError):
        return JSONResponse(body("invalid_request", _say(error)), status)
    if isinstance(error, Complaint):
        status = 503 if error.code.startswith("database_") else status
        headers = AGAIN if status == 503 else None
        return JSONResponse(body(error.code, str(error)), status, headers)
    headers = getattr(error, "headers", None) or (AGAIN if status == 503 else None)
    return JSONResponse(body(getattr(error, "code", "error"), str(error)), status, headers)


def add_handlers(app: FastAPI) -> None:
    """Make the app answer with the table; routes need no try."""

    def handle(_: Request, error: Exception) -> JSONResponse:
        return answer(error)

    for kind in STATUSES:
        app.add_exception_handler(kind, handle)
    app.add_exception_handler(HTTPException, _route)


def _route(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, message = _ROUTING.get(error.status_code, ("http_error", f"Ошибка HTTP {error.status_code}."))
    headers: Mapping[str, str] | None = error.headers
    return JSONResponse(body(code, message), error.status_code, headers)


def _say(error: RequestValidationError) -> str:
    """What is wrong with a request, in Russian and without a word of it."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:] if isinstance(part, str))
    reason = _INVALID.get(first["type"], "значение не подходит")
    return f"Запрос не подходит: {place}: {reason}." if place else f"Запрос не подходит: {reason}."
