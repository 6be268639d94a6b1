"""Load: the service with two workers on loopback at 80 % of the limit that is measured first.

`SECONDS=60 make bench-load` is a short one. Prints a table; exits with 1 where an answer was
refused, p99 is above 4 × p50, or memory grew by more than a tenth.
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
CLIENTS = 4
LIMIT_SECONDS = max(10, SECONDS // 20)
SHARE = 0.8

ROOT = Path(__file__).resolve().parents[1]
TEXTS = [
    row["text"]
    for row in map(json.loads, (ROOT / "training" / "corpus" / "posts.jsonl").read_text("utf-8").splitlines())
    if row.get("text")
]


def body(chance: random.Random) -> bytes:
    posts = [{"text": text, "page_id": "1", "platform": "vk"} for text in chance.sample(TEXTS, 5)]
    return json.dumps({"posts": posts}).encode()


class Client(threading.Thread):
    """Asks one after another; at moments that are given beforehand, or at once."""

    def __init__(self, port: int, number: int, until: float, rate: float | None) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self.statuses: list[int] = []
        self._port, self._until, self._rate = port, until, rate
        self._chance = random.Random(number)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        due = time.perf_counter()
        while time.perf_counter() < self._until:
            if self._rate is not None:
                due += self._chance.expovariate(self._rate)
                time.sleep(max(0.0, due - time.perf_counter()))
            begun = due if self._rate is not None else time.perf_counter()
            connection.request("POST", "/v1/score", body(self._chance), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            self.seconds.append(time.perf_counter() - begun)  # waiting for a turn counts too
            self.statuses.append(answer.status)


def load(port: int, seconds: float, rate: float | None) -> tuple[list[float], list[int], float]:
    begun = time.perf_counter()
    each = None if rate is None else rate / CLIENTS
    clients = [Client(port, number, begun + seconds, each) for number in range(CLIENTS)]
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


def measure(port: int, server: psutil.Process) -> int:
    for _ in range(1200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/health/ready")
            break
        except OSError:
            time.sleep(0.1)
    load(port, LIMIT_SECONDS, None)  # warms up: words are met, threads are made
    _, _, limit = load(port, LIMIT_SECONDS, None)
    before = memory(server)
    times, statuses, rate = load(port, SECONDS, SHARE * limit)
    after = memory(server)
    p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
    failed = sum(status >= 500 for status in statuses)
    refused = sum(400 <= status < 500 for status in statuses)
    print(f"{'seconds':24}{SECONDS:10}")
    print(f"{'limit, requests/s':24}{limit:10.1f}\n{'asked, requests/s':24}{rate:10.1f}")
    print(f"{'answers':24}{len(times):10}\n{'5xx':24}{failed:10}\n{'4xx':24}{refused:10}")
    print(f"{'p50, ms':24}{p50 * 1000:10.1f}\n{'p99, ms':24}{p99 * 1000:10.1f}\n{'p99 / p50':24}{p99 / p50:10.2f}")
    print(f"{'memory before, MiB':24}{before:10.0f}\n{'memory after, MiB':24}{after:10.0f}")
    return int(failed > 0 or refused > 0 or p99 > 4 * p50 or after > 1.1 * before)


if __name__ == "__main__":
    sys.exit(main())
