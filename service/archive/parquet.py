"""Parquet, read and written part by part: a file of any size in the same memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from model.post import COUNTS, IDENTITY
from model.score import CHECKLIST, REACTIONS, ROW
from service.archive import columns, vk
from service.archive.encoding import MARK
from service.archive.flow import Flow
from service.archive.found import Found, NoTextColumn
from service.record import Place
from service.rows import NEIGHBOURS

BEGINNING = b"PAR1"

# Rows that are held when reading and before they become columns when writing.
ROWS = 1000

# Rows of one row group: as large as DuckDB likes them, about 30 MB while they wait.
GROUP = 100 * ROWS

_BUFFER = 1 << 20
_EPOCH = datetime(1970, 1, 1)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}

# What an item of VK consists of where a dump of it was turned into columns.
_ITEM = (
    "id",
    "post_id",
    "owner_id",
    "to_id",
    "source_id",
    "from_id",
    "date",
    "text",
    "copy_history",
    "post_type",
    "is_deleted",
    *COUNTS,
)


def read(flow: Flow) -> Iterator[Found]:
    """Read the records of a flow. Raises NoTextColumn, OSError."""
    import pyarrow

    number = 0
    try:
        file = _open(flow)
        header = _header(file.schema_arrow, flow.wanted)
        total = max(file.metadata.num_rows, 1)
        for batch in file.iter_batches(ROWS):
            own = [_values(column) for column in batch.columns]
            cells = {name: own[n] for name, n in header.fields.items()}
            for values, row in zip(zip(*own, strict=True), zip(*cells.values(), strict=True), strict=True):
                number += 1
                flow.share = number / total
                record = _record(dict(zip(cells, row, strict=True)))
                yield Found(Place("row", number), record, own=header.own(values))
    except (pyarrow.ArrowException, ValueError, OverflowError) as error:
        raise OSError(str(error)) from None
    flow.share = 1.0


def headers(flow: Flow) -> list[columns.Header]:
    """The header of a flow. Raises NoTextColumn, OSError."""
    return [_header(_open(flow).schema_arrow, flow.wanted)]


def check(flow: Flow) -> None:
    """Tell whether there is anything to read. Raises NoTextColumn, OSError."""
    import pyarrow

    try:
        _header(_open(flow).schema_arrow, flow.wanted)
    except (pyarrow.ArrowException, ValueError) as error:
        raise OSError(str(error)) from None


def read_notes(stream: BinaryIO) -> dict[str, str]:
    """The notes that were kept in a file, with those of its other writers. Raises OSError."""
    import pyarrow
    from pyarrow.parquet import read_metadata

    try:
        notes = read_metadata(stream).metadata or {}
    except pyarrow.ArrowException as error:
        raise OSError(str(error)) from None
    return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in notes.items()}


def number_types(stream: BinaryIO) -> dict[str, str]:
    """Which columns of a file hold numbers, `int` or `float`, by their types and not by their cells. Raises OSError."""
    import pyarrow
    from pyarrow import types
    from pyarrow.parquet import read_schema

    try:
        schema = read_schema(stream)
    except pyarrow.ArrowException as error:
        raise OSError(str(error)) from None
    found = {}
    for name, kind in zip(columns.name_columns(schema.names), schema.types, strict=True):
        held = kind.value_type if types.is_dictionary(kind) else kind
        whole = types.is_decimal(held) and held.scale == 0
        if whole and held.precision > 18 or held == pyarrow.uint64():  # the largest of which fit into no column of ours
            continue
        if whole or types.is_integer(held):
            found[name] = "int"
        elif types.is_floating(held) or types.is_decimal(held):
            found[name] = "float"
    return found


def _open(flow: Flow) -> Any:
    from pyarrow.parquet import ParquetFile

    # Without its own reading ahead, which holds row groups whole.
    return ParquetFile(flow.whole(), buffer_size=_BUFFER, pre_buffer=False)


def _header(schema: Any, wanted: columns.Wanted) -> columns.Header:
    """Which column holds which field, of canonical rows or of VK items. Raises NoTextColumn."""
    import pyarrow

    names = schema.names
    shown = columns.name_columns(names)
    nested = {name for name, kind in zip(names, schema.types, strict=True) if pyarrow.types.is_nested(kind)}
    if not wanted and "text" in names and vk.is_item({name: {} if name in nested else None for name in names}):
        return columns.Header({name: names.index(name) for name in _ITEM if name in names}, shown, 0, ["text"])
    plain = ["" if name in nested else name for name in names]  # a list is no field
    fields = columns.match(plain, wanted)
    twins = columns.twins(plain, fields["text"], wanted) if "text" in fields else []
    if len(twins) != 1:
        raise NoTextColumn(names, twins)
    named = dict(wanted)
    sure = {field: n for field, n in fields.items() if names.count(names[n]) == 1 or field in named}
    return columns.Header(sure, shown, 0, twins)


def _record(row: dict[str, Any]) -> dict[str, Any]:
    return row if vk.is_item(row) else columns.row(list(row.values()), {name: n for n, name in enumerate(row)})


def _values(column: Any) -> list[Any]:
    """The cells of a column as JSON would hold them."""
    from pyarrow import timestamp, types

    kind = column.type
    if types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if types.is_date(kind):
        column = column.cast(timestamp("s" if types.is_date32(kind) else "ms"))
    if types.is_timestamp(column.type):
        return [_moment(value, column.type) for value in column.cast("int64").to_pylist()]
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        column = column.cast("large_binary")  # Arrow itself fails at a string that is no UTF-8
    return [_plain(value) for value in column.to_pylist()]


def _moment(count: int | None, kind: Any) -> str | None:
    """A timestamp in ISO 8601: with an offset where it is an instant, without one where it is a wall clock."""
    if count is None:
        return None
    seconds, part = divmod(count, _PER_SECOND[kind.unit])
    try:
        moment = _EPOCH + timedelta(seconds=seconds, microseconds=part * 10**6 // _PER_SECOND[kind.unit])
    except OverflowError:  # no year of people
        return None
    return (moment.replace(tzinfo=UTC) if kind.tz else moment).isoformat()


def _plain(value: Any) -> Any:
    """A cell as JSON would hold it, with all that is nested in it.

    >>> _plain("Музей".encode()), _plain(Decimal("5.00")), _plain(Decimal("5")), _plain(float("nan"))
    ('Музей', 5.0, 5, None)
    >>> _plain([{"day": date(2026, 3, 1)}])
    [{'day': '2026-03-01'}]
    """
    if isinstance(value, (str, int, float)):
        return value if value == value else None  # NaN is how pandas writes "not known"
    if isinstance(value, bytes):
        return value.decode("utf-8", MARK)
    if isinstance(value, Decimal):
        return float(value) if value.as_tuple().exponent else int(value)  # ids of Spark and Oracle have 38 digits
    if isinstance(value, dict):
        return {str(_plain(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):  # a map is a list of pairs
        return [_plain(one) for one in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    return None if value is None else str(value)


@contextmanager
def open_writer(
    stream: BinaryIO,
    names: Sequence[str],
    ours: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
) -> Iterator["Writer"]:
    """Open a writer; the end of the file is written when all went well, or thrown away with the file."""
    writer = Writer(stream, names, ours, types)
    try:
        yield writer
        writer.close()
    except BaseException:
        writer.abandon()
        raise


class Writer:
    """Output rows as typed columns: a checklist is a struct of ten flags, `missing` a list, `error` a struct.

    `ours` tells of which columns are ours what they hold; all, under their own names, by
    default. `types` tells of the others which are `int` or `float`; the rest are texts.
    """

    def __init__(
        self,
        stream: BinaryIO,
        names: Sequence[str],
        ours: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None,
    ) -> None:
        from pyarrow.parquet import ParquetWriter

        held = dict(zip(names, names, strict=True)) if ours is None else ours
        self._schema = _schema(names, held, types or {})
        self._texts = [name for name in names if name not in held and name not in (types or {})]
        self._file = ParquetWriter(stream, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._batches: list[Any] = []

    def write(self, row: dict[str, Any]) -> None:
        """Write one row."""
        texts = {name: str(row[name]) for name in self._texts if row[name] is not None}
        self._rows.append(row | texts)
        if len(self._rows) == ROWS:
            self._pack()

    def note(self, notes: Mapping[str, str]) -> None:
        """Keep notes about the file in it, beside its schema."""
        self._file.add_key_value_metadata(dict(notes))

    def close(self) -> None:
        """Write what is held and the end of the file."""
        self._pack()
        self._flush()
        self._file.close()

    def abandon(self) -> None:
        """Let go of a file that nobody will read."""
        with suppress(Exception):  # what is wrong was told already
            self._file.close()

    def _pack(self) -> None:
        from pyarrow import RecordBatch

        if self._rows:
            self._batches.append(RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []
        if len(self._batches) * ROWS >= GROUP:
            self._flush()

    def _flush(self) -> None:
        from pyarrow import Table

        if self._batches:
            self._file.write_table(Table.from_batches(self._batches), row_group_size=GROUP)
            self._batches = []


def _schema(names: Sequence[str], ours: Mapping[str, str], types: Mapping[str, str]) -> Any:
    import pyarrow as pa

    text, score, count = pa.string(), pa.float64(), pa.int64()
    near = {"post_id": text, "date": text, **dict.fromkeys(REACTIONS, count), "lift": score, "likeness": score}
    kinds = {
        **dict.fromkeys(IDENTITY, text),
        **dict.fromkeys(ROW, score),
        **dict.fromkeys(("type", "status", "model"), text),
        "memory_posts": count,
        "checklist": pa.struct(dict.fromkeys(CHECKLIST, pa.bool_())),
        "missing": pa.list_(text),
        "error": pa.struct({"code": text, "message": text}),
        NEIGHBOURS: pa.list_(pa.struct(near)),
    }
    numbers = {"int": count, "float": score}
    return pa.schema(
        {name: kinds[ours[name]] if name in ours else numbers.get(types.get(name, ""), text) for name in names}
    )
