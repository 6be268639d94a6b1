"""The journal of a run: what of a result is surely written, so that an interrupted run can go on.

Beside OUT lie, until the run is over, the part that is written and the journal that says
how much of it counts. The journal is replaced whole, after the parts have reached the
disk: whatever happens, it never promises more than is there. What the parts have beyond
it is cut off when the run goes on.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from service.complaint import Complaint

# Seconds of work that a crash may cost.
INTERVAL = 1.0


class Part:
    """A file that grows: opened at a length that is sure, the rest of it cut off."""

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
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
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            plan, state = kept["plan"], dict(kept["state"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise Complaint(
                "bad_journal", f"Журнал прерванного прогона {self.path} повреждён. Начните заново, без --resume."
            ) from None
        if plan != self._plan:
            changed = ", ".join(name for name in self._plan if plan.get(name) != self._plan[name])
            raise Complaint(
                "another_run",
                f"Прерван был другой прогон: изменилось {changed}. Повторите прежние условия или начните заново, "
                "без --resume.",
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
        beside = self.path.with_name(f"{self.path.name}.new")
        with beside.open("w", encoding="utf-8") as stream:
            json.dump({"plan": self._plan, "state": dict(state)}, stream, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self.path)
        self._written = time.monotonic()

    def close(self) -> None:
        """The run is over."""
        self.path.unlink(missing_ok=True)
