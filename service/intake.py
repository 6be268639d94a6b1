"""Intake: archives that came over HTTP, scored one after another by a process of their own.

An archive lies in a folder with its result until both are too old. A job is queued only
when its archive is whole on the disk. Of all workers of a service, and of all services that
share the folder, one takes turns at jobs: who holds the lock, which the system drops with
its process. A job whose process was killed goes on from the journal of its run.
"""

import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from anyio import to_thread

from service.complaint import Complaint, reason
from service.errors import Refused
from service.metrics import REFUSED, count
from service.settings import Settings
from service.store import Store, jobs
from service.store.address import folder as data_folder
from service.store.ingest import clean
from service.store.moment import now

KIND = "archive"
ARCHIVE = "archive"

# Seconds between looks at the queue, and between notes of how far a job has come.
PAUSE = 1.0

# A job whose process dies so often without storing anything is given up.
TRIES = 3

# What a job ends with when it was told to stop and can go on.
STOPPED = 75

_BLOCK = 1 << 20
_COMING = ".coming-"

# So many files of a ZIP that are no archives are named.
MOST_SKIPPED = 100

# The archive's own words quote the first line: in a table without a head that is a post.
_REASONS = {
    "no_text_column": "не нашёл столбец с текстом поста: назовите столбцы в первой строке, нужен «Текст».",
    "two_text_columns": "столбцов с текстом поста несколько: оставьте один.",
}

log = logging.getLogger("merilo")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make of an archive: the kind of the result; whether earlier rows are the page's memory."""

    out: str = "csv"
    memory: bool = False
    store: bool = True


class Intake:
    """The folder of archives and the queue of jobs."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.folder = Path(settings.archives) if settings.archives else (store.folder or data_folder()) / "archives"
        self._settings = settings
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._deaths: Counter[str] = Counter()  # without a row between

    def start(self) -> None:
        """Begin to take turns at jobs."""
        self._thread = threading.Thread(target=self._keep_going, name="intake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; a job in hand writes what it has and goes on at the next start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def admit(self, size: int) -> None:
        """Raise Refused where so many bytes are more than an archive may have."""
        most = self._settings.max_archive
        if size > most:
            limit = f"{most / 2**30:.3g} ГБ" if most >= 2**30 else f"{most / 2**20:.3g} МБ"
            raise Refused("body_too_large", f"Архив больше {limit.replace('.', ',')}. Разделите его на части.")

    async def receive(self, body: AsyncIterator[bytes], name: str, asked: Asked) -> jobs.Job:
        """Write an archive to the disk and queue it. Raises Complaint; then nothing is left of it."""
        id = uuid.uuid4().hex
        coming = self.folder / f"{_COMING}{id}"
        try:
            await to_thread.run_sync(lambda: coming.mkdir(mode=0o700, parents=True))
            size = await self._write(body, coming / ARCHIVE)
            return await to_thread.run_sync(lambda: self._queue(coming, id, name, size, asked))
        except OSError as error:
            raise Refused("unwritable", f"Архив не записывается на диск службы: {reason(error)}.") from None
        finally:
            await to_thread.run_sync(lambda: shutil.rmtree(coming, ignore_errors=True), abandon_on_cancel=False)

    async def _write(self, body: AsyncIterator[bytes], path: Path) -> int:
        size, waiting = 0, bytearray()
        with path.open("wb") as stream:
            async for chunk in body:
                waiting += chunk
                size += len(chunk)
                self.admit(size)
                if len(waiting) >= _BLOCK:
                    await to_thread.run_sync(stream.write, bytes(waiting))
                    waiting.clear()
            stream.write(waiting)
            stream.flush()
            await to_thread.run_sync(os.fsync, stream.fileno())
        if not size:
            raise Complaint("empty_archive", "Архив пустой. Отправьте файл целиком в теле запроса.")
        return size

    def _queue(self, coming: Path, id: str, name: str, size: int, asked: Asked) -> jobs.Job:
        place = self.folder / id
        coming.rename(place)
        try:
            _sync(self.folder)
            with self.store.writing() as connection:
                return jobs.add(connection, KIND, name, id, size, json.dumps(asdict(asked)))
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise

    def result(self, job: jobs.Job) -> Path:
        """Where the result of a job lies, or will."""
        return self.folder / job.id / f"result.{read(job).out}"

    def _keep_going(self) -> None:
        while not self._stop.is_set():
            try:
                with _turn(self.folder) as mine:
                    if mine:
                        self._work()
            except (Complaint, OSError) as error:  # the database or the disk; it may come back
                log.error("intake: %s", getattr(error, "code", type(error).__name__))
            self._stop.wait(PAUSE)

    def _work(self) -> None:
        self._sweep()
        while not self._stop.is_set():
            with self.store.reading() as connection:
                waiting = jobs.read(connection, jobs.UNFINISHED, limit=10_000)
            if not waiting:
                return
            self._run(waiting[-1])  # the oldest

    def _now(self, job: jobs.Job) -> jobs.Job:
        """What has become of a job."""
        with self.store.reading() as connection:
            return jobs.find(connection, job.id) or job

    def _run(self, job: jobs.Job) -> None:
        if not (self.folder / job.id / ARCHIVE).is_file():
            self._fail(job, "Файл архива не сохранился. Отправьте его ещё раз.")
            return
        # The process goes with this one: it reads from a pipe that ends then.
        with subprocess.Popen(  # noqa: S603 (this program)
            [sys.executable, "-m", "service.intake", job.id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **self._settings.to_env()},
        ) as process:
            counting = threading.Thread(target=_count, args=(process.stdout,), name="counting", daemon=True)
            counting.start()
            while process.poll() is None:
                if self._stop.wait(0.1):
                    process.send_signal(signal.SIGTERM)
                    process.wait()
            counting.join()
        if process.returncode in (0, STOPPED):
            return
        if self._now(job).received > job.received:  # it gets on, death by death
            self._deaths[job.id] = 0
        self._deaths[job.id] += 1
        log.error("intake: job %s ended with %s", job.id, process.returncode)
        if self._deaths[job.id] >= TRIES:
            self._fail(job, "Архив не удалось обработать: процесс останавливается. Разделите архив и отправьте снова.")

    def _fail(self, job: jobs.Job, error: str) -> None:
        with self.store.writing() as connection:
            jobs.change(connection, job.id, state="failed", error=error)

    def _sweep(self) -> None:
        """Remove what came and was not finished, and what is too old."""
        oldest = now() - timedelta(days=self._settings.keep_results)
        with self.store.reading() as connection:
            kept = {job.id for job in jobs.read(connection, limit=1_000_000) if job.updated >= oldest}
            kept |= {job.id for job in jobs.read(connection, jobs.UNFINISHED, limit=1_000_000)}
        for path in self.folder.iterdir():
            # What still comes is written into; an hour without a byte is longer than any limit.
            if path.is_dir() and path.name not in kept and time.time() - _touched(path) > 3600:
                shutil.rmtree(path, ignore_errors=True)


def _count(told: Iterable[bytes]) -> None:
    """Tell the metrics what a process says that it has scored, a line a part: its own are gone with it."""
    for line in told:
        with suppress(ValueError):  # a line that its death has cut
            count("archive", json.loads(line))


def _touched(folder: Path) -> float:
    """When a folder or a file in it was written last: writing into a file does not touch its folder."""
    times = [folder.stat().st_mtime]
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # renamed meanwhile
            times.append(path.stat().st_mtime)
    return max(times)


def read(job: jobs.Job) -> Asked:
    """What a job was asked."""
    return Asked(**json.loads(job.asked or "{}"))


@contextmanager
def _turn(folder: Path) -> Iterator[bool]:
    """Whether it is the turn of this process, until the end of the block."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".turn").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Notes:
    """Writes into the table of jobs how far one has come."""

    def __init__(self, store: Store, id: str) -> None:
        self._store = store
        self._id = id
        self._at = 0
        self._written = 0.0

    def read(self, at: int) -> None:
        self._at = at

    def wrote(self, rows: int) -> None:
        if time.monotonic() - self._written < PAUSE:
            return
        self._written = time.monotonic()
        with self._store.writing() as connection:
            jobs.change(connection, self._id, received=rows, read=self._at)

    def stop(self) -> None:
        pass


def score(store: Store, settings: Settings, id: str) -> int:
    """Do a job, or go on with it; how the process is to end."""
    from service import rows, run
    from service.archive import Archive, recognise_all
    from service.batch import Batch, Tally
    from service.layout import Layout

    with store.reading() as connection:
        job = jobs.find(connection, id)
    if job is None:
        return 0
    asked, intake = read(job), Intake(store, settings)
    out = intake.result(job)
    path = out.parent / ARCHIVE
    begun = False

    def keep(scored: run.Scored, earlier: Tally) -> None:
        nonlocal begun
        with store.writing() as connection:
            if not begun:  # what an interrupted run had stored beyond its journal is stored and counted again
                jobs.restart(connection, id, earlier.scored if asked.store else 0)
            # Before it is stored: nobody is to see more stored than read.
            refused = earlier.refused.total() + scored.tally.refused.total()
            jobs.change(connection, id, received=earlier.rows + scored.tally.rows, refused=refused)
        begun = True
        if asked.store:
            store.add(scored.pairs, job=id)
        print(json.dumps({**scored.tally.statuses, REFUSED: scored.tally.refused.total()}), flush=True)

    try:
        with ExitStack() as stack:
            name = job.file_name or "архив"
            found = recognise_all(path, name, stack)
            batch = Batch([one for one in found if isinstance(one, Archive)])
            size, passed_by = batch.size(), json.dumps(skipped(path, name, found), ensure_ascii=False)
            with store.writing() as connection:
                jobs.change(connection, id, state="running", size=size, skipped=clean(passed_by))
            order = run.Order(
                model=settings.model,
                kind=run.kind_of(out),
                layout=Layout(batch.columns(whole=True), rows.COLUMNS),
                pairs=asked.store,
                history=batch.files() if asked.memory else {},
            )
            go = partial(run.run, order, batch, out, meter=_Notes(store, id), sink=keep)
            try:
                tally = go(resume=True)
            except Complaint as error:
                if error.code not in ("another_run", "bad_journal"):
                    raise
                tally = go()  # a result is of one model, and the archive is whole: begin anew
    except run.Stopped:
        return STOPPED
    except Complaint as error:
        if error.code.startswith("database_"):
            raise
        with store.writing() as connection:
            jobs.change(connection, id, state="failed", error=str(error))
        return 0
    with store.writing() as connection:
        jobs.restart(connection, id, tally.scored if asked.store else 0)
        refused = tally.refused.total()
        jobs.change(connection, id, state="done", received=tally.rows, refused=refused, read=size)
    return 0


def skipped(path: Path, name: str, found: Sequence[object]) -> list[dict[str, str]]:
    """The files of a ZIP that are no archives, each with the reason. A reason quotes nothing of what is inside."""
    from service.archive import ArchiveError, packed

    if not any(isinstance(one, ArchiveError) for one in found):
        return []
    with packed.open_package(path) as package:
        names = [member.name for member in packed.members(package)]
    told = [
        {"name": inside, "reason": _REASONS.get(one.code) or str(one).removeprefix(f"{name}/{inside}").lstrip(" :—")}
        for inside, one in zip(names, found, strict=True)
        if isinstance(one, ArchiveError)
    ]
    more = len(told) - MOST_SKIPPED
    return told if more <= 0 else [*told[:MOST_SKIPPED], {"name": "…", "reason": f"и ещё файлов: {more}"}]


def _end_with_parent() -> None:
    def wait() -> None:
        # Not sys.stdin: its lock, held by a thread that waits, would spoil an orderly end.
        with suppress(OSError):
            while os.read(0, 1):
                pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    _end_with_parent()
    given = Settings.from_env()
    try:
        with Store.open(given.database_url, given.keep_texts) as opened:
            code = score(opened, given, sys.argv[1])
    except Complaint as complaint:
        print(f"{complaint.code}", file=sys.stderr)
        code = 1
    sys.exit(code)
