"""JSON documents of any size: records are taken from a window that moves along the file.

A dump of a year may be one line of two gigabytes. The window decodes one record at a
time, so memory stays constant, and a record that is broken costs itself only: reading
goes on at the next thing that looks like a record. (A streaming parser such as ijson
stops for good at the first NaN or raw line break, both of which real dumps contain.)
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from service.archive import columns
from service.archive.encoding import BROKEN, MARK
from service.archive.flow import Flow
from service.archive.found import NOTHING, Found
from service.record import Place

# Keys that hold records or what holds them, and how their values begin: {"response": {"items": […]}} of VK,
# {"messages": […]} and {"chats": {"list": [{"messages": […]}]}} of messengers.
# `chats` that is a list holds no posts: so the API of Telegram describes whose the messages beside it are.
CONTAINERS = dict.fromkeys(("response", "items"), "[{") | dict.fromkeys(("messages", "posts", "list"), "[")
CONTAINERS |= dict.fromkeys(("chats", "left_chats"), "{")

# What is inside a container: a record, or Broken in its place, and the scalar fields of the object around it.
Inside = tuple[Any, Mapping[str, Any]]

# One record larger than this is refused, not held.
LONGEST_RECORD = 64 << 20

# So many characters of something broken are shown to its owner.
SHOWN = 1000

_READ = 1 << 20
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_MARKS: dict[type, str] = {list: "[", dict: "{"}
_NEXT_OBJECT = re.compile(r"([,}\[])\s*(?=\{)")
_DECODER = json.JSONDecoder(strict=False)

# Stands for a container that cannot be taken whole: it is longer than the window, or broken inside.
_OPEN = object()

# A token cut by the end of the window: the longest are "-Infinity" and "\ud83d\ude00".
_TOKEN = 16
_TOKEN_BEGUN = re.compile(r"[\w.+\\-]*\s*")


class Broken(Exception):
    """What stands in the window is not JSON; `code` says what it is, `raw` is the beginning of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.raw = ""


class Window:
    """A part of a decoded stream: values are taken from its front, text is read at its end."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(MARK)
        self._text = ""
        self._at = 0
        self._ended = False
        # Keys that the records so far have in common: what stands after something broken must be like them.
        self._usual: set[str] = set()
        # The scalar fields of the object whose records are being taken.
        self.around: Mapping[str, Any] = NOTHING
        self._outer: list[Mapping[str, Any]] = []

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read(_READ):
                return ""

    def show(self) -> str:
        """The beginning of what comes next."""
        return self._text[self._at : self._at + SHOWN]

    def take(self, mark: str) -> None:
        """Pass by a character that must stand here."""
        if self.peek() != mark:
            raise Broken("bad_json" if self.peek() else "cut_short")
        self._at += 1

    def value(self, whole: bool = True) -> Any:
        """Take one JSON value; unless it has to be whole, _OPEN tells of a container that is not, and none is taken."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (RecursionError, ValueError) as error:
                opens = not whole and _is_container(self._text, self._at)
                code = self._read_on(error, _READ if opens else LONGEST_RECORD)
                if code and opens:
                    return _OPEN
                if code:
                    raise Broken(code) from None
                continue
            # A number that touches the end may have more digits beyond it.
            if end < len(self._text) or self._text[end - 1] in '}]"' or not self._read(_READ):
                self._at = end
                return value

    def _read_on(self, failure: Exception, longest: int) -> str:
        """Read further for a value that does not decode; where that will not help, the code of why."""
        if not isinstance(failure, json.JSONDecodeError) or not self._may_go_on(failure):
            return "bad_json"
        held = len(self._text) - self._at
        if held > longest:
            return "record_too_long"
        if not self._read(max(_READ, held)):
            return "cut_short" if _is_cut(failure) else "bad_json"
        return ""

    def enter(self) -> None:
        """Go into an object that holds records."""
        self.take("{")
        self._outer.append(self.around)

    def leave(self) -> None:
        """Come out of such an object."""
        self.take("}")
        self.around = self._outer.pop() if self._outer else NOTHING

    def learn(self, record: Any) -> None:
        """Look at a whole record."""
        if isinstance(record, dict):
            self._usual = (self._usual & record.keys()) or set(record)

    def skip_to_record(self) -> bool:
        """After something broken, go to the next container or object like the records; false where there is none."""
        like = self._usual or self._begun()
        while True:
            match = _NEXT_OBJECT.search(self._text, self._at)
            if match is None:
                self._at = max(self._at, len(self._text.rstrip()) - 1)  # a comma may be the last of it
                if not self._read(_READ):
                    return False
                continue
            self._at = match.end()
            # The first of a list may be a part of what is broken: a post that it passes on, a link.
            if self._is_next(None if match[1] == "[" else like):
                return True

    def _begun(self) -> set[str]:
        """The keys of something broken, where they tell that it was a record."""
        keys = [key for key, _ in _keys(self._text, self._at)]
        return set(keys) if "text" in columns.match(keys) else set()

    def _is_next(self, like: set[str] | None) -> bool:
        """Whether reading can go on here: at a container, or at an object with most of these keys or a text."""
        if _is_container(self._text, self._at):
            return True
        try:
            value, _ = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            if not self._may_go_on(error) or len(self._text) - self._at > LONGEST_RECORD:
                return False
            return bool(self._read(_READ)) and self._is_next(like)
        except (RecursionError, ValueError):
            return False
        if like is None or not isinstance(value, dict):
            return False
        return 2 * len(like & value.keys()) > len(like) if like else "text" in columns.match(list(value))

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
    for number, (record, around) in enumerate(_records(Window(flow.stream, flow.encoding)), 1):
        place = Place("record", number)
        if isinstance(record, Broken):
            yield Found(place, None, record.code, around, record.raw)
        else:
            yield Found(place, record, "", around)


def _records(window: Window) -> Iterator[Inside]:
    while mark := window.peek():
        try:
            if mark == "}":  # left over from a container in which something was broken
                window.leave()
            elif mark in ",]":
                window.take(mark)
            elif mark == '"':  # a member of such a container, or an element
                key = window.value()
                yield from _member(window, key, {}) if window.peek() == ":" else unpack(key, window.around)
            else:
                yield from _document(window)
        except Broken as broken:
            broken.raw = window.show()
            yield broken, window.around
            if not window.skip_to_record():
                return


def _document(window: Window) -> Iterator[Inside]:
    if window.peek() == "[":
        yield from _elements(window)
    else:
        yield from _element(window)


def _elements(window: Window) -> Iterator[Inside]:
    window.take("[")
    while (mark := window.peek()) != "]":
        if mark == ",":
            window.take(",")
        else:
            yield from _element(window)
    window.take("]")


def _element(window: Window) -> Iterator[Inside]:
    """The records that an element is or holds."""
    value = window.value(whole=False)
    if value is _OPEN:
        yield from _members(window)
        return
    for record, around in unpack(value, window.around):
        window.learn(record)
        yield record, around


def _members(window: Window) -> Iterator[Inside]:
    """Records inside a container that is an object."""
    window.enter()
    fields: dict[str, Any] = {}
    while (mark := window.peek()) != "}":
        if mark == ",":
            window.take(",")
        else:
            yield from _member(window, window.value(), fields)
    window.leave()


def _member(window: Window, key: Any, fields: dict[str, Any]) -> Iterator[Inside]:
    """Take the value of a key into `fields`, or the records out of it where it is a container."""
    if not isinstance(key, str):
        raise Broken("bad_json")
    window.take(":")
    if _holds(key, window.peek()):
        window.around = _scalars(fields)
        yield from _document(window)
    else:
        fields[key] = window.value()


def _holds(key: str, mark: str) -> bool:
    """Whether a value that begins with a mark is a container under this key."""
    return mark != "" and mark in CONTAINERS.get(key, "")


def _scalars(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What an object says of the records in it.

    Bytes of a page's name that do not decode are shown as such: they are no reason to refuse its posts.
    """
    return {
        name: value.replace(BROKEN, "\ufffd") if isinstance(value, str) else value
        for name, value in fields.items()
        if value is None or isinstance(value, (str, int, float))
    }


def unpack(value: Any, around: Mapping[str, Any] = NOTHING) -> Iterator[Inside]:
    """The records inside a value that is held whole, each with the scalar fields of the object around it.

    >>> list(unpack({"response": {"count": 1, "items": [{"id": 1}]}}))
    [({'id': 1}, {'count': 1})]
    >>> list(unpack({"museum": {"items": [{"id": 1}]}, "library": {"items": [{"id": 2}]}}))  # of `execute`
    [({'id': 1}, {}), ({'id': 2}, {})]
    >>> list(unpack({"text": "…", "list": ["an object with a text is a record, whatever else it holds"]}))[0][0]["text"]
    '…'
    """
    if isinstance(value, list):
        for element in value:
            yield from unpack(element, around)
    elif inner := _containers(value):
        scalars = _scalars(value)
        for part in inner:
            yield from unpack(part, scalars)
    else:
        yield value, around


def _containers(value: Any) -> list[Any]:
    """What a value holds records in; nothing where it is a record itself."""
    if not isinstance(value, dict) or "text" in value:
        return []
    known = [part for key, part in value.items() if key in CONTAINERS and _holds(key, _MARKS.get(type(part), ""))]
    return known or ([] if "error" in value else _only_objects(value))


def _only_objects(value: dict[str, Any]) -> list[Any]:
    """The members of an object that says nothing itself: all are objects or lists of them; none where it does say.

    VK puts false in place of an answer that failed.
    """
    members = [member for member in value.values() if member is not None and member is not False]
    flat = [one for member in members for one in (member if isinstance(member, list) else [member])]
    return members if all(isinstance(one, dict) for one in flat) else []


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
    first, _, rest = start.partition("\n")
    return first.strip() == "{" or _is_container(start, 0) or (not rest and _holds_only(start))


def _holds_only(start: str) -> bool:
    """Whether an object, as far as it stands there, says nothing itself; see `_only_objects`."""
    marks = [mark for _, mark in _keys(start, 0)]
    return bool(marks) and all(mark in "[{" for mark in marks)


def _is_container(text: str, at: int) -> bool:
    """Whether the object at a place of a text, as far as it stands there, holds records and is none itself."""
    found = False
    for key, mark in _keys(text, at):
        if key == "text":
            return False
        found = found or _holds(key, mark)
    return found


def _keys(start: str, at: int) -> Iterator[tuple[str, str]]:
    """Keys of the object at a place of a text and how their values begin, until it is cut or broken."""
    try:
        if start[at] != "{":
            return
        at += 1
        while True:
            at = _SPACE.match(start, at).end()  # type: ignore[union-attr]
            key, at = _DECODER.raw_decode(start, at)
            at = _SPACE.match(start, at).end()  # type: ignore[union-attr]
            if start[at] != ":" or not isinstance(key, str):
                return
            at = _SPACE.match(start, at + 1).end()  # type: ignore[union-attr]
            yield key, start[at]
            _, at = _DECODER.raw_decode(start, at)
            at = _SPACE.match(start, at).end()  # type: ignore[union-attr]
            if start[at] != ",":
                return
            at += 1
    except (ValueError, IndexError, RecursionError):
        return
