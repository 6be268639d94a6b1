"""The footprint of a run: every file that it makes, replaces or deletes, by the name of its result."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Footprint:
    """Names beside `out`. All but the result and the rejects are hidden; when the run is over, `done` alone is left."""

    out: Path

    @property
    def rejects(self) -> Path:
        """Where the rows that were refused are told of."""
        return self.out.with_name(f"{self.out.name}.rejects.jsonl")

    @property
    def part(self) -> Path:
        """The rows so far."""
        return self._hidden("part")

    @property
    def rejects_part(self) -> Path:
        """The rejects so far. The longest of the names: where it can be made, all can."""
        return self._hidden("rejects.jsonl")

    @property
    def whole(self) -> Path:
        """What is made of the rows where they are not the result themselves."""
        return self._hidden("whole")

    @property
    def journal(self) -> Path:
        """How far the run has come."""
        return self._hidden("journal")

    @property
    def done(self) -> Path:
        """What the result was made of, once it is whole."""
        return self._hidden("done")

    @property
    def lock(self) -> Path:
        """What keeps a second run away."""
        return self._hidden("lock")

    def _hidden(self, name: str) -> Path:
        return self.out.with_name(f".{self.out.name}.{name}")

    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (
            *(self.out, self.rejects, self.part, self.rejects_part, self.whole),
            *(self.journal, new(self.journal), self.lock, self.done),
        )

    def marks(self) -> dict[tuple[int, int], Path]:
        """Those that are there, by what a file is the same by, however it is called."""
        return {mark: path for path in self.files() if (mark := mark_of(path)) is not None}


def new(path: Path) -> Path:
    """Where a file is written anew before it takes the place of the old one."""
    return path.with_name(f"{path.name}.new")


def mark_of(path: Path) -> tuple[int, int] | None:
    """What a file is the same by, None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
