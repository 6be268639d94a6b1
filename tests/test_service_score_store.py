"""`merilo score --store`: what a result says is what the store says, whatever happens in between."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.store import Selection, Store, scores
from service.store.schema import POSTS, SCORES

PROGRAM = Path(sys.executable).parent / "merilo"
SECRET = "Секретнейшее слово в объявлении о приёме граждан"


def write(path, count, likes=1):
    rows = (
        {"text": f"{SECRET} № {n}", "platform": "vk", "page_id": str(n % 7), "post_id": str(n), "likes": likes,
         "date": f"2026-03-{n % 28 + 1:02}T10:00:00Z"}
        for n in range(count)
    )  # fmt: skip
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join([*lines, '{"text": ""}']) + "\n", encoding="utf-8")
    return path


def environment(address, **more):
    return {**os.environ, "MERILO_DATABASE_URL": address, **more}


def score(address, *arguments):
    done = subprocess.run([PROGRAM, "score", *map(str, arguments)], env=environment(address), capture_output=True)
    return done.returncode, done.stderr.decode()


def counts(address):
    counted = [select(func.count()).select_from(table) for table in (POSTS, SCORES)]
    with Store.open(address) as store, store.reading() as connection:
        return tuple(connection.execute(asked).scalar_one() for asked in counted)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_written_is_stored_once(database, tmp_path, workers):
    archive, out = write(tmp_path / "in.jsonl", 1500), tmp_path / "out.jsonl"
    for _ in range(2):
        code, said = score(database, archive, "-o", out, "--store", "--workers", workers)
        assert code == 1, said
        assert counts(database) == (1500, 1500)
    assert "сохранены" in said
    assert SECRET not in said
    lines = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    written = {row["post_id"]: row["usefulness"] for row in lines if row["error"] is None}
    with Store.open(database) as store, store.reading() as connection:
        kept = scores.read(connection, Selection(), "scored_at", limit=2000).rows
    assert {row["post_id"]: row["usefulness"] for row in kept} == written


def test_counts_that_grew_are_updated(database, tmp_path):
    for likes in (1, 5):
        score(database, write(tmp_path / "in.jsonl", 10, likes), "-o", tmp_path / "out.csv", "--store")
    with Store.open(database) as store, store.reading() as connection:
        assert {row["likes"] for row in scores.read(connection, Selection()).rows} == {5}


def test_to_the_standard_output_too(database, tmp_path):
    assert score(database, write(tmp_path / "in.jsonl", 3), "-o", "-", "--store")[0] == 1
    assert counts(database) == (3, 3)


def test_a_killed_run_goes_on_and_nothing_is_stored_twice(database, tmp_path):
    archive, out = write(tmp_path / "in.jsonl", 12_000), tmp_path / "out.jsonl"
    command = [PROGRAM, "score", archive, "-o", out, "--store"]
    process = subprocess.Popen(command, env=environment(database), stderr=subprocess.DEVNULL)
    journal = tmp_path / ".out.jsonl.journal"
    while not journal.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = json.loads(journal.read_text()) if journal.exists() else None
    if kept is not None:  # what the journal promises is in the store
        state = kept["state"]
        rows = state["rows"] if "rows" in state else state["tally"]["rows"]
        assert counts(database)[0] >= min(rows, 12_000)
    assert score(database, archive, "-o", out, "--store", "--resume")[0] == 1
    assert counts(database) == (12_000, 12_000)


def test_a_run_that_did_not_store_is_not_gone_on_with_as_one_that_does(database, tmp_path):
    """Its first rows would never get into the store."""
    archive, out = write(tmp_path / "in.jsonl", 12_000), tmp_path / "out.jsonl"
    journal = tmp_path / ".out.jsonl.journal"
    process = subprocess.Popen([PROGRAM, "score", archive, "-o", out], env=environment(database))
    while not journal.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert journal.exists()
    code, said = score(database, archive, "-o", out, "--store", "--resume")
    assert code == 2, said
    assert "сохранение в базу" in said
    assert score(database, archive, "-o", out, "--store")[0] == 1
    assert counts(database) == (12_000, 12_000)


def test_a_store_that_cannot_be_opened_is_told_before_the_work(tmp_path):
    out = tmp_path / "out.jsonl"
    code, said = score("mysql://user:secret@host/db", write(tmp_path / "in.jsonl", 3), "-o", out, "--store")
    assert code == 2
    assert "MERILO_DATABASE_URL" in said
    assert "secret" not in said
    assert not out.exists()


def test_without_a_variable_it_is_the_file_of_the_user(tmp_path):
    archive = write(tmp_path / "in.jsonl", 3)
    told = environment("", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path / "data"))
    subprocess.run([PROGRAM, "score", archive, "-o", tmp_path / "out.csv", "--store"], env=told, capture_output=True)
    (kept,) = tmp_path.glob("data/merilo/merilo.sqlite3")
    assert counts(f"sqlite:///{kept}") == (3, 3)
