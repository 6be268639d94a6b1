"""What stands around the routes: limits, headers, a line in the log, a last resort for mistakes of ours."""

import asyncio
import logging
import re
import time
import traceback
import uuid
from collections.abc import Collection

from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access import is_loopback
from service.errors import Refused, answer
from service.metrics import REQUESTS, SECONDS

log = logging.getLogger("merilo")

HEADERS = {
    # No inline script or style, nothing from elsewhere: a draft cannot leave this server.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Headers:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)


class LastResort:
    """Answers 500 to what nobody foresaw.

    The log gets the kind of the exception and where it was raised, never its message:
    that may quote a post.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:  # gone while its body came: nobody's fault, and nobody to answer
            return
        except Exception as error:
            places = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            log.error("%s %s: %s\n%s", scope.get("method"), scope.get("path"), type(error).__name__, places)
            if started or scope["type"] != "http":
                raise Refused("internal", "Ошибка службы.") from None
            failure = Refused("internal", "Ошибка службы. Она записана в журнал без текста постов.")
            await answer(failure)(scope, receive, send)


class Watch:
    """Gives every request an id, a line in the log and a place in the metrics; refuses what is too many at once."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self._most = most
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, told = time.perf_counter(), _id(scope)
        status = 499  # gone before an answer

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = told
            await send(message)

        self._now += 1
        try:
            # Health must be told, and what is running be watched, however busy the service is.
            if self._now > self._most and scope["method"] != "GET":
                await answer(Refused("busy", "Служба занята. Повторите через несколько секунд.", again=1))(
                    scope, receive, sending
                )
            else:
                await self.app(scope, receive, sending)
        finally:
            self._now -= 1
            self._note(scope, status, time.perf_counter() - start, told)

    def _note(self, scope: Scope, status: int, seconds: float, told: str) -> None:
        # A route, not an address: addresses are without end.
        route = getattr(scope.get("route"), "path", "other")
        REQUESTS.labels(scope["method"] if scope["method"] in _METHODS else "other", route, status).inc()
        SECONDS.labels(route).observe(seconds)
        facts = {
            **{"request": told, "method": scope["method"][:20], "route": route, "status": status},
            **{"ms": round(seconds * 1000, 1), "key": scope.get("caller")},
        }
        log.info("request", extra={"facts": facts})


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _id(scope: Scope) -> str:
    """The id that the caller gave a request, or a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else uuid.uuid4().hex


class Strangers:
    """Refuses what a page of another site asks a browser for.

    Changes, since the browser sends a person's key by itself; and everything where nobody
    needs a key because only this machine gets through: a site whose name leads to 127.0.0.1
    all of a sudden would get through, too. `alone` tells that it is so; `hosts` are further
    names of this service.
    """

    def __init__(
        self, app: ASGIApp, origins: Collection[str], hosts: Collection[str] = (), alone: bool = False
    ) -> None:
        self.app = app
        self._origins = origins
        self._hosts = hosts
        self._alone = alone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and (said := self._against(scope)):
            await answer(Refused("forbidden", said))(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _against(self, scope: Scope) -> str:
        """What speaks against a request, "" where nothing does."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _TELLING}
        host = headers.get(b"host", "")
        if self._alone and is_loopback((scope.get("server") or [""])[0]) and not self._is_own(_name(host)):
            return (
                "Без ключа служба отвечает только этому компьютеру, а запрос пришёл по чужому имени. "
                "Имена службы — в MERILO_HOSTS."
            )
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return ""
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        # Browsers tell the site only where the connection is safe; the origin they tell always.
        other = site is None and origin is not None and origin.partition("://")[2] != host
        if (other or site in ("cross-site", "same-site")) and origin not in self._origins:
            return "Запрос со страницы другого сайта. Разрешённые сайты — в MERILO_CORS."
        return ""

    def _is_own(self, name: str) -> bool:
        return not name or name in self._hosts or is_loopback(name)


_TELLING = frozenset({b"host", b"origin", b"sec-fetch-site"})


def _name(host: str) -> str:
    """The name in a Host header.

    >>> _name("localhost:8000"), _name("[::1]:8000")
    ('localhost', '::1')
    """
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


class BodyLimit:
    """Refuses a body that is too large before it is read whole, chunked or not, and one that comes too slowly.

    A body for one of the `streamed` paths is passed on as it comes; only a pause in it is limited.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float = 30, streamed: Collection[str] = ()) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] in self._streamed:
            await self.app(scope, self._impatient(receive), send)
            return
        if declared(scope) > self.limit:
            await self._refuse(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.seconds):
                body = await self._read(receive)
        except TimeoutError:
            await _close(Refused("too_slow", f"Тело запроса не пришло за {self.seconds:g} с. Повторите."))(
                scope, receive, send
            )
            return
        if body is None:
            return
        if len(body) > self.limit:
            await self._refuse(scope, receive, send)
        else:
            await self.app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """A body, a little more than the limit where it is longer; None where the client has gone."""
        body, more = bytearray(), True
        while more and len(body) <= self.limit:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body)

    def _impatient(self, receive: Receive) -> Receive:
        over = False

        async def receiving() -> Message:
            nonlocal over
            if over:
                return await receive()
            try:
                async with asyncio.timeout(self.seconds):
                    message = await receive()
            except TimeoutError:
                raise Refused("too_slow", f"Архив не шёл {self.seconds:g} с. Отправьте его ещё раз.") from None
            over = not message.get("more_body", False)
            return message

        return receiving

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        megabytes = f"{self.limit / 2**20:.3g}".replace(".", ",")
        refusal = Refused(
            "body_too_large", f"Тело запроса больше {megabytes} МБ. Разделите посты на несколько запросов."
        )
        await _close(refusal)(scope, receive, send)


def _close(error: Exception) -> JSONResponse:
    refusal = answer(error)
    refusal.headers["Connection"] = "close"  # the rest of the body is not read
    return refusal


def declared(scope: Scope) -> int:
    """How long the body of a request says that it is, in bytes; 0 where it does not say."""
    value = dict(scope["headers"]).get(b"content-length", b"0")
    # Digits without end are more than any limit, and int() refuses them.
    return int(value[:18]) if value.isdigit() else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
