"""`merilo serve` as processes: workers that are killed, a model that is loaded anew, a service that is stopped."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import model
from service import server
from service.store import Selection, Store, scores

PROGRAM = Path(sys.executable).parent / "merilo"
SECRET = "Секретнейшее слово о приёме граждан"


class Service:
    def __init__(self, folder, *arguments, wait=True):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.model = folder / "model"
        if not self.model.exists():
            shutil.copytree(model.PRETRAINED, self.model)
        self.address = f"sqlite:///{folder}/merilo.sqlite3"
        self.log = folder / "log"
        told = {
            **os.environ,
            "MERILO_DATABASE_URL": self.address,
            "MERILO_MODEL": str(self.model),
            "MERILO_RATE": "100000/minute",  # the one who asks here is faster than a guest may be
        }
        with self.log.open("ab") as log:
            command = [PROGRAM, "serve", "--port", str(self.port), *arguments]
            self.process = subprocess.Popen(command, stderr=log, env=told)
        if wait:
            self.wait()

    def wait(self):
        until = time.monotonic() + 300
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError):
                if self.ask("/health/ready")[0] == 200:
                    return
            time.sleep(0.1)
        pytest.fail("not ready")

    def ask(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def wait_for_log(self, message, count):
        """Wait until so many lines of the log begin with a message."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
            if sum(f'"message": "{message}' in line for line in lines) >= count:
                return
            time.sleep(0.1)
        pytest.fail(f"the log does not tell of {message}: {self.log.read_text()}")

    def children(self):
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", "spawn_main"], capture_output=True, text=True
        )
        return [int(pid) for pid in found.stdout.split()]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=120)


@contextlib.contextmanager
def running(folder, *arguments, wait=True):
    service = Service(folder, *arguments, wait=wait)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


class Asking(threading.Thread):
    """Stores posts one after another, and notes what was acknowledged."""

    def __init__(self, service):
        super().__init__()
        self.service, self.statuses, self.stored, self.done = service, [], set(), threading.Event()

    def run(self):
        number = 0
        while not self.done.is_set():
            number += 1
            body = json.dumps({"posts": [{"text": f"{SECRET} {number}", "page_id": "1", "post_id": str(number)}]})
            try:
                status, told = self.service.ask("/v1/score?store=true", body.encode())
            except (OSError, ValueError):
                status, told = 0, {}
            self.statuses.append(status)
            if told.get("stored"):
                self.stored.add(str(number))
            time.sleep(0.02)


def kept(service):
    with Store.open(service.address) as store, store.reading() as connection:
        rows = scores.read(connection, Selection(), "scored_at", limit=100_000).rows
    assert len({row["post_id"] for row in rows}) == len(rows)
    return {row["post_id"] for row in rows}


def replace_by_a_damaged_one(folder):
    """Put a folder in the place of a model's in which the largest part has other bytes."""
    other = folder.with_name("other")
    shutil.copytree(folder, other)
    part = max(other.rglob("*"), key=lambda path: path.stat().st_size)
    whole = bytearray(part.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    part.write_bytes(whole)
    folder.rename(folder.with_name("away"))
    other.rename(folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_reload_drops_no_request_and_a_damaged_model_changes_nothing(tmp_path, workers):
    with running(tmp_path, "--workers", str(workers)) as service:
        loaded = workers if workers > 1 else 0  # a single one is given the model that the program has loaded
        service.wait_for_log("model", loaded)
        asking = Asking(service)
        asking.start()
        known = service.ask("/health/ready")[1]["model"]
        service.process.send_signal(signal.SIGHUP)
        service.wait_for_log("model", loaded + workers)
        replace_by_a_damaged_one(service.model)
        service.process.send_signal(signal.SIGHUP)
        service.wait_for_log("model_", workers)
        assert service.ask("/health/ready")[1]["model"] == known
        asking.done.set()
        asking.join()
        assert set(asking.statuses) == {200}
        assert service.stop() in (0, -signal.SIGTERM)  # a single one shuts down in order, then ends as it was told
        assert kept(service) == asking.stored
    assert SECRET not in service.log.read_text()


@pytest.mark.skipif(not shutil.which("pgrep"), reason="pgrep is not installed")
def test_reload_while_workers_start_ends_none_of_them(tmp_path):
    with running(tmp_path, "--workers", "2", wait=False) as service:
        until = time.monotonic() + 120
        while len(service.children()) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        first = service.children()
        for _ in range(30):
            service.process.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        service.wait()
        service.wait_for_log("model", 3)  # loaded at the start, and again: what was asked for is not forgotten
        assert service.children() == first
        assert service.stop() == 0


def test_a_worker_lets_threads_have_their_turns_soon():
    before = sys.getswitchinterval()
    try:
        server.make_app()
        assert sys.getswitchinterval() == pytest.approx(server.TURN)
        assert before > server.TURN
    finally:
        sys.setswitchinterval(before)


@pytest.mark.skipif(not shutil.which("pgrep"), reason="pgrep is not installed")
def test_a_worker_that_is_killed_loses_nothing_that_was_acknowledged(tmp_path):
    with running(tmp_path, "--workers", "2") as service:
        asking = Asking(service)
        asking.start()
        until = time.monotonic() + 120
        while len(service.children()) < 2 and time.monotonic() < until:
            time.sleep(0.2)
        before = service.children()
        os.kill(before[0], signal.SIGKILL)
        until = time.monotonic() + 120
        while (set(service.children()) <= set(before)) and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(2)
        asking.done.set()
        asking.join()
        assert len(service.children()) == 2
        assert set(asking.statuses) <= {0, 200}
        assert asking.stored <= kept(service)
        told = urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics").read().decode()
        counted = sum(
            float(line.split()[1]) for line in told.splitlines() if line.startswith("merilo_posts_scored_total{")
        )
        assert counted >= len(asking.stored)
        assert service.stop() == 0


@pytest.mark.skipif(not shutil.which("pgrep"), reason="pgrep is not installed")
def test_after_a_kill_of_everything_an_acknowledged_archive_goes_on(tmp_path):
    count = 8000
    rows = ({"text": f"{SECRET} № {n}", "page_id": "1", "post_id": str(n)} for n in range(count))
    archive = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    with running(tmp_path, "--workers", "2") as service:
        status, job = service.ask("/v1/archives?out=jsonl", archive)
        assert status == 202
        until = time.monotonic() + 120
        while service.ask(f"/v1/archives/{job['id']}")[1]["stored"] == 0 and time.monotonic() < until:
            time.sleep(0.05)
        service.process.kill()
        service.process.wait()
    with running(tmp_path) as service:
        until = time.monotonic() + 300
        while (told := service.ask(f"/v1/archives/{job['id']}")[1])["state"] not in ("done", "failed"):
            assert time.monotonic() < until
            time.sleep(0.2)
        assert (told["state"], told["stored"], told["received"]) == ("done", count, count)
        assert kept(service) == {str(n) for n in range(count)}
