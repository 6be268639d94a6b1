"""Records: rows of canonical fields, or refusals that say why there is no row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Row(dict[str, Any]):
    """A row of canonical fields (see `model.post`) that knows where in its archive it stands.

    `own` is the record as its owner has it: the columns of a table, the object of a line.
    """

    __slots__ = ("own", "place")

    def __init__(self, fields: Mapping[str, Any], place: str, own: Mapping[str, Any] | None = None) -> None:
        super().__init__(fields)
        self.place = place
        self.own = self if own is None else own


# One sentence a reason; the summary of the command line counts refused records by it.
REASONS = {
    "empty_text": "нет текста",
    "bad_text": "текст — не строка",
    "text_too_long": "текст слишком длинный",
    "bad_count": "счётчик — не целое число от нуля",
    "bad_field": "поле записано не строкой и не числом",
    "not_object": "запись — не объект с полями",
    "bad_json": "запись не разбирается как JSON",
    "bad_encoding": "есть байты, которые не читаются в кодировке файла",
    "record_too_long": "запись слишком длинная",
    "extra_cells": "ячеек больше, чем столбцов: лишний разделитель или кавычка",
    "unclosed_quote": "кавычка открыта и не закрыта",
    "cut_short": "файл обрывается на этом месте, дальше он не читается",
    "vk_error": "вместо записей — сообщение VK об ошибке",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that cannot be scored.

    `detail` follows the reason (which field, what limit) and never quotes a post's text;
    `place` is where the record stands; `identity` is what is known of whose it is; `own` is
    the record as its owner has it, for the owner alone.
    """

    code: str
    detail: str = ""
    place: str = ""
    identity: Mapping[str, Any] = field(default_factory=dict)
    own: Any = None

    @property
    def message(self) -> str:
        """The Russian sentence that a user reads."""
        said = f"{REASONS[self.code]} ({self.detail})" if self.detail else REASONS[self.code]
        return f"{self.place}: {said}" if self.place else said[0].upper() + said[1:]

    def error(self) -> dict[str, str]:
        """What stands in `error` of an output row."""
        return {"code": self.code, "message": self.message}


Record = Row | Refusal
