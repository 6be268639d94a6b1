"""The journal of a run: what of a result is surely written, so that an interrupted run can go on.

Beside OUT lie, until the run is over, the parts that are written and the journal that says
how much of them counts. The journal is replaced whole, after the parts have reached the
disk: whatever happens, it never promises more than is there. What the parts have beyond
it is cut off when the run goes on; a part that has less is damage, and is said to be.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from service.complaint import Complaint
from service.footprint import new

# Seconds of work that a crash may cost.
INTERVAL = 1.0


class Part:
    """A file that grows: opened at a length that is sure, the rest of it cut off.

    Raises Complaint where it is shorter than that: the lost rows would come back as zeros.
    """

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        if length and size_of(path) < length:
            raise damaged(path)
        # Not "ab": what lies beyond the sure length has to go.
        self._stream: BinaryIO = path.open("r+b" if length else "w+b")
        self._stream.truncate(length)
        self._stream.seek(length)
        self.length = length

    def write(self, data: bytes) -> None:
        """Write at the end."""
        self._stream.write(data)
        self.length += len(data)

    def sync(self) -> None:
        """Bring what is written to the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the file; what was not brought to the disk counts for nothing."""
        with suppress(OSError):
            self._stream.close()


class Journal:
    """How far a run has come: `plan` tells runs apart, `state` is what it may go on from."""

    def __init__(self, path: Path, plan: Mapping[str, Any]) -> None:
        self.path = path
        self._plan = dict(plan)
        self._written = 0.0

    def read(self) -> dict[str, Any] | None:
        """The state of an interrupted run, None where there is none. Raises Complaint where it was another run."""
        kept = _read(self.path)
        if kept is None:
            return None
        plan, state = kept
        if plan != self._plan:
            changed = ", ".join(name for name in self._plan if plan.get(name) != self._plan[name])
            raise Complaint(
                "another_run",
                f"Прерван был другой прогон, с тех пор другое: {changed or 'условия'}. Повторите прежние условия или "
                "начните заново, без --resume.",
            )
        return state

    @property
    def kept(self) -> bool:
        """Whether there is a run to go on with."""
        return self.path.exists()

    def due(self) -> bool:
        """Whether it is time to write."""
        return time.monotonic() - self._written >= INTERVAL

    def write(self, state: Mapping[str, Any]) -> None:
        """Say how far the run has come; the parts must have been brought to the disk before."""
        beside = new(self.path)
        with beside.open("w", encoding="utf-8") as stream:
            json.dump({"plan": self._plan, "state": dict(state)}, stream, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self.path)
        sync_folder(self.path.parent)
        self._written = time.monotonic()

    def forget(self) -> None:
        """There is nothing to go on with: the run is over, or begins anew."""
        self.path.unlink(missing_ok=True)
        new(self.path).unlink(missing_ok=True)
        sync_folder(self.path.parent)


def is_finishing(path: Path) -> bool:
    """Whether a journal says that every row was written, so that files may bear their names already."""
    try:
        kept = _read(path)
    except Complaint:
        return False
    return kept is not None and kept[1].get("finishing") is True


def _read(path: Path) -> tuple[Any, dict[str, Any]] | None:
    """The plan and the state of a journal, None where there is none. Raises Complaint."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return kept["plan"] | {}, dict(kept["state"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise damaged(path) from None


def damaged(path: Path) -> Complaint:
    """What is said where a run cannot be gone on with."""
    return Complaint(
        "bad_journal", f"Прерванный прогон не продолжить: {path} повреждён или пропал. Начните заново, без --resume."
    )


def size_of(path: Path) -> int:
    """How long a file is; -1 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def sync_folder(folder: Path) -> None:
    """Bring names of files to the disk, where a system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
