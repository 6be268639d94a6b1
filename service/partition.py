"""A partition: one Parquet file of a data set, scored into a file of the same name elsewhere.

What a result was made of is noted in the result itself, so whoever comes later, on any
machine, can tell whether it is done. It is written beside and renamed, after its rejects:
a partition that bears its name is whole, and scoring one twice does no harm.
"""

import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, NamedTuple

from model import Memory, ModelError, Scorer, __version__, load
from model.folder import MANIFEST, PRETRAINED
from service import rows, run
from service.archive import parquet, recognise
from service.archive.reading import CONTENT, Reading
from service.batch import Tally
from service.complaint import Complaint, reason
from service.layout import Layout

SUFFIXES = (".parquet", ".parq", ".pq")

_NOTE = "merilo"
_BESIDE = ".part"
_STEP = 1 << 20


class OtherRun(Complaint):
    """A result that was made under other conditions, or not by us at all."""


class Unfit(Complaint):
    """A machine that cannot work on a run: another release, another model, another history."""


class Found(NamedTuple):
    """A partition of a data set: its name there and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Folder:
    """A folder of partitions, on a disk or in a store of objects: a path or an address that pyarrow knows."""

    address: str

    @property
    def _at(self) -> tuple[Any, str]:
        return _find(self.address)

    def __contains__(self, other: "Folder") -> bool:
        """Whether another folder is this one or lies in it."""
        (files, path), (others, below) = self._at, other._at
        return bool(files.equals(others)) and PurePosixPath(below).is_relative_to(path)

    def partitions(self) -> list[Found]:
        """The partitions, by name; what begins with a dot or an underscore is none. Raises OSError."""
        return [one for one in self._list() if is_partition(one.name)]

    def clear(self) -> None:
        """Remove what was written beside and never got its name, because a machine died. Raises OSError."""
        for one in self._list():
            if (name := PurePosixPath(one.name).name).startswith(".") and name.endswith(_BESIDE):
                with suppress(OSError):  # another run has just renamed it
                    self._at[0].delete_file(self._path(one.name))

    def _list(self) -> list[Found]:
        from pyarrow.fs import FileSelector

        files, path = self._at
        found = files.get_file_info(FileSelector(path, recursive=True, allow_not_found=True))
        return sorted(Found(str(PurePosixPath(one.path).relative_to(path)), one.size) for one in found if one.is_file)

    def fingerprint(self, name: str) -> str:
        """What tells a file from another of the same name: all of its bytes. Raises OSError."""
        digest = hashlib.sha256()
        with self.open(name) as stream:
            while part := stream.read(_STEP):
                digest.update(part)
        return digest.hexdigest()

    def open(self, name: str) -> Any:
        """Open a file to read, at any place of it. Raises OSError."""
        files, path = self._at
        return files.open_input_file(self._path(name))

    def fetch(self, name: str, into: Path) -> Path:
        """The file on the disk of this machine, where it lies already or as a copy. Raises OSError."""
        from pyarrow.fs import LocalFileSystem

        if isinstance(self._at[0], LocalFileSystem):
            return Path(self._path(name))
        with self.open(name) as source, into.open("wb") as copy:
            shutil.copyfileobj(source, copy, _STEP)
        return into

    def put(self, name: str, made: Path) -> None:
        """Bring a file there: beside at first, then under its name. Raises OSError."""
        files, _ = self._at
        path = PurePosixPath(self._path(name))
        # Another name each time: two machines may be at work on it where one was taken for dead.
        beside = str(path.with_name(f".{path.name}.{uuid.uuid4().hex}{_BESIDE}"))
        files.create_dir(str(path.parent), recursive=True)
        try:
            with made.open("rb") as source, files.open_output_stream(beside) as stream:
                shutil.copyfileobj(source, stream, _STEP)
            self._sync(beside)
            files.move(beside, str(path))
        except BaseException:
            with suppress(OSError):
                files.delete_file(beside)
            raise

    def remove(self, name: str) -> None:
        """Remove a file if it is there. Raises OSError."""
        with suppress(FileNotFoundError):
            self._at[0].delete_file(self._path(name))

    def _sync(self, path: str) -> None:
        """A name must not reach a disk before what it stands for; a store of objects sees to that itself."""
        from pyarrow.fs import LocalFileSystem

        if isinstance(self._at[0], LocalFileSystem):
            with open(path, "rb") as stream:
                os.fsync(stream.fileno())

    def _path(self, name: str) -> str:
        return f"{self._at[1]}/{name}"


@cache  # and not in the folder, which travels: every machine has keys of its own
def _find(address: str) -> tuple[Any, str]:
    """The file system that an address speaks of and the path in it. Raises Complaint."""
    from pyarrow.fs import FileSystem, LocalFileSystem

    if "://" not in address:
        return LocalFileSystem(), str(Path(address).resolve())
    try:
        files, path = FileSystem.from_uri(address)
    except (ValueError, OSError) as error:
        raise Complaint("bad_address", f"Не понимаю адрес {address}: {told(error)}.") from None
    return files, path.rstrip("/")


@dataclass(frozen=True)
class Plan:
    """What a run is, for every machine that works on it.

    `model` is a folder that all machines have, None for the one that Merilo brings along;
    `manifest` is the hash of its manifest. `history` are files that all machines see: what the user
    calls them, where they lie, their fingerprints. `reading` is how all are read.
    """

    source: Folder
    target: Folder
    model: Path | None
    manifest: str
    neighbours: bool = False
    history: tuple[tuple[str, Path, str], ...] = ()
    reading: Reading = CONTENT
    release: str = __version__

    @property
    def conditions(self) -> dict[str, Any]:
        """What a result depends on beside its partition, in words that a user understands."""
        return {
            "версия Мерила": self.release,
            "модель": self.manifest,
            "параметры": [self.neighbours],
            "чтение": [self.reading.format, list(map(list, self.reading.columns))],
            "история": [digest for _, _, digest in self.history],
        }


def make_plan(
    source: str,
    target: str,
    model: Path,
    neighbours: bool = False,
    history: Mapping[str, Path] | None = None,
    reading: Reading = CONTENT,
) -> Plan:
    """Make a plan on the machine that asks; `history` are files by the names that a user knows. Raises OSError."""
    shipped = model.resolve() == PRETRAINED.resolve()
    return Plan(
        Folder(_absolute(source)),
        Folder(_absolute(target)),
        None if shipped else model.resolve(),
        _manifest(model),
        neighbours,
        tuple((name, path.resolve(), _fingerprint(path)) for name, path in (history or {}).items()),
        reading,
    )


def _absolute(address: str) -> str:
    """An address that means the same to workers that were started in another folder."""
    return address if "://" in address else str(Path(address).absolute())


def check(plan: Plan) -> None:
    """Tell whether this machine can work on a plan. Raises Unfit."""
    if __version__ != plan.release:
        raise Unfit("worker_unfit", f"стоит Мерило {__version__}, а здесь {plan.release}")
    model = plan.model or PRETRAINED
    try:
        found = _manifest(model)
    except OSError as error:
        raise Unfit("worker_unfit", f"нет модели {model} ({reason(error)}): положите папку туда") from None
    if found != plan.manifest:
        raise Unfit("worker_unfit", f"в {model} лежит другая модель: скопируйте папку заново")
    for _, path, digest in plan.history:
        try:
            same = _fingerprint(path) == digest
        except OSError as error:
            raise Unfit("worker_unfit", f"не видна история {path} ({reason(error)})") from None
        if not same:
            raise Unfit("worker_unfit", f"история {path} там другая")


def look(plan: Plan, name: str) -> Tally | None:
    """What came of a partition that is done; None where it has to be scored. Raises OtherRun, OSError."""
    try:
        with plan.target.open(name) as stream:
            kept = json.loads(parquet.read_notes(stream).get(_NOTE, "{}"))
    except FileNotFoundError:
        return None
    before = kept.get("conditions", {})
    changed = [word for word, now in plan.conditions.items() if before.get(word) != now]
    if not before:
        raise OtherRun("another_run", f"{name} там уже есть, и записало его не Мерило")
    if changed:
        raise OtherRun("another_run", f"{name} там уже есть, и с тех пор другое: {', '.join(changed)}")
    return Tally.of(kept["tally"]) if kept["input"] == plan.source.fingerprint(name) else None


def score(plan: Plan, name: str, scratch: str | None = None) -> Tally:
    """Score a partition; `scratch` is where there is room for it. Raises Complaint, OSError."""
    with tempfile.TemporaryDirectory(prefix="merilo-", dir=scratch) as folder:
        source = plan.source.fetch(name, Path(folder, "source.parquet"))
        made, rejects = Path(folder, "made.parquet"), Path(folder, "rejects.jsonl")
        tally = _score(plan, name, source, made, rejects)
        told_of = f"{name}.rejects.jsonl"
        if rejects.stat().st_size:
            plan.target.put(told_of, rejects)
        else:
            plan.target.remove(told_of)
        plan.target.put(name, made)
    return tally


def _score(plan: Plan, name: str, source: Path, made: Path, rejects: Path) -> Tally:
    archive = recognise(source, name, reading=plan.reading)
    if archive.kind != "parquet":
        raise Complaint("not_parquet", f"{name} — не Parquet")
    scorer, memory = _loaded(plan)
    ours = (*rows.COLUMNS, rows.NEIGHBOURS) if plan.neighbours else rows.COLUMNS
    layout = Layout(archive.columns(), ours)
    order = run.Order(plan.model or PRETRAINED, "parquet", layout, neighbours=plan.neighbours)
    with source.open("rb") as given:
        types = parquet.number_types(given)
    tally = Tally()
    with (
        made.open("wb") as stream,
        rejects.open("wb") as refused,
        parquet.open_writer(stream, layout.columns, layout.ours, types) as writer,
    ):
        for chunk in run.cut(archive.records()):
            scored = run.score_chunk(order, scorer, memory, chunk)
            for line in scored.result.splitlines():
                writer.write(json.loads(line))
            refused.write(scored.rejects)
            tally.join(scored.tally)
        kept = {"conditions": plan.conditions, "input": plan.source.fingerprint(name), "tally": tally.kept()}
        writer.note({_NOTE: json.dumps(kept, ensure_ascii=False)})
    return tally


# Several threads of a process may ask for the model at once; it is loaded for the first of them.
_loading = Lock()


def _loaded(plan: Plan) -> tuple[Scorer, Memory | None]:
    with _loading:
        return _load(plan.model or PRETRAINED, plan.manifest, plan.neighbours, plan.history, plan.reading)


@lru_cache(maxsize=1)  # a worker may live for many runs
def _load(
    model: Path, manifest: str, neighbours: bool, history: tuple[tuple[str, Path, str], ...], reading: Reading
) -> tuple[Scorer, Memory | None]:
    try:
        scorer = load(model)
    except ModelError as error:
        raise Unfit("worker_unfit", str(error)) from None
    files = {name: path for name, path, _ in history}
    order = run.Order(model, "parquet", Layout((), ()), neighbours=neighbours, history=files, reading=reading)
    return scorer, run.remember_history(order, scorer)


def _manifest(model: Path) -> str:
    return hashlib.sha256((model / MANIFEST).read_bytes()).hexdigest()


def _fingerprint(path: Path) -> str:
    told = path.stat()
    return _fingerprint_of(path, told.st_size, told.st_mtime_ns)


@lru_cache(maxsize=100)  # a worker is asked for it with every partition
def _fingerprint_of(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_partition(name: str) -> bool:
    """Whether a file of a data set is a partition: by its name, as everybody tells it.

    >>> is_partition("date=2026-03-12/part-0.parquet"), is_partition("_temporary/part-0.parquet")
    (True, False)
    """
    hidden = any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)
    return name.lower().endswith(SUFFIXES) and not hidden


def told(error: BaseException) -> str:
    """Why a store of files did not do as it was told; its own words where there are no Russian ones."""
    said = reason(error)
    return said if said != reason(Exception()) else (str(error).splitlines() or [said])[0].rstrip(".")
