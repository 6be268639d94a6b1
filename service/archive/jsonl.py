"""JSON lines: a record a line, canonical or as VK gives it."""

import json
import math
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any, TextIO

import orjson

from service.archive import telegram, vk
from service.archive.document import unpack
from service.archive.encoding import CUT
from service.archive.flow import LONGEST_LINE, Flow, Line
from service.archive.found import Found
from service.record import Place

# Not strict: a raw line break inside a string loses nothing.
_DECODER = json.JSONDecoder(strict=False)
# Made once: `json.dumps` makes one for every row. The first refuses what is no JSON, the second writes it all the same.
_STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_LAX = json.JSONEncoder(ensure_ascii=False)
_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of a flow."""
    for line in flow.lines():
        yield from read_line(line)


def read_line(line: Line) -> Iterator[Found]:
    """Read the records of a line."""
    text = line.text.strip("\ufeff \t\r\n")
    if not text:
        return
    place = Place("line", line.number)
    if CUT in text:
        yield Found(place, None, "record_too_long")
        return
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        yield Found(place, None, "bad_json", own=text)
        return
    for record, around in unpack(value):
        yield Found(place, record, around=around)


# An object or a list within an object; in the text of a post it may be none, which costs nothing but time.
_NESTED = re.compile(rb":[ \t\r\n]*[\[{]")
# Keys of dumps of an API, in which a line may hold no post.
_KEYED = re.compile(rb'"(?:' + "|".join(sorted({*vk.MARKS, *telegram.MARKS})).encode() + rb')"')
# How such a key may be written so that one does not see it.
_HIDDEN = re.compile(rb"\\u00[2-7]")


def is_one_record(raw: bytes) -> bool:
    """Whether a line, not read yet, holds one record of its owner for sure, whole or broken.

    An object without another inside it can be nothing else, unless it has a key of a dump.

    >>> is_one_record(b'{"text": "5 > [3]"}'), is_one_record(b'{"items": [{"text": "5"}]}'), is_one_record(b"")
    (True, False, False)
    """
    marked = _NESTED.search(raw) or _KEYED.search(raw) or _HIDDEN.search(raw)
    return raw.startswith(b"{") and not marked and len(raw) <= LONGEST_LINE


class Writer:
    """Output rows as JSON lines; those that are not `final` are read by this program again, and keep every number."""

    def __init__(self, stream: TextIO, final: bool = True) -> None:
        self._stream = stream
        self._encode: Callable[[Any], str] = _line if final else _LAX.encode

    def write(self, row: dict[str, Any]) -> None:
        """Write one row."""
        self._stream.write(self._encode(row) + "\n")


def _line(row: dict[str, Any]) -> str:
    """As `encode`, six times as fast where it can be: not for what is no number, nor for halves of letters."""
    with suppress(TypeError, RecursionError):
        if _are_finite(row.values()):
            return orjson.dumps(row).decode()
    return _encode(_COMPACT, row)


# What is no number that could be infinite, nor holds one.
_PLAIN = frozenset({str, int, bool, type(None)})


def _are_finite(values: Collection[Any]) -> bool:
    """Whether no number among values, and in what is inside them, is NaN or infinite."""
    if _PLAIN.issuperset(map(type, values)):
        return True
    for value in values:  # a loop, not calls: there are forty of them in a row
        if type(value) in _PLAIN:
            continue
        if isinstance(value, float):
            if value - value != 0:
                return False
        elif isinstance(value, dict):
            if not _are_finite(value.values()):
                return False
        elif isinstance(value, (list, tuple)) and not _are_finite(value):
            return False
    return True


def encode(value: Any) -> str:
    """A value as JSON that every program reads: NaN, which says "not known", is null, an infinity a string.

    Python writes them as they are, and reads them in what others wrote.

    >>> encode({"likes": float("nan"), "share": [float("-inf"), 1.0]})
    '{"likes": null, "share": ["-Infinity", 1.0]}'
    """
    return _encode(_STRICT, value)


def _encode(encoder: json.JSONEncoder, value: Any) -> str:
    try:
        return encoder.encode(value)
    except ValueError:
        return encoder.encode(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def looks_like(head: str) -> bool:
    """Whether some complete line at the beginning of a file is an object of JSON."""
    lines = head.splitlines()[:20]
    return any(_is_object(line) for line in lines)


def _is_object(line: str) -> bool:
    line = line.strip()
    if not line.startswith("{"):
        return False
    try:
        _DECODER.decode(line)
    except (ValueError, RecursionError):
        return False
    return True
