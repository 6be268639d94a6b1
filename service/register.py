"""The register: a table in which an operator tells of pages what posts do not, one page a row."""

import csv
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.archive.encoding import detect
from service.complaint import Complaint, reason
from service.store import Page

# Names of columns, in Russian and in English; the first two are needed.
COLUMNS = {
    "platform": ("площадка", "сеть", "platform"),
    "page_id": ("id страницы", "id", "page_id"),
    "name": ("название", "name"),
    "kind": ("вид", "kind"),
    "region": ("регион", "region"),
    "municipality": ("муниципалитет", "municipality"),
    "followers": ("подписчики", "followers"),
    "zone": ("пояс", "часовой пояс", "zone"),
}


def read(path: Path) -> list[Page]:
    """Read a register: CSV of Excel or of a program. Raises Complaint, so that a slip changes nothing."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Complaint("unreadable", f"{path} не читается: {reason(error)}.") from None
    text = raw.decode(detect(raw[: 1 << 20]), "replace").removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    # Cells of a page are short, so a line of the file is a row.
    lines = list(csv.reader(text.splitlines(), delimiter=delimiter))
    places = _places(path, lines[0] if lines else [])
    pages = [
        _page(path, number, {name: cells[at].strip() for name, at in places.items() if at < len(cells)})
        for number, cells in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    if not pages:
        raise Complaint("no_records", f"{path}: нет ни одной страницы.")
    return pages


def _places(path: Path, head: list[str]) -> dict[str, int]:
    told = [name.strip().lower() for name in head]
    places = {
        field: next(told.index(name) for name in names if name in told)
        for field, names in COLUMNS.items()
        if any(name in told for name in names)
    }
    if not {"platform", "page_id"} <= places.keys():
        raise Complaint(
            "no_page_columns",
            f"{path}: в первой строке нужны столбцы «площадка» и «id страницы», дальше, что известно: «название», "
            "«вид», «регион», «муниципалитет», «подписчики», «пояс».",
        )
    return places


def _page(path: Path, number: int, cells: dict[str, str]) -> Page:
    facts: dict[str, Any] = {name: value or None for name, value in cells.items()}
    if not facts.get("platform") or not facts.get("page_id"):
        raise _unfit(path, number, "нет площадки или id страницы")
    if (followers := facts.get("followers")) is not None:
        plain = followers.replace("\u00a0", "").replace(" ", "")
        if not (plain.isascii() and plain.isdigit() and len(plain) < 13):
            raise _unfit(path, number, "подписчики — не целое число")
        facts["followers"] = int(plain)
    if (zone := facts.get("zone")) is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _unfit(path, number, "нет такого часового пояса; нужен, например, Europe/Moscow") from None
    facts["page_id"] = facts["page_id"].lstrip("-") if facts["platform"] == "vk" else facts["page_id"]
    return Page(**facts)


def _unfit(path: Path, number: int, why: str) -> Complaint:
    return Complaint("bad_page", f"{path}, строка {number}: {why}. Ничего не записано: поправьте и повторите.")
