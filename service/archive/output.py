"""Where rows go: a file that bears its name only when it is whole."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from service.archive import jsonl, table
from service.complaint import Complaint, reason
from service.rows import COLUMNS

Writer = jsonl.Writer | table.Writer

TABLE = ".csv"
LINES = (".jsonl", ".ndjson")


class OutputError(Complaint):
    """A place where rows cannot be written."""


def check_output(path: Path) -> None:
    """Say at once, before hours of work, that a file cannot be written. Raises OutputError."""
    if path == Path("-"):
        return
    if path.suffix.lower() not in (TABLE, *LINES):
        raise OutputError(
            "unknown_kind", f"Не понимаю, в каком виде писать {path.name}: имя должно кончаться на .csv или .jsonl."
        )
    if os.path.isdir(path):  # Path.is_dir fails where there are no rights to look
        raise OutputError("is_folder", f"{path} — папка. Укажите файл, например {path / 'scores.csv'}.")
    if not os.path.isdir(path.parent):
        raise OutputError("no_folder", f"Нет папки {path.parent}. Создайте её или укажите другую.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError("unwritable", f"В папку {path.parent} нельзя писать. Укажите другую.")


@contextmanager
def open_output(path: Path, columns: Sequence[str] = COLUMNS) -> Iterator[Writer]:
    """Open a writer by the name of the file; `-` is JSON lines to the standard output. `columns`: of a table.

    Rows go to a temporary file beside, renamed when all is written and removed when not.
    Raises OutputError.
    """
    check_output(path)
    if path == Path("-"):
        if isinstance(sys.stdout, io.TextIOWrapper):  # a Windows console has its own encoding
            sys.stdout.reconfigure(encoding="utf-8")
        yield jsonl.Writer(sys.stdout)
        sys.stdout.flush()
        return
    as_table = path.suffix.lower() == TABLE
    beside = _beside(path)
    try:
        with beside.open("w", encoding="utf-8-sig" if as_table else "utf-8", newline="") as stream:
            yield table.Writer(stream, columns) if as_table else jsonl.Writer(stream)
            stream.flush()
            os.fsync(stream.fileno())
        _replace(beside, path)
    except OSError as error:
        raise OutputError("unwritable", f"Не удалось записать {path}: {reason(error)}.") from None
    finally:
        beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OutputError("unwritable", f"Не удалось создать файл в {path.parent}: {reason(error)}.") from None
    os.close(handle)
    return Path(name)


def _replace(beside: Path, path: Path) -> None:
    """Give the temporary file its name, with the rights that a new file or the old one has."""
    mask = os.umask(0)
    os.umask(mask)
    beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
    beside.replace(path)
