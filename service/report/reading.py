"""Reading: archives are scored and counted as they are read."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from model import Post, Scorer
from model.post import COUNTS
from service import rows
from service.archive.output import check_place, open_whole
from service.complaint import Complaint
from service.record import Record
from service.report.account import Account

KINDS = (".html", ".htm", ".xlsx")

# Of a text enough is shown to know the post by.
BEGINNING = 110

_CHUNK = 1000


def check(out: Path) -> None:
    """Say at once that a report cannot be written there. Raises Complaint."""
    if out.suffix.lower() not in KINDS:
        raise Complaint(
            "unknown_kind", f"Не понимаю, в каком виде писать {out.name}: имя должно кончаться на .html или .xlsx."
        )
    check_place(out)


def make_account(zone: str, norm: float) -> Account:
    """An account that counts in a zone. Raises Complaint where there is no such zone."""
    try:
        return Account(zone=ZoneInfo(zone), norm=norm)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Complaint(
            "bad_zone", f"Нет такого часового пояса: {zone}. Нужен, например, Europe/Moscow или Asia/Novosibirsk."
        ) from None


def read(account: Account, scorer: Scorer, records: Iterable[Record]) -> None:
    """Score records and count them. Raises Complaint where there are none."""
    source = iter(records)
    seen = False
    while chunk := [rows.admitted(record) for record in islice(source, _CHUNK)]:
        seen = True
        for entry, row in zip(chunk, rows.score(scorer, chunk), strict=True):
            if isinstance(entry, Post):
                told = asdict(entry)
                account.add(row | {name: told[name] for name in COUNTS}, begin(entry.text))
            else:
                account.add(row)
    if not seen:
        raise Complaint("no_records", "Нет ни одной записи: писать не о чем.")


def write(out: Path, account: Account, name: str, today: date) -> None:
    """Write the report; the end of the file's name says in which kind. Raises OutputError."""
    if out.suffix.lower() == ".xlsx":
        from service.report import book

        with open_whole(out) as stream:
            book.write(stream, account, name, today)
        return
    from service.report import page

    with open_whole(out) as stream:
        stream.write(page.render(account, name, today).encode("utf-8", "replace"))


def begin(text: str) -> str:
    r"""The beginning of a text, in one line.

    >>> begin("Завтра не будет воды.\n\nДиспетчер: 5-12-34"), len(begin("слово " * 100)) <= BEGINNING
    ('Завтра не будет воды. Диспетчер: 5-12-34', True)
    """
    words = " ".join(text[: 4 * BEGINNING].split())
    if len(words) <= BEGINNING:
        return words
    return words[: BEGINNING - 1].rsplit(" ", 1)[0].rstrip(",.;:—- ") + "…"
