"""Tables and numbers of the card, as Markdown in Russian."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None) -> str:
    """Three digits behind a comma, a dash for what is not known."""
    return "–" if value is None else f"{value:.3f}".replace(".", ",")


def ranged(row: Mapping[str, Any]) -> str:
    """A `value` with its interval from `low` to `high`, if there is one."""
    return number(row["value"]) + ("" if row["low"] is None else f" ({number(row['low'])}–{number(row['high'])})")
