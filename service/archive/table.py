"""Tables as text: CSV and TSV of Excel, of exports and of scripts."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TextIO

from model.post import COUNTS
from service import counts, neighbours
from service.archive import columns
from service.archive.encoding import CUT
from service.archive.flow import LONGEST_LINE, Flow, Line
from service.archive.found import Found, NoTextColumn
from service.dates import is_understood, iso
from service.hints import CHECKLIST_HINTS
from service.record import Place

DELIMITERS = (";", ",", "\t", "|")

_NO_DELIMITER = "\x1f"

# A cell that runs on for more lines than this is a quote that somebody forgot to close.
LONGEST_CELL = 2000

# So many counts and dates in their places tell that lines inside a quoted cell are rows.
ENOUGH = 3

_SEP = re.compile(r"^\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)  # `sep=;`, for Excel
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_TOLD_BY = (*COUNTS, "date")  # the columns that tell a row from a line of a text
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?%?")  # a number below zero is no formula


# Of the module of Python: 131,072 characters a cell unless told otherwise.
csv.field_size_limit(2 * LONGEST_LINE)


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of a flow. Raises NoTextColumn."""
    lines = flow.lines()
    first = list(islice(lines, 200))
    header, delimiter = find_header([line.text for line in first], flow.wanted)
    for line, cells, closed in islice(_records(_chain(first, lines), delimiter, header), header.rows, None):
        if not any(map(str.strip, cells)):
            continue
        flaw = _flaw(cells, header.width, closed)
        own = header.own(_fit(cells, header.width, delimiter))
        yield Found(Place("line", line.number), columns.row(cells, header.fields), flaw, own=own)


def headers(flow: Flow) -> list[columns.Header]:
    """The header of a flow. Raises NoTextColumn."""
    return [find_header([line.text for line in islice(flow.lines(), 200)], flow.wanted)[0]]


def _flaw(cells: list[str], width: int, closed: bool) -> str:
    """The code of what is wrong with a record; empty where nothing is."""
    if not closed:
        return "unclosed_quote"
    if CUT in "".join(cells):
        return "record_too_long"
    return "extra_cells" if any(map(str.strip, cells[width:])) else ""


def _fit(cells: list[str], width: int, delimiter: str) -> list[str]:
    """Cells in so many columns: what is more stands in the last of them as it lies in the file."""
    return cells if len(cells) <= width else [*cells[: width - 1], delimiter.join(cells[width - 1 :])]


def _chain(first: list[Line], rest: Iterator[Line]) -> Iterator[Line]:
    yield from first
    yield from rest


def find_header(lines: list[str], wanted: columns.Wanted = ()) -> tuple[columns.Header, str]:
    """Find the header and the delimiter that give the most known columns, or do without one. Raises NoTextColumn."""
    found = []
    for delimiter in DELIMITERS:
        heads = _records((Line(n, text) for n, text in enumerate(lines, 1)), delimiter)
        header = columns.find_header((cells for _, cells, _ in heads), wanted)
        if header is not None:
            found.append((header, delimiter))
    if not found:
        found = _find_nameless(lines, wanted)
    header, delimiter = max(found, key=lambda one: len(one[0].fields), default=(None, ""))
    if header is None or len(header.twins) > 1:
        raise NoTextColumn(_names(lines), header.twins if header else [])
    # Of a single column the whole line is the text, whatever marks are in it.
    return header, delimiter if header.width > 1 else _NO_DELIMITER


def _find_nameless(lines: list[str], wanted: columns.Wanted) -> list[tuple[columns.Header, str]]:
    """What stands for the header of a table that has none, by the delimiter that gives the most columns."""
    found = []
    for delimiter in DELIMITERS:
        heads = _records((Line(n, text) for n, text in enumerate(lines, 1)), delimiter)
        header = columns.find_nameless([cells for _, cells, _ in heads if any(map(str.strip, cells))], wanted)
        if header is not None:
            found.append((header, delimiter))
    return sorted(found, key=lambda one: -one[0].width)[:1]


def _names(lines: list[str]) -> list[str]:
    """The columns of a table whose header is not understood, by its likeliest delimiter."""
    heads = [next(_records((Line(n, text) for n, text in enumerate(lines)), mark), None) for mark in DELIMITERS]
    return max((head[1] for head in heads if head), key=len, default=[])


def _records(
    lines: Iterable[Line], delimiter: str, header: columns.Header | None = None
) -> Iterator[tuple[Line, list[str], bool]]:
    """Records with their first line; false where a quote was not closed.

    Of such a record only the first line is spent: the rest is read anew. A quote that the next
    one in the file seems to close was not closed either: a text follows behind that one, or,
    by the `header`, the lines between are rows.
    """
    source, returned = iter(lines), deque[Line]()
    while True:
        taken: list[Line] = []
        run_out = False

        def feed(taken: list[Line] = taken) -> Iterator[str]:
            nonlocal run_out
            while len(taken) < LONGEST_CELL:
                line = returned.popleft() if returned else next(source, None)
                if line is None:
                    break
                taken.append(line)
                if len(taken) == 1 and line.number == 1 and _SEP.match(line.text):
                    taken.clear()
                    continue
                yield line.text
            run_out = True

        try:
            cells = next(csv.reader(feed(), delimiter=delimiter, strict=True), None)
        except csv.Error:
            cells = _read_loosely(taken[0].text, delimiter) if len(taken) == 1 and not run_out else None
            run_out = cells is None
        if cells is None and not taken:
            return
        if cells is None or run_out or (header and len(taken) > 1 and _are_rows(taken, delimiter, header)):
            run_out = True
            returned.extendleft(reversed(taken[1:]))
            cells = _split(taken[0].text, delimiter)
        yield taken[0], cells, not run_out


def _split(line: str, delimiter: str) -> list[str]:
    """The cells of one line, whatever quotes are in it."""
    plain = line.replace("\r", " ")  # the reader stumbles over one inside a line
    return next(csv.reader([plain], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])


def _read_loosely(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line in which a text follows a closing quote; None where they cannot be told."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), None)
    except csv.Error:
        return None
    split = _split(line.rstrip("\r\n"), delimiter)
    if cells is None or len(split) != len(cells):
        return cells
    # A cell that only begins with a quote, as «"Музей" ждёт» does, keeps its quotes.
    return [cell if _QUOTED.fullmatch(plain) else plain for cell, plain in zip(cells, split, strict=True)]


def _are_rows(lines: list[Line], delimiter: str, header: columns.Header) -> bool:
    """Whether every line is a row by itself: as many cells as columns, with counts and dates in their places.

    Two lines with one count each may as well be a text about prices, so they are not enough.
    """
    places = [at for name, at in header.fields.items() if name in _TOLD_BY]
    if len(places) * len(lines) < ENOUGH or any(line.text.count(delimiter) != header.width - 1 for line in lines):
        return False
    for line in lines:
        cells = _split(line.text.rstrip("\r\n"), delimiter)
        if not any(cells[at].strip() for at in places):
            return False
        if not all(_fits(name, cells[at].strip(' "')) for name, at in header.fields.items()):
            return False
    return True


def _fits(field: str, cell: str) -> bool:
    """Whether a cell is what its column holds, where that can be told."""
    if field == "date":
        return is_understood(iso(cell))
    return field not in COUNTS or counts.read(cell) != counts.NO_COUNT


class Writer:
    """Output rows as a table for Russian Excel: semicolons, decimal commas; `plain` is for programs."""

    def __init__(self, stream: TextIO, names: Iterable[str], plain: bool = False, header: bool = True) -> None:
        self._names = list(names)
        self._shown = _FOR_PROGRAMS if plain else _FOR_EXCEL
        self._table = csv.writer(stream, delimiter="," if plain else ";", lineterminator="\r\n")
        if header:
            self._table.writerow(map(_escaped, self._names))  # a column's name is a cell, too

    def write(self, row: dict[str, Any]) -> None:
        """Write one row."""
        shown = self._shown
        values = [row[name] for name in self._names]
        self._table.writerow([shown[kind](value) if (kind := type(value)) in shown else value for value in values])


def cell(value: Any) -> Any:
    """A value as a cell that a person can read and that Excel will not run.

    >>> cell(62.5), cell({"when": True, "where": False}), cell(["where"]), cell("=1+1")
    ('62,5', '✓ когда, ✗ где', 'где', "'=1+1")
    """
    show = _FOR_EXCEL.get(type(value))
    return value if show is None else show(value)


def is_formula(text: str) -> bool:
    """Whether Excel would run a text that somebody typed into a cell.

    >>> is_formula("=1+1"), is_formula("-5"), is_formula("Музей")
    (True, False, False)
    """
    return text.startswith(_FORMULA) and not _NUMBER.fullmatch(text)


def _escaped(text: str) -> str:
    return f"'{text}" if is_formula(text) else text


def _with_comma(number: float) -> str:
    return str(number).replace(".", ",")


def _listed(values: list[Any]) -> str:
    """Items of the checklist, or earlier posts."""
    if values and isinstance(values[0], dict):
        return "; ".join(map(neighbours.word, values))
    return ", ".join(CHECKLIST_HINTS[name].name for name in values)


def _told(value: dict[str, Any]) -> str:
    """An error, or the checklist."""
    if "message" in value:
        return str(value["message"])
    return ", ".join(f"{_MARKS[present]} {CHECKLIST_HINTS[name].name}" for name, present in value.items())


_MARKS = {True: "✓", False: "✗", None: "–"}

# How values of some types are shown; all others are shown as they are.
_FOR_PROGRAMS: dict[type, Callable[[Any], str]] = {str: _escaped, list: _listed, dict: _told}
_FOR_EXCEL = {**_FOR_PROGRAMS, float: _with_comma}
