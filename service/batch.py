"""Whole archives: which files, from where the page memory, what came of it."""

import os
import shutil
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from model import Memory, Scorer
from model.score import STATUSES
from service import forms, rows
from service.archive import CONTENT, KINDS, Archive, ArchiveError, Reading, recognise_all
from service.archive.archive import quoted
from service.archive.columns import Header, find
from service.complaint import Complaint, reason
from service.dates import is_understood
from service.footprint import Footprint, mark_of
from service.record import Record, Refusal, Row, Unread

STDIN = "-"
STDIN_NAME = "стандартный ввод"


@dataclass(slots=True)
class Batch:
    """Archives to read, in the order given; files of a folder or of a ZIP that are no archives are in `skipped`."""

    archives: list[Archive] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    _headers: dict[tuple[str, bool], list[Header]] = field(default_factory=dict)

    def size(self) -> int:
        """How many bytes there are to read."""
        return sum(archive.size for archive in self.archives)

    @property
    def silent(self) -> Counter[str]:
        """How many of the records that were read are no posts, by keys of SILENT."""
        return sum((archive.silent for archive in self.archives), Counter())

    def columns(self, whole: bool = False) -> list[str]:
        """The columns that the owners of the archives know, in order; unless `whole`, those of the first records."""
        known = self.headers(whole)
        return list(dict.fromkeys(name for one in self.archives for name in one.columns(known.get(one.name, []))))

    def files(self) -> dict[str, Path]:
        """The files that hold the archives, each by the name that its first archive has for a user."""
        names = {archive.path: archive.name for archive in reversed(self.archives)}
        return {name: path for path, name in reversed(names.items())}

    def records(self, progress: Callable[[int], None] | None = None) -> Iterator[Record]:
        """Read all records lazily; `progress` is told how many bytes are read."""
        before = 0
        for archive in self.archives:
            yield from archive.records(_after(before, progress))
            before += archive.size

    def records_or_lines(self, progress: Callable[[int], None] | None = None) -> Iterator[Record | Unread]:
        """The same, but some lines are left to `archive.read_line`."""
        before = 0
        for archive in self.archives:
            yield from archive.records_or_lines(_after(before, progress))
            before += archive.size

    def add(self, path: Path, name: str, stack: ExitStack, reading: Reading = CONTENT) -> int:
        """Add what a file is or has in it; how many archives that was. Raises ArchiveError."""
        found = recognise_all(path, name, stack, reading)
        archives = [one for one in found if isinstance(one, Archive)]
        self.archives += archives
        self.skipped += [str(one) for one in found if isinstance(one, ArchiveError)]
        return len(archives)

    def headers(self, whole: bool = False) -> dict[str, list[Header]]:
        """What the columns of the archives hold, by the names of the archives; dumps of an API have none."""
        for archive in self.archives:
            key = archive.name, whole and archive.is_json
            if key not in self._headers:
                self._headers[key] = archive.headers(whole)
        found = {archive.name: self._headers[archive.name, whole and archive.is_json] for archive in self.archives}
        return {name: headers for name, headers in found.items() if headers}

    def check_columns(self, reading: Reading) -> None:
        """Say that a column a user named is in none of the archives. Raises Complaint."""
        if not reading.columns:
            return
        names = list(dict.fromkeys(name for found in self.headers().values() for one in found for name in one.names))
        for name, column in reading.columns:
            if not find(names, column):
                raise Complaint(
                    "no_column",
                    f"--map {name}={column}: такого столбца нет. Есть: {quoted(names)}."
                    if names
                    else "--map — для таблиц и строк JSON, а поля выгрузок VK, Telegram и MAX известны. Уберите --map.",
                )


def _after(before: int, progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
    return None if progress is None else lambda at: progress(before + at)


@dataclass(slots=True)
class Tally:
    """What came of a batch."""

    rows: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)
    remembered: int = 0
    undated: int = 0  # scored rows whose date is told and not understood
    unread: Counter[str] = field(default_factory=Counter)  # counts of scored rows that are told and not understood
    earlier: int = 0  # rows of a run that was gone on with
    seconds: float = 0.0

    @property
    def scored(self) -> int:
        """How many rows have scores."""
        return self.rows - self.refused.total()

    @property
    def statuses(self) -> dict[str, int]:
        """Scored rows by status; each is there, in the order of STATUSES."""
        fine = self.scored - self.doubtful.total()
        return {status: fine if status == "ok" else self.doubtful[status] for status in STATUSES}

    @property
    def rate(self) -> float:
        """Rows a second of this run."""
        return (self.rows - self.earlier) / max(self.seconds, 1e-9)

    def kept(self) -> dict[str, Any]:
        """What of it is kept as JSON, to go on from."""
        counts = {name: dict(getattr(self, name)) for name in ("refused", "doubtful", "unread")}
        return {"rows": self.rows, **counts, "remembered": self.remembered, "undated": self.undated}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Tally":
        """A tally that was kept; its rows are of an earlier run. Raises KeyError, TypeError, ValueError."""
        rows = int(kept["rows"])
        refused, doubtful = (Counter(dict(kept[name])) for name in ("refused", "doubtful"))
        unread, undated = Counter(dict(kept.get("unread", {}))), int(kept.get("undated", 0))
        return cls(rows, refused, doubtful, int(kept["remembered"]), undated, unread, earlier=rows)

    def join(self, other: "Tally") -> None:
        """Add what came of another part."""
        self.rows += other.rows
        self.refused.update(other.refused)
        self.doubtful.update(other.doubtful)
        self.remembered += other.remembered
        self.undated += other.undated
        self.unread.update(other.unread)
        self.earlier += other.earlier

    def add(self, row: dict[str, Any], record: Any = None) -> None:
        """Count one output row, and what of its record was not understood."""
        self.rows += 1
        if row["error"] is not None:
            self.refused[row["error"]["code"]] += 1
            return
        if row["status"] != "ok":
            self.doubtful[row["status"]] += 1
        self.remembered += bool(row["memory_posts"])
        self.undated += not is_understood(row["date"])
        self.unread.update(unread_of(record))


def unread_of(record: Any) -> tuple[str, ...]:
    """The counts of a record that are told and were not understood."""
    return record.unread if isinstance(record, Row) else ()


def collect(
    inputs: Iterable[str],
    stdin: BinaryIO,
    stack: ExitStack,
    out: Path | None = None,
    reading: Reading = CONTENT,
    finishing: bool = False,
) -> Batch:
    """Find and recognise the archives that inputs name: files, folders, `-`. Raises Complaint.

    What can be read only once is kept in a temporary file, and a ZIP is open, until `stack` is closed.
    A file that the run to `out` would write or delete is no input. A run that was stopped
    while `finishing` has put its own files into a folder of inputs: those are passed by.
    """
    batch = Batch()
    taken = Footprint(out).marks() if out is not None else {}
    ours = taken if finishing else {}
    for name in inputs:
        path = Path(name)
        if not name:  # a variable of the shell that is not set; Path("") is the current folder
            raise Complaint("no_input", "Имя архива пустое. Укажите файл, папку или - (стандартный ввод).")
        if name == STDIN:
            batch.add(_keep(stdin, stack), STDIN_NAME, stack, reading)
        elif os.path.isdir(path):  # Path.is_dir fails where there are no rights to look
            files = [file for file in _files(path) if mark_of(file) not in ours]
            for file in files:
                _check_free(file, taken)
            _add_folder(batch, path, files, stack, reading)
        elif _is_stream(path):
            with path.open("rb") as stream:
                batch.add(_keep(stream, stack), name, stack, reading)
        else:
            _check_free(path, taken)
            batch.add(path, name, stack, reading)
    batch.check_columns(reading)
    return batch


def _check_free(path: Path, taken: Mapping[tuple[int, int], Path]) -> None:
    """Nothing that somebody gives is ever overwritten or deleted. Raises Complaint."""
    mark = mark_of(path)
    if mark is not None and mark in taken:
        written = "" if taken[mark] == path else f" (его пишет прогон как {taken[mark]})"
        raise Complaint(
            "out_is_input",
            f"{path}{written} — это и вход, и выход. Укажите после -o другой файл, лучше в другой папке.",
        )


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise Complaint("unreadable", f"Папка {folder} не читается: {reason(error)}.") from None


def _add_folder(batch: Batch, folder: Path, files: list[Path], stack: ExitStack, reading: Reading) -> None:
    found = 0
    for path in files:
        try:
            found += batch.add(path, str(path), stack, reading)
        except ArchiveError as error:
            batch.skipped.append(str(error))
    if not found:
        raise Complaint(
            "no_archives",
            f"В папке {folder} нет ни одного архива постов (файлов: {len(files)}; вложенные папки не просматриваются). "
            f"Нужны: {KINDS}.",
        )
    if inner := _inner_folders(folder):
        batch.skipped.append(f"{folder}: вложенные папки не просматриваются: {quoted(inner)}. Назовите их сами.")


def _inner_folders(folder: Path) -> list[str]:
    """The folders in a folder, by name, but for hidden ones."""
    return sorted(one.name for one in os.scandir(folder) if one.is_dir() and not one.name.startswith("."))


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
            tally.undated += not is_understood(entry.date)
            tally.unread.update(unread_of(record))
            write({**asdict(entry), "form": forms.of(entry)})
    if not tally.rows:
        raise Complaint("no_records", "Нет ни одной записи: переводить нечего.")
    tally.seconds = time.perf_counter() - start
    return tally
