"""Whole archives: which files, from where the page memory, what came of it."""

import os
import shutil
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from model import Memory, Scorer
from service import rows
from service.archive import KINDS, Archive, ArchiveError, recognise_all
from service.complaint import Complaint, reason
from service.record import Record, Refusal

STDIN = "-"
STDIN_NAME = "стандартный ввод"


@dataclass(slots=True)
class Batch:
    """Archives to read, in the order given; files of a folder or of a ZIP that are no archives are in `skipped`."""

    archives: list[Archive] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def size(self) -> int:
        """How many bytes there are to read."""
        return sum(archive.size for archive in self.archives)

    def columns(self) -> list[str]:
        """The columns that the owners of the archives know, in order."""
        return list(dict.fromkeys(name for archive in self.archives for name in archive.columns()))

    def records(self, progress: Callable[[int], None] | None = None) -> Iterator[Record]:
        """Read all records lazily; `progress` is told how many bytes are read."""
        before = 0
        for archive in self.archives:
            yield from archive.records(_after(before, progress))
            before += archive.size

    def add(self, path: Path, name: str, stack: ExitStack) -> int:
        """Add what a file is or has in it; how many archives that was. Raises ArchiveError."""
        found = recognise_all(path, name, stack)
        archives = [one for one in found if isinstance(one, Archive)]
        self.archives += archives
        self.skipped += [str(one) for one in found if isinstance(one, ArchiveError)]
        return len(archives)


def _after(before: int, progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
    return None if progress is None else lambda at: progress(before + at)


@dataclass(slots=True)
class Tally:
    """What came of a batch."""

    rows: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)
    remembered: int = 0
    seconds: float = 0.0

    @property
    def scored(self) -> int:
        """How many rows have scores."""
        return self.rows - self.refused.total()

    def join(self, other: "Tally") -> None:
        """Add what came of another part."""
        self.rows += other.rows
        self.refused.update(other.refused)
        self.doubtful.update(other.doubtful)
        self.remembered += other.remembered

    def add(self, row: dict[str, Any]) -> None:
        """Count one output row."""
        self.rows += 1
        if row["error"] is not None:
            self.refused[row["error"]["code"]] += 1
            return
        if row["status"] != "ok":
            self.doubtful[row["status"]] += 1
        self.remembered += bool(row["memory_posts"])


def collect(inputs: Iterable[str], stdin: BinaryIO, stack: ExitStack, out: Path | None = None) -> Batch:
    """Find and recognise the archives that inputs name: files, folders, `-`. Raises Complaint.

    What can be read only once is kept in a temporary file, and a ZIP is open, until `stack` is closed.
    """
    batch = Batch()
    for name in inputs:
        path = Path(name)
        if not name:  # a variable of the shell that is not set; Path("") is the current folder
            raise Complaint("no_input", "Имя архива пустое. Укажите файл, папку или - (стандартный ввод).")
        if name == STDIN:
            batch.add(_keep(stdin, stack), STDIN_NAME, stack)
        elif os.path.isdir(path):  # Path.is_dir fails where there are no rights to look
            _add_folder(batch, path, stack, out)
        elif _is_stream(path):
            with path.open("rb") as stream:
                batch.add(_keep(stream, stack), name, stack)
        else:
            if out is not None and _same(path, out):
                raise Complaint("out_is_input", f"{out} — это и вход, и выход. Укажите другой файл после -o.")
            batch.add(path, name, stack)
    return batch


def _add_folder(batch: Batch, folder: Path, stack: ExitStack, out: Path | None) -> None:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise Complaint("unreadable", f"Папка {folder} не читается: {reason(error)}.") from None
    found = 0
    for path in files:
        if out is not None and (_same(path, out) or path.name == f"{out.name}.rejects.jsonl"):
            continue
        try:
            found += batch.add(path, str(path), stack)
        except ArchiveError as error:
            batch.skipped.append(str(error))
    if not found:
        raise Complaint(
            "no_archives",
            f"В папке {folder} нет ни одного архива постов (файлов: {len(files)}; вложенные папки не просматриваются). "
            f"Нужны: {KINDS}.",
        )


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def _keep(stream: BinaryIO, stack: ExitStack) -> Path:
    kept = stack.enter_context(tempfile.NamedTemporaryFile(prefix="merilo-"))  # noqa: SIM115 (the stack closes it)
    shutil.copyfileobj(stream, kept)
    kept.flush()
    return Path(kept.name)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def remember(scorer: Scorer, records: Iterable[Record], neighbours: bool = True) -> Memory:
    """The memory of every page among some records."""
    return Memory.of(scorer, rows.posts(records), neighbours)


def convert(records: Iterable[Record], write: Callable[[dict[str, Any]], None]) -> Tally:
    """Write records as canonical rows; those that are no posts are counted and left out. Raises Complaint."""
    tally = Tally()
    start = time.perf_counter()
    for record in records:
        entry = rows.admitted(record)
        tally.rows += 1
        if isinstance(entry, Refusal):
            tally.refused[entry.code] += 1
        else:
            write(asdict(entry))
    if not tally.rows:
        raise Complaint("no_records", "Нет ни одной записи: переводить нечего.")
    tally.seconds = time.perf_counter() - start
    return tally
