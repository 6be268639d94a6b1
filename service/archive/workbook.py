"""Workbooks of Excel (XLSX): every sheet that has a header with a column of texts."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from service.archive import columns, markup, packed
from service.archive.flow import Flow
from service.archive.found import Found, NoTextColumn, Unusable
from service.record import Moment, Place

# Numbers in a column of dates that are days of 1982-2119 rather than years or Unix time.
_FIRST_DAY, _LAST_DAY = 30_000, 80_000
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)


class Sheet(NamedTuple):
    """A sheet with its rows as calamine gives them; `left` is the number of their first column."""

    name: str
    rows: Any
    height: int
    left: int
    links: dict[markup.Place, str]
    epoch: datetime


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of all sheets, one sheet after another. Raises NoTextColumn, Unusable, OSError."""
    for before, sheets, sheet in _sheets(flow):
        header = _find_header(sheet, flow.wanted)
        if header is None:
            continue
        for number, cells in enumerate(sheet.rows.iter_rows()):
            if number < header.rows or _is_empty(cells):
                continue
            flow.share = (before + number / sheet.height) / sheets
            place = Place("row", number + 1, sheet.name)
            own = header.own([_plain(cell) for cell in cells])
            yield Found(place, _row(sheet, number, cells, header.fields), own=own)
    flow.share = 1.0


def headers(flow: Flow) -> list[columns.Header]:
    """The headers of all sheets that have posts. Raises NoTextColumn, Unusable, OSError."""
    found = [(sheet.name, _find_header(sheet, flow.wanted)) for _, _, sheet in _sheets(flow)]
    return [replace(header, sheet=name) for name, header in found if header]


def check(flow: Flow) -> None:
    """Tell whether there is anything to read. Raises NoTextColumn, Unusable, OSError."""
    names: list[str] = []
    found = False
    for _, _, sheet in _sheets(flow):
        found = _find_header(sheet, flow.wanted) is not None or found
        first = next((cells for cells in sheet.rows.iter_rows() if not _is_empty(cells)), ())
        names += [name for name in map(_text, first) if name.strip()]
    if not found:
        raise NoTextColumn(names)


def _sheets(flow: Flow) -> Iterator[tuple[int, int, Sheet]]:
    """Sheets, each with how many stand before it and how many there are."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    file = flow.whole()
    with packed.open_package(file) as package:
        packed.check_workbook(package.namelist())
        packed.check_package(package, _size(file))
        contents = markup.contents(package)
        epoch = _EPOCH_1904 if contents.since_1904 else _EPOCH
        file.seek(0)
        try:
            book = CalamineWorkbook.from_filelike(file)
            if len(book.sheets_metadata) != len(contents.sheets):
                raise OSError("sheets differ")
            for number, (known, (name, part)) in enumerate(zip(book.sheets_metadata, contents.sheets, strict=True)):
                if known.typ != SheetTypeEnum.WorkSheet:  # a chart
                    continue
                surveyed = markup.survey(package, part)
                if surveyed.rows * surveyed.columns > markup.MOST_CELLS:
                    raise Unusable("sparse_sheet", _sparse(name, surveyed))
                sheet = book.get_sheet_by_index(number)
                if sheet.start is None:  # nothing on it
                    continue
                left = sheet.start[1]
                yield number, len(contents.sheets), Sheet(name, sheet, sheet.total_height, left, surveyed.links, epoch)
        except CalamineError as error:
            raise OSError(str(error)) from None


def _size(file: BinaryIO) -> int:
    return file.seek(0, io.SEEK_END)


def _sparse(name: str, surveyed: markup.Survey) -> str:
    return (
        f"лист «{name}» занимает {surveyed.rows} строк на {surveyed.columns} столбцов, это не помещается в память. "
        "Удалите пустые строки и столбцы или сохраните лист как CSV UTF-8"
    )


def _find_header(sheet: Sheet, wanted: columns.Wanted) -> columns.Header | None:
    head = [list(map(_text, cells)) for cells in islice(sheet.rows.iter_rows(), columns.HEADER_WITHIN)]
    header = columns.find_header(head, wanted)
    if header is not None and len(header.twins) > 1:
        raise NoTextColumn(head[header.rows - 1], header.twins)
    return header


def _is_empty(cells: list[Any]) -> bool:
    return not any(cell.strip() if isinstance(cell, str) else True for cell in cells)


def _row(sheet: Sheet, number: int, cells: list[Any], fields: Mapping[str, int]) -> dict[str, Any]:
    """The cells of one row by canonical fields, as text: what a CSV of the same sheet would give."""
    said = list(map(_text, cells))
    if (at := fields.get("date")) is not None:
        said[at] = _moment(cells[at], sheet.epoch)
    if (at := fields.get("link")) is not None:
        said[at] = sheet.links.get((number, sheet.left + at), said[at])
    return columns.row(said, fields)


def _moment(cell: Any, epoch: datetime) -> str:
    """A cell of the column of dates; days that lost their format become dates again."""
    if isinstance(cell, float) and _FIRST_DAY <= cell <= _LAST_DAY:
        return (epoch + timedelta(seconds=round(cell * 86_400))).isoformat()
    return _text(cell)


def _plain(cell: Any) -> Any:
    """A cell as JSON would hold it: numbers stay numbers, dates become texts that know what they were."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, date):
        return Moment(_text(cell))
    return cell if isinstance(cell, (str, bool, float)) else _text(cell)


def _text(cell: Any) -> str:
    """A cell as text.

    >>> _text(5.0), _text(5.5), _text(date(2026, 3, 12)), _text(True)
    ('5', '5.5', '2026-03-12T00:00:00', 'ИСТИНА')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "ИСТИНА" if cell else "ЛОЖЬ"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):  # Excel has no dates apart from times, midnight is a date for calamine
        return (cell if isinstance(cell, datetime) else datetime.combine(cell, time())).isoformat()
    return str(cell)
