"""Errors of HTTP: what the service raises, one table of statuses, one shape of answers."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from model import ModelError
from service.complaint import Complaint


class Refused(Exception):
    """A request that is not served; `code` is for programs, the message for people.

    `again` is after how many seconds it may be tried again.
    """

    def __init__(self, code: str, message: str, again: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.again = again


# Statuses of refusals by code; the others are 422: the request is understood and cannot be used.
STATUSES = {
    "no_key": 401,
    "forbidden": 403,
    "not_found": 404,
    "too_slow": 408,
    "body_too_large": 413,
    "too_many_requests": 429,
    "internal": 500,
    "busy": 503,
    "not_ready": 503,
    "unwritable": 503,
}
UNUSABLE, UNABLE = 422, 503

# When to try again what may pass by itself: a model that loads, a database that restarts.
AGAIN = 5

ASK_FOR_A_KEY = {"WWW-Authenticate": 'Basic realm="merilo", charset="UTF-8"'}

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
    "int_type": "нужно целое число",
    "int_parsing": "нужно целое число",
    "float_type": "нужно число",
    "float_parsing": "нужно число",
    "datetime_from_date_parsing": "нужна дата ISO 8601, например 2026-03-12 или 2026-03-12T10:00:00Z",
    "datetime_parsing": "нужна дата ISO 8601, например 2026-03-12 или 2026-03-12T10:00:00Z",
}

# The same with what is asked for, which pydantic tells under these names.
_ASKED = {
    "greater_than": "нужно больше {gt}",
    "greater_than_equal": "нужно не меньше {ge}",
    "less_than": "нужно меньше {lt}",
    "less_than_equal": "нужно не больше {le}",
    "string_pattern_mismatch": "нужно по образцу {pattern}",
    "string_too_long": "не больше {max_length} знаков",
    "string_too_short": "не меньше {min_length} знаков",
}


def body(code: str, message: str) -> dict[str, Any]:
    """The one shape of an error answer."""
    return {"error": {"code": code, "message": message}}


def answer(error: Exception) -> JSONResponse:
    """The answer to a refusal, a complaint, a model that is no good, or a request that does not fit."""
    if isinstance(error, RequestValidationError):
        return JSONResponse(body("invalid_request", _say(error)), UNUSABLE)
    code = str(getattr(error, "code", "error"))
    status = _status(error, code)
    headers = dict(ASK_FOR_A_KEY) if code == "no_key" else {}
    again = getattr(error, "again", None) or (AGAIN if status == UNABLE else None)
    if again is not None:
        headers["Retry-After"] = str(again)
    return JSONResponse(body(code, str(error)), status, headers)


def _status(error: Exception, code: str) -> int:
    if isinstance(error, Refused):
        return STATUSES.get(code, UNUSABLE)
    # A user can put right what a complaint is about, but for a store that is not there.
    return UNABLE if isinstance(error, ModelError) or code.startswith(("database_", "no_store")) else UNUSABLE


def add_handlers(app: FastAPI) -> None:
    """Make the app answer with the table; routes need no try."""

    def handle(_: Request, error: Exception) -> JSONResponse:
        return answer(error)

    for kind in (Refused, Complaint, ModelError, RequestValidationError):
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
    reason = _ASKED.get(first["type"], _INVALID.get(first["type"], "значение не подходит"))
    reason = reason.format_map(first.get("ctx", {}))
    if first["type"] == "literal_error":
        reason = "подходит " + first["ctx"]["expected"].replace("'", "").replace(" or ", " или ")
    return f"Запрос не подходит: {place}: {reason}." if place else f"Запрос не подходит: {reason}."
