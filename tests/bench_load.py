"""Load: the service with two workers on loopback at 80 % of the limit, measured side by side.

The pace of a machine with neighbours swings by a fifth from one minute to the next, so the limit is
measured again before each of thirty rounds, and the round asks 80 % of that; answers of all rounds are
judged together. `SECONDS=60 make bench-load` is a short one. The limit is what eight clients get that ask
without a pause. In a round requests of five posts are sent evenly, whoever still waits (up to 32), each
on a connection of its own, as from behind a proxy: connections that stay stand with the worker
that took them, however busy it is. A request that was due and could not be sent yet is
waiting already. Prints a table; exits with 1 where an answer was refused, p99 is above
4 × p50, or memory grew by more than a tenth. Wants a machine that does nothing else.
"""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

SECONDS = int(os.environ.get("SECONDS", "600"))
WORKERS = 2
CLIENTS = 8
SENDERS = 32
ROUNDS = 30
ROUND_SECONDS = SECONDS / ROUNDS
LIMIT_SECONDS = max(2.0, ROUND_SECONDS / 5)
SHARE = 0.8
NO_ANSWER = 599

ROOT = Path(__file__).resolve().parents[1]
TEXTS = [
    row["text"]
    for row in map(json.loads, (ROOT / "training" / "corpus" / "posts.jsonl").read_text("utf-8").splitlines())
    if row.get("text")
]


def request(chance: random.Random) -> bytes:
    posts = [{"text": text, "page_id": "1", "platform": "vk"} for text in chance.sample(TEXTS, 5)]
    body = json.dumps({"posts": posts}).encode()
    head = f"POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Content-Type: application/json\r\nConnection: close\r\n\r\n".encode() + body


# Made beforehand, and sent as they are: who asks must not take time from who answers.
REQUESTS = [request(random.Random(number)) for number in range(500)]


class Client(threading.Thread):
    """Asks one after another; at even moments, or at once."""

    def __init__(self, port: int, number: int, due: float, until: float, rate: float | None) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self.statuses: list[int] = []
        self._port, self._due, self._until, self._rate = port, due, until, rate
        self._chance = random.Random(number)

    def run(self) -> None:
        due = self._due
        while due < self._until:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                self.statuses.append(self._ask())
            except (OSError, IndexError, ValueError):  # no answer, or none that can be read
                self.statuses.append(NO_ANSWER)
            ended = time.perf_counter()
            self.seconds.append(ended - due)
            due = ended if self._rate is None else due + 1 / self._rate

    def _ask(self) -> int:
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as connection:
            connection.sendall(self._chance.choice(REQUESTS))
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        return int(answer.split(b" ", 2)[1])


def load(port: int, seconds: float, rate: float | None) -> tuple[list[float], list[int], float]:
    begun = time.perf_counter()
    count = CLIENTS if rate is None else SENDERS
    each = None if rate is None else rate / count
    # They take turns.
    first = [begun if rate is None else begun + n / rate for n in range(count)]
    clients = [Client(port, n, first[n], begun + seconds, each) for n in range(count)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.perf_counter() - begun
    times = sorted(second for client in clients for second in client.seconds)
    return times, [status for client in clients for status in client.statuses], len(times) / took


def memory(process: psutil.Process) -> float:
    everyone = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in everyone) / 2**20


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        told = {**os.environ, "MERILO_DATABASE_URL": f"sqlite:///{folder}/m.sqlite3", "MERILO_RATE": "1000000/second"}
        command = [Path(sys.executable).parent / "merilo", "serve", "--port", str(port), "--workers", str(WORKERS)]
        with subprocess.Popen(command, env=told, stderr=subprocess.DEVNULL) as server:
            try:
                return measure(port, psutil.Process(server.pid))
            finally:
                server.terminate()


def wait(port: int, server: psutil.Process) -> None:
    """Wait until every worker answers: each is asked by chance."""
    ready = 0
    while ready < 20 * WORKERS:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            ready = ready + 1 if connection.getresponse().status == 200 else 0
            connection.close()
        except OSError:
            time.sleep(0.1)
        if not server.is_running():
            sys.exit("merilo serve has ended")


def measure(port: int, server: psutil.Process) -> int:
    wait(port, server)
    load(port, 10, None)  # warms up: words are met, threads are made
    before = memory(server)
    rounds = [measure_round(port) for _ in range(ROUNDS)]
    after = memory(server)
    for number, (limit, times, _) in enumerate(rounds, start=1):
        p50, p99 = percentiles(times)
        print(f"round {number:2}: limit {limit:6.1f}/s, p50 {p50:5.1f} ms, p99 {p99:6.1f} ms, ratio {p99 / p50:5.2f}")
    times = sorted(second for _, seconds, _ in rounds for second in seconds)
    statuses = [status for _, _, answered in rounds for status in answered]
    p50, p99 = percentiles(times)
    failed = sum(status >= 500 for status in statuses)
    refused = sum(400 <= status < 500 for status in statuses)
    print(f"{'seconds':24}{SECONDS:10}\n{'load of the machine':24}{os.getloadavg()[0]:10.1f}")
    print(f"{'asked, requests/s':24}{len(times) / SECONDS:10.1f}")
    print(f"{'answers':24}{len(times):10}\n{'5xx or none':24}{failed:10}\n{'4xx':24}{refused:10}")
    print(f"{'p50, ms':24}{p50:10.1f}\n{'p99, ms':24}{p99:10.1f}\n{'p99 / p50':24}{p99 / p50:10.2f}")
    print(f"{'memory before, MiB':24}{before:10.0f}\n{'memory after, MiB':24}{after:10.0f}")
    return int(failed > 0 or refused > 0 or p99 > 4 * p50 or after > 1.1 * before)


def measure_round(port: int) -> tuple[float, list[float], list[int]]:
    """The limit a second, and the sorted seconds and the statuses of answers at `SHARE` of it."""
    limit = load(port, LIMIT_SECONDS, None)[2]
    times, statuses, _ = load(port, ROUND_SECONDS, SHARE * limit)
    return limit, times, statuses


def percentiles(times: list[float]) -> tuple[float, float]:
    """The 50th and the 99th of sorted seconds, in milliseconds."""
    return times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000


if __name__ == "__main__":
    sys.exit(main())
