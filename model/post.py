"""What a post is: the canonical row that every reader produces and every model reads."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a page, before or after it was published.

    Only `text` is needed. Counts are whole numbers; None means "not known", never zero.
    `date` is an ISO 8601 string; without an offset it is taken as UTC.
    """

    text: str
    platform: str | None = None
    page_id: str | None = None
    page_name: str | None = None
    page_kind: str | None = None
    post_id: str | None = None
    date: str | None = None
    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    views: int | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Post":
        """Build a post from a canonical row; unknown keys are ignored.

        Raises ValueError, with the name of the field, when `text` is not a string or a
        count is not a whole number from zero up.
        """
        text = row.get("text")
        if not isinstance(text, str):
            raise ValueError("text: expected a string")
        values: dict[str, Any] = {"text": text}
        for name in IDENTITY + ("page_kind",):
            value = row.get(name)
            values[name] = None if value is None else str(value)
        for name in COUNTS:
            values[name] = _count(name, row.get(name))
        return cls(**values)

    @property
    def page(self) -> tuple[str | None, str | None]:
        """What tells pages apart: platform and page id, or the name where there is no id."""
        return self.platform, self.page_id or self.page_name

    @property
    def moment(self) -> datetime | None:
        """The date as an aware datetime, or None where it is absent or unreadable."""
        if self.date is None:
            return None
        try:
            moment = datetime.fromisoformat(self.date)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


IDENTITY = ("platform", "page_id", "page_name", "post_id", "date")
COUNTS = ("likes", "comments", "reposts", "views")
FIELDS = tuple(field.name for field in fields(Post))


def _count(name: str, value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        count = int(value)
        # bool is an int in Python; a true/false count is a mistake of the sender.
        whole = not isinstance(value, bool) and count == float(value) and count >= 0
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise ValueError(f"{name}: expected a whole number from zero up, got {value!r}")
    return count
