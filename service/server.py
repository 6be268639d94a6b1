"""The process that serves: a socket of its own, uvicorn around the app."""

import socket

import typer
import uvicorn

from model import Scorer
from service.api import create_app
from service.complaint import Complaint, reason
from service.settings import Settings


def serve(settings: Settings, scorer: Scorer) -> None:
    """Serve until stopped. Raises Complaint where the address cannot be had."""
    listening = _listen(settings.host, settings.port)
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Мерило слушает http://{shown}:{port} Остановить: Ctrl+C", err=True)
    config = uvicorn.Config(create_app(settings, scorer), log_level="warning", server_header=False)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:  # uvicorn has shut down in order and passes it on
        return


def _listen(host: str, port: int) -> socket.socket:
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except (OSError, OverflowError, UnicodeError) as error:
        if listening is not None:
            listening.close()
        raise Complaint(
            "cannot_listen", f"Не удалось занять {host}:{port}: {reason(error)}. Укажите другой --host или --port."
        ) from None
    return listening
