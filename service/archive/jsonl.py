"""JSON lines: a record a line, canonical or as VK gives it."""

import json
from collections.abc import Iterator
from typing import Any, TextIO

from service.archive.document import unpack
from service.archive.encoding import CUT
from service.archive.flow import Flow
from service.archive.found import Found
from service.record import Place

# Not strict: a raw line break inside a string loses nothing.
_DECODER = json.JSONDecoder(strict=False)
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # made once: `json.dumps` makes one for every row


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of a flow."""
    for line in flow.lines():
        text = line.text.strip("\ufeff \t\r\n")
        if not text:
            continue
        place = Place("line", line.number)
        if CUT in text:
            yield Found(place, None, "record_too_long")
            continue
        try:
            value = _DECODER.decode(text)
        except (ValueError, RecursionError):
            yield Found(place, None, "bad_json", own=text)
            continue
        for record, around in unpack(value):
            yield Found(place, record, around=around)


class Writer:
    """Output rows as JSON lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, row: dict[str, Any]) -> None:
        """Write one row."""
        self._stream.write(_ENCODER.encode(row) + "\n")


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
