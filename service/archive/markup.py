"""The XML inside a workbook: what calamine does not tell (links, the epoch) and what would kill it.

Calamine holds a sheet as a full rectangle, so two cells in far corners make it ask for
half a terabyte and take the process down (github.com/tafia/calamine/issues/693). The
corners are therefore looked for first, in a stream.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from service.archive.packed import Member

_BOOK = "xl/workbook.xml"
_HYPERLINK = re.compile(r'\s*(?:_xlfn\.)?HYPERLINK\(\s*"([^"]+)"', re.IGNORECASE)
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

# A cell as nearly every program writes it, or the tag of one that is written otherwise.
_CELL_TAG = re.compile(rb'<c(?: r="([A-Z]{1,3})([0-9]{1,7})"|[\s>/])')
_PREFIXED_CELL = re.compile(rb":c[\s>/]")
_LINKS = (b"hyperlink", b"HYPERLINK(")
_LONGEST_TAG = 16 << 20

_STEP = 1 << 20

# Calamine holds 32 bytes a cell, empty ones too: a sheet of 48 full columns still goes.
MOST_CELLS = 50_000_000

# The name of an element without its namespace, and its attributes.
Start = Callable[[str, dict[str, str]], None]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Contents:
    """Sheets of a workbook in its order, each with the part it lies in; whether its days count from 1904."""

    sheets: list[tuple[str, str]]
    since_1904: bool


@dataclass(slots=True)
class Survey:
    """How far a sheet goes, and its links by row and column, from zero."""

    rows: int = 0
    columns: int = 0
    links: dict[Place, str] = field(default_factory=dict)


def contents(package: zipfile.ZipFile) -> Contents:
    """Read the list of sheets. Raises OSError."""
    targets = _targets(package, _BOOK)
    sheets: list[tuple[str, str]] = []
    since_1904 = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal since_1904
        if name == "workbookPr":
            since_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            part = targets.get(_reference(attributes), "")
            sheets.append((attributes.get("name", ""), posixpath.normpath(posixpath.join("/xl", part))[1:]))

    _parse(package, _BOOK, start)
    return Contents(sheets, since_1904)


def survey(package: zipfile.ZipFile, part: str) -> Survey:
    """Walk through a sheet without holding it. Raises OSError."""
    return _glance(package, part) or _walk(package, part)


def _glance(package: zipfile.ZipFile, part: str) -> Survey | None:
    """The survey of a plain sheet, without the cost of a parser; None where the sheet may be otherwise.

    Plain is a sheet without links, each cell of which says where it is in the usual words.
    """
    rows, columns = {b"0"}, {b"A"}
    held = b""
    with _open(package, part) as stream:
        while piece := stream.read(_STEP):
            whole, mark, cut = (held + piece).rpartition(b"<")
            held = mark + cut
            if len(held) > _LONGEST_TAG:
                return None
            cells = _CELL_TAG.findall(whole)
            if b"\x00" in whole or _PREFIXED_CELL.search(whole) or any(mark in whole for mark in _LINKS):
                return None
            rows |= {row for _, row in cells}
            columns |= {letters for letters, _ in cells}
    if b"" in rows:
        return None
    found = Survey(max(map(int, rows)), max(_column(letters.decode()) for letters in columns) + 1)
    return found if found.rows * found.columns <= MOST_CELLS else None


def _walk(package: zipfile.ZipFile, part: str) -> Survey:
    found = Survey()
    targets = _targets(package, part)
    walk = _Walk(found, targets)
    walk.parser = _parser(walk.start)
    _feed(package, part, walk.parser)
    walk.end_formula()
    return found


class _Walk:
    """Where in a sheet the parser stands. Cells may lack their references: then they follow one another."""

    parser: expat.XMLParserType

    def __init__(self, found: Survey, targets: dict[str, str]) -> None:
        self._found = found
        self._targets = targets
        self._row, self._column = -1, -1
        self._formula: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an element."""
        if self._formula is not None:
            self.end_formula()
        if name == "c":
            self._enter_cell(attributes.get("r"))
        elif name in ("v", "is"):  # a cell without a value is no cell for calamine either
            self._found.rows = max(self._found.rows, self._row + 1)
            self._found.columns = max(self._found.columns, self._column + 1)
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 2)) - 1
            self._column = -1
        elif name == "f":
            self._formula = []
            self.parser.CharacterDataHandler = self._formula.append
        elif name == "hyperlink":
            self._link(attributes)

    def end_formula(self) -> None:
        """Keep the address of a HYPERLINK."""
        if self._formula and (address := _HYPERLINK.match("".join(self._formula))):
            self._found.links[self._row, self._column] = address[1]
        self._formula = None
        self.parser.CharacterDataHandler = None

    def _enter_cell(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
        else:
            self._row, self._column = _place(reference)

    def _link(self, attributes: dict[str, str]) -> None:
        address = self._targets.get(_reference(attributes))
        if address and "ref" in attributes:
            self._found.links[_place(attributes["ref"].split(":")[0])] = address


def _reference(attributes: dict[str, str]) -> str:
    """The value of `r:id`, whatever the namespace is: there are two, of old and of strict workbooks."""
    return next((value for key, value in attributes.items() if key.endswith("}id")), "")


def _place(reference: str) -> Place:
    """Row and column of a cell, from zero.

    >>> _place("A1"), _place("AB12")
    ((0, 0), (11, 27))
    """
    match = _CELL.fullmatch(reference)
    if match is None:
        raise OSError(f"no cell: {reference[:20]}")
    return int(match[2]) - 1, _column(match[1])


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _targets(package: zipfile.ZipFile, part: str) -> dict[str, str]:
    """What a part refers to, by the ids of its references."""
    folder, name = posixpath.split(part)
    beside = f"{folder}/_rels/{name}.rels"
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and "Id" in attributes:
            targets[attributes["Id"]] = attributes.get("Target", "")

    if _info(package, beside) is not None:
        _parse(package, beside, start)
    return targets


def _info(package: zipfile.ZipFile, part: str) -> zipfile.ZipInfo | None:
    """A part by its name, whose letters may differ in case."""
    return next((info for info in package.infolist() if info.filename.lower() == part.lower()), None)


def _parse(package: zipfile.ZipFile, part: str, start: Start) -> None:
    _feed(package, part, _parser(start))


def _parser(start: Start) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    local: dict[str, str] = {}

    def meet(name: str, attributes: dict[str, str]) -> None:
        if name not in local:
            local[name] = name.rpartition("}")[2]
        start(local[name], attributes)

    def refuse(*_: object) -> None:  # and every entity with it
        raise OSError("a document type")

    parser.StartElementHandler = meet
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _open(package: zipfile.ZipFile, part: str) -> BinaryIO:
    info = _info(package, part)
    if info is None:
        raise OSError(f"no part {part}")
    return Member(package, info).open()


def _feed(package: zipfile.ZipFile, part: str, parser: expat.XMLParserType) -> None:
    try:
        with _open(package, part) as stream:
            while piece := stream.read(_STEP):
                parser.Parse(piece)
            parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # a lookup: of an encoding
        raise OSError(str(error)) from None
