"""Parquet as an archive: columns by their names, cells by their types."""

import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.archive import ArchiveError, recognise
from service.record import Refusal

MOMENT = datetime(2026, 3, 12, 10, 15, 30)
MOSCOW = timezone(timedelta(hours=3))


def packed(table, **options):
    stream = io.BytesIO()
    pq.write_table(pa.table(table) if isinstance(table, dict) else table, stream, **options)
    return stream.getvalue()


def read(folder, content):
    path = folder / "posts"
    path.write_bytes(content)
    return [
        (record.code, str(record.place)) if isinstance(record, Refusal) else dict(record)
        for record in recognise(path).records()
    ]


def refused(folder, content):
    with pytest.raises(ArchiveError, match="^posts") as caught:
        read(folder, content)
    return caught.value


def test_columns_have_the_names_of_any_table_and_the_rest_is_ignored(tmp_path):
    table = {
        "Текст поста": ["Первый", "Второй"],
        "likes.count": [5, None],
        "Просмотры": [1.0, float("nan")],
        "Репосты": [Decimal("3.00"), None],
        "comments": [{"can_post": 1}, None],
        "Ссылка": ["https://vk.com/wall-5_17", None],
        "tags": [["вода"], []],
        "Страница": pa.array(["Музей", "Музей"]).dictionary_encode(),
    }
    assert read(tmp_path, packed(table)) == [
        {
            "platform": "vk",
            "page_id": "5",
            "post_id": "17",
            "text": "Первый",
            "likes": 5,
            "views": 1.0,
            "reposts": 3.0,
            "page_name": "Музей",
        },
        {"text": "Второй", "likes": None, "views": None, "reposts": None, "page_name": "Музей"},
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (pa.array([MOMENT], pa.timestamp("s")), "2026-03-12T10:15:30"),
        (pa.array([MOMENT], pa.timestamp("ns")), "2026-03-12T10:15:30"),
        (pa.array([MOMENT.replace(tzinfo=MOSCOW)], pa.timestamp("us", "Europe/Moscow")), "2026-03-12T07:15:30+00:00"),
        (pa.array([MOMENT.replace(tzinfo=UTC)], pa.timestamp("ms", "UTC")), "2026-03-12T10:15:30+00:00"),
        (pa.array([date(2026, 3, 12)], pa.date32()), "2026-03-12T00:00:00"),
        (pa.array([date(2026, 3, 12)], pa.date64()), "2026-03-12T00:00:00"),
        (pa.array([2**62], pa.timestamp("us")), None),
        (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), None),
        (pa.array([None], pa.timestamp("s")), None),
        (pa.array(["12 марта 2026"]), "12 марта 2026"),
        (pa.array([1_710_238_500]), 1_710_238_500),
    ],
)
def test_moments_are_iso(tmp_path, cells, said):
    assert read(tmp_path, packed({"text": ["Пост"], "date": cells})) == [{"text": "Пост", "date": said}]


def test_a_dump_of_vk_that_became_columns_is_read_as_vk(tmp_path):
    items = [
        {
            "id": 17,
            "owner_id": -5,
            "date": 1_710_238_500,
            "text": "Пост",
            "likes": {"count": 3},
            "attachments": [{"type": "photo"}],
        },
        {"id": 18, "owner_id": -5, "date": 1_710_238_600, "text": "Пост", "likes": None, "attachments": []},
    ]
    first, second = read(tmp_path, packed(pa.Table.from_pylist(items)))
    assert (first["platform"], first["page_id"], first["post_id"], first["likes"]) == ("vk", "5", 17, 3)
    assert (second["post_id"], second["likes"]) == (18, None)


def test_a_text_that_is_none_or_no_utf8_is_refused_in_place(tmp_path):
    texts = pa.array([b"\xd0\x9f", b"\xff\xfe", None], pa.binary())
    for cells in (texts, pa.Array.from_buffers(pa.string(), 3, texts.buffers())):
        good, broken, absent = read(tmp_path, packed({"text": cells}))
        assert good == {"text": "П"}
        assert broken == ("bad_encoding", "posts, строка 2")
        assert absent == {"text": None}


def test_two_columns_of_the_same_name_are_for_the_user_to_tell_apart(tmp_path):
    for names in (["text", "text"], ["Текст", "текст"]):
        table = pa.Table.from_arrays([pa.array(["один"]), pa.array(["другой"])], names)
        assert refused(tmp_path, packed(table)).code == "two_text_columns"


def test_of_other_columns_that_stand_twice_none_is_taken(tmp_path):
    table = pa.Table.from_arrays([pa.array(["Пост"]), pa.array([1]), pa.array([2])], ["text", "likes", "likes"])
    assert read(tmp_path, packed(table)) == [{"text": "Пост"}]


@pytest.mark.parametrize("table", [{"Дата": ["12.03.2026"], "x": [1]}, {"Дата": [1], "text": [["Пост"]]}])
def test_without_a_text_column_the_columns_are_shown(tmp_path, table):
    error = refused(tmp_path, packed(table))
    assert error.code == "no_text_column"
    assert f"«{'», «'.join(table)}»" in str(error)


def test_many_row_groups_are_read_on_and_progress_goes_on_to_the_end(tmp_path):
    path = tmp_path / "posts"
    path.write_bytes(packed({"text": [f"Пост {n}" for n in range(5000)]}, row_group_size=700))
    seen = []
    records = list(recognise(path).records(seen.append))
    assert [record["text"] for record in records] == [f"Пост {n}" for n in range(5000)]
    assert [str(records[0].place), str(records[-1].place)] == ["posts, строка 1", "posts, строка 5000"]
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


def test_a_damaged_file_is_refused_or_told_of_where_it_ends(tmp_path):
    content = packed({"text": [f"Пост {n} " * 50 for n in range(3000)]}, row_group_size=500, compression="zstd")
    assert refused(tmp_path, content[:-100]).code == "unreadable"
    at = len(content) // 2
    *whole, last = read(tmp_path, content[:at] + bytes(200) + content[at + 200 :])
    assert last == ("cut_short", "posts")
    assert all(row["text"].startswith("Пост") for row in whole)


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ufdd0\ufdd1"), max_size=20)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, st.one_of(st.none(), TEXTS), st.one_of(st.none(), st.integers(0, 10**12))), max_size=5)
)
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    columns = [list(cells) for cells in zip(*rows, strict=True)] or [[], [], []]
    kinds = [pa.string(), pa.string(), pa.int64()]
    table = pa.Table.from_arrays(
        [pa.array(*pair) for pair in zip(columns, kinds, strict=True)], ["text", "page_name", "views"]
    )
    found = read(tmp_path_factory.mktemp("parquet"), packed(table))
    assert [(row["text"], row["page_name"], row["views"]) for row in found] == rows


def test_what_is_nested_can_be_written_as_json(tmp_path):
    moment = MOMENT.replace(tzinfo=UTC)
    table = {
        "text": ["Завтра не будет воды"],
        "meta": [{"when": moment, "day": date(2026, 3, 12), "price": Decimal("1.50"), "none": float("nan")}],
        "files": [[{"bytes": b"\xd0\x9c", "length": timedelta(seconds=5)}]],
        "map": pa.array([[("at", moment)]], pa.map_(pa.string(), pa.timestamp("ms", "UTC"))),
        "hour": pa.array([MOMENT.time()]),
    }
    path = tmp_path / "posts"
    path.write_bytes(packed(table))
    (record,) = recognise(path).records()
    assert json.loads(json.dumps(record.own)) == {
        "text": "Завтра не будет воды",
        "meta": {"when": "2026-03-12T10:15:30+00:00", "day": "2026-03-12", "price": 1.5, "none": None},
        "files": [{"bytes": "М", "length": "0:00:05"}],
        "map": [["at", "2026-03-12T10:15:30+00:00"]],
        "hour": "10:15:30",
    }


def test_an_id_of_many_digits_keeps_them_all(tmp_path):
    number = 12345678901234567891
    table = pa.table({"text": ["Завтра"], "post_id": pa.array([Decimal(number)], pa.decimal128(38, 0))})
    (row,) = read(tmp_path, packed(table))
    assert row["post_id"] == number
