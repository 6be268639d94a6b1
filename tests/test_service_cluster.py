"""A cluster: a real scheduler and two workers on loopback, some of which die."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import cloudpickle
import pyarrow as pa
import pytest
from distributed import Client
from pyarrow import parquet as pq

from model.folder import PRETRAINED
from service import cluster, partition
from service.complaint import Complaint

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
PROGRAMS = Path(sys.executable).parent
PARTS, ROWS = 10, 600


def posts(part, count=ROWS):
    return [
        {
            "text": None if n % 250 == 3 else f"{OUTAGE} Дом {n}, подъезд {part}, слово{n * part}",
            "page_id": str(part),
            "post_id": str(n),
            "date": "2026-03-12T09:00:00",
            "likes": n % 9,
            "охват": n / 2,
            "=столбец": f"№ {n}",
        }
        for n in range(count)
    ]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.fixture
def source(tmp_path):
    """Partitions, one of them a folder below, beside files that are none."""
    for part in range(PARTS):
        name = "below/last.parquet" if part == PARTS - 1 else f"part-{part:02}.parquet"
        write(tmp_path / "in" / name, posts(part))
    (tmp_path / "in" / "_SUCCESS").touch()
    (tmp_path / "in" / ".hidden.parquet").write_bytes(b"no partition")
    return tmp_path / "in"


class Crew:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder):
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.scheduler = None
        self.workers = []

    def start(self, workers=2, **environment):
        port = self.address.rpartition(":")[2]
        self.scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", port, **environment)
        for _ in range(workers):
            self.join(**environment)

    def join(self, **environment):
        """One more worker; without a nanny, which would raise it from the dead."""
        alone = ("--no-nanny", "--nthreads", "1", "--local-directory", self._folder)
        self.workers.append(self._run("worker", self.address, *alone, **environment))

    def _run(self, *words, **environment):
        with open(self._folder / "log", "ab") as log:
            return subprocess.Popen(
                [PROGRAMS / "dask", *words, "--no-dashboard"], stdout=log, stderr=log, env={**os.environ, **environment}
            )

    def stop(self):
        for process in (self.scheduler, *self.workers):
            if process is not None:
                process.kill()
                process.wait()
        self.scheduler, self.workers = None, []


@pytest.fixture
def crew(tmp_path_factory):
    crew = Crew(tmp_path_factory.mktemp("crew"))
    yield crew
    crew.stop()


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A crew that nobody kills."""
    crew = Crew(tmp_path_factory.mktemp("crew"))
    crew.start()
    yield crew
    crew.stop()


def merilo(*words, **how):
    return subprocess.Popen([PROGRAMS / "merilo", "score", *map(str, words)], stderr=subprocess.PIPE, text=True, **how)


def ask(*words, **how):
    """Run to the end: exit code and messages."""
    process = merilo(*words, **how)
    said = process.communicate(timeout=600)[1]
    assert "Traceback" not in said, said
    return process.returncode, said


def results(folder):
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def wait_for(count, folder, process):
    """Until some partitions have a result and not all."""
    until = time.monotonic() + 300
    while len(done := [name for name in results(folder) if partition.is_partition(name)]) < count:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(done) < PARTS
    return done


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What `merilo score` gives without a cluster, of some partitions: table and rejects by name."""
    folder = tmp_path_factory.mktemp("alone")
    found = {}
    for part, name in ((0, "part-00.parquet"), (PARTS - 1, "below/last.parquet")):
        write(folder / name, posts(part))
        # Rejects tell of a file by the name it was given.
        assert ask(name, "-o", folder / "alone.parquet", cwd=folder)[0] == 1
        found[name] = pq.read_table(folder / "alone.parquet"), read(folder / "alone.parquet.rejects.jsonl")
    return found


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def assert_whole(target, alone):
    """A result and rejects of every partition; row by row and column by column the same as without a cluster."""
    names = {f"part-{part:02}.parquet" for part in range(PARTS - 1)} | {"below/last.parquet"}
    assert names | {f"{name}.rejects.jsonl" for name in names} == set(results(target))
    for name, (table, rejects) in alone.items():
        found = pq.read_table(target / name)
        assert found.schema.equals(table.schema)
        assert found.equals(table)
        assert read(target / f"{name}.rejects.jsonl") == rejects
        assert [one["row"] for one in rejects] == [4, 254, 504]
    for part in range(PARTS - 1):
        found = pq.read_table(target / f"part-{part:02}.parquet")
        assert found["post_id"].to_pylist() == [str(n) for n in range(ROWS)]
        assert set(found["page_id"].to_pylist()) == {str(part)}


def test_workers_give_what_one_machine_gives(standing, source, tmp_path, alone):
    code, said = ask(source, "-o", tmp_path / "out", "--dask", standing.address)
    assert code == 1, said
    assert f"{PARTS * ROWS:,}".replace(",", "\u00a0") in said
    assert_whole(tmp_path / "out", alone)


def test_killed_worker_loses_nothing(crew, source, tmp_path, alone):
    crew.start()
    process = merilo(source, "-o", tmp_path / "out", "--dask", crew.address)
    wait_for(2, tmp_path / "out", process)
    crew.workers[0].send_signal(signal.SIGKILL)
    said = process.communicate(timeout=600)[1]
    assert process.returncode == 1, said
    assert crew.workers[0].wait(10) == -signal.SIGKILL
    assert crew.workers[1].poll() is None
    assert_whole(tmp_path / "out", alone)


def test_restarted_scheduler_loses_nothing(crew, source, tmp_path, alone):
    crew.start()
    command = (source, "-o", tmp_path / "out", "--dask", crew.address)
    process = merilo(*command)
    wait_for(3, tmp_path / "out", process)
    crew.scheduler.send_signal(signal.SIGKILL)
    said = process.communicate(timeout=600)[1]
    assert process.returncode == 2, said
    assert "повторите ту же команду" in said
    assert "Traceback" not in said
    crew.stop()
    written = {name: path.stat().st_mtime_ns for name, path in results(tmp_path / "out").items() if "part-" in name}
    crew.start()
    assert ask(*command)[0] == 1
    assert_whole(tmp_path / "out", alone)
    kept = [name for name in written if partition.is_partition(name)]
    assert kept
    assert all((tmp_path / "out" / name).stat().st_mtime_ns == written[name] for name in kept)


def test_only_what_changed_is_scored_again(standing, source, tmp_path):
    target = tmp_path / "out"
    command = (source, "-o", target, "--dask", standing.address)
    first = ask(*command)[1]
    before = {name: path.stat().st_mtime_ns for name, path in results(target).items()}
    half = target / ".part-01.parquet.0.part"  # of a machine that died
    half.touch()
    write(source / "part-03.parquet", posts(99, 10))
    (target / "part-05.parquet").unlink()
    code, said = ask(*command)
    assert code == 1
    after = {name: path.stat().st_mtime_ns for name, path in results(target).items()}
    assert {name for name in after if name.endswith(".parquet") and after[name] != before[name]} == {
        "part-03.parquet",
        "part-05.parquet",
    }
    assert pq.read_table(target / "part-03.parquet").num_rows == 10
    assert not half.exists()
    assert said != first  # the tally is of all partitions, the changed one included
    assert f"{(PARTS - 1) * ROWS + 10:,}".replace(",", "\u00a0") in said


def test_other_conditions_are_refused_and_change_nothing(standing, source, tmp_path):
    target = tmp_path / "out"
    ask(source, "-o", target, "--dask", standing.address)
    before = {name: path.read_bytes() for name, path in results(target).items()}
    history = tmp_path / "history.jsonl"
    history.write_text(json.dumps({"text": OUTAGE, "page_id": "1", "date": "2026-01-01", "likes": 3}) + "\n", "utf-8")
    (target / "part-00.parquet").unlink()
    code, said = ask(source, "-o", target, "--dask", standing.address, "--history", history)
    assert (code, "с тех пор другое: история" in said) == (2, True), said
    assert "part-00.parquet" not in results(target)
    write(target / "part-00.parquet", posts(1, 3))
    code, said = ask(source, "-o", target, "--dask", standing.address)
    assert (code, "записало его не Мерило" in said) == (2, True), said
    (target / "part-00.parquet").unlink()
    del before["part-00.parquet"]
    assert {name: path.read_bytes() for name, path in results(target).items()} == before


def test_history_is_read_by_every_worker(standing, tmp_path):
    earlier = [
        {
            "text": f"{OUTAGE} {n}",
            "page_id": "5",
            "date": f"2026-01-{n:02}",
            "likes": 3 * n,
            "comments": 0,
            "reposts": 1,
        }
        for n in range(1, 29)
    ]
    history = tmp_path / "history.jsonl"
    history.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in earlier), "utf-8")
    write(tmp_path / "in" / "a.parquet", posts(5, 20))
    write(tmp_path / "in" / "b.parquet", posts(6, 20))
    how = ("--history", history, "--neighbours")
    assert ask(tmp_path / "in", "-o", tmp_path / "out", "--dask", standing.address, *how)[0] == 1
    assert ask("a.parquet", "-o", tmp_path / "alone.parquet", *how, cwd=tmp_path / "in")[0] == 1
    found = pq.read_table(tmp_path / "out" / "a.parquet")
    assert found.equals(pq.read_table(tmp_path / "alone.parquet"))
    assert max(found["memory_posts"].to_pylist()[5:]) == 28
    assert set(pq.read_table(tmp_path / "out" / "b.parquet")["memory_posts"].to_pylist()) <= {0, None}


def test_damaged_partition_keeps_nobody_from_scoring(standing, source, tmp_path, alone):
    (source / "part-02.parquet").write_bytes(b"PAR1 and no more")
    write(source / "part-04.parquet", [{"число": 1}])
    code, said = ask(source, "-o", tmp_path / "out", "--dask", standing.address)
    assert code == 2
    assert f"Не оценены части: 2 из {PARTS}" in said
    assert "part-02.parquet" in said
    assert "«число»" in said
    assert len([name for name in results(tmp_path / "out") if partition.is_partition(name)]) == PARTS - 2
    write(source / "part-02.parquet", posts(2))
    write(source / "part-04.parquet", posts(4))
    assert ask(source, "-o", tmp_path / "out", "--dask", standing.address)[0] == 1
    assert_whole(tmp_path / "out", alone)


def test_folders_mean_the_same_to_workers_that_were_started_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = partition.make_plan("in", "out/", PRETRAINED)
    assert [plan.source.address, plan.target.address] == [str(tmp_path / "in"), str(tmp_path / "out")]
    plan = partition.make_plan("s3://посты/2026/", "s3://оценки/", PRETRAINED)
    assert [plan.source.address, plan.target.address] == ["s3://посты/2026/", "s3://оценки/"]


def test_worker_with_another_model_is_refused(crew, source, tmp_path):
    """A model folder that is another one over there: here told apart by a link that leads elsewhere."""
    other = shutil.copytree(PRETRAINED, tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text("utf-8"))
    (other / "manifest.json").write_text(json.dumps(manifest | {"id": "another"}), "utf-8")
    crew.start()
    plan = partition.make_plan(str(source), str(tmp_path / "out"), other)
    (other / "manifest.json").write_text(json.dumps(manifest | {"id": "a third one"}), "utf-8")
    with pytest.raises(Complaint, match="лежит другая модель") as refused:
        cluster.score(plan, crew.address)
    assert refused.value.code == "worker_unfit"
    assert not (tmp_path / "out").exists()


def test_two_threads_of_a_worker_share_a_model(crew, source, tmp_path, alone):
    crew.start(workers=0)
    crew.workers.append(crew._run("worker", crew.address, "--no-nanny", "--nthreads", "2"))
    assert ask(source, "-o", tmp_path / "out", "--dask", crew.address)[0] == 1
    assert_whole(tmp_path / "out", alone)


def arm():
    """Make a worker die of one partition, as where memory does not suffice for it."""
    import os
    import signal

    from service import partition

    score = partition.score

    def die(plan, name, scratch):
        if name == "part-03.parquet":
            os.kill(os.getpid(), signal.SIGKILL)
        return score(plan, name, scratch)

    partition.score = die


def test_partition_that_kills_workers_is_given_up_and_told_of(crew, source, tmp_path):
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    crew.start(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    with Client(crew.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=300)
        client.run(arm)
    code, said = ask(source, "-o", tmp_path / "out", "--dask", crew.address)
    assert (code, "part-03.parquet: рабочие на ней гибнут" in said) == (2, True), said
    done = {name for name in results(tmp_path / "out") if partition.is_partition(name)}
    told = set(re.findall(r"(\S+\.parquet): рабочие на ней гибнут", said))
    # Told of are those too that the dead one had in hand; one of these it may have written and not said so.
    assert done | told == {name for name in results(source) if partition.is_partition(name)}
    assert len(done) >= PARTS - 3
    assert sorted(worker.poll() or 0 for worker in crew.workers) == [-signal.SIGKILL, 0]


@pytest.mark.parametrize(
    "words, said",
    [
        (["IN", "-o", "OUT", "--history", "self"], "--history ФАЙЛ"),
        (["IN", "IN", "-o", "OUT"], "одна папка"),
        (["-", "-o", "OUT"], "одна папка"),
        (["IN", "-o", "-"], "одна папка"),
        (["IN", "-o", "OUT", "--plain"], "нет --plain"),
        (["IN", "-o", "OUT", "--workers", "2"], "нет --plain, --store и --workers"),
        (["IN", "-o", "IN/below"], "лежат друг в друге"),
        (["IN/below", "-o", "IN"], "лежат друг в друге"),
        (["IN/nowhere", "-o", "OUT"], "нет ни одного файла Parquet"),
        (["moon://IN", "-o", "OUT"], "Не понимаю адрес"),
        (["IN", "-o", "OUT"], "не отвечает"),
    ],
)
def test_what_cannot_be_done_is_said(words, said, source, tmp_path):
    names = {"IN": str(source), "OUT": str(tmp_path / "out")}
    for short, path in names.items():
        words = [word.replace(short, path) if "://" not in word else word for word in words]
    with socket.socket() as nobody:  # a port that is taken and does not answer
        nobody.bind(("127.0.0.1", 0))
        code, told = ask(*words, "--dask", f"tcp://127.0.0.1:{nobody.getsockname()[1]}")
    assert (code, said in told) == (2, True), told
    assert not (tmp_path / "out").exists()


def test_without_dask_it_is_told_what_to_install(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    plan = partition.make_plan(str(source), str(tmp_path / "out"), PRETRAINED)
    with pytest.raises(Complaint, match="pip install"):
        cluster.score(plan, "tcp://127.0.0.1:1")


def test_address_is_no_scheduler(source, tmp_path):
    plan = partition.make_plan(str(source), str(tmp_path / "out"), PRETRAINED)
    with pytest.raises(Complaint, match="tcp://имя:8786"):
        cluster.score(plan, "what is this")
