"""The bytes of an archive as a flow: unpacked, counted, read line by line within limits."""

import codecs
import gzip
import io
import os
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, cast

from service.archive import packed
from service.archive.columns import Wanted
from service.archive.encoding import CUT, MARK

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# How much of a file is looked at to tell what it is.
HEAD = 1 << 20

# A longer line is no post; it is refused and passed by without being held in memory.
LONGEST_LINE = 16 << 20

# What reading of a damaged file raises.
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, zstd.ZstdError)

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_KEPT = 1000  # characters of a line that is cut
_STEP = 1 << 20
_SIP = 1 << 13  # as Python 3.11 reads gzip; later ones take 128 KB


class Line(NamedTuple):
    """A line of a file with its line end; bytes that did not decode are marked."""

    number: int
    text: str


class Flow:
    """An open archive: a file, or a file inside a ZIP.

    `encoding` is that of `stream`, whose bytes are unpacked already. `size` is how many
    bytes it has as it lies there; `share`, which part of it was read, is told by readers
    that do not read from the beginning to the end. `wanted` are columns that the user named.
    """

    def __init__(
        self, path: Path, encoding: str = "utf-8", member: packed.Member | None = None, wanted: Wanted = ()
    ) -> None:
        self.wanted = wanted
        self._open = ExitStack()
        self._member = member
        self._file = self._open.enter_context(member.open() if member else path.open("rb"))
        self.size = member.info.compress_size if member else os.fstat(self._file.fileno()).st_size
        self.share: float | None = None
        with self._open as opened:  # closed where its first bytes cannot be read
            self.stream = _unpacked(self._file)
            self._open = opened.pop_all()
        self.packed = self.stream is not self._file
        if self.packed:
            self.stream = cast(BinaryIO, io.BufferedReader(_Counted(self.stream, self.size), _STEP))
        self.encoding = encoding
        if encoding == "utf-16":  # its line ends are two bytes wide
            self.stream = cast(BinaryIO, io.BufferedReader(_Recoded(self.stream, encoding)))
            self.encoding = "utf-8"

    def __enter__(self) -> "Flow":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def position(self) -> int:
        """How many bytes of the file are read, packed as they lie there."""
        if self.share is not None:
            return int(self.share * self.size)
        at = self._file.tell()
        return at * self.size // max(self._member.info.file_size, 1) if self._member else at

    def whole(self) -> BinaryIO:
        """All bytes, unpacked, as a file in which one may seek: the file itself or a copy. Raises Unusable."""
        if not self.packed and self._member is None:
            return self._file
        copy = self._open.enter_context(tempfile.TemporaryFile(prefix="merilo-"))  # noqa: SIM115 (the stack closes it)
        while part := self.stream.read(_STEP):
            copy.write(part)
        copy.seek(0)
        return cast(BinaryIO, copy)

    def lines(self) -> Iterator[Line]:
        """Read lines; one that is too long is cut, quotes still paired, and marked."""
        return (self.line(number, raw) for number, raw in self.raw_lines())

    def raw_lines(self) -> Iterator[tuple[int, bytes]]:
        """Read lines as they lie, each with its number; of one that is too long its beginning, see `line`."""
        return enumerate(iter(lambda: self.stream.readline(LONGEST_LINE + 1), b""), 1)

    def line(self, number: int, raw: bytes) -> Line:
        """A line that was just read; the rest of one that is too long is passed by."""
        text = raw.decode(self.encoding, MARK)
        if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            text = _cut(text, self._skip_line())
        return Line(number, text)

    def _skip_line(self) -> int:
        """Pass by the rest of a line; how many quotes were in it."""
        quotes = 0
        while part := self.stream.readline(HEAD):
            quotes += part.count(b'"')
            if part.endswith(b"\n"):
                break
        return quotes


def _unpacked(file: BinaryIO) -> BinaryIO:
    """What a file is once unpacked: told by its first bytes."""
    start = file.read(len(_ZSTD))
    file.seek(0)
    if start.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=cast(BinaryIO, _Sips(file))))
    if start == _ZSTD:
        return cast(BinaryIO, zstd.ZstdFile(file))
    return file


class _Sips:
    """A file that gives little at a time: bytes that come together with damaged ones are not unpacked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """Some of the next bytes."""
        return self._file.read(min(size, _SIP))


class _Counted(io.RawIOBase):
    """A stream that is unpacked as it is read, up to the size of a bomb. Raises Unusable."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._count = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "bytearray") -> int:  # type: ignore[override]
        """Fill the buffer, or some of it: what came before a damage is not lost."""
        part = self._stream.read1(len(buffer))  # type: ignore[attr-defined]
        self._count += len(part)
        packed.check_size(self._count, self._size)
        buffer[: len(part)] = part
        return len(part)


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


def head(path: Path, member: packed.Member | None = None) -> bytes:
    """The beginning of an archive, unpacked, as far as it can be.

    Raises what UNREADABLE lists where nothing can be read.
    """
    start = b""
    with Flow(path, member=member) as flow:
        try:
            while len(start) < HEAD and (part := flow.stream.read(1 << 12)):
                start += part
        except UNREADABLE:  # a download that broke off: what came can be scored
            if not start:
                raise
    return start[:HEAD]
