"""An archive: a file recognised by what is in it, and its records."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from service.admission import identity
from service.archive import columns, document, jsonl, max_messenger, packed, parquet, table, telegram, vk, workbook
from service.archive.encoding import BROKEN, MARK, detect
from service.archive.flow import HEAD, UNREADABLE, Flow, head
from service.archive.found import Found, NoTextColumn, Unusable
from service.complaint import Complaint, reason
from service.record import Record, Refusal, Row

READERS: dict[str, Callable[[Flow], Iterator[Found]]] = {
    "json": document.read,
    "jsonl": jsonl.read,
    "csv": table.read,
    "xlsx": workbook.read,
    "parquet": parquet.read,
}

# Kinds that are no text: what they begin with, and whether there is anything in them to read.
_BINARY: tuple[tuple[str, tuple[bytes, ...], Callable[[Flow], None]], ...] = (
    ("xlsx", packed.BEGINNINGS, workbook.check),
    ("parquet", (parquet.BEGINNING,), parquet.check),
)

# What a file of another kind begins with, and what to do with it.
_OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", "это книга старого Excel или книга под паролем: сохраните её как XLSX без пароля"),
    (b"%PDF", "это PDF: нужна выгрузка постов в JSON, CSV или XLSX"),
    (b"PARE", "это зашифрованный Parquet: запишите его без шифрования"),
    (b"SQLite format 3", "это база SQLite: выгрузите таблицу постов в CSV"),
    (b"Rar!\x1a\x07", "это архив RAR: распакуйте его или сожмите в ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "это архив 7-Zip: распакуйте его или сожмите в ZIP"),
    (b"\xfd7zXZ\x00", "файл сжат xz: распакуйте его или сожмите gzip"),
)
_FIELDS = "«Текст», «Дата», «Лайки», «Комментарии», «Репосты», «Просмотры», «Ссылка»"

# What is read, for messages.
KINDS = "выгрузка VK, Telegram или MAX (JSON), строки JSON, CSV, XLSX или Parquet, можно сжатые (gz, zst, zip)"


class Format(NamedTuple):
    """How records of one origin are known, and what makes rows of them.

    `row` is given the record and the fields of what holds it, and gives None for what is no post.
    """

    is_it: Callable[[dict[str, Any]], bool]
    row: Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any] | None]


class ArchiveError(Complaint):
    """A file that is no archive of posts."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A recognised file, or a file inside a ZIP. `kind` is a key of READERS; `name` is how a user knows the file."""

    path: Path
    name: str
    kind: str
    encoding: str
    member: packed.Member | None = None

    @property
    def size(self) -> int:
        """How many bytes there are to read, packed as they lie."""
        return self.member.info.compress_size if self.member else self.path.stat().st_size

    def records(self, progress: Callable[[int], None] | None = None) -> Iterator[Record]:
        """Read the records lazily; `progress` is told how many bytes of the file are read."""
        return telegram.join_albums(self._records(progress))

    def _records(self, progress: Callable[[int], None] | None) -> Iterator[Record]:
        formats = _formats(self._page_names())
        with self._open() as flow:
            try:
                for count, found in enumerate(READERS[self.kind](flow)):
                    if progress is not None and count % 256 == 0:
                        progress(flow.position())
                    record = _record(found, f"{self.name}, {found.place}", formats)
                    if record is not None:
                        yield record
            except UNREADABLE:
                yield Refusal("cut_short", place=self.name)
            if progress is not None:
                progress(flow.position())

    def _open(self) -> Flow:
        try:
            return Flow(self.path, self.encoding, self.member)
        except OSError as error:  # it was there a moment ago
            raise ArchiveError("unreadable", f"{self.name} не читается: {reason(error)}.") from None

    def _page_names(self) -> vk.Names:
        if self.kind != "json":
            return {}
        with self._open() as flow:
            try:
                return vk.names(flow)
            except UNREADABLE:  # told of when the records are read
                return {}


def _formats(names: vk.Names) -> tuple[Format, ...]:
    """The formats that are told by what a record holds, those with the surest marks first."""
    return (
        Format(telegram.is_message, telegram.row),
        Format(max_messenger.is_message, max_messenger.row),
        Format(vk.is_item, lambda item, _: vk.row(item, names)),
        Format(lambda record: "text" in record, lambda record, _: record),
    )


def _record(found: Found, place: str, formats: tuple[Format, ...]) -> Record | None:
    """What a reader found, as a row or a refusal; None where it is no post."""
    value = found.value
    if not isinstance(value, dict):
        return Refusal(found.code or "not_object", place=place)
    row = _canonical(value, found.around, formats)
    if row is None:
        return None
    if any(BROKEN in field for field in row.values() if isinstance(field, str)):
        code = found.code or "bad_encoding"
    elif isinstance(value.get("error"), dict) and "error_code" in value["error"]:
        code = "vk_error"
    else:
        code = found.code
    return Refusal(code, place=place, identity=_whole(identity(row))) if code else Row(row, place)


def _whole(known: dict[str, str | None]) -> dict[str, str | None]:
    return {name: value and value.replace(BROKEN, "\ufffd") for name, value in known.items()}


def _canonical(record: dict[str, Any], around: Mapping[str, Any], formats: tuple[Format, ...]) -> dict[str, Any] | None:
    for is_it, row in formats:
        if is_it(record):
            return row(record, around)
    # Objects of JSON may have the column names of a table.
    keys = list(record)
    return {name: record[keys[number]] for name, number in columns.match(keys).items()}


def recognise_all(path: Path, name: str, stack: ExitStack) -> list[Archive | ArchiveError]:
    """The archive that a file is, or those inside a ZIP; what else is inside stands as the reason why not.

    A ZIP is open, and its archives can be read, until `stack` is closed. Raises ArchiveError.
    """
    try:
        return [recognise(path, name)]
    except ArchiveError as error:
        if error.code != "nested_zip" or not packed.is_package(path):
            raise
    found = [_recognise_member(path, name, member) for member in _members(path, name, stack)]
    if not any(isinstance(one, Archive) for one in found):
        if len(found) == 1 and isinstance(found[0], ArchiveError):
            raise found[0]
        raise ArchiveError("no_archives", f"{name}: внутри нет архивов постов (файлов: {len(found)}). Нужны: {KINDS}.")
    return found


def _members(path: Path, name: str, stack: ExitStack) -> list[packed.Member]:
    with _told(name):
        package = stack.enter_context(packed.open_package(path))
        packed.check_package(package, path.stat().st_size)
    return packed.members(package)


def _recognise_member(path: Path, name: str, member: packed.Member) -> Archive | ArchiveError:
    try:
        return recognise(path, f"{name}/{member.name}", member)
    except ArchiveError as error:
        if error.code == "nested_zip":
            raise
        return error


def recognise(path: Path, name: str | None = None, member: packed.Member | None = None) -> Archive:
    """Tell what a file, or a file inside a ZIP, is by its beginning. Raises ArchiveError."""
    name = name or path.name
    with _told(name):
        start = head(path, member)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise ArchiveError("empty_file", f"{name} пуст: в нём нет ни одной записи.")
    for magic, advice in _OTHER_KINDS:
        if start.startswith(magic):
            raise ArchiveError("binary_file", f"{name}: {advice}.")
    for kind, beginnings, check in _BINARY:
        if start.startswith(beginnings):
            with _told(name), Flow(path, member=member) as flow:
                check(flow)
            return Archive(path, name, kind, "utf-8", member)
    return _recognise_text(Archive(path, name, "csv", detect(start), member), start)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say to the user of which file it is that something is wrong with it. Raises ArchiveError."""
    try:
        yield
    except NoTextColumn as error:
        raise _no_text_column(name, error) from None
    except Unusable as error:
        raise ArchiveError(error.code, f"{name}: {error}.") from None
    except UNREADABLE as error:
        raise ArchiveError("unreadable", f"{name} не читается: {reason(error)}.") from None


def _recognise_text(archive: Archive, start: bytes) -> Archive:
    if archive.encoding != "utf-16" and _is_binary(start):
        raise ArchiveError("binary_file", f"{archive.name} — не архив постов. Нужны: {KINDS}.")
    text = start.decode(archive.encoding, MARK)
    if document.looks_like(text):
        return replace(archive, kind="json")
    if jsonl.looks_like(text) or text.lstrip("\ufeff \t\r\n").startswith("{"):
        return replace(archive, kind="jsonl")
    _check_table(archive.name, text, whole=len(start) < HEAD)
    return archive


def _is_binary(start: bytes) -> bool:
    # A stray NUL in a table is a broken cell; a file of pictures is full of them.
    control = len(start) - len(start.translate(None, bytes(n for n in range(32) if n not in b"\t\n\r\f\x1b")))
    return control * 100 > len(start)


def _check_table(name: str, text: str, whole: bool) -> None:
    if "\r" in text and "\n" not in text:
        raise ArchiveError(
            "old_line_ends",
            f"{name}: строки кончаются как на старых Mac. Сохраните лист как «CSV UTF-8» и дайте этот файл.",
        )
    lines = text.splitlines(keepends=True)[: 200 if whole else -1] or [text]
    with _told(name):
        table.find_header(lines[:200])


def _no_text_column(name: str, error: NoTextColumn) -> ArchiveError:
    if error.twins:
        return ArchiveError(
            "two_text_columns",
            f"{name}: столбцов с текстом поста несколько: {_quoted(error.twins)}. "
            "Оставьте название только тому, который оценивать, остальные переименуйте.",
        )
    return ArchiveError(
        "no_text_column",
        f"{name}: не нашёл столбец с текстом поста. Столбцы файла: {_quoted(error.names)}. "
        f"В первой строке таблицы должны стоять названия столбцов: {_FIELDS}; обязателен только «Текст».",
    )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"«{name.strip()[:40]}»" for name in names[:20]) or "нет"
