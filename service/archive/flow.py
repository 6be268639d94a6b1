"""The bytes of an archive as a flow: unpacked, counted, read line by line within limits."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from service.archive.encoding import CUT, MARK

# How much of a file is looked at to tell what it is.
HEAD = 1 << 20

# A longer line is no post; it is refused and passed by without being held in memory.
LONGEST_LINE = 16 << 20

# What reading of a damaged file raises.
UNREADABLE = (OSError, EOFError, zlib.error)

_GZIP = b"\x1f\x8b"
_KEPT = 1000  # characters of a line that is cut


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file with its line end; bytes that did not decode are marked."""

    number: int
    text: str


class Flow:
    """An open archive. `encoding` is that of `stream`, whose bytes are unpacked already."""

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
        self._file = path.open("rb")
        packed = self._file.read(2) == _GZIP
        self._file.seek(0)
        self.stream: BinaryIO = cast(BinaryIO, gzip.GzipFile(fileobj=self._file)) if packed else self._file
        self.encoding = encoding
        if encoding == "utf-16":  # its line ends are two bytes wide
            self.stream = cast(BinaryIO, io.BufferedReader(_Recoded(self.stream, encoding)))
            self.encoding = "utf-8"

    def __enter__(self) -> "Flow":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def position(self) -> int:
        """How many bytes of the file are read, packed as they lie there."""
        return self._file.tell()

    def lines(self) -> Iterator[Line]:
        """Read lines; one that is too long is cut, quotes still paired, and marked."""
        number = 0
        while raw := self.stream.readline(LONGEST_LINE + 1):
            number += 1
            text = raw.decode(self.encoding, MARK)
            if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
                text = _cut(text, self._skip_line())
            yield Line(number, text)

    def _skip_line(self) -> int:
        """Pass by the rest of a line; how many quotes were in it."""
        quotes = 0
        while part := self.stream.readline(HEAD):
            quotes += part.count(b'"')
            if part.endswith(b"\n"):
                break
        return quotes


class _Recoded(io.RawIOBase):
    """A stream in another encoding, as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(MARK)
        self._ready = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "bytearray") -> int:  # type: ignore[override]
        """Fill the buffer with UTF-8."""
        while not self._ready:
            raw = self._stream.read(1 << 16)
            self._ready = self._decoder.decode(raw, not raw).encode()
            if not raw:
                break
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _cut(text: str, quotes_skipped: int) -> str:
    kept = text[:_KEPT] + CUT
    # A quote left open would swallow the rows that follow.
    odd = (text.count('"') + quotes_skipped - kept.count('"')) % 2
    return kept + ('"' if odd else "") + "\n"


def head(path: Path) -> bytes:
    """The beginning of an archive, unpacked, as far as it can be.

    Raises OSError, EOFError or zlib.error where nothing can be read.
    """
    start = b""
    with Flow(path) as flow:
        try:
            while len(start) < HEAD and (part := flow.stream.read(1 << 12)):
                start += part
        except UNREADABLE:  # a download that broke off: what came can be scored
            if not start:
                raise
    return start[:HEAD]
