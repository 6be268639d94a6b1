"""A run: archives in, a result and its rejects out, chunk by chunk, so that an interrupted run can go on.

Rows of CSV and JSON lines are written as they will stay. A workbook or a Parquet file
cannot grow, so its rows wait as JSON lines and become the file when all are there.

A run may be killed between any two steps. First rows are written, and the journal says how
many are sure; then the journal says that all are there, and from then on each step that
gives a file its name can be done again or is done already.
"""

import hashlib
import io
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, Protocol

from model import Memory, Post, Score, Scorer, __version__
from service import crew, lock, rows
from service.archive import CONTENT, Reading, give_name, jsonl, open_writer, read_line, scoresheet, table
from service.archive.encoding import BROKEN
from service.batch import Batch, Tally, collect, remember
from service.complaint import Complaint, reason
from service.footprint import Footprint
from service.journal import Journal, Part, damaged, is_finishing, size_of
from service.layout import Layout
from service.record import Chunk, Place, Record, Refusal, Row, Unread
from service.suffixes import SUFFIXES

CHUNK = 1000

Pairs = list[tuple[Post, Score]]

# Kinds whose rows can be written one after another as they come.
GROWING = ("csv", "jsonl")


class Meter(Protocol):
    """What shows how far a run has come."""

    def stop(self) -> None:
        """The run was told to stop and finishes what is in hand."""

    def read(self, at: int) -> None:
        """So many bytes are read."""

    def wrote(self, rows: int) -> None:
        """So many rows are written."""


class Stopped(Complaint):
    """A run that was told to stop and can go on; `signal` told it."""

    def __init__(self, number: int, rows: int) -> None:
        super().__init__(
            "stopped",
            f"Остановлено, оценено и записано строк: {rows}. Чтобы продолжить, повторите ту же команду с --resume.",
        )
        self.signal = number


@dataclass(frozen=True)
class Order:
    """What every worker has to know.

    `history` are files with earlier posts, by the names that a user knows; without them
    there is no memory. `reading` is how they and the inputs are read.
    `pairs` asks for posts with their scores beside the bytes of a result, for a sink.
    """

    model: Path
    kind: str
    layout: Layout
    plain: bool = False
    neighbours: bool = False
    pairs: bool = False
    history: Mapping[str, Path] = field(default_factory=dict)
    reading: Reading = CONTENT

    @property
    def written(self) -> str:
        """The kind in which rows are written at first."""
        return self.kind if self.kind in GROWING else "jsonl"


@dataclass
class Scored:
    """A chunk that was scored: bytes of the result and of the rejects, and what came of it.

    `followers` are what it tells of pages, by their platforms and ids: at which moment, how many.
    """

    result: bytes
    rejects: bytes
    tally: Tally = field(default_factory=Tally)
    pairs: Pairs = field(default_factory=list)
    followers: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)


# What takes each scored chunk, with what came of those before it.
Sink = Callable[[Scored, Tally], object]


@dataclass(slots=True)
class State:
    """How far a run has come: bytes of its parts that are sure, and what came of the rows in them.

    `finishing` says that all rows are there, so that the parts may bear their names already;
    `sure` is how many rows the journal knows of.
    """

    part: int = 0
    rejects: int = 0
    tally: Tally = field(default_factory=Tally)
    finishing: bool = False
    sure: int = 0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "State":
        """As a journal has it. Raises KeyError, TypeError, ValueError."""
        tally = Tally.of(kept)
        return cls(int(kept["part"]), int(kept["rejects"]), tally, bool(kept["finishing"]), tally.rows)

    def kept(self) -> dict[str, Any]:
        """As a journal keeps it."""
        return {"part": self.part, "rejects": self.rejects, "finishing": self.finishing, **self.tally.kept()}


def run(
    order: Order,
    batch: Batch,
    out: Path,
    workers: int = 1,
    resume: bool = False,
    meter: Meter | None = None,
    sink: Sink | None = None,
) -> Tally:
    """Score a batch into `out` and, where rows were refused, `out`.rejects.jsonl beside it.

    `sink` takes every chunk, and what came of those before it, before the journal counts it:
    what a run goes on from has been taken, and what it repeats is taken again. Raises
    Complaint; Stopped when a signal came: the chunks in hand are written first.
    """
    start = time.perf_counter()
    files = Footprint(out)
    try:
        with lock.hold(files.lock, out):
            journal = Journal(files.journal, _plan(order, batch))
            state = _begin(journal, resume)
            try:
                if not state.finishing:
                    _write(order, batch, files, journal, state, workers, meter, sink)
                _finish(order, files, state)
            except KeyboardInterrupt:
                if not journal.kept:
                    raise
                raise Stopped(signal.SIGINT, state.sure) from None
            journal.forget()
    except OSError as error:
        raise Complaint(
            "unwritable",
            f"Не удалось записать {out}: {reason(error)}. Исправьте это и повторите ту же команду с --resume.",
        ) from None
    state.tally.seconds = time.perf_counter() - start
    return state.tally


def _begin(journal: Journal, resume: bool) -> State:
    """Where the run goes on from."""
    kept = journal.read() if resume else None
    if kept is None:
        # Before a part is touched: an old journal would promise what is no more there.
        journal.forget()
        return State()
    try:
        return State.of(kept)
    except (KeyError, TypeError, ValueError):
        raise damaged(journal.path) from None


def _write(
    order: Order,
    batch: Batch,
    files: Footprint,
    journal: Journal,
    state: State,
    workers: int,
    meter: Meter | None,
    sink: Sink | None,
) -> None:
    """Write all rows that are not there yet, and say so in the journal."""
    tally = state.tally
    parts: list[Part] = []
    try:
        for path, length in ((files.part, state.part), (files.rejects_part, state.rejects)):
            parts.append(Part(path, length))
        if not state.part:
            parts[0].write(_head(order))
        chunks = cut(islice(batch.records_or_lines(meter.read if meter else None), tally.rows, None))
        with _stopping(meter) as told:
            for scored in crew.work(make_worker, (order,), chunks, workers):
                if sink:
                    sink(scored, tally)
                parts[0].write(scored.result)
                parts[1].write(scored.rejects)
                tally.join(scored.tally)
                if meter:
                    meter.wrote(tally.rows)
                if told or journal.due():
                    _keep(journal, parts, state)
                if told:
                    raise Stopped(told[0], tally.rows)
        if not tally.rows:
            raise Complaint("no_records", "Нет ни одной записи: оценивать нечего.")
        state.finishing = True
        _keep(journal, parts, state)
    finally:
        for part in parts:
            part.close()
            if not journal.kept:  # there is nothing to go on from
                part.path.unlink(missing_ok=True)


def pour(
    order: Order,
    batch: Batch,
    stream: BinaryIO,
    workers: int = 1,
    sink: Sink | None = None,
) -> Tally:
    """Score a batch into a stream, which nothing can go on from. Raises Complaint."""
    tally = Tally()
    start = time.perf_counter()
    for scored in crew.work(make_worker, (order,), cut(batch.records_or_lines()), workers):
        if sink:
            sink(scored, tally)
        stream.write(scored.result)
        tally.join(scored.tally)
    stream.flush()
    if not tally.rows:
        raise Complaint("no_records", "Нет ни одной записи: оценивать нечего.")
    tally.seconds = time.perf_counter() - start
    return tally


def make_worker(order: Order) -> Callable[[Chunk], Scored]:
    """Make what scores chunks: the model and the memory are loaded once."""
    from model import load

    scorer = load(order.model)
    return partial(score_chunk, order, scorer, remember_history(order, scorer))


def remember_history(order: Order, scorer: Scorer) -> Memory | None:
    """The memory of the pages in the history of an order. Raises Complaint."""
    if not order.history:
        return None
    with ExitStack() as stack:
        earlier = collect(map(str, order.history.values()), sys.stdin.buffer, stack, reading=order.reading)
        return remember(scorer, earlier.records(), order.neighbours)


def score_chunk(order: Order, scorer: Scorer, memory: Memory | None, chunk: Chunk) -> Scored:
    """Score some records and put them into the form in which they are written at first."""
    records = [read_line(one) if isinstance(one, Unread) else one for one in chunk]
    entries = [rows.admitted(record) for record in records]
    found = list(rows.score(scorer, entries, memory, neighbours=order.neighbours))
    scored = Scored(_encode(order, records, found), _rejects(records, found))
    for record, row in zip(records, found, strict=True):
        scored.tally.add(row, record)
    if order.pairs:
        scored.pairs = list(rows.pairs(entries, found))
        scored.followers = _followers(records, entries)
    return scored


def _followers(records: Sequence[Record], entries: Sequence[Post | Refusal]) -> dict[tuple[str, str], tuple[str, int]]:
    """What rows of pages tell of their followers, the newest of each page."""
    told: dict[tuple[str, str], tuple[str, int]] = {}
    for record, post in zip(records, entries, strict=True):
        count = record.get("followers") if isinstance(record, Row) else None
        if count is not None and isinstance(post, Post) and post.platform and post.page_id:
            page, at = (post.platform, post.page_id), post.moment
            now = at.astimezone(UTC).isoformat() if at else "", int(count)
            told[page] = max(told.get(page, now), now)
    return told


def _encode(order: Order, records: Sequence[Record], found: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer: table.Writer | jsonl.Writer
    if order.written == "csv":
        writer = table.Writer(text, order.layout.columns, order.plain, header=False)
    else:
        writer = jsonl.Writer(text, final=order.kind == "jsonl")
    made = order.layout.object_row if order.kind == "jsonl" else order.layout.table_row
    for record, row in zip(records, found, strict=True):
        told = made(record.own, row)
        writer.write(scoresheet.mark(told) if order.kind == "xlsx" else told)
    return text.getvalue().replace(BROKEN, "\ufffd").encode("utf-8", "replace")


def _head(order: Order) -> bytes:
    """What stands before the first row."""
    if order.written != "csv":
        return b""
    text = io.StringIO(newline="")
    table.Writer(text, order.layout.columns, order.plain)
    return text.getvalue().encode("utf-8" if order.plain else "utf-8-sig")


def _rejects(records: Sequence[Record], found: Sequence[dict[str, Any]]) -> bytes:
    """Refused rows as JSON lines: where they stand, why, and as they lie in the file."""
    lines = []
    for record, row in zip(records, found, strict=True):
        if row["error"] is not None:
            stands = record.place.fields() if isinstance(record.place, Place) else {}
            raw = record.own if record.raw is None else record.raw
            told = {"place": str(record.place), **stands, **row["error"], "raw": raw}
            lines.append(jsonl.encode(told) + "\n")
    return "".join(lines).replace(BROKEN, "\ufffd").encode("utf-8", "replace")


def cut(records: Iterator[Record | Unread]) -> Iterator[Chunk]:
    """Cut records into chunks."""
    while chunk := Chunk(islice(records, CHUNK)):
        yield chunk


def _keep(journal: Journal, parts: Sequence[Part], state: State) -> None:
    for part in parts:
        part.sync()
    state.part, state.rejects = (part.length for part in parts)
    journal.write(state.kept())
    state.sure = state.tally.rows


def _finish(order: Order, files: Footprint, state: State) -> None:
    """Give the parts their names, the result last; whatever was done before the run was killed is done again or left.

    Raises OSError; Complaint where a part is gone that has no name yet.
    """
    if not state.rejects:
        files.rejects.unlink(missing_ok=True)  # of an earlier run: these are none of this one
        files.rejects_part.unlink(missing_ok=True)
    elif _is_there(files.rejects_part, state.rejects, files.rejects):
        give_name(files.rejects_part, files.rejects)
    if _is_there(files.part, state.part, files.out):
        if order.kind in GROWING:
            give_name(files.part, files.out)
        else:
            _make(order, files)
            give_name(files.whole, files.out)
            files.part.unlink()


def _is_there(part: Path, length: int, named: Path) -> bool:
    """Whether a part waits for its name; it has it already where the part is gone. Raises Complaint."""
    size = size_of(part)
    if size != length and (size >= 0 or not named.exists()):
        raise damaged(part)
    return size >= 0


def _make(order: Order, files: Footprint) -> None:
    """Make of the rows what cannot grow."""
    layout = order.layout
    types = _types(files.part, set(layout.own)) if order.kind == "parquet" else {}
    try:
        with open_writer(files.whole, order.kind, layout.columns, ours=layout.ours, types=types) as writer:
            for row in _read(files.part):
                writer.write(row)
    except BaseException:
        files.whole.unlink(missing_ok=True)  # its room is wanted
        raise


def _read(written: Path) -> Iterator[dict[str, Any]]:
    with written.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _types(written: Path, names: set[str]) -> dict[str, str]:
    """Which of some columns hold nothing but numbers, by all of their cells."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for row in _read(written):
        for name, kinds in found.items():
            kinds.add(_type(row[name]))
    numbers = {name: kinds - {""} for name, kinds in found.items()}
    return {
        name: "int" if kinds <= {"int", "long"} else "float"
        for name, kinds in numbers.items()
        if kinds and (kinds <= {"int", "long"} or kinds <= {"int", "float"})
    }


def _type(value: Any) -> str:
    """What a cell is; a `long` number is too long for a float, one that is longer still is a text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "float"
    if type(value) is not int or abs(value) >= 2**63:
        return "text"
    return "int" if abs(value) <= 2**53 else "long"


def _plan(order: Order, batch: Batch) -> dict[str, Any]:
    """What a run is told apart by, in words that a user understands."""
    prints: dict[Path, str] = {}
    return {
        "вход": [[one.name, one.kind, _print(one.path, prints)] for one in batch.archives],
        "история": [[name, _print(path, prints)] for name, path in order.history.items()],
        "модель": hashlib.sha256((order.model / "manifest.json").read_bytes()).hexdigest(),
        "версия программы": __version__,
        "столбцы": list(order.layout.columns),
        "параметры": [order.kind, order.plain, order.neighbours],
        "сохранение в базу": order.pairs,  # rows that were scored without it would never get there
        "чтение": [order.reading.format, list(map(list, order.reading.columns))],
    }


def _print(path: Path, known: dict[Path, str]) -> str:
    """What a file is the same by: all of its bytes, read once.

    Times of change lie both ways (a copy, a touch; an edit within one tick of the clock), and
    the ends of a file say nothing of its middle. A gigabyte takes a second, scoring it minutes.
    """
    if path not in known:
        with path.open("rb") as stream:
            known[path] = hashlib.file_digest(stream, "sha256").hexdigest()
    return known[path]


@contextmanager
def _stopping(meter: Meter | None) -> Iterator[list[int]]:
    """Hear the first signal to stop without dropping what is in hand; the second one stops at once."""
    told: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # only the main one hears signals
        yield told
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(number)
        if meter:
            meter.stop()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def finishing(out: Path) -> bool:
    """Whether a run to this result was stopped after all rows were written."""
    return is_finishing(Footprint(out).journal)


def note_done(order: Order, batch: Batch, out: Path) -> None:
    """Note of a result that is whole what it was made of. Where that cannot be written, it is scored anew some day."""
    with suppress(OSError):
        Footprint(out).done.write_text(json.dumps(_made(order, batch, out), ensure_ascii=False), encoding="utf-8")


def is_done(order: Order, batch: Batch, out: Path) -> bool:
    """Whether a result is there that was made of the same, and nobody has touched it since."""
    files = Footprint(out)
    if files.journal.exists():
        return False
    try:
        return bool(json.loads(files.done.read_text(encoding="utf-8")) == _made(order, batch, out))
    except (OSError, ValueError):
        return False


def _made(order: Order, batch: Batch, out: Path) -> dict[str, Any]:
    """What tells a run apart, and what came of it."""
    files = Footprint(out)
    results = {path.name: _print(path, {}) for path in (files.out, files.rejects) if path.exists()}
    return {"plan": _plan(order, batch), "results": results}


def rejects_of(out: Path) -> Path:
    """Where the rows that were refused are told of."""
    return Footprint(out).rejects


def kind_of(out: Path) -> str:
    """The kind of a result, by the end of its name."""
    return SUFFIXES[out.suffix.lower()]
