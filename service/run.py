"""A run: archives in, a result and its rejects out, chunk by chunk, so that an interrupted run can go on.

Rows of CSV and JSON lines are written as they will stay. A workbook or a Parquet file
cannot grow, so its rows wait as JSON lines and become the file when all are there.
"""

import hashlib
import io
import json
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, Protocol

from model import Post, Score
from service import crew, rows
from service.archive import jsonl, open_output, table
from service.archive.encoding import BROKEN
from service.batch import Batch, Tally, collect, remember
from service.complaint import Complaint, reason
from service.journal import Journal, Part
from service.layout import Layout
from service.record import Record
from service.suffixes import SUFFIXES

CHUNK = 1000

Pairs = list[tuple[Post, Score]]

# Kinds whose rows can be written one after another as they come.
GROWING = ("csv", "jsonl")

_HEAD = 1 << 16
_LINE = re.compile(r"(?:строка|запись) (\d+)$")


class Meter(Protocol):
    """What shows how far a run has come."""

    def read(self, at: int) -> None:
        """So many bytes are read."""

    def wrote(self, rows: int) -> None:
        """So many rows are written."""


class Stopped(Complaint):
    """A run that was told to stop and can go on; `signal` told it."""

    def __init__(self, number: int, tally: Tally) -> None:
        super().__init__(
            "stopped",
            f"Остановлено, записано строк: {tally.rows}. Чтобы продолжить, добавьте --resume к той же команде.",
        )
        self.signal = number


@dataclass(frozen=True)
class Order:
    """What every worker has to know. `history` are files with earlier posts; without them there is no memory.

    `pairs` asks for posts with their scores beside the bytes of a result, for a sink.
    """

    model: Path
    kind: str
    layout: Layout
    plain: bool = False
    neighbours: bool = False
    pairs: bool = False
    history: tuple[Path, ...] = ()

    @property
    def written(self) -> str:
        """The kind in which rows are written at first."""
        return self.kind if self.kind in GROWING else "jsonl"


@dataclass
class Scored:
    """A chunk that was scored: bytes of the result and of the rejects, and what came of it."""

    result: bytes
    rejects: bytes
    tally: Tally = field(default_factory=Tally)
    pairs: Pairs = field(default_factory=list)


def run(
    order: Order,
    batch: Batch,
    out: Path,
    workers: int = 1,
    resume: bool = False,
    meter: Meter | None = None,
    sink: Callable[[Scored, Tally], object] | None = None,
) -> Tally:
    """Score a batch into `out` and, where rows were refused, `out`.rejects.jsonl beside it.

    `sink` takes every chunk, and what came of those before it, before the journal counts it:
    what a run goes on from has been taken, and what it repeats is taken again. Raises
    Complaint; Stopped when a signal came: the chunks in hand are written first.
    """
    start = time.perf_counter()
    journal = Journal(_beside(out, "journal"), _plan(order, batch))
    state = journal.read() if resume else None
    tally = _tally(state["tally"]) if state else Tally()
    if state and not _beside(out, "part").exists():  # stopped after the result had got its name
        _name_rejects(out, _beside(out, "rejects"))
        journal.close()
        return tally
    parts = [Part(_beside(out, name), state[name] if state else 0) for name in ("part", "rejects")]
    try:
        if not state:
            parts[0].write(_head(order))
        chunks = _chunks(islice(batch.records(meter.read if meter else None), tally.rows, None))
        with _stopping() as told:
            for scored in crew.work(make_worker, (order,), chunks, workers):
                if sink:
                    sink(scored, tally)
                parts[0].write(scored.result)
                parts[1].write(scored.rejects)
                tally.join(scored.tally)
                if meter:
                    meter.wrote(tally.rows)
                if told or journal.due():
                    _keep(journal, parts, tally)
                if told:
                    raise Stopped(told[0], tally)
        if not tally.rows:
            raise Complaint("no_records", "Нет ни одной записи: оценивать нечего.")
        _keep(journal, parts, tally)
        _finish(order, out, parts)
    except OSError as error:
        raise Complaint(
            "unwritable", f"Не удалось записать {out}: {reason(error)}. Исправьте это и продолжите с --resume."
        ) from None
    finally:
        for part in parts:
            part.close()
            if not journal.kept:  # there is nothing to go on from
                part.path.unlink(missing_ok=True)
    journal.close()
    tally.seconds = time.perf_counter() - start
    return tally


def pour(
    order: Order,
    batch: Batch,
    stream: BinaryIO,
    workers: int = 1,
    sink: Callable[[Scored, Tally], object] | None = None,
) -> Tally:
    """Score a batch into a stream, which nothing can go on from. Raises Complaint."""
    tally = Tally()
    start = time.perf_counter()
    for scored in crew.work(make_worker, (order,), _chunks(batch.records()), workers):
        if sink:
            sink(scored, tally)
        stream.write(scored.result)
        tally.join(scored.tally)
    stream.flush()
    if not tally.rows:
        raise Complaint("no_records", "Нет ни одной записи: оценивать нечего.")
    tally.seconds = time.perf_counter() - start
    return tally


def rejects_of(out: Path) -> Path:
    """Where the rows that were refused are told of."""
    return out.with_name(f"{out.name}.rejects.jsonl")


def make_worker(order: Order) -> Callable[[list[Record]], Scored]:
    """Make what scores chunks: the model and the memory are loaded once."""
    from model import load

    scorer = load(order.model)
    memory = None
    if order.history:
        with ExitStack() as stack:
            earlier = collect(map(str, order.history), sys.stdin.buffer, stack)
            memory = remember(scorer, earlier.records(), order.neighbours)

    def score(records: list[Record]) -> Scored:
        entries = [rows.admitted(record) for record in records]
        found = list(rows.score(scorer, entries, memory, neighbours=order.neighbours))
        scored = Scored(_encode(order, records, found), _rejects(records, found))
        for row in found:
            scored.tally.add(row)
        if order.pairs:
            scored.pairs = list(rows.pairs(entries, found))
        return scored

    return score


def _encode(order: Order, records: Sequence[Record], found: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer: table.Writer | jsonl.Writer
    if order.written == "csv":
        writer = table.Writer(text, order.layout.columns, order.plain, header=False)
    else:
        writer = jsonl.Writer(text)
    made = order.layout.object_row if order.kind == "jsonl" else order.layout.table_row
    for record, row in zip(records, found, strict=True):
        writer.write(made(record.own, row))
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
            line = _LINE.search(record.place)
            told = {"place": record.place, "line": int(line[1]) if line else None, **row["error"]}
            raw = dict(record.own) if isinstance(record.own, Mapping) else record.own
            lines.append(json.dumps(told | {"raw": raw}, ensure_ascii=False) + "\n")
    return "".join(lines).replace(BROKEN, "\ufffd").encode("utf-8", "replace")


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, CHUNK)):
        yield chunk


def _keep(journal: Journal, parts: Sequence[Part], tally: Tally) -> None:
    for part in parts:
        part.sync()
    journal.write({"part": parts[0].length, "rejects": parts[1].length, "tally": _kept(tally)})


def _kept(tally: Tally) -> dict[str, Any]:
    return {
        "rows": tally.rows,
        "refused": dict(tally.refused),
        "doubtful": dict(tally.doubtful),
        "remembered": tally.remembered,
    }


def _tally(kept: Mapping[str, Any]) -> Tally:
    counts = {name: Counter(kept[name]) for name in ("refused", "doubtful")}
    return Tally(**{**kept, **counts})


def _finish(order: Order, out: Path, parts: Sequence[Part]) -> None:
    """Give the parts their names; what cannot grow is made of its rows now."""
    for part in parts:
        part.close()
    written, rejects = (part.path for part in parts)
    if order.kind not in GROWING:
        layout = order.layout
        types = _types(written, set(layout.own)) if order.kind == "parquet" else {}
        with open_output(out, layout.columns, ours=layout.ours, types=types) as writer:
            for row in _read(written):
                writer.write(row)
        written.unlink()
    else:
        written.replace(out)
    _name_rejects(out, rejects)


def _name_rejects(out: Path, rejects: Path) -> None:
    if not rejects.exists():
        return
    if rejects.stat().st_size:
        rejects.replace(rejects_of(out))
    else:
        rejects.unlink()
        rejects_of(out).unlink(missing_ok=True)  # of an earlier run


def _read(written: Path) -> Iterator[dict[str, Any]]:
    with written.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _types(written: Path, names: set[str]) -> dict[str, str]:
    """Which of some columns hold nothing but numbers, by all of their cells."""
    found: dict[str, set[type]] = {name: set() for name in names}
    for row in _read(written):
        for name, kinds in found.items():
            kinds.add(type(row[name]))
    numbers = {name: kinds - {type(None)} for name, kinds in found.items()}
    return {
        name: "int" if kinds == {int} else "float" for name, kinds in numbers.items() if kinds and kinds <= {int, float}
    }


def _beside(out: Path, name: str) -> Path:
    return out.with_name(f".{out.name}.{name}")


def _plan(order: Order, batch: Batch) -> dict[str, Any]:
    """What a run is told apart by, in words that a user understands."""
    return {
        "вход": [_print(archive.path, archive.name) for archive in batch.archives],
        "модель": hashlib.sha256((order.model / "manifest.json").read_bytes()).hexdigest(),
        "столбцы": list(order.layout.columns),
        "параметры": [order.kind, order.plain, order.neighbours],
        "история": [_print(path, str(path)) for path in order.history],
    }


def _print(path: Path, name: str) -> list[Any]:
    """What tells a file from another of the same name: its size and its ends."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        digest = hashlib.sha256(stream.read(_HEAD))
        stream.seek(max(0, size - _HEAD))
        digest.update(stream.read(_HEAD))
    return [name, size, digest.hexdigest()]


@contextmanager
def _stopping() -> Iterator[list[int]]:
    """Hear the first signal to stop without dropping what is in hand; the second one stops at once."""
    told: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def kind_of(out: Path) -> str:
    """The kind of a result, by the end of its name."""
    return SUFFIXES[out.suffix.lower()]
