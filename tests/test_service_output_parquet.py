"""Scores as Parquet: typed columns, row by row."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.score import CHECKLIST, STATUSES, TYPES
from service.archive import OutputError, open_output, parquet
from service.rows import COLUMNS, NEIGHBOURS

REFUSED = dict.fromkeys(COLUMNS) | {
    "page_name": "Музей",
    "model": "m",
    "error": {"code": "empty_text", "message": "Нет текста"},
}


def read(path):
    return pq.read_table(path).to_pylist()


def test_columns_have_types_that_programs_count_with(tmp_path):
    path = tmp_path / "scores.parquet"
    with open_output(path, (*COLUMNS, NEIGHBOURS)) as writer:
        writer.write(REFUSED | {NEIGHBOURS: None})
    schema = pq.read_schema(path)
    assert schema.names == [*COLUMNS, NEIGHBOURS]
    assert schema.field("date").type == pa.string()
    assert schema.field("usefulness").type == schema.field("engagement_general").type == pa.float64()
    assert schema.field("memory_posts").type == pa.int64()
    assert schema.field("checklist").type == pa.struct([(name, pa.bool_()) for name in CHECKLIST])
    assert schema.field("missing").type.value_type == pa.string()
    assert schema.field("error").type == pa.struct([("code", pa.string()), ("message", pa.string())])
    assert schema.field(NEIGHBOURS).type.value_type.field("lift").type == pa.float64()


def test_no_rows_are_a_table_without_rows(tmp_path):
    path = tmp_path / "scores.parquet"
    with open_output(path):
        pass
    assert pq.read_table(path).num_rows == 0


def test_rows_go_out_in_groups_and_none_waits_for_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 10)
    monkeypatch.setattr(parquet, "GROUP", 50)
    path = tmp_path / "scores.parquet"
    with open_output(path) as writer:
        for number in range(123):
            writer.write(REFUSED | {"post_id": str(number)})
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [50, 50, 23]
    assert [row["post_id"] for row in read(path)] == [str(number) for number in range(123)]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, OSError])
def test_half_of_a_file_never_bears_its_name(tmp_path, failure):
    with pytest.raises(OutputError if failure is OSError else failure), open_output(tmp_path / "a.parquet") as writer:
        writer.write(REFUSED)
        raise failure
    assert not list(tmp_path.iterdir())


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
SCORES = st.integers(0, 1000).map(lambda number: number / 10)
COUNTS = st.one_of(st.none(), st.integers(0, 10**12))
NEAR = st.fixed_dictionaries(
    {
        "post_id": st.one_of(st.none(), TEXTS),
        "date": st.one_of(st.none(), TEXTS),
        **dict.fromkeys(("likes", "comments", "reposts"), COUNTS),
        "lift": SCORES,
        "likeness": SCORES,
    }
)
SCORED = st.fixed_dictionaries(
    {
        **dict.fromkeys(COLUMNS[:5], st.one_of(st.none(), TEXTS)),
        **dict.fromkeys(COLUMNS[5:13], SCORES),
        "memory_posts": st.integers(0, 10**6),
        "type": st.sampled_from(TYPES),
        "checklist": st.fixed_dictionaries(dict.fromkeys(CHECKLIST, st.sampled_from([True, False, None]))),
        "missing": st.lists(st.sampled_from(CHECKLIST), max_size=3),
        "status": st.sampled_from(STATUSES),
        "model": TEXTS,
        "error": st.none(),
        NEIGHBOURS: st.lists(NEAR, max_size=3),
    }
)


@settings(max_examples=50, deadline=None)
@given(st.lists(SCORED, max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("parquet") / "scores.parquet"
    with open_output(path, (*COLUMNS, NEIGHBOURS)) as writer:
        for row in rows:
            writer.write(row)
    assert read(path) == rows


def test_a_refused_row_has_its_reason_and_no_numbers(tmp_path):
    path = tmp_path / "scores.parquet"
    with open_output(path) as writer:
        writer.write(REFUSED)
    assert read(path) == [REFUSED]


def test_notes_lie_in_the_file(tmp_path):
    path = tmp_path / "out.parquet"
    with path.open("wb") as stream, parquet.open_writer(stream, ["text"], {}) as writer:
        writer.write({"text": "Музей"})
        writer.note({"merilo": "из чего сделан"})
    with path.open("rb") as stream:
        assert parquet.read_notes(stream)["merilo"] == "из чего сделан"
    assert pq.read_table(path)["text"].to_pylist() == ["Музей"]


def test_columns_of_numbers_are_told_by_their_types(tmp_path):
    kinds = {
        "text": pa.string(),
        "likes": pa.int32(),
        "никто": pa.int64(),
        "охват": pa.float32(),
        "цена": pa.decimal128(9, 2),
        "код": pa.dictionary(pa.int8(), pa.int16()),
        "большое": pa.uint64(),
        "да": pa.bool_(),
        "номер": pa.decimal128(18, 0),
        "длинный": pa.decimal128(38, 0),
    }
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({name: pa.array([None], kind) for name, kind in kinds.items()}), path)
    with path.open("rb") as stream:
        found = parquet.number_types(stream)
    assert found == {"likes": "int", "никто": "int", "охват": "float", "цена": "float", "код": "int", "номер": "int"}


@pytest.mark.parametrize("read", [parquet.read_notes, parquet.number_types])
def test_what_is_no_parquet_is_an_oserror(read, tmp_path):
    (tmp_path / "no.parquet").write_bytes(b"PAR1 and no more")
    with (tmp_path / "no.parquet").open("rb") as stream, pytest.raises(OSError):
        read(stream)
