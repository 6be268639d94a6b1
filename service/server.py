"""The process that serves: a socket of its own, uvicorn around the app, several workers where asked."""

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from functools import partial
from multiprocessing.connection import wait

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from model import Scorer
from service import logs
from service.access import check_bind
from service.api import create_app, settle
from service.complaint import Complaint, reason
from service.metrics import FOLDER
from service.patience import Patient
from service.settings import Settings
from service.store import Store

# Seconds that requests in hand are given when the service stops.
GRACE = 30

# Seconds after which a thread yields to another; by default of Python five times as many.
TURN = 0.001


def serve(settings: Settings, scorer: Scorer) -> None:
    """Serve until stopped. Raises Complaint where the address cannot be had, or nobody could come in."""
    _check_access(settings)
    listening = _listen(settings.host, settings.port)
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Мерило слушает http://{shown}:{port} Остановить: Ctrl+C", err=True)
    try:
        if settings.workers == 1:
            app = create_app(settings, scorer)
            settle()
            _take_turns()
            uvicorn.Server(_config(settings, app)).run(sockets=[listening])
        else:
            del scorer  # each worker loads its own
            _supervise(settings, listening)
    except KeyboardInterrupt:  # uvicorn has shut down in order and passes it on
        return


def make_app() -> FastAPI:
    """The app of a worker, which goes with the process that started it."""
    _end_with_parent()
    _take_turns()
    return create_app(Settings.from_env())


def _take_turns() -> None:
    """Let threads that ask the store go on soon: at each step of theirs the thread that scores is in the way."""
    sys.setswitchinterval(TURN)


def _check_access(settings: Settings) -> None:
    with Store.open(settings.database_url, settings.keep_texts) as store:
        check_bind(settings, store)


def _config(settings: Settings, app: FastAPI | str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        http=partial(Patient, seconds=settings.max_seconds),  # type: ignore[arg-type]  # made as the class is
        log_config=logs.setup(),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=30,
    )


class _Supervisor(Multiprocess):
    """Starts workers, and starts those anew that died. A SIGHUP goes to all of them, see `service.api.reload`."""

    def handle_hup(self) -> None:
        for process in self.processes:
            # One that still starts does not hear yet: the signal would end it, and nobody be served for half a minute.
            ready = process.wait_until_ready(self.config.timeout_worker_healthcheck, self.should_exit)
            if ready and process.pid is not None:
                os.kill(process.pid, signal.SIGHUP)


def _supervise(settings: Settings, listening: socket.socket) -> None:
    with tempfile.TemporaryDirectory(prefix="merilo-metrics-") as folder:
        os.environ.update({**settings.to_env(), FOLDER: folder})
        _Supervisor(_config(settings, "service.server:make_app"), [listening]).run()


def _end_with_parent() -> None:
    """Stop when the supervisor was killed: nobody would stop this process any more."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


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
