"""Tables as text: CSV and TSV of Excel, of exports and of scripts."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TextIO

from service import neighbours
from service.archive import columns
from service.archive.encoding import CUT
from service.archive.flow import LONGEST_LINE, Flow, Line
from service.archive.found import Found, NoTextColumn
from service.hints import CHECKLIST_HINTS
from service.record import Place

DELIMITERS = (";", ",", "\t", "|")

_NO_DELIMITER = "\x1f"

# A cell that runs on for more lines than this is a quote that somebody forgot to close.
LONGEST_CELL = 2000

_SEP = re.compile(r"^\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)  # `sep=;`, for Excel
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?%?")  # a number below zero is no formula


# Of the module of Python: 131,072 characters a cell unless told otherwise.
csv.field_size_limit(2 * LONGEST_LINE)


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of a flow. Raises NoTextColumn."""
    lines = flow.lines()
    first = list(islice(lines, 200))
    header, delimiter = find_header([line.text for line in first], flow.wanted)
    for line, cells, closed in islice(_records(_chain(first, lines), delimiter), header.rows, None):
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
    """Find the header and the delimiter that give the most known columns. Raises NoTextColumn."""
    found = []
    for delimiter in DELIMITERS:
        heads = _records((Line(n, text) for n, text in enumerate(lines, 1)), delimiter)
        header = columns.find_header((cells for _, cells, _ in heads), wanted)
        if header is not None:
            found.append((header, delimiter))
    header, delimiter = max(found, key=lambda one: len(one[0].fields), default=(None, ""))
    if header is None or len(header.twins) > 1:
        raise NoTextColumn(_names(lines), header.twins if header else [])
    # Of a single column the whole line is the text, whatever marks are in it.
    return header, delimiter if header.width > 1 else _NO_DELIMITER


def _names(lines: list[str]) -> list[str]:
    """The columns of a table whose header is not understood, by its likeliest delimiter."""
    heads = [next(_records((Line(n, text) for n, text in enumerate(lines)), mark), None) for mark in DELIMITERS]
    return max((head[1] for head in heads if head), key=len, default=[])


def _records(lines: Iterable[Line], delimiter: str) -> Iterator[tuple[Line, list[str], bool]]:
    """Records with their first line; false where a quote was not closed.

    Of such a record only the first line is spent: the rest is read anew.
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
            cells = next(csv.reader(feed(), delimiter=delimiter), None)
        except csv.Error:
            cells, run_out = [taken[0].text], True
        if cells is None or not taken:
            return
        if run_out:
            returned.extendleft(reversed(taken[1:]))
            line = taken[0].text.replace("\r", " ")  # the reader stumbles over one inside a line
            cells = next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE))
        yield taken[0], cells, not run_out


class Writer:
    """Output rows as a table for Russian Excel: semicolons, decimal commas; `plain` is for programs."""

    def __init__(self, stream: TextIO, names: Iterable[str], plain: bool = False, header: bool = True) -> None:
        self._names = list(names)
        self._shown = _FOR_PROGRAMS if plain else _FOR_EXCEL
        self._table = csv.writer(stream, delimiter="," if plain else ";", lineterminator="\r\n")
        if header:
            self._table.writerow(self._names)

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
