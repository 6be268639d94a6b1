"""Slow clients: heads and bodies that do not come, answers that nobody reads. Others are answered meanwhile."""

import contextlib
import http.client
import json
import socket
import threading
import time
from functools import partial

import pytest
import uvicorn

from service.api import create_app
from service.patience import Patient
from service.settings import Settings
from service.store import Store

BIG = 30_000_000

# What a test waits for at most before it says that nothing has happened.
PATIENCE = 60


class Service:
    def __init__(self, app, seconds):
        config = uvicorn.Config(app, http=partial(Patient, seconds=seconds), log_config=None, access_log=False)
        self.server = uvicorn.Server(config)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self):
        self.thread.start()
        until = time.monotonic() + PATIENCE
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        self.socket.close()

    def connect(self):
        return contextlib.closing(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))

    def ask(self, path="/health/live"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status


class Plain:
    """An app with a large answer, that notes when it is rid of it."""

    def __init__(self):
        self.rid = threading.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        size = BIG if scope["path"] == "/big" else 2
        length = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        for part in range(2):  # the second part waits until there is room
            await send({"type": "http.response.body", "body": b"x" * (size // 2), "more_body": part == 0})
        if scope["path"] == "/big":
            self.rid.set()


@pytest.fixture(scope="module")
def plain():
    with Service(Plain(), seconds=0.5) as service:
        yield service


def read_all(connection):
    told = b""
    while part := connection.recv(65536):
        told += part
    return told


def test_a_head_that_does_not_come(plain):
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "):
        with plain.connect() as connection:
            connection.sendall(begun)
            assert plain.ask("/") == 200
            head, _, said = read_all(connection).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ")
            assert json.loads(said)["error"]["code"] == "too_slow"


def test_a_head_that_comes_letter_by_letter(plain):
    with plain.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            connection.sendall(b"a")
            time.sleep(0.05)
        pytest.fail("the connection is open yet")


def test_the_head_of_a_second_request(plain):
    with plain.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET / HT")
        assert b"HTTP/1.1 408 " in read_all(connection)


def test_an_answer_that_is_not_read():
    app = Plain()
    with Service(app, seconds=0.5) as service, service.connect() as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert app.rid.wait(PATIENCE)
        assert len(read_all(connection)) < BIG  # what the system had taken, then the end


def test_an_answer_that_is_read_slowly_comes_whole(plain):
    with plain.connect() as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        size, begun = 0, time.monotonic()
        while part := connection.recv(1 << 20):
            size += len(part)
            time.sleep(0.06)
    assert size > BIG
    assert time.monotonic() - begun > 1  # longer than the patience of half a second


@pytest.fixture(scope="module")
def whole(scorer, tmp_path_factory):
    """The service itself, which gives a body one second."""
    folder = tmp_path_factory.mktemp("patience")
    settings = Settings(max_seconds=1, archives=str(folder / "archives"))
    with (
        Store.open(f"sqlite:///{folder}/merilo.sqlite3") as store,
        Service(create_app(settings, scorer, store), seconds=1) as service,
    ):
        yield service, folder


@pytest.mark.parametrize("path", ["/v1/score", "/v1/archives"])
def test_a_body_that_does_not_come(whole, path):
    service, folder = whole
    with service.connect() as connection:
        told = "Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000"
        head = f"POST {path} HTTP/1.1\r\n{told}\r\n\r\n{{"
        connection.sendall(head.encode())
        assert service.ask() == 200
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["error"]["code"]) == (408, "too_slow")
    assert [place for place in (folder / "archives").iterdir() if place.is_dir()] == []


def test_many_who_wait_keep_nobody_out(whole):
    service, _ = whole
    with contextlib.ExitStack() as stack:
        for number in range(200):
            connection = stack.enter_context(service.connect())
            connection.sendall(b"POST /v1/score HTTP/1.1\r\n" if number % 2 else b"GET / HTTP/1.1\r\nHost: a")
        assert service.ask() == 200
