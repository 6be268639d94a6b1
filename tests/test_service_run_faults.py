"""A run that is killed anywhere: what was promised is there, what is missing is told of, nothing is lost or doubled."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from model.folder import PRETRAINED
from service import batch, lock, rows
from service import run as runs
from service.complaint import Complaint
from service.footprint import Footprint
from service.layout import Layout

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
MERILO = [sys.executable, "-c", "from service.cli import app; app(prog_name='merilo')"]


def write(path, count, broken=(), word="Дом"):
    with path.open("w", encoding="utf-8") as lines:
        for number in range(count):
            post = {"text": f"{OUTAGE} {word} {number}", "post_id": number, "page_id": "5", "заметка": f"№ {number}"}
            lines.write("{broken\n" if number in broken else json.dumps(post, ensure_ascii=False) + "\n")
    return path


@pytest.fixture
def score(tmp_path, monkeypatch, scorer):
    """Run in this process, in chunks of ten, each told to the journal; the model is loaded once for all."""
    monkeypatch.setattr("model.load", lambda folder: scorer)
    monkeypatch.setattr("service.journal.INTERVAL", 0)
    monkeypatch.setattr(runs, "CHUNK", 10)

    def score(source, out, **how):
        with ExitStack() as stack:
            taken = batch.collect([str(source)], sys.stdin.buffer, stack)
            order = runs.Order(PRETRAINED, runs.kind_of(out), Layout(taken.columns(), rows.COLUMNS))
            return runs.run(order, taken, out, **how)

    return score


class Killed(BaseException):
    """What a process does not live to see."""


class Death:
    """Kills at one operation on files, before or after it; the dead do nothing more, whatever `finally` says."""

    OPERATIONS = (
        *((Path, name) for name in ("open", "replace", "unlink", "write_text")),
        *((os, name) for name in ("fsync", "open")),
        *((runs.Part, name) for name in ("write", "sync")),
    )

    def __init__(self, monkeypatch, at, after):
        self.count, self.at, self.after = 0, at, after
        for owner, name in self.OPERATIONS:
            monkeypatch.setattr(owner, name, self._deadly(getattr(owner, name)))

    @property
    def came(self):
        return self.count >= self.at

    def _deadly(self, operation):
        def deadly(*arguments, **named):
            if self.came:
                raise Killed
            self.count += 1
            if self.came and not self.after:
                raise Killed
            done = operation(*arguments, **named)
            if self.came:
                raise Killed
            return done

        return deadly


def content(path):
    if path.suffix == ".xlsx":
        return [list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path)]
    return pq.read_table(path) if path.suffix == ".parquet" else path.read_bytes()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the killed close no files
@pytest.mark.parametrize(
    ("name", "broken"), [("out.csv", (3, 17)), ("out.jsonl", ()), ("out.xlsx", (3, 17)), ("out.parquet", ())]
)
def test_killed_at_any_operation_on_files_it_loses_nothing(score, tmp_path, monkeypatch, name, broken):
    """Before and after each of them, with refused rows and without, over an older result."""
    source, whole, out = write(tmp_path / "posts.jsonl", 20, broken), tmp_path / f"whole-{name}", tmp_path / name
    score(source, whole)
    deaths = 0
    for after in (False, True):
        for at in range(1, 1000):
            out.write_bytes(b"of an earlier run")
            runs.rejects_of(out).write_bytes(b"of an earlier run")
            with monkeypatch.context() as patch:
                death = Death(patch, at, after)
                try:
                    score(source, out)
                except Killed:
                    deaths += 1
            if at % 5 == 0 and death.came:  # the run that goes on is killed too
                with monkeypatch.context() as patch, pytest.raises(Killed):
                    Death(patch, 1 + at % 7, after)
                    score(source, out, resume=True)
            tally = score(source, out, resume=True)
            assert (tally.rows, tally.refused.total()) == (20, len(broken))
            assert content(out) == content(whole), (at, after)
            assert runs.rejects_of(out).exists() == bool(broken)
            if broken:
                assert runs.rejects_of(out).read_bytes() == runs.rejects_of(whole).read_bytes()
            assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]
            if not death.came:
                break
    assert deaths > 60


def stop(score, source, out, at):
    """Leave a run that was stopped half way."""

    class Meter:
        def stop(self): ...
        def read(self, at): ...

        def wrote(self, rows):
            if rows >= at:
                raise Killed

    with pytest.raises(Killed):
        score(source, out, meter=Meter())
    assert Footprint(out).journal.exists()


def test_a_new_run_forgets_the_old_journal_before_it_touches_the_parts(score, tmp_path, monkeypatch):
    source, out = write(tmp_path / "posts.jsonl", 100), tmp_path / "out.csv"
    stop(score, source, out, 50)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(runs, "_head", lambda order: (_ for _ in ()).throw(Killed()))
        score(source, out)
    assert not Footprint(out).journal.exists()
    assert score(source, out, resume=True).rows == 100
    assert b"\0" not in out.read_bytes()
    assert len(out.read_bytes().splitlines()) == 101


@pytest.mark.parametrize("lost", ["cut", "gone"])
@pytest.mark.parametrize("part", ["part", "rejects_part"])
def test_a_part_shorter_than_promised_is_damage(score, tmp_path, part, lost):
    source, out = write(tmp_path / "posts.jsonl", 100, broken=(2,)), tmp_path / "out.csv"
    stop(score, source, out, 50)
    path = getattr(Footprint(out), part)
    path.unlink()
    if lost == "cut":
        path.write_bytes(b"short")
    with pytest.raises(Complaint, match="Начните заново, без --resume") as caught:
        score(source, out, resume=True)
    assert caught.value.code == "bad_journal"
    assert not out.exists()
    assert score(source, out).rows == 100


def test_a_journal_of_a_finished_run_without_its_parts_and_names_is_damage(score, tmp_path, monkeypatch):
    source, out = write(tmp_path / "posts.jsonl", 20), tmp_path / "out.csv"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(runs, "_finish", lambda *_: (_ for _ in ()).throw(Killed()))
        score(source, out)
    assert runs.finishing(out)
    Footprint(out).part.unlink()
    with pytest.raises(Complaint, match="Начните заново"):
        score(source, out, resume=True)


@pytest.mark.parametrize("state", [{}, {"rows": "x"}, {"part": None}, {"refused": 5}, {"refused": [[1]]}])
def test_a_state_that_cannot_be_understood_is_damage(score, tmp_path, state):
    source, out = write(tmp_path / "posts.jsonl", 100), tmp_path / "out.csv"
    stop(score, source, out, 50)
    journal = Footprint(out).journal
    kept = json.loads(journal.read_text("utf-8"))
    kept["state"] = {**kept["state"], **state} if state else {}
    journal.write_text(json.dumps(kept), "utf-8")
    with pytest.raises(Complaint) as caught:
        score(source, out, resume=True)
    assert caught.value.code == "bad_journal"


def test_the_same_size_and_ends_are_not_the_same_file(score, tmp_path):
    source, out = tmp_path / "posts.jsonl", tmp_path / "out.csv"
    lines = [json.dumps({"text": f"{OUTAGE} Дом {number:06}"}) + "\n" for number in range(3000)]
    source.write_text("".join(lines))
    stop(score, source, out, 50)
    before = source.stat()
    lines[1500] = lines[1500].replace("001500", "009999")
    source.write_text("".join(lines))
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert source.stat().st_size == before.st_size
    with pytest.raises(Complaint, match="с тех пор другое: вход"):
        score(source, out, resume=True)


def test_a_copy_that_only_looks_newer_is_the_same_file(score, tmp_path):
    source, out = write(tmp_path / "posts.jsonl", 100), tmp_path / "out.csv"
    stop(score, source, out, 50)
    os.utime(source, (5, 5))
    tally = score(source, out, resume=True)
    assert (tally.rows, tally.earlier) == (100, 40)


def test_two_runs_do_not_write_one_result(score, tmp_path):
    source, out = write(tmp_path / "posts.jsonl", 10), tmp_path / "out.csv"
    held = [sys.executable, "-c", HOLD, str(Footprint(out).lock), str(out)]
    with subprocess.Popen(held, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        for resume in (False, True):
            with pytest.raises(Complaint, match="уже пишет другой запуск") as caught:
                score(source, out, resume=resume)
            assert caught.value.code == "locked"
        assert sorted(one.name for one in tmp_path.iterdir()) == [".out.csv.lock", "posts.jsonl"]
        other.kill()
    assert score(source, out).rows == 10  # the lock has gone with the process, its file has not
    assert not Footprint(out).lock.exists()


HOLD = """
import sys, time
from pathlib import Path
from service import lock
with lock.hold(Path(sys.argv[1]), Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_deleted_under_a_waiting_hand_keeps_others_away_all_the_same(tmp_path, monkeypatch):
    """Between opening and locking, the one who held it may have deleted it."""
    path, out = tmp_path / "lock", tmp_path / "out"
    seize, deleted = lock._seize, []

    def seize_late(handle):
        if not deleted:
            deleted.append(path.unlink())
        seize(handle)

    monkeypatch.setattr(lock, "_seize", seize_late)
    with lock.hold(path, out):
        assert path.exists()
        with pytest.raises(Complaint), lock.hold(path, out):
            pytest.fail("it was held twice")


def test_a_disk_without_locks_is_no_reason_to_refuse(tmp_path, monkeypatch):
    def seize(handle):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(lock, "_seize", seize)
    with lock.hold(tmp_path / "lock", tmp_path / "out"):
        pass
    assert not list(tmp_path.iterdir())


def merilo(folder, *words, **how):
    return subprocess.Popen([*MERILO, *words], cwd=folder, stderr=subprocess.PIPE, **how)


def wait_for_rows(process, out):
    """Until a process has begun to write."""
    part, until = Footprint(out).part, time.monotonic() + 120
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.xlsx", "out.parquet"])
def test_killed_at_twenty_random_moments_it_gives_the_uninterrupted_result(tmp_path, name):
    workers = "2" if name == "out.csv" else "1"
    kills = 20 if name in ("out.csv", "out.jsonl") else 5
    write(tmp_path / "posts.jsonl", 20_000, broken=(5, 9_000))
    command = ["score", "posts.jsonl", "--workers", workers, "-o"]
    whole = f"whole{Path(name).suffix}"
    began = time.monotonic()
    merilo(tmp_path, *command, whole).communicate(timeout=300)
    length = time.monotonic() - began
    rng = random.Random(name)
    for _ in range(kills):
        process = merilo(tmp_path, *command, name, "--resume", start_new_session=True)
        time.sleep(rng.uniform(0.3, 0.7) * length)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    _, said = (done := merilo(tmp_path, *command, name, "--resume")).communicate(timeout=300)
    assert done.returncode == (0 if "Уже готово" in said.decode() else 1), said.decode()
    assert content(tmp_path / name) == content(tmp_path / whole)
    assert runs.rejects_of(tmp_path / name).read_bytes() == runs.rejects_of(tmp_path / whole).read_bytes()
    hidden = {one.name for one in tmp_path.iterdir() if one.name.startswith(".")}
    assert hidden == {f".{name}.done", f".{whole}.done"}


def test_workers_do_not_outlive_the_process_that_they_work_for(tmp_path):
    write(tmp_path / "posts.jsonl", 60_000)
    process = merilo(tmp_path, "score", "posts.jsonl", "--workers", "2", "-o", "out.jsonl", start_new_session=True)
    wait_for_rows(process, tmp_path / "out.jsonl")
    process.kill()
    _, said = process.communicate()  # to the end of the last process that may say something
    assert b"resource_tracker" not in said
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    pytest.fail("workers live on")


def test_what_is_piped_again_goes_on(tmp_path):
    source = write(tmp_path / "posts.jsonl", 30_000)
    command = ["score", "-", "--history", "self", "-o", "out.jsonl"]
    with source.open("rb") as stream:
        process = merilo(tmp_path, *command, stdin=stream)
        wait_for_rows(process, tmp_path / "out.jsonl")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said.decode()
    assert "повторите ту же команду с --resume" in said.decode()
    with (tmp_path / "posts.jsonl").open("rb") as stream:
        again = merilo(tmp_path, *command, "--resume", stdin=stream)
        _, said = again.communicate(timeout=240)
    assert again.returncode == 0, said.decode()
    found = [json.loads(line)["post_id"] for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert found == list(range(30_000))


def test_other_data_piped_does_not_go_on(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": OUTAGE}) + "\n")
    source = write(tmp_path / "posts.jsonl", 30_000)
    with source.open("rb") as stream:
        process = merilo(tmp_path, "score", "-", "-o", "out.jsonl", stdin=stream)
        wait_for_rows(process, tmp_path / "out.jsonl")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    with (tmp_path / "a.jsonl").open("rb") as stream:
        again = merilo(tmp_path, "score", "-", "-o", "out.jsonl", "--resume", stdin=stream)
        _, said = again.communicate(timeout=120)
    assert again.returncode == 2
    assert "с тех пор другое: вход" in said.decode()
    assert not (tmp_path / "out.jsonl").exists()


def rejects(out):
    return [json.loads(line) for line in runs.rejects_of(out).read_text("utf-8").splitlines()]


def test_rejects_of_a_dump_tell_its_records_as_they_lie(score, tmp_path):
    photo = {"id": 8, "owner_id": -5, "date": 1710238500, "text": "", "attachments": [{"type": "photo"}]}
    odd = {"id": 9, "owner_id": -5, "text": 5}
    good = {"id": 7, "owner_id": -5, "text": OUTAGE, "date": 1710238500}
    items = ", ".join(map(json.dumps, (good, photo, odd)))
    (tmp_path / "wall.json").write_text(f'{{"response": {{"items": [{items}, 5, {{"id": 10, oops}}]}}}}', "utf-8")
    for name in ("out.csv", "out.jsonl"):
        out = tmp_path / name
        score(tmp_path / "wall.json", out)
        found = rejects(out)
        assert [(one["record"], one["code"]) for one in found] == [
            *((2, "empty_text"), (3, "bad_text"), (4, "not_object"), (5, "bad_json")),
        ]
        assert [one["raw"] for one in found] == [photo, odd, 5, found[3]["raw"]]
        assert found[3]["raw"].startswith('{"id": 10, oops}')
        assert not any("line" in one for one in found)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [(row["page_id"], row["post_id"]) for row in rows[:3]] == [("5", "7"), ("5", "8"), ("5", "9")]
    assert rows[0]["date"] == rows[1]["date"] == "2024-03-12T10:15:00+00:00"


def test_rejects_of_an_album_without_words_hold_all_of_its_messages(score, tmp_path):
    messages = [
        {"id": n, "type": "message", "date_unixtime": "1710238500", "text": "", "photo": f"{n}.jpg"} for n in (1, 2)
    ]
    chat = {"name": "Музей", "id": 5, "messages": [*messages, {**messages[0], "date_unixtime": "5", "text": OUTAGE}]}
    (tmp_path / "result.json").write_text(json.dumps(chat))
    score(tmp_path / "result.json", tmp_path / "out.jsonl")
    (found,) = rejects(tmp_path / "out.jsonl")
    assert (found["record"], found["raw"]) == (1, messages)


@pytest.mark.parametrize(
    ("name", "text", "stands"),
    [
        ("строка 7", "Текст;Лайки\n" + OUTAGE + ";1\n;2\n", {"line": 3}),
        ("a.jsonl", json.dumps({"text": OUTAGE}) + '\n{"text": "", "id": 5}\n', {"line": 2}),
    ],
)
def test_a_line_is_told_of_a_text_only(score, tmp_path, name, text, stands):
    (tmp_path / name).write_text(text, "utf-8")
    score(tmp_path / name, tmp_path / "out.csv")
    (found,) = rejects(tmp_path / "out.csv")
    assert {key: found[key] for key in ("line", "record", "row", "sheet") if key in found} == stands


def test_a_place_without_a_number_is_no_line(score, tmp_path):
    import gzip

    lines = "".join(json.dumps({"text": f"{OUTAGE} {os.urandom(20).hex()}"}) + "\n" for _ in range(400))
    (tmp_path / "a, строка 7").write_bytes(gzip.compress(lines.encode())[:-300])
    score(tmp_path / "a, строка 7", tmp_path / "out.csv")
    found = rejects(tmp_path / "out.csv")[-1]
    assert (found["code"], "line" in found) == ("cut_short", False)


def test_rows_of_a_sheet_are_told_by_sheet_and_row(score, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Март"
    for row in (["Текст", "Лайки"], [OUTAGE, 5], [None, 7]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    score(tmp_path / "a.xlsx", tmp_path / "out.csv")
    (found,) = rejects(tmp_path / "out.csv")
    assert (found["sheet"], found["row"], found["raw"]) == ("Март", 3, {"Текст": "", "Лайки": 7})


def test_a_run_may_be_started_from_any_thread(score, tmp_path):
    source = write(tmp_path / "posts.jsonl", 20)
    with ThreadPoolExecutor() as pool:
        assert pool.submit(score, source, tmp_path / "out.csv").result().rows == 20
