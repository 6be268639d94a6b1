"""Records: rows of canonical fields, or refusals that say why there is no row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# In a record, in place of what its output row tells: whose post it is.
TOLD = ...

_UNITS = {"line": "строка", "row": "строка", "record": "запись"}


class Place(NamedTuple):
    """Where a record stands: the number of its `line` of a text, `row` of a table or `record` of a dump.

    >>> print(Place("line", 7, archive="a.csv"))
    a.csv, строка 7
    >>> print(Place("row", 7, "Лист1", "a.xlsx"))
    a.xlsx, лист "Лист1", строка 7
    """

    unit: str
    number: int
    sheet: str = ""
    archive: str = ""

    def __str__(self) -> str:
        sheet = f'лист "{self.sheet}", ' if self.sheet else ""
        archive = f"{self.archive}, " if self.archive else ""
        return f"{archive}{sheet}{_UNITS[self.unit]} {self.number}"

    def within(self, archive: str) -> "Place":
        """The same place of that archive."""
        return Place(self.unit, self.number, self.sheet, archive)

    def fields(self) -> dict[str, Any]:
        """The same for programs."""
        return {"sheet": self.sheet, self.unit: self.number} if self.sheet else {self.unit: self.number}


class Moment(str):
    """A date of a workbook in ISO 8601: a text for all but another workbook, where it is a date again."""

    __slots__ = ()


class Row(dict[str, Any]):
    """A row of canonical fields (see `model.post`) that knows where in its archive it stands.

    `own` is the record as its owner has it: the columns of a table, the object of a line.
    `raw` is the record as it lies in the file, where that is more than `own` and the row is
    about to be refused. `unread` are the counts that are told and were not understood.
    """

    __slots__ = ("own", "place", "raw", "unread")

    def __init__(
        self,
        fields: Mapping[str, Any],
        place: Place | str,
        own: Mapping[str, Any] | None = None,
        raw: Any = None,
        unread: tuple[str, ...] = (),
    ) -> None:
        super().__init__(fields)
        self.place = place
        self.own = self if own is None else own
        self.raw = raw
        self.unread = unread


class Unread(NamedTuple):
    """A line that holds one record and is not read yet: `source` tells how it must be."""

    source: Any
    number: int
    line: bytes


class Chunk(list["Record | Unread"]):
    """Records that go to a worker together: rows as plain tuples, in half the time; lines not read yet as they lie."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, ([_packed(record) for record in self],)


def _packed(record: "Record | Unread") -> Any:
    if not isinstance(record, Row):
        return record
    place = tuple(record.place) if isinstance(record.place, Place) else record.place
    return dict(record), place, None if record.own is record else record.own, record.raw, record.unread


def _unpacked(packed: list[Any]) -> Chunk:
    return Chunk(_row(*one) if type(one) is tuple else one for one in packed)


def _row(fields: dict[str, Any], place: Any, own: Any, raw: Any, unread: tuple[str, ...]) -> Row:
    return Row(fields, Place(*place) if isinstance(place, tuple) else place, own, raw, unread)


# One sentence a reason; the summary of the command line counts refused records by it.
REASONS = {
    "empty_text": "нет текста",
    "bad_text": "текст — не строка",
    "text_too_long": "текст слишком длинный",
    "bad_count": "счётчик — не целое число от нуля",
    "bad_field": "поле записано не строкой и не числом",
    "long_id": "номер слишком длинный",
    "not_object": "запись — не объект с полями",
    "bad_json": "запись не разбирается как JSON",
    "bad_encoding": "есть байты, которые не читаются в кодировке файла",
    "record_too_long": "запись слишком длинная",
    "extra_cells": "ячеек больше, чем столбцов: лишний разделитель или кавычка",
    "unclosed_quote": "кавычка открыта и не закрыта",
    "cut_short": "файл обрывается на этом месте, дальше он не читается",
    "vk_error": "вместо записей — сообщение VK об ошибке",
}

# Records of dumps that are no posts, in words of the summary.
SILENT = {
    "service": "служебные сообщения",
    "postponed": "отложенные",
    "suggested": "предложенные",
    "deleted": "удалённые",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that cannot be scored.

    `detail` follows the reason (which field, what limit) and never quotes a post's text;
    `place` is where the record stands; `identity` is what is known of whose it is; `own` and
    `raw` are as in a row, for the owner alone.
    """

    code: str
    detail: str = ""
    place: Place | str = ""
    identity: Mapping[str, Any] = field(default_factory=dict)
    own: Any = None
    raw: Any = None

    @property
    def message(self) -> str:
        """The Russian sentence that a user reads."""
        said = f"{REASONS[self.code]} ({self.detail})" if self.detail else REASONS[self.code]
        return f"{self.place}: {said}" if self.place else said[0].upper() + said[1:]

    def error(self) -> dict[str, str]:
        """What stands in `error` of an output row."""
        return {"code": self.code, "message": self.message}


Record = Row | Refusal
