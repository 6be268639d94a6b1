"""What a file of scores comes to, counted row by row without holding the rows."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from service.hints import SCORE_NAMES

# Scores are rounded to one decimal, so counts of their 1,001 values tell the median exactly.
_STEPS = 10
_HIGHEST = 100

BINS = 10


@dataclass(slots=True)
class Spread:
    """How the values of one score are spread."""

    counts: list[int] = field(default_factory=lambda: [0] * (_HIGHEST * _STEPS + 1))

    def add(self, value: float) -> None:
        """Count one value, 0-100."""
        self.counts[round(value * _STEPS)] += 1

    @property
    def mean(self) -> float | None:
        """The mean, None of nothing."""
        total = sum(self.counts)
        return sum(n * count for n, count in enumerate(self.counts)) / total / _STEPS if total else None

    @property
    def median(self) -> float | None:
        """The median, None of nothing.

        >>> spread = Spread()
        >>> for value in (10, 20.5, 99, 21):
        ...     spread.add(value)
        >>> spread.median, spread.mean, spread.bins
        (20.75, 37.625, [0, 1, 2, 0, 0, 0, 0, 0, 0, 1])
        """
        total = sum(self.counts)
        return (self._at((total - 1) // 2) + self._at(total // 2)) / 2 / _STEPS if total else None

    @property
    def bins(self) -> list[int]:
        """How many values each ten holds; the last holds 100 too."""
        width = _HIGHEST * _STEPS // BINS
        found = [sum(self.counts[n * width : (n + 1) * width]) for n in range(BINS)]
        found[-1] += self.counts[-1]
        return found

    def _at(self, place: int) -> int:
        """The value, in steps, that stands at a place when all are in order."""
        passed = 0
        for n, count in enumerate(self.counts):
            passed += count
            if passed > place:
                return n
        raise IndexError(place)


@dataclass(slots=True)
class Summary:
    """Counts of a file of scores; `refused` is by reason, `types` and `statuses` are of what was scored."""

    rows: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    spreads: dict[str, Spread] = field(default_factory=lambda: {name: Spread() for name in SCORE_NAMES})

    def add(self, row: dict[str, Any]) -> None:
        """Count one output row."""
        self.rows += 1
        if row["error"] is not None:
            self.refused[row["error"]["code"]] += 1
            return
        self.statuses[row["status"]] += 1
        self.types[row["type"]] += 1
        for name, spread in self.spreads.items():
            spread.add(row[name])

    @property
    def scored(self) -> int:
        """How many rows have scores."""
        return self.rows - self.refused.total()
