"""A run: the same result however often it was interrupted, and nothing lost."""

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from model.folder import PRETRAINED
from service import batch, rows
from service import run as runs
from service.complaint import Complaint
from service.layout import Layout

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
MERILO = [sys.executable, "-c", "from service.cli import app; app(prog_name='merilo')"]


def write(path, count, broken=()):
    with path.open("w", encoding="utf-8") as lines:
        for number in range(count):
            post = {"text": f"{OUTAGE} Дом {number}", "post_id": number, "page_id": "5", "заметка": f"№ {number}"}
            lines.write("{broken\n" if number in broken else json.dumps(post, ensure_ascii=False) + "\n")
    return path


@pytest.fixture
def score(tmp_path):
    """Run in this process: inputs, name of the result → tally."""

    def score(source, name, neighbours=False, **how):
        with ExitStack() as stack:
            taken = batch.collect([str(source)], sys.stdin.buffer, stack)
            out = tmp_path / name
            order = runs.Order(PRETRAINED, runs.kind_of(out), Layout(taken.columns(), rows.COLUMNS))
            return runs.run(order, taken, out, **how)

    return score


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_refused_rows_keep_their_place_and_lie_in_the_rejects(score, tmp_path):
    source = write(tmp_path / "posts.jsonl", 30, broken=(3, 17))
    tally = score(source, "out.jsonl")
    assert (tally.rows, tally.scored) == (30, 28)
    found = read(tmp_path / "out.jsonl")
    assert [n for n, row in enumerate(found) if row["error"]] == [3, 17]
    assert [row["заметка"] for row in found if not row["error"]] == [f"№ {n}" for n in range(30) if n not in (3, 17)]
    rejects = read(runs.rejects_of(tmp_path / "out.jsonl"))
    assert [(one["line"], one["code"], one["raw"]) for one in rejects] == [
        (4, "bad_json", "{broken"),
        (18, "bad_json", "{broken"),
    ]


def test_without_refusals_there_are_no_rejects(score, tmp_path):
    source = write(tmp_path / "posts.jsonl", 3)
    runs.rejects_of(tmp_path / "out.csv").write_text("of an earlier run")
    score(source, "out.csv")
    assert names(tmp_path) == {"posts.jsonl", "out.csv"}


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet", "out.xlsx"])
def test_workers_give_what_one_gives(score, tmp_path, name):
    source = write(tmp_path / "posts.jsonl", 2500, broken=(1200,))
    score(source, f"one{Path(name).suffix}")
    tally = score(source, name, workers=2)
    assert tally.rows == 2500
    if name.endswith("xlsx"):  # dates of making differ
        assert (tmp_path / name).stat().st_size > 10_000
    else:
        assert (tmp_path / name).read_bytes() == (tmp_path / f"one{Path(name).suffix}").read_bytes()


class Stop(Exception):
    pass


class StopAfter:
    """A meter that breaks a run off."""

    def __init__(self, rows):
        self.rows = rows

    def stop(self):
        pass

    def read(self, at):
        pass

    def wrote(self, rows):
        if rows >= self.rows:
            raise Stop


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_run_goes_on_where_it_broke_off(score, tmp_path, name, monkeypatch):
    monkeypatch.setattr("service.journal.INTERVAL", 0)
    monkeypatch.setattr(runs, "CHUNK", 100)
    source = write(tmp_path / "posts.jsonl", 1000, broken=(50, 777))
    score(source, f"whole{Path(name).suffix}")
    for rows_written in (300, 301, 800):
        with pytest.raises(Stop):
            score(source, name, resume=True, meter=StopAfter(rows_written))
        assert name not in names(tmp_path)
    tally = score(source, name, resume=True)
    assert (tally.rows, tally.refused["bad_json"]) == (1000, 2)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"whole{Path(name).suffix}").read_bytes()
    assert len(read(runs.rejects_of(tmp_path / name))) == 2
    assert not [one for one in names(tmp_path) if one.startswith(".")]


def test_other_input_is_not_gone_on_with(score, tmp_path, monkeypatch):
    monkeypatch.setattr("service.journal.INTERVAL", 0)
    monkeypatch.setattr(runs, "CHUNK", 100)
    source = write(tmp_path / "posts.jsonl", 500)
    with pytest.raises(Stop):
        score(source, "out.csv", meter=StopAfter(200))
    write(source, 600)
    with pytest.raises(Complaint, match="с тех пор другое: вход"):
        score(source, "out.csv", resume=True)
    score(source, "out.csv")
    assert len((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()) == 601


def test_run_that_was_stopped_after_it_was_done_is_done(score, tmp_path, monkeypatch):
    """The last thing of a run is to forget its journal."""
    source = write(tmp_path / "posts.jsonl", 300, broken=(7,))
    monkeypatch.setattr(runs.Journal, "forget", lambda self: None)
    score(source, "out.csv")
    written = (tmp_path / "out.csv").read_bytes()
    monkeypatch.undo()
    assert score(source, "out.csv", resume=True).rows == 300
    assert (tmp_path / "out.csv").read_bytes() == written
    assert names(tmp_path) == {"posts.jsonl", "out.csv", "out.csv.rejects.jsonl"}


def test_resume_with_nothing_to_go_on_with_is_a_run(score, tmp_path):
    score(write(tmp_path / "posts.jsonl", 5), "out.csv", resume=True)
    assert (tmp_path / "out.csv").exists()


def merilo(folder, *words, **how):
    return subprocess.Popen([*MERILO, *words], cwd=folder, stderr=subprocess.PIPE, text=True, **how)


def test_ctrl_c_finishes_the_chunk_and_says_how_to_go_on(tmp_path):
    write(tmp_path / "posts.jsonl", 20_000)
    process = merilo(tmp_path, "score", "posts.jsonl", "-o", "out.jsonl")
    part = tmp_path / ".out.jsonl.part"
    wait_for(lambda: part.exists() and part.stat().st_size, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "--resume" in said
    assert "Traceback" not in said
    assert "out.jsonl" not in names(tmp_path)
    again = merilo(tmp_path, "score", "posts.jsonl", "-o", "out.jsonl", "--resume")
    again.communicate(timeout=120)
    assert again.returncode == 0
    assert [row["post_id"] for row in read(tmp_path / "out.jsonl")] == list(range(20_000))


def wait_for(condition, process, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte; a container may forbid it even to root, so it is not required in CI."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted without rights")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("name", ["out.jsonl", "out.xlsx"])
def test_full_disk_leaves_no_half_file_and_the_run_goes_on_when_there_is_room(tmp_path, small_disk, name):
    write(tmp_path / "posts.jsonl", 5000, broken=(7,))
    process = merilo(tmp_path, "score", "posts.jsonl", "-o", str(small_disk / name))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "кончилось место на диске" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert not [one for one in names(small_disk) if not one.startswith(".")]
    assert shutil.disk_usage(small_disk).total <= 1 << 20
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    again = merilo(tmp_path, "score", "posts.jsonl", "-o", str(small_disk / name), "--resume")
    _, said = again.communicate(timeout=120)
    assert again.returncode == 1, said
    assert names(small_disk) == {name, f"{name}.rejects.jsonl", f".{name}.done"}
    if name.endswith("jsonl"):
        assert [row["post_id"] for row in read(small_disk / name)] == [None if n == 7 else n for n in range(5000)]
