"""Archives over HTTP: whole on the disk before they are acknowledged, scored aside, never half stored."""

import asyncio
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service import intake
from service.api import create_app
from service.archive import recognise_all
from service.footprint import Footprint
from service.settings import Settings
from service.store import Store, jobs, scores
from service.store.selection import Selection

SECRET = "Секретнейшее слово о приёме граждан в администрации"


def lines(count):
    rows = [
        {"text": f"{SECRET} № {n}", "platform": "vk", "page_id": "1", "post_id": str(n), "date": "2026-03-01"}
        for n in range(count)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [*rows, {"text": ""}]).encode()


@pytest.fixture
def settings(database, tmp_path):
    return Settings(database_url=database, archives=str(tmp_path / "archives"))


@pytest.fixture
def store(settings):
    with Store.open(settings.database_url) as opened:
        yield opened


@pytest.fixture
def idle(settings, scorer, store, monkeypatch):
    """A service whose queue nobody works at."""
    monkeypatch.setattr(intake.Intake, "_work", lambda self: None)
    with TestClient(create_app(settings, scorer, store)) as client:
        yield client


def stored(store):
    with store.reading() as connection:
        return len(scores.read(connection, Selection(), "scored_at", limit=100_000).rows)


def find(store, id):
    with store.reading() as connection:
        return jobs.find(connection, id)


def work(settings, id):
    """Do a job in a process of its own, as the service does."""
    return subprocess.Popen(
        [sys.executable, "-m", "service.intake", id], stdin=subprocess.PIPE, env={**os.environ, **settings.to_env()}
    )


def assert_finished(settings, client, store, job, count):
    """Do a job to its end; all is there once and in order."""
    with work(settings, job["id"]) as process:
        assert process.wait() == 0
    last = find(store, job["id"])
    assert (last.state, last.stored, last.received, stored(store)) == ("done", count, count + 1, count), last.error
    result = client.get(f"/v1/archives/{job['id']}/result").text.splitlines()
    assert [json.loads(line).get("post_id") for line in result[:count]] == [str(n) for n in range(count)]


def counted(client):
    """Posts of archives that the metrics know, and all by status."""
    told = client.get("/metrics").text
    found = re.findall(r'^merilo_(?:posts_scored|post_statuses)_total{(?:way|status)="(\w+)"} (\S+)$', told, re.M)
    return Counter({name: int(float(posts)) for name, posts in found if name != "http"})


def test_an_archive_from_the_sending_to_the_result(settings, scorer, store):
    with TestClient(create_app(settings, scorer, store)) as client:
        before = counted(client)
        sent = client.post("/v1/archives?name=выгрузка.jsonl&out=csv", content=lines(30))
        assert sent.status_code == 202
        job = sent.json()
        assert job["state"] == "queued"
        assert sent.headers["Location"] == f"/v1/archives/{job['id']}"
        with client.stream("GET", f"/v1/archives/{job['id']}/events") as events:
            told = [json.loads(line[6:]) for line in events.iter_lines() if line.startswith("data: ")]
        last = told[-1]
        assert (last["state"], last["received"], last["refused"], last["stored"]) == ("done", 31, 1, 30), last
        assert (last["file_name"], last["read"], last["error"]) == ("выгрузка.jsonl", last["size"], None)
        assert stored(store) == 30
        answer = client.get(f"/v1/archives/{job['id']}/result")
        table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert [row["post_id"] for row in table[:-1]] == [str(n) for n in range(30)]
        assert "attachment" in answer.headers["Content-Disposition"]
        rejects = client.get(f"/v1/archives/{job['id']}/result?part=rejects").text.splitlines()
        assert len(rejects) == 1
        assert client.get("/v1/archives").json()[0]["id"] == job["id"]
        until = time.monotonic() + 30  # they are told to another thread
        while (more := counted(client) - before).total() < 61 and time.monotonic() < until:
            time.sleep(0.05)
        assert (more["archive"], more.total()) == (30, 30 + 31), "posts, and statuses with the refused one"
        assert more["refused"] == 1


def zipped(**files):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name.replace("_", "."), content)
    return kept.getvalue()


def test_what_is_passed_by_inside_a_zip_is_told(settings, idle, store):
    headless = f"{SECRET};{SECRET} ещё\n{SECRET};5\n"
    package = zipped(посты_jsonl=lines(3), фото_png=b"\x89PNG\r\n\x1a\n" + bytes(900), пусто_csv=b"", без_csv=headless)
    job = idle.post("/v1/archives?name=всё.zip", content=package).json()
    assert job["skipped"] == []
    with work(settings, job["id"]) as process:
        assert process.wait() == 0
    told = idle.get(f"/v1/archives/{job['id']}").json()
    assert (told["state"], told["received"], told["read"]) == ("done", 4, told["size"])
    assert [one["name"] for one in told["skipped"]] == ["фото.png", "пусто.csv", "без.csv"]
    assert [one["reason"].split()[0] for one in told["skipped"][1:]] == ["пуст:", "не"]
    assert "Секретнейшее" not in json.dumps(told, ensure_ascii=False)


def test_of_many_files_that_are_passed_by_the_first_are_named(tmp_path):
    path = tmp_path / "всё.zip"
    path.write_bytes(zipped(посты_jsonl=lines(1), **{f"{n}_csv": b"" for n in range(intake.MOST_SKIPPED + 5)}))
    with ExitStack() as stack:
        told = intake.skipped(path, "всё.zip", recognise_all(path, "всё.zip", stack))
    assert (len(told), told[-1]["reason"]) == (intake.MOST_SKIPPED + 1, "и ещё файлов: 5")


@pytest.mark.parametrize("content", [b"\x00\x01nothing", b"[]"])
def test_what_is_no_archive_fails_with_a_reason(settings, idle, store, content):
    job = idle.post("/v1/archives", content=content).json()
    with work(settings, job["id"]) as process:
        assert process.wait() == 0
    told = idle.get(f"/v1/archives/{job['id']}").json()
    assert told["state"] == "failed"
    assert settings.archives not in told["error"]
    answer = idle.get(f"/v1/archives/{job['id']}/result")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "archive_failed")


async def ask(app, length, messages):
    """The status that is sent to a request for /v1/archives with so many bytes announced; None where none is sent."""
    told, coming = [], iter(messages)

    async def receive():
        return next(coming)

    async def send(message):
        told.append(message.get("status"))

    scope = {
        **{"type": "http", "method": "POST", "path": "/v1/archives", "raw_path": b"/v1/archives", "query_string": b""},
        **{"headers": [(b"host", b"127.0.0.1"), (b"content-length", str(length).encode())], "scheme": "http"},
        **{"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "http_version": "1.1", "root_path": ""},
    }
    await app(scope, receive, send)
    return told[0] if told else None


def test_what_says_that_it_is_too_long_is_refused_before_it_comes(idle, settings):
    assert asyncio.run(ask(idle.app, settings.max_archive + 1, [])) == 413
    assert {path.name for path in Path(settings.archives).glob("*")} <= {".turn"}


def test_who_goes_while_an_archive_comes_is_no_failure(idle, settings, caplog):
    caplog.set_level("INFO", "merilo")
    part = {"type": "http.request", "body": b'{"text"', "more_body": True}
    assert asyncio.run(ask(idle.app, 10_000, [part, {"type": "http.disconnect"}])) is None
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert caplog.records[0].facts["status"] == 499
    assert caplog.records[0].facts["route"] == "/v1/archives"


def test_nothing_is_left_of_what_is_refused(settings, scorer, store, monkeypatch):
    monkeypatch.setattr(intake.Intake, "_work", lambda self: None)
    small = Settings(**{**{name: getattr(settings, name) for name in ("database_url", "archives")}, "max_archive": 100})
    with TestClient(create_app(small, scorer, store)) as client:
        answer = client.post("/v1/archives", content=lines(9))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
        assert client.post("/v1/archives", content=b"").status_code == 422
        monkeypatch.setattr(intake.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
        full = client.post("/v1/archives", content=b"{}")
        assert (full.status_code, full.json()["error"]["code"]) == (503, "unwritable")
        assert "место на диске" in full.json()["error"]["message"]
        monkeypatch.undo()
        monkeypatch.setattr(intake.Intake, "_work", lambda self: None)
        monkeypatch.setattr(jobs, "add", lambda *_: (_ for _ in ()).throw(intake.Complaint("database_full", "Полна.")))
        assert client.post("/v1/archives", content=b"{}").status_code == 503
        assert client.get("/v1/archives").json() == []
    assert [path.name for path in Path(settings.archives).iterdir() if path.is_dir()] == []


def test_a_job_killed_again_and_again_is_stored_once(settings, idle, store):
    count = 6000
    job = idle.post("/v1/archives?out=jsonl", content=lines(count)).json()
    for _ in range(2):
        before = find(store, job["id"]).stored
        with work(settings, job["id"]) as process:
            until = time.monotonic() + 120
            while find(store, job["id"]).stored <= before and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        told = find(store, job["id"])
        assert told.received >= told.stored >= stored(store) >= before
    assert_finished(settings, idle, store, job, count)


@pytest.mark.parametrize("of", ["another model", "no use"])
def test_a_job_that_cannot_go_on_begins_anew(settings, idle, store, of):
    """After an upgrade, say: a result is of one model."""
    count = 6000
    job = idle.post("/v1/archives?out=jsonl", content=lines(count)).json()
    journal = Footprint(intake.Intake(store, settings).result(find(store, job["id"]))).journal
    with work(settings, job["id"]) as process:
        until = time.monotonic() + 120
        while not journal.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    kept = json.loads(journal.read_text("utf-8"))
    kept["plan"] |= {"модель": "другая"}
    journal.write_text(json.dumps(kept) if of == "another model" else "{", "utf-8")
    assert_finished(settings, idle, store, job, count)


def test_a_job_ends_with_the_process_that_started_it(settings, idle, store):
    job = idle.post("/v1/archives", content=lines(3)).json()
    with work(settings, job["id"]) as process:
        process.stdin.close()
        assert process.wait(timeout=60) == 1
    assert find(store, job["id"]).state != "failed"


def test_a_job_whose_archive_is_gone_says_to_send_it_again(settings, scorer, store):
    with store.writing() as connection:
        job = jobs.add(connection, intake.KIND, "a.csv")
    with TestClient(create_app(settings, scorer, store)) as client:
        until = time.monotonic() + 30
        while (told := client.get(f"/v1/archives/{job.id}").json())["state"] != "failed" and time.monotonic() < until:
            time.sleep(0.05)
    assert "ещё раз" in told["error"]


class Dying:
    """A process that gets so far and dies."""

    returncode = -9
    stdout = (b'{"ok": 1',)  # cut by its death

    def __init__(self, store, job, received):
        self._store, self._job, self._received = store, job, received

    def __enter__(self):
        with self._store.writing() as connection:
            jobs.change(connection, self._job, received=self._received)
        return self

    def __exit__(self, *_):
        pass

    def poll(self):
        return self.returncode


def test_an_archive_is_given_up_only_where_it_does_not_get_on(settings, store, monkeypatch):
    taken = intake.Intake(store, settings)
    with store.writing() as connection:
        job = jobs.add(connection, intake.KIND, "a.csv")
    (taken.folder / job.id).mkdir(parents=True)
    (taken.folder / job.id / intake.ARCHIVE).write_bytes(b"[]")
    states = []
    for received in (1000, 2000, 3000, 4000, 4000, 4000):
        monkeypatch.setattr(intake.subprocess, "Popen", lambda *_, **__: Dying(store, job.id, received))  # noqa: B023
        taken._run(taken._now(job))
        states.append(taken._now(job).state)
    assert states == ["queued"] * 5 + ["failed"]


def test_only_one_takes_turns(tmp_path):
    with intake._turn(tmp_path) as mine:
        assert mine
        with intake._turn(tmp_path) as other:
            assert not other
    with intake._turn(tmp_path) as mine:
        assert mine


def test_old_results_are_swept_and_others_are_not(settings, store):
    taken = intake.Intake(store, settings)
    with store.writing() as connection:
        job = jobs.add(connection, intake.KIND, "a.csv")
    for name in (job.id, "0" * 32, ".coming-" + "1" * 32, ".coming-" + "2" * 32):
        (taken.folder / name).mkdir(parents=True)
    for name in ("0" * 32, ".coming-" + "1" * 32, job.id):
        os.utime(taken.folder / name, (0, 0))
    coming = taken.folder / (".coming-" + "3" * 32)  # began long ago and still comes
    coming.mkdir()
    (coming / intake.ARCHIVE).write_bytes(b"[")
    os.utime(coming, (0, 0))
    taken._sweep()
    assert sorted(path.name for path in taken.folder.iterdir()) == sorted([job.id, ".coming-" + "2" * 32, coming.name])
