"""Where rows go: a file that bears its name only when it is whole."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from service.archive import jsonl, parquet, scoresheet, table
from service.complaint import Complaint, reason
from service.journal import sync_folder
from service.rows import COLUMNS
from service.suffixes import SUFFIXES, listed


class Writer(Protocol):
    """What rows are written with, whatever the kind of the file."""

    def write(self, row: dict[str, Any]) -> None:
        """Write one row."""


class OutputError(Complaint):
    """A place where rows cannot be written."""


def check_output(path: Path, plain: bool = False) -> None:
    """Say at once, before hours of work, that a file cannot be written. Raises OutputError."""
    if path == Path("-"):
        if plain:
            raise OutputError("not_csv", "--plain — вид таблицы CSV, а в вывод идут строки JSON. Уберите --plain.")
        return
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(
            "unknown_kind", f"Не понимаю, в каком виде писать {path.name}: имя должно кончаться на {listed()}."
        )
    if plain and SUFFIXES[path.suffix.lower()] != "csv":
        raise OutputError("not_csv", f"--plain — вид таблицы CSV, а {path.name} — не CSV. Уберите --plain.")
    check_place(path)


def check_place(path: Path) -> None:
    """Say at once that no file can be made there. Raises OutputError."""
    if os.path.isdir(path):  # Path.is_dir fails where there are no rights to look
        raise OutputError("is_folder", f"{path} — папка. Укажите файл, например {path / 'scores.csv'}.")
    if not os.path.isdir(path.parent):
        raise OutputError("no_folder", f"Нет папки {path.parent}. Создайте её или укажите другую.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError("unwritable", f"В папку {path.parent} нельзя писать. Укажите другую.")


@contextmanager
def open_output(
    path: Path,
    columns: Sequence[str] = COLUMNS,
    plain: bool = False,
    ours: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
) -> Iterator[Writer]:
    """Open a writer by the name of the file; `-` is JSON lines to the standard output.

    `columns` are those of tables; `plain` is a CSV for programs rather than for Excel.
    `ours` tells of which columns are ours what they hold, `types` of the others which hold
    numbers; see the writers of workbooks and of Parquet.
    Rows go to a temporary file beside, renamed when all is written and removed when not.
    Raises OutputError.
    """
    check_output(path, plain)
    if path == Path("-"):
        if isinstance(sys.stdout, io.TextIOWrapper):  # a Windows console has its own encoding
            sys.stdout.reconfigure(encoding="utf-8")
        yield jsonl.Writer(sys.stdout)
        sys.stdout.flush()
        return
    kind = SUFFIXES[path.suffix.lower()]
    with open_whole(path) as stream, _writer(kind, stream, columns, plain, ours, types) as writer:
        yield writer


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that bears its name when all is written, and is removed when not. Raises OutputError."""
    beside = _beside(path)
    try:
        with beside.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        give_name(beside, path)
    except OSError as error:
        raise OutputError("unwritable", f"Не удалось записать {path}: {reason(error)}.") from None
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def open_writer(
    path: Path,
    kind: str,
    columns: Sequence[str] = COLUMNS,
    plain: bool = False,
    ours: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
) -> Iterator[Writer]:
    """Open a writer of a kind; the file is on the disk when all went well. Raises OSError."""
    with path.open("wb") as stream:
        with _writer(kind, stream, columns, plain, ours, types) as writer:
            yield writer
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def _writer(
    kind: str,
    stream: BinaryIO,
    columns: Sequence[str],
    plain: bool,
    ours: Mapping[str, str] | None,
    types: Mapping[str, str] | None,
) -> Iterator[Writer]:
    """A writer of one of the kinds that SUFFIXES lists."""
    if kind == "xlsx":
        with scoresheet.open_writer(stream, columns, ours) as workbook:
            yield workbook
    elif kind == "parquet":
        with parquet.open_writer(stream, columns, ours, types) as file:
            yield file
    else:
        # Excel takes a file for UTF-8 by its byte order mark; programs stumble over it.
        encoding = "utf-8-sig" if kind == "csv" and not plain else "utf-8"
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        try:
            yield table.Writer(text, columns, plain) if kind == "csv" else jsonl.Writer(text)
        finally:
            text.detach()  # and write what is held


def _beside(path: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OutputError("unwritable", f"Не удалось создать файл в {path.parent}: {reason(error)}.") from None
    os.close(handle)
    return Path(name)


def give_name(beside: Path, path: Path) -> None:
    """Give a file that is whole its name, with the rights that a new file or the old one has. Raises OSError."""
    mask = os.umask(0)
    os.umask(mask)
    beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
    beside.replace(path)
    sync_folder(path.parent)
