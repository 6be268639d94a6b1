"""How a user wants archives to be read, where content does not tell or tells wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.archive.columns import ALIASES, Wanted
from service.complaint import Complaint
from service.hints import FIELD_NAMES

# What may be named: how a file is built, or whose dump a JSON is.
CONTAINERS = ("csv", "jsonl", "json", "xlsx", "parquet")
ORIGINS = ("vk", "telegram", "max")


@dataclass(frozen=True, slots=True)
class Reading:
    """`format` is one of CONTAINERS or ORIGINS, or empty; `columns` are pairs of a field and a column."""

    format: str = ""
    columns: Wanted = ()

    @property
    def container(self) -> str:
        """How the file is built, where it was told."""
        return self.format if self.format in CONTAINERS else ""

    @property
    def origin(self) -> str:
        """Whose dump it is, where it was told."""
        return self.format if self.format in ORIGINS else ""


CONTENT = Reading()

# A field may be named as it is shown, too.
_FIELDS = {name: field for field, name in FIELD_NAMES.items()} | {field: field for field in ALIASES}


def parse(name: str | None, pairs: Iterable[str]) -> Reading:
    """Understand options of the command line: `--format` and all of `--map`. Raises Complaint."""
    wanted: dict[str, str] = {}
    for pair in pairs:
        field, mark, column = (part.strip() for part in pair.partition("="))
        if not mark or not column:
            raise Complaint("bad_map", f"Не понимаю --map {pair}. Нужно ПОЛЕ=СТОЛБЕЦ, например --map text=Описание.")
        field = _FIELDS.get(field.lower(), field)
        if field not in ALIASES:
            named = ", ".join(f"{name} ({FIELD_NAMES[name]})" for name in ALIASES)
            raise Complaint("bad_map", f"Нет поля {field}. Поля для --map: {named}.")
        if field in wanted:
            raise Complaint("bad_map", f"Поле {field} названо в --map дважды. Оставьте один столбец.")
        wanted[field] = column
    known = (*CONTAINERS, *ORIGINS)
    format = (name or "").strip().lower()
    if format and format not in known:
        raise Complaint("bad_format", f"Нет формата {name}. Есть: {', '.join(known)}.")
    return Reading(format, tuple(wanted.items()))
