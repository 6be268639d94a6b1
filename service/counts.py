"""Counts of reactions as people and programs write them, turned into whole numbers."""

import re
from collections.abc import MutableMapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from model.post import COUNTS

# No counter of any network comes near; larger whole numbers do not fit into floats.
LARGEST = 10**12

# Those of a post, and of its page.
_TOLD = (*COUNTS, "followers")

# What `check` and `read` give for what is no count, or may be one of several.
NO_COUNT = -1

_UNKNOWN = re.compile(r"[-–—]?|н/?д|n/?a|nan|none|null", re.IGNORECASE)
_GROUPED = re.compile(r"(?<=\d)[\s\u00a0\u202f'](?=\d{3}(?!\d))")  # 1 234
# Three digits after a mark are thousands for some and a fraction for others: 1.200 is not guessed.
_WRITTEN = re.compile(
    r"(?P<whole>[0-9]{1,13})(?:[.,](?P<part>[0-9]{1,2}))?\s?(?:(?P<thousand>тыс\.?|тысяч[аи]?|[kк])|(?P<million>млн\.?|[mм]))?",
    re.IGNORECASE,
)


def check(value: Any) -> int | None:
    """A count as programs give it; None where it is not known, NO_COUNT where it is no count.

    >>> check(7), check("7.0"), check(""), check("1 200")
    (7, 7, None, -1)
    """
    if type(value) is int:  # most are
        return value if 0 <= value <= LARGEST else NO_COUNT
    if value is None or value == "" or value != value:
        return None
    # bool is an int in Python; a true/false count is a mistake of the sender.
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return NO_COUNT
    if isinstance(value, str):
        value = value.strip()
        if not re.fullmatch(r"[0-9]{1,12}(?:\.0+)?", value):
            return NO_COUNT
    number = float(value)
    return int(number) if 0 <= number <= LARGEST and number == int(number) else NO_COUNT


def read(value: Any) -> int | None:
    """A count as people write it too; None where it is not known, NO_COUNT where nobody can say what it is.

    >>> read("1 200"), read("12,0"), read("1,2 тыс."), read("1.5K"), read("2 млн"), read("н/д")
    (1200, 12, 1200, 1500, 2000000, None)
    >>> read("1.200"), read("1200,5"), read("~50"), read(-1)
    (-1, -1, -1, -1)
    """
    if not isinstance(value, str):
        return check(value)
    return _remembered(value) if len(value) < 20 else _read(value)


def _read(value: str) -> int | None:
    said = value.strip()
    if _UNKNOWN.fullmatch(said):
        return None
    written = _WRITTEN.fullmatch(_GROUPED.sub("", said))
    if written is None:
        return NO_COUNT
    times = 1_000_000 if written["million"] else 1000 if written["thousand"] else 1
    number = Decimal(f"{written['whole']}.{written['part'] or 0}") * times
    return int(number) if number == int(number) and number <= LARGEST else NO_COUNT


_remembered = lru_cache(maxsize=10_000)(_read)  # small numbers come again and again


def settle(row: MutableMapping[str, Any]) -> tuple[str, ...]:
    """Make whole numbers of the counts of a row, None of what is not understood; the names of the latter."""
    unread: tuple[str, ...] = ()
    for name in _TOLD:
        value = row.get(name)
        if value is None or (type(value) is int and 0 <= value <= LARGEST):
            continue
        count = read(value)
        if count == NO_COUNT:
            unread, count = (*unread, name), None
        row[name] = count
    return unread
