"""Dates as people and programs write them, turned into ISO 8601."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_UNIX = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")  # seconds or milliseconds
_DAYS = re.compile(r"[3-7]\d{4}(?:[.,]\d+)?")  # of Excel: 1982-2119
_SPREADSHEET = datetime(1899, 12, 30)
_TIME = (
    r"(?:\s*,?\s*(?:(?:в|at)\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?)?"
)
_WRITTEN = (
    re.compile(
        r"(?P<day>\d{1,2})\s*[./ ]\s*(?P<month>\d{1,2}|[а-яёa-z]{3,9})\.?,?\s*[./ ]\s*(?P<year>\d{4}|\d{2})"
        r"(?:\s*г(?:\.|ода)?)?" + _TIME
    ),
    re.compile(r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})" + _TIME),
    re.compile(r"(?P<year>\d{4})[./](?P<month>\d{1,2})[./](?P<day>\d{1,2})" + _TIME),
    re.compile(r"(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:[snrt][tdh])?,?\s+(?P<year>\d{4})" + _TIME),
)
_MOSCOW = re.compile(r"[\s,]*\(?(?:по\s+)?(?:мск|msk|москве|московскому\s+времени)\)?", re.IGNORECASE)
_LONGEST = 80  # nobody writes a date longer

# A post that is dated later than this is postponed, or its date is a slip: time is not counted by it. Clocks may be a
# little off, and where a date has no offset it is a day off at most.
AHEAD = timedelta(days=2)
_NO_DATE = {"", "-", "—", "nat", "nan", "none", "null"}
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def iso(value: Any) -> str | None:
    """Turn a date into ISO 8601; what is not understood comes back as it was.

    Unix time becomes UTC; other dates keep their offset or the lack of one.

    >>> iso(1710238500), iso("12.03.2024 10:15"), iso("12 марта 2024 в 10:15")
    ('2024-03-12T10:15:00+00:00', '2024-03-12T10:15:00', '2024-03-12T10:15:00')
    >>> iso("2024/03/12 10:15"), iso("2024-03-12 10:15:00 UTC"), iso("45363,5")
    ('2024-03-12T10:15:00', '2024-03-12 10:15:00+00:00', '2024-03-12T12:00:00')
    >>> iso("2024-03-12T10:15:00+03:00"), iso("вчера"), iso(None)
    ('2024-03-12T10:15:00+03:00', 'вчера', None)
    """
    text = "" if value is None else str(value).strip()
    if text.lower() in _NO_DATE:
        return None
    if _is_iso(text):
        return text
    if _UNIX.fullmatch(text):
        return _from_unix(text)
    if _DAYS.fullmatch(text):  # a table that lost the format of its dates
        return (_SPREADSHEET + timedelta(seconds=round(float(text.replace(",", ".")) * 86_400))).isoformat()
    if text.endswith(" UTC") and ":" in text and _is_iso(universal := f"{text[:-4]}+00:00"):
        return universal
    if len(text) > _LONGEST:
        return text
    return _from_written(text) or _from_moscow(text) or text


def is_understood(date: str | None) -> bool:
    """Whether what `iso` gave is a date, or nothing.

    >>> is_understood("2024-03-12"), is_understood(None), is_understood("вчера")
    (True, True, False)
    """
    try:
        return date is None or datetime.fromisoformat(date) is not None
    except ValueError:
        return False


def _is_iso(text: str) -> bool:
    # fromisoformat also takes 20240312 and 2024W11, which nobody means by nine digits.
    if len(text) < 8 or not text[:4].isdigit() or text[4] != "-":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _from_unix(text: str) -> str:
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number >= 10**12 else number, UTC).isoformat()


def _from_written(text: str) -> str | None:
    match = next(filter(None, (pattern.fullmatch(text.lower()) for pattern in _WRITTEN)), None)
    month = _month(match["month"]) if match else None
    if match is None or month is None:
        return None
    year = int(match["year"])
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if half := match["half"]:
        hour = hour % 12 + 12 * (half == "p") if 1 <= hour <= 12 else 24  # which no day has
    try:
        return datetime(year if year > 99 else 2000 + year, month, int(match["day"]), hour, minute, second).isoformat()
    except ValueError:
        return None


def _from_moscow(text: str) -> str | None:
    """A date that says it is of Moscow; without an hour there is nothing to say."""
    end = next((found for found in _MOSCOW.finditer(text) if found.end() == len(text)), None)
    if end is None:
        return None
    told = text[: end.start()]
    told = told if _is_iso(told) else _from_written(told) or ""
    if not told:
        return None
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is not None:  # it says two things
        return None
    return moment.replace(tzinfo=ZoneInfo("Europe/Moscow")).isoformat() if moment.time() != time.min else told


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    if text.isascii():
        return next((number for number, name in enumerate(_ENGLISH, 1) if name.startswith(text)), None)
    # "ма" is last among its likes on purpose: март is found before май.
    return next((number for number, stem in enumerate(_MONTHS, 1) if text.startswith(stem)), None)
