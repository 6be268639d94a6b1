"""What stands around the routes: a limit of the body, headers, a last resort for mistakes of ours."""

import logging
import traceback

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BodyTooLarge, Unexpected, answer

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
        except Exception as error:
            places = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            log.error("%s %s: %s\n%s", scope.get("method"), scope.get("path"), type(error).__name__, places)
            if started or scope["type"] != "http":
                raise Unexpected("Ошибка службы.") from None
            failure = Unexpected("Ошибка службы. Она записана в журнал без текста постов.")
            await answer(failure)(scope, receive, send)


class BodyLimit:
    """Refuses a body that is too large before it is read whole, chunked or not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _declared(scope) > self.limit:
            await self._refuse(scope, receive, send)
            return
        body, more = bytearray(), True
        while more and len(body) <= self.limit:
            message = await receive()
            if message["type"] != "http.request":  # the client has gone
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > self.limit:
            await self._refuse(scope, receive, send)
        else:
            await self.app(scope, _replay(bytes(body), receive), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        megabytes = f"{self.limit / 2**20:.3g}".replace(".", ",")
        refusal = answer(BodyTooLarge(f"Тело запроса больше {megabytes} МБ. Разделите посты на несколько запросов."))
        refusal.headers["Connection"] = "close"  # the rest of the body is not read
        await refusal(scope, receive, send)


def _declared(scope: Scope) -> int:
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
