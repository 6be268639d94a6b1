"""Cursors: where a reader of sorted rows stands, as a text that goes into an address."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from service.complaint import Complaint

Value = datetime | float | int | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row that was read: what it was sorted by, the value there, and its number, which no other row has.

    >>> Cursor.read(str(Cursor("-usefulness", 62.5, 17)), "-usefulness").value
    62.5
    """

    sort: str
    value: Value
    number: int

    def __str__(self) -> str:
        value = {"at": self.value.isoformat()} if isinstance(self.value, datetime) else self.value
        written = json.dumps([self.sort, value, self.number], separators=(",", ":"))
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str) -> "Cursor":
        """Read a cursor that was given for a sort. Raises Complaint."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            made_for, value, number = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if isinstance(value, dict):
                value = datetime.fromisoformat(value["at"])
                if value.tzinfo is None:
                    raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise unfit() from None
        if made_for != sort or type(number) is not int or not 0 <= number < 2**63 or not _is_value(value):
            raise unfit()
        return cls(sort, value, number)


def _is_value(value: object) -> bool:
    if type(value) in (int, float):
        return -(2**63) <= float(str(value)) < 2**63
    return value is None or isinstance(value, datetime)


def unfit() -> Complaint:
    """What is said of a cursor that was not made here, or for another sort."""
    return Complaint("bad_cursor", "Курсор не подходит к этому запросу. Начните с первой страницы, без курсора.")
