"""An archive: a file recognised by what is in it, and its records."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from model.post import COUNTS, IDENTITY
from service import counts
from service.admission import LONGEST, admit, identity
from service.archive import (
    columns,
    document,
    jsonl,
    max_messenger,
    packed,
    parquet,
    table,
    telegram,
    vk,
    workbook,
)
from service.archive.encoding import BROKEN, MARK, detect
from service.archive.flow import HEAD, UNREADABLE, Flow, Line, head
from service.archive.found import Found, NoTextColumn, Unusable
from service.archive.reading import CONTENT, Reading
from service.complaint import Complaint, reason
from service.record import TOLD, Record, Refusal, Row, Unread

READERS: dict[str, Callable[[Flow], Iterator[Found]]] = {
    "json": document.read,
    "jsonl": jsonl.read,
    "csv": table.read,
    "xlsx": workbook.read,
    "parquet": parquet.read,
}

# What is shown again of a post of an API.
SHOWN = (*IDENTITY, "text", *COUNTS)

HEADERS: dict[str, Callable[[Flow], list[columns.Header]]] = {
    "csv": table.headers,
    "xlsx": workbook.headers,
    "parquet": parquet.headers,
}

# So many first records of JSON tell what keys there are, where not all have to be known.
FIRST = 200

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

    `row` is given the record and the fields of what holds it, and gives None for what is no
    post; `name_silent` says of such a record, by a key of SILENT, what it is.
    """

    is_it: Callable[[dict[str, Any]], bool]
    row: Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any] | None]
    name_silent: Callable[[Mapping[str, Any]], str] = lambda _: "service"


class ArchiveError(Complaint):
    """A file that is no archive of posts."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A recognised file, or a file inside a ZIP. `kind` is a key of READERS; `name` is how a user knows the file.

    `silent` counts what was no post when the records were last read, by keys of SILENT.
    """

    path: Path
    name: str
    kind: str
    encoding: str
    member: packed.Member | None = None
    reading: Reading = CONTENT
    silent: Counter[str] = field(default_factory=Counter, compare=False)

    @property
    def size(self) -> int:
        """How many bytes there are to read, packed as they lie."""
        return self.member.info.compress_size if self.member else self.path.stat().st_size

    def records(self, progress: Callable[[int], None] | None = None) -> Iterator[Record]:
        """Read the records lazily; `progress` is told how many bytes of the file are read."""
        return telegram.join_albums(self._records(READERS[self.kind], progress))

    def records_or_lines(self, progress: Callable[[int], None] | None = None) -> Iterator[Record | Unread]:
        """The same, but lines that hold one record for sure are left to `read_line`: whoever needs it reads it."""
        if self.kind != "jsonl" or self.reading.origin:
            return iter(self.records(progress))
        return telegram.join_albums(self._records(partial(_leave_lines, self), progress))

    def _records(
        self, reader: Callable[[Flow], Iterator[Any]], progress: Callable[[int], None] | None
    ) -> Iterator[Any]:
        formats = _formats(self._page_names(), self.reading)
        self.silent.clear()
        with self._open() as flow:
            try:
                for count, found in enumerate(reader(flow)):
                    if progress is not None and count % 256 == 0:
                        progress(flow.position())
                    if isinstance(found, Unread):
                        yield found
                        continue
                    record = _record(found, self.name, formats, self.reading.columns)
                    if isinstance(record, str):
                        self.silent[record] += 1
                    else:
                        yield record
            except UNREADABLE:
                yield Refusal("cut_short", place=self.name)
            if progress is not None:
                progress(flow.position())

    def headers(self, whole: bool = False) -> list[columns.Header]:
        """What columns its owner knows, and what they hold: of every table in it, or of the objects of JSON.

        None of a dump of an API. Objects may differ: unless `whole`, the first of them are looked at.
        """
        with self._open() as flow:
            try:
                return HEADERS[self.kind](flow) if self.kind in HEADERS else self._keys(flow, whole)
            except (*UNREADABLE, NoTextColumn):  # told of when the records are read
                return []

    def _keys(self, flow: Flow, whole: bool) -> list[columns.Header]:
        formats = _formats({}, self.reading)
        keys: dict[str, None] = {}
        with suppress(*UNREADABLE):  # what came tells what there is
            for number, found in enumerate(READERS[self.kind](flow), 1):
                if _is_plain(found.value, formats) and columns.object_header(list(found.value), self.reading.columns):
                    keys |= dict.fromkeys(columns.name_keys(found.value))
                if number >= FIRST and not (whole and keys):
                    break
        header = columns.object_header(list(keys), self.reading.columns)
        return [header] if header else []

    @property
    def is_json(self) -> bool:
        """Whether its columns are keys of objects, which may differ."""
        return self.kind not in HEADERS

    def columns(self, headers: list[columns.Header] | None = None) -> tuple[str, ...]:
        """The columns that its owner knows, of its headers; of a dump of an API, what is shown of it."""
        known = self.headers() if headers is None else headers
        return tuple(dict.fromkeys(name for header in known for name in header.names)) or SHOWN

    def _open(self) -> Flow:
        try:
            return Flow(self.path, self.encoding, self.member, self.reading.columns)
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


@dataclass(frozen=True, slots=True)
class Source:
    """What has to be known of an archive to read a line of it."""

    name: str
    encoding: str
    reading: Reading


def _leave_lines(archive: Archive, flow: Flow) -> Iterator[Found | Unread]:
    """Read the records of a flow of JSON lines but for those that can be read later."""
    source = Source(archive.name, flow.encoding, archive.reading)  # not that of the file: a flow may recode it
    for number, raw in flow.raw_lines():
        if jsonl.is_one_record(raw):
            yield Unread(source, number, raw)
        else:
            yield from jsonl.read_line(flow.line(number, raw))


def read_line(unread: Unread) -> Record:
    """The record of a line that was left."""
    source, number, raw = unread
    (found,) = jsonl.read_line(Line(number, raw.decode(source.encoding, MARK)))
    record = _record(found, source.name, _formats_of(source.reading), source.reading.columns)
    assert not isinstance(record, str)
    return record


@cache
def _formats_of(reading: Reading) -> tuple[Format, ...]:
    return _formats({}, reading)


def _formats(names: vk.Names, reading: Reading) -> tuple[Format, ...]:
    """The formats that are told by what a record holds, those with the surest marks first; or the one that was told."""
    known = {
        "telegram": Format(telegram.is_message, telegram.row),
        "max": Format(max_messenger.is_message, max_messenger.row),
        "vk": Format(vk.is_item, lambda item, _: vk.row(item, names), vk.name_silent),
    }
    if reading.origin:
        return (known[reading.origin]._replace(is_it=lambda _: True),)
    return tuple(known.values())


def _is_plain(record: Any, formats: tuple[Format, ...]) -> bool:
    """Whether a record is an object that no API gave."""
    return isinstance(record, dict) and not any(one.is_it(record) for one in formats)


def _record(found: Found, archive: str, formats: tuple[Format, ...], wanted: columns.Wanted) -> Record | str:
    """What a reader found, as a row or a refusal; a key of SILENT where it is no post."""
    value, place = found.value, found.place.within(archive)
    if not isinstance(value, dict):
        return Refusal(found.code or "not_object", place=place, own=value if found.own is None else found.own)
    # A table has told already what its columns hold.
    row, own, is_dump = _canonical(value, found.around, formats, wanted if found.own is None else ())
    if row is None:
        return next(one.name_silent(value) for one in formats if one.is_it(value))
    own = own if found.own is None else found.own
    if [field for field in row.values() if isinstance(field, str) and BROKEN in field]:
        code = found.code or "bad_encoding"
    elif isinstance(value.get("error"), dict) and "error_code" in value["error"]:
        code = "vk_error"
    else:
        code = found.code
    if code:
        return Refusal(code, place=place, identity=_whole(identity(row)), own=own, raw=value if is_dump else None)
    made = Row(row, place, own)
    made.unread = counts.settle(made)
    # Of a dump more lies in the file than is shown of it: it is held only for those who will be told of it.
    if is_dump and not _will_be_admitted(made):
        made.raw = value
    return made


def _will_be_admitted(row: Mapping[str, Any]) -> bool:
    """Whether a row of a dump is a post: most are told at a glance, the rest by admission itself."""
    text = row.get("text")
    return (
        type(text) is str
        and len(text) < LONGEST
        and text[:1].isalnum()
        and not any(isinstance(row.get(name), (bool, list, dict)) for name in IDENTITY)
    ) or not isinstance(admit(row), Refusal)


def _whole(known: dict[str, str | None]) -> dict[str, str | None]:
    return {name: value and value.replace(BROKEN, "\ufffd") for name, value in known.items()}


def _canonical(
    record: dict[str, Any], around: Mapping[str, Any], formats: tuple[Format, ...], wanted: columns.Wanted
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any], bool]:
    """The record as a row of canonical fields, what its owner wants to see of it again, whether an API gave it."""
    for is_it, row, _ in formats:
        if is_it(record):
            made = row(record, around)
            return made, _shown(made or {}), True
    named = columns.name_keys(record)
    return columns.object_row(named, wanted), named, False


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of a dump of an API: whose post it is, told beside the scores, then the text and the counts."""
    return {**dict.fromkeys(IDENTITY, TOLD), **{name: row.get(name) for name in ("text", *COUNTS)}}


def recognise_all(path: Path, name: str, stack: ExitStack, reading: Reading = CONTENT) -> list[Archive | ArchiveError]:
    """The archive that a file is, or those inside a ZIP; what else is inside stands as the reason why not.

    A ZIP is open, and its archives can be read, until `stack` is closed. Raises ArchiveError.
    """
    try:
        return [recognise(path, name, reading=reading)]
    except ArchiveError as error:
        if error.code != "nested_zip" or not packed.is_package(path):
            raise
    found = [_recognise_member(path, name, member, reading) for member in _members(path, name, stack)]
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


def _recognise_member(path: Path, name: str, member: packed.Member, reading: Reading) -> Archive | ArchiveError:
    try:
        return recognise(path, f"{name}/{member.name}", member, reading)
    except ArchiveError as error:
        return error


def recognise(
    path: Path, name: str | None = None, member: packed.Member | None = None, reading: Reading = CONTENT
) -> Archive:
    """Tell what a file, or a file inside a ZIP, is by its beginning, unless it was told. Raises ArchiveError."""
    name = name or path.name
    with _told(name):
        start = head(path, member)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise ArchiveError("empty_file", f"{name} пуст: в нём нет ни одной записи.")
    for magic, advice in _OTHER_KINDS:
        if start.startswith(magic):
            raise ArchiveError("binary_file", f"{name}: {advice}.")
    archive = _recognise(Archive(path, name, "csv", "utf-8", member, reading), start)
    told = reading.container or archive.kind
    # One text may be read as another, a book never; and dumps of an API are JSON or were.
    if archive.kind != told or (reading.origin and archive.kind not in ("json", "jsonl", "parquet")):
        raise ArchiveError("wrong_format", f"{name} — не {reading.format}. Уберите --format: формат узнаётся сам.")
    return archive


def _recognise(archive: Archive, start: bytes) -> Archive:
    for kind, beginnings, check in _BINARY:
        if start.startswith(beginnings):
            flow = Flow(archive.path, member=archive.member, wanted=archive.reading.columns)
            with _told(archive.name), flow:
                check(flow)
            return replace(archive, kind=kind)
    return _recognise_text(replace(archive, encoding=detect(start)), start)


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
    told = archive.reading.container
    if not told and archive.encoding != "utf-16" and _is_binary(start):
        raise ArchiveError("binary_file", f"{archive.name} — не архив постов. Нужны: {KINDS}.")
    text = start.decode(archive.encoding, MARK)
    kind = told or _kind(text)
    if kind == "csv":
        _check_table(archive, text, whole=len(start) < HEAD)
    return replace(archive, kind=kind) if kind in ("csv", "json", "jsonl") else archive


def _kind(text: str) -> str:
    """What the beginning of a text is."""
    if document.looks_like(text):
        return "json"
    return "jsonl" if jsonl.looks_like(text) or text.lstrip("\ufeff \t\r\n").startswith("{") else "csv"


def _is_binary(start: bytes) -> bool:
    # A stray NUL in a table is a broken cell; a file of pictures is full of them.
    control = len(start) - len(start.translate(None, bytes(n for n in range(32) if n not in b"\t\n\r\f\x1b")))
    return control * 100 > len(start)


def _check_table(archive: Archive, text: str, whole: bool) -> None:
    if "\r" in text and "\n" not in text:
        raise ArchiveError(
            "old_line_ends",
            f"{archive.name}: строки кончаются как на старых Mac. Сохраните лист как «CSV UTF-8» и дайте этот файл.",
        )
    lines = text.splitlines(keepends=True)[: 200 if whole else -1] or [text]
    with _told(archive.name):
        table.find_header(lines[:200], archive.reading.columns)


def _no_text_column(name: str, error: NoTextColumn) -> ArchiveError:
    if error.twins:
        return ArchiveError(
            "two_text_columns",
            f"{name}: столбцов с текстом поста несколько: {quoted(error.twins)}. "
            f'Скажите, какой оценивать: --map "text={error.twins[-1].strip()[:40]}".',
        )
    return ArchiveError(
        "no_text_column",
        f"{name}: не нашёл столбец с текстом поста. Столбцы файла: {quoted(error.names)}. "
        f"Назовите столбцы в первой строке: {_FIELDS}; обязателен только «Текст». "
        "Если строки с названиями в файле нет, вставьте её первой: сейчас вместо названий показан первый пост. "
        "В командной строке можно сказать, в каком он: --map text=СТОЛБЕЦ.",
    )


def quoted(names: Iterable[str]) -> str:
    """Names of columns as a list to be read."""
    shown = list(islice(names, 21))
    more = " …" if len(shown) > 20 else ""
    return ", ".join(f"«{name.strip()[:40]}»" for name in shown[:20]) + more or "нет"
