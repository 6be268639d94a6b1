"""JSON documents of any size: records are taken from a window that moves along the file.

A dump of a year may be one line of two gigabytes. The window decodes one record at a
time, so memory stays constant, and a record that is broken costs itself only: reading
goes on at the next thing that looks like a record. (A streaming parser such as ijson
stops for good at the first NaN or raw line break, both of which real dumps contain.)
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from service.archive.encoding import MARK
from service.archive.flow import Flow
from service.archive.found import Found

# Keys that hold records or what holds them: {"response": {"items": […]}}.
CONTAINERS = ("response", "items")

# One record larger than this is refused, not held.
LONGEST_RECORD = 64 << 20

_READ = 1 << 20
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_NEXT_RECORD = re.compile(r"[,}]\s*(?=\{)")
_DECODER = json.JSONDecoder(strict=False)

# Stands in place of a container whose records were taken.
_TAKEN = object()

# A token cut by the end of the window: the longest are "-Infinity" and "\ud83d\ude00".
_TOKEN = 16
_TOKEN_BEGUN = re.compile(r"[\w.+\\-]*\s*")


class Broken(Exception):
    """What stands in the window is not JSON; `code` says what it is."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Window:
    """A part of a decoded stream: values are taken from its front, text is read at its end."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(MARK)
        self._text = ""
        self._at = 0
        self._ended = False
        # Keys of the last whole record: what stands after something broken must be like it.
        self.usual: set[str] = {"text"}

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read(_READ):
                return ""

    def take(self, mark: str) -> None:
        """Pass by a character that must stand here."""
        if self.peek() != mark:
            raise Broken("bad_json" if self.peek() else "cut_short")
        self._at += 1

    def value(self) -> Any:
        """Take one whole JSON value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise Broken("bad_json") from None
                failure = error
            except (RecursionError, ValueError):
                raise Broken("bad_json") from None
            else:
                # A number that touches the end may have more digits beyond it.
                if end < len(self._text) or self._text[end - 1] in '}]"' or not self._read(_READ):
                    self._at = end
                    return value
                continue
            held = len(self._text) - self._at
            if held > LONGEST_RECORD:
                raise Broken("record_too_long")
            if not self._read(max(_READ, held)):
                raise Broken("cut_short" if _is_cut(failure) else "bad_json")

    def skip_to_record(self) -> bool:
        """After something broken, go to the next object like the last record; false where there is none."""
        while True:
            match = _NEXT_RECORD.search(self._text, self._at)
            if match is None:
                self._at = max(self._at, len(self._text.rstrip()) - 1)  # a comma may be the last of it
                if not self._read(_READ):
                    return False
                continue
            self._at = match.end()
            if self._is_record():
                return True

    def _is_record(self) -> bool:
        try:
            value, _ = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            if not self._may_go_on(error) or len(self._text) - self._at > LONGEST_RECORD:
                return False
            return bool(self._read(_READ)) and self._is_record()
        except (RecursionError, ValueError):
            return False
        return isinstance(value, dict) and 2 * len(self.usual & value.keys()) > len(self.usual)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _TOKEN

    def _read(self, size: int) -> int:
        """Read further, forgetting what is behind; how many characters came."""
        if self._ended:
            return 0
        raw = self._stream.read(size)
        self._ended = not raw
        new = self._decoder.decode(raw, self._ended)
        self._text = self._text[self._at :] + new
        self._at = 0
        return len(new) if new or self._ended else self._read(size)


def _is_cut(error: json.JSONDecodeError) -> bool:
    """Whether a value that could not be read to the end of a file runs into that end."""
    return error.msg.startswith("Unterminated string") or _TOKEN_BEGUN.fullmatch(error.doc, error.pos) is not None


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of a flow."""
    for number, record in enumerate(_records(Window(flow.stream, flow.encoding)), 1):
        code = record.code if isinstance(record, Broken) else ""
        yield Found(f"запись {number}", record, code)


def _records(window: Window) -> Iterator[Any]:
    while mark := window.peek():
        try:
            if mark in ",]}":  # left over from a container in which something was broken
                window.take(mark)
            elif mark == '"':  # a member of such a container, or an element
                key = window.value()
                yield from _member(window, key, {}) if window.peek() == ":" else unpack(key)
            else:
                yield from _document(window)
        except Broken as broken:
            yield broken
            if not window.skip_to_record():
                return


def _document(window: Window) -> Iterator[Any]:
    mark = window.peek()
    if mark == "[":
        yield from _elements(window)
    elif mark == "{":
        yield from _members(window)
    else:
        yield from unpack(window.value())


def _elements(window: Window) -> Iterator[Any]:
    window.take("[")
    while (mark := window.peek()) != "]":
        if mark == ",":
            window.take(",")
            continue
        value = window.value()
        if isinstance(value, dict) and "text" in value:
            window.usual = set(value)
        yield from unpack(value)
    window.take("]")


def _members(window: Window) -> Iterator[Any]:
    """Records inside an object, or the object itself where it is no container."""
    window.take("{")
    fields: dict[str, Any] = {}
    while (mark := window.peek()) != "}":
        if mark == ",":
            window.take(",")
        else:
            yield from _member(window, window.value(), fields)
    window.take("}")
    if not any(fields.get(key) is _TAKEN for key in CONTAINERS):
        yield fields


def _member(window: Window, key: Any, fields: dict[str, Any]) -> Iterator[Any]:
    """Take the value of a key into `fields`, or the records out of it where it is a container."""
    window.take(":")
    if key in CONTAINERS and window.peek() in ("[", "{"):
        fields[key] = _TAKEN
        yield from _document(window)
    else:
        fields[key] = window.value()


def unpack(value: Any) -> Iterator[Any]:
    """The records inside a value that is held whole.

    >>> list(unpack({"response": {"count": 1, "items": [{"id": 1}]}})), list(unpack({"text": "…"}))
    ([{'id': 1}], [{'text': '…'}])
    """
    if isinstance(value, list):
        for element in value:
            yield from unpack(element)
        return
    inner = (
        [value[key] for key in CONTAINERS if isinstance(value.get(key), (list, dict))]
        if isinstance(value, dict)
        else []
    )
    if inner:
        for part in inner:
            yield from unpack(part)
    else:
        yield value


def looks_like(head: str) -> bool:
    """Whether the beginning of a file is a document rather than lines, each an object.

    >>> looks_like('[{"text": 1}'), looks_like('{"response": {"items": ['), looks_like('{"text": "…"}')
    (True, True, False)
    """
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return True
    if not start.startswith("{"):
        return False
    first = start.split("\n", 1)[0].strip()
    return first == "{" or bool(set(_keys(start)) & set(CONTAINERS))


def _keys(start: str) -> Iterator[str]:
    """Keys of the object at the beginning of a text, until it is cut."""
    at = 1
    try:
        while True:
            at = _SPACE.match(start, at).end()  # type: ignore[union-attr]
            key, at = _DECODER.raw_decode(start, at)
            at = _SPACE.match(start, at).end()  # type: ignore[union-attr]
            if start[at] != ":":
                return
            at = _SPACE.match(start, at + 1).end()  # type: ignore[union-attr]
            if key in CONTAINERS and start[at] not in "[{":
                key = ""
            yield key
            _, at = _DECODER.raw_decode(start, at)
            at = _SPACE.match(start, at).end()  # type: ignore[union-attr]
            if start[at] != ",":
                return
            at += 1
    except (ValueError, IndexError, RecursionError):
        return
