"""Speed of HTTP: one post scored, one draft explained, beside a bare FastAPI echo in the same process and run.

`make bench-http`. A server of its own, and clients that ask again as soon as they are answered, over connections
that stay open; requests of all routes are mixed in time, so that a busy machine slows all of them alike.
"""

import json
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import psutil

POST = (
    "Уважаемые жители! Сообщаем, что 14 мая с 9:00 до 16:00 на улицах Луговой и Мельничной в связи с проведением "
    "ремонтных работ не будет холодной воды. Просим сделать запас с вечера. Питьевую воду подвезут к школе № 2 в 10:00 "
    "и в 14:00. Если вода не появилась к 17:00, звоните диспетчеру: 4-11-20."
)
ROUTES = {
    "echo": ("/echo", {"post": {"text": POST}}),
    "score": ("/v1/score", {"posts": [{"text": POST}]}),
    "explain": ("/v1/explain", {"post": {"text": POST}}),
}
CLIENTS = (1, 8, 32)
SECONDS = 2.0
ROUNDS = 3


def serve(port: int) -> None:
    """The service with an echo route beside its own."""
    import uvicorn

    from service.api import create_app
    from service.settings import Settings

    # The rate that one address is let through would end the measurement after a second.
    app = create_app(Settings(rate="1000000/second"))

    @app.post("/echo")
    async def echo(asked: dict[str, Any]) -> dict[str, Any]:
        return asked

    # A client that a busy machine holds up for seconds must not find its connection closed.
    uvicorn.run(app, port=port, log_level="critical", timeout_keep_alive=60)


def measure(port: int, route: str, clients: int) -> tuple[float, list[float]]:
    """Answers a second and the milliseconds of each."""
    path, asked = ROUTES[route]
    body, headers = json.dumps(asked).encode(), {"Content-Type": "application/json"}
    took: list[float] = []
    end = time.perf_counter() + SECONDS

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < end:
            start = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            took.append(1000 * (time.perf_counter() - start))
        connection.close()

    start = time.perf_counter()
    run([threading.Thread(target=ask) for _ in range(clients)])
    return len(took) / (time.perf_counter() - start), took


def run(threads: list[threading.Thread]) -> None:
    """Start all and wait for all."""
    for each in (threading.Thread.start, threading.Thread.join):
        for thread in threads:
            each(thread)


def until(ready: Callable[[], Any]) -> None:
    """Wait until it no longer fails."""
    while True:
        try:
            ready()
            return
        except OSError:
            time.sleep(0.02)


def main() -> None:
    """Print the table and the ratios that are aimed at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "serve", str(port)])
    try:
        until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready"))
        measure_one(port)
        first = time.perf_counter() - began
        for route in ROUTES:  # warm
            measure(port, route, 1)
        told: dict[tuple[str, int], list[tuple[float, list[float]]]] = {}
        for _ in range(ROUNDS):
            for clients in CLIENTS:
                for route in ROUTES:
                    told.setdefault((route, clients), []).append(measure(port, route, clients))
        memory = psutil.Process(process.pid).memory_info().rss / 2**20
    finally:
        process.terminate()
        process.wait()
    show(told)
    score, explain = ([one for _, took in told[route, 1] for one in took] for route in ("score", "explain"))
    ratio = explain_p95(explain) / statistics.median(score)
    print(f"\nexplain p95 {explain_p95(explain):.1f} ms (aim 150), {ratio:.1f} x score p50 (aim 12), one client")
    print(f"first answer {first:.1f} s after start (aim 3), memory of the worker {memory:.0f} MB (aim 400)")


def measure_one(port: int) -> None:
    """One score, asked by a new client."""
    path, asked = ROUTES["score"]
    request = urllib.request.Request(  # noqa: S310
        f"http://127.0.0.1:{port}{path}", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).read()


def explain_p95(took: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(took, n=100)[94]


def show(told: dict[tuple[str, int], list[tuple[float, list[float]]]]) -> None:
    """The table: medians of rounds for the rate, percentiles over all answers."""
    print(f"{'route':<9}{'clients':>8}{'rps':>9}{'p50 ms':>9}{'p99 ms':>9}{'of echo':>9}")
    for (route, clients), rounds in sorted(told.items(), key=lambda item: (item[0][1], list(ROUTES).index(item[0][0]))):
        rate = statistics.median(rate for rate, _ in rounds)
        took = [one for _, took in rounds for one in took]
        part = statistics.median(one / echo for (one, _), (echo, _) in zip(rounds, told["echo", clients], strict=True))
        p99 = statistics.quantiles(took, n=100)[98]
        print(f"{route:<9}{clients:>8}{rate:>9.0f}{statistics.median(took):>9.1f}{p99:>9.1f}{part:>9.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        main()
