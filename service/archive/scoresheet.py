"""Output rows as a workbook of Excel: real numbers and dates, colours, and a sheet that sums them up."""

import io
import math
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import Any, BinaryIO

from model.score import TYPES
from service.archive import table
from service.archive.summary import BINS, Summary
from service.hints import SCORE_NAMES, STATUS_NAMES, TYPE_NAMES
from service.record import REASONS, Moment
from service.rows import NEIGHBOURS

# Of a sheet of Excel, the header included; what does not fit goes on to a further sheet.
ROWS = 1_048_576

SHEET = "Оценки"
SUMMARY = "Сводка"

_WIDTHS = {"page_name": 28, "date": 16, "checklist": 60, "missing": 40, "error": 40, NEIGHBOURS: 60}
_WIDTH = 12

# Before a date that was one in the workbook of the user: its row waits as JSON, which has no dates. No text has it.
_DATE = "\ufdd2"

# What XML cannot hold; XlsxWriter itself escapes control characters.
_NO_LETTER = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LARGEST = 10**15
_EARLIEST = 1901  # Excel knows no earlier dates

_COLOURS = {
    "type": "3_color_scale",
    **{f"{name}_type": "num" for name in ("min", "mid", "max")},
    **{"min_value": 0, "mid_value": 50, "max_value": 100},
    **{"min_color": "#F8696B", "mid_color": "#FFEB84", "max_color": "#63BE7B"},
}


# When every book was made, as its ZIP has it for the parts: the same rows come to the same bytes.
MADE = datetime(1980, 1, 1, tzinfo=UTC)


@contextmanager
def open_writer(stream: BinaryIO, names: Sequence[str], ours: Mapping[str, str] | None = None) -> Iterator["Writer"]:
    """Open a writer; rows wait in temporary files until the book is put together at the end."""
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    with tempfile.TemporaryDirectory(prefix="merilo-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        way = _Way(stream)
        workbook = Workbook(way, options)
        workbook.use_zip64()
        workbook.set_properties({"created": MADE})
        try:
            writer = Writer(workbook, names, ours)
            yield writer
            writer.finish()
            workbook.close()
        except FileCreateError as error:  # XlsxWriter's name for any OSError
            raise error.args[0] from None
        finally:
            way.leads_to = _Nowhere()
            for sheet in workbook.worksheets():
                sheet.row_data_fh.close()  # left open where the book was not put together


class _Way:
    """Where the book goes. A ZIP that was given up on writes its end whenever Python forgets it: that goes nowhere."""

    def __init__(self, stream: BinaryIO) -> None:
        self.leads_to: BinaryIO | _Nowhere = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.leads_to, name)


class _Nowhere(io.RawIOBase):
    """A stream that forgets what is written to it, but for how much that was."""

    def __init__(self) -> None:
        self._at = 0

    def write(self, data: Any) -> int:
        """Take it."""
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place counted from the beginning."""
        self._at = offset
        return offset

    def tell(self) -> int:
        """Say where one is."""
        return self._at


class Writer:
    """Output rows as sheets of a workbook.

    `ours` tells of which columns are ours what they hold; all, under their own names, by default.
    """

    def __init__(self, workbook: Any, names: Sequence[str], ours: Mapping[str, str] | None = None) -> None:
        self._workbook = workbook
        self._names = list(names)
        self._ours = dict(zip(names, names, strict=True)) if ours is None else ours
        self._summary = Summary()
        self._head = workbook.add_format({"bold": True, "bottom": 1})
        self._moment = workbook.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        self._day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        self._score = workbook.add_format({"num_format": "0.0"})
        # So that a text stays a text when somebody edits its cell.
        self._quoted = workbook.add_format({"quote_prefix": True})
        self._sheets = 0
        self._add_sheet()

    def write(self, row: dict[str, Any]) -> None:
        """Write one row."""
        if self._at == ROWS:
            self._end_sheet()
            self._add_sheet()
        for number, name in enumerate(self._names):
            self._write_cell(number, self._ours.get(name, name), row[name])
        self._at += 1
        self._summary.add({held: row[name] for name, held in self._ours.items()})

    def finish(self) -> None:
        """End the last sheet and sum up."""
        self._end_sheet()
        _write_summary(self._workbook, self._summary, self._head, self._score)

    def _add_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._workbook.add_worksheet(SHEET if self._sheets == 1 else f"{SHEET} {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for number, name in enumerate(self._names):
            self._sheet.set_column(number, number, _WIDTHS.get(self._ours.get(name, name), _WIDTH))
            self._sheet.write_string(0, number, clean(name), self._head)
        self._at = 1

    def _end_sheet(self) -> None:
        last, columns = self._at - 1, len(self._names)
        self._sheet.autofilter(0, 0, last, columns - 1)
        self._sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # ids
        for number, name in enumerate(self._names):
            if self._ours.get(name) in SCORE_NAMES and last:
                self._sheet.conditional_format(1, number, last, number, _COLOURS)

    def _write_cell(self, number: int, name: str, value: Any) -> None:
        if isinstance(value, (dict, list)):
            value = table.cell(value)
        given = isinstance(value, str) and value.startswith(_DATE)
        if given:
            value = value[len(_DATE) :]
        if isinstance(value, (int, float)) and not _is_number(value):
            value = str(value)
        if isinstance(value, (int, float)):
            self._sheet.write_number(self._at, number, value, self._score if isinstance(value, float) else None)
        elif (given or name == "date") and (moment := _moment(value)) is not None:
            day = given and moment.time() == time.min
            self._sheet.write_datetime(self._at, number, moment, self._day if day else self._moment)
            if given:
                self._sheet.set_column(number, number, _WIDTHS["date"])
        elif value:
            quoted = self._quoted if table.is_formula(value) else None
            self._sheet.write_string(self._at, number, clean(value), quoted)


def mark(row: dict[str, Any]) -> dict[str, Any]:
    """A row that will wait as JSON, its dates marked."""
    return {name: f"{_DATE}{value}" if isinstance(value, Moment) else value for name, value in row.items()}


def _is_number(value: float) -> bool:
    """Whether Excel can hold a number as it is: it has 15 digits, and no NaN."""
    return math.isfinite(value) if isinstance(value, float) else abs(value) < _LARGEST


def _moment(date: str | None) -> datetime | None:
    """A date as Excel holds it: in UTC, without saying so; None where it is none.

    >>> _moment("2026-03-12T10:15:00+03:00"), _moment("2026-03-12"), _moment("вчера")
    (datetime.datetime(2026, 3, 12, 7, 15), datetime.datetime(2026, 3, 12, 0, 0), None)
    """
    try:
        moment = datetime.fromisoformat(date or "")
        moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= _EARLIEST else None


def clean(value: str) -> str:
    """A text as a cell can hold it.

    XlsxWriter takes a text that stands between these tags for markup and does not escape it.
    """
    value = _NO_LETTER.sub("\ufffd", value)
    return f" {value}" if value.startswith("<r>") else value


def _write_summary(workbook: Any, summary: Summary, head: Any, score: Any) -> None:
    sheet = workbook.add_worksheet(SUMMARY)
    share = workbook.add_format({"num_format": "0.0%"})
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 2, 12)
    at = _write_block(sheet, 0, [("Строк", summary.rows), ("Оценено", summary.scored)])
    refused = [(f"  {REASONS[code]}", count) for code, count in summary.refused.most_common()]
    at = _write_block(sheet, at, [("Отклонено", summary.refused.total()), *refused]) + 1
    scores = [(SCORE_NAMES[name], spread.mean, spread.median) for name, spread in summary.spreads.items()]
    at = _write_block(sheet, at, [("Оценка", "Среднее", "Медиана"), *scores], head, score) + 1
    statuses = [(said, summary.statuses[status]) for status, said in STATUS_NAMES.items()]
    at = _write_block(sheet, at, [("Статус", "Постов"), *statuses], head) + 1
    kinds = sorted(TYPES, key=lambda kind: -summary.types[kind])
    types = [(TYPE_NAMES[kind], summary.types[kind], summary.types[kind] / max(summary.scored, 1)) for kind in kinds]
    first_type = at + 1
    at = _write_block(sheet, at, [("Тип", "Постов", "Доля"), *types], head, share) + 1
    bins = zip(_bin_names(), *(spread.bins for spread in summary.spreads.values()), strict=True)
    first_bin = at + 1
    _write_block(sheet, at, [("Баллы", *SCORE_NAMES.values()), *bins], head)
    for number, name in enumerate(SCORE_NAMES.values()):
        chart = _chart(workbook, "column", name, first_bin, first_bin + BINS - 1, number + 1)
        sheet.insert_chart(number * 16, 4, chart)
    chart = _chart(workbook, "bar", "Типы постов", first_type, first_type + len(TYPES) - 1, 1)
    sheet.insert_chart(len(SCORE_NAMES) * 16, 4, chart)


def _write_block(sheet: Any, at: int, lines: Sequence[tuple[Any, ...]], head: Any = None, numbers: Any = None) -> int:
    """Write lines one under another, the first as a header where it has a format; where the next one stands."""
    for line in lines:
        for number, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(at, number, value, head if line is lines[0] else None)
            elif value is not None:
                sheet.write_number(at, number, value, numbers if isinstance(value, float) else None)
        at += 1
    return at


def _bin_names() -> list[str]:
    return [f"{n * 100 // BINS}–{(n + 1) * 100 // BINS}" for n in range(BINS)]


def _chart(workbook: Any, kind: str, title: str, first: int, last: int, column: int) -> Any:
    """A chart of one column of the summary by the names that stand in its first one."""
    chart = workbook.add_chart({"type": kind})
    names, values = [SUMMARY, first, 0, last, 0], [SUMMARY, first, column, last, column]
    chart.add_series({"categories": names, "values": values, "gap": 30})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    if kind == "bar":
        chart.set_y_axis({"reverse": True})  # the commonest stands first
    return chart
