import io
import json
import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.archive import Reading, flow, read_line, recognise
from service.archive.jsonl import Writer
from service.record import Chunk, Refusal, Row, Unread
from service.rows import COLUMNS, refused

LINE = '{"text": "Пост %d", "post_id": %d}'


def read(folder, *lines, end="\n"):
    path = folder / "posts.jsonl"
    path.write_bytes(end.join(lines).encode())
    return [
        (record.code, str(record.place)) if isinstance(record, Refusal) else record["post_id"]
        for record in recognise(path).records()
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n\t\n"])
def test_a_line_is_a_record(tmp_path, end):
    assert read(tmp_path, LINE % (1, 1), LINE % (2, 2), "", end=end) == [1, 2]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"text": ', "bad_json"),
        ("не JSON", "bad_json"),
        ("{'text': 'Python'}", "bad_json"),
        ("[" * 100_000, "bad_json"),
        ('{"likes": ' + "9" * 5000 + "}", "bad_json"),
        ("5", "not_object"),
        ("null", "not_object"),
        ('"строка"', "not_object"),
    ],
)
def test_a_broken_line_is_refused_in_its_place(tmp_path, line, code):
    assert read(tmp_path, LINE % (1, 1), line, LINE % (2, 2)) == [1, (code, "posts.jsonl, строка 2"), 2]


def test_a_broken_first_line_does_not_hide_what_the_file_is(tmp_path):
    assert read(tmp_path, '{"text": ', LINE % (2, 2)) == [("bad_json", "posts.jsonl, строка 1"), 2]


def test_an_array_in_a_line_is_its_elements(tmp_path):
    assert read(tmp_path, LINE % (1, 1), f"[{LINE % (2, 2)}, {LINE % (3, 3)}]") == [1, 2, 3]


def test_records_in_a_line_know_the_fields_around_them(tmp_path):
    message = '{"type": "message", "id": %d, "date_unixtime": "1710238500", "text": "Пост"}'
    chat = f'{{"name": "Музей", "id": 5, "messages": [{message % 2}]}}'
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join([LINE % (1, 1), chat, message % 3]), encoding="utf-8")
    assert recognise(path).kind == "jsonl"
    assert [row.get("page_name") for row in recognise(path).records()] == [None, "Музей", None]


def test_a_line_that_is_too_long_is_passed_by(tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "LONGEST_LINE", 1000)
    long = LINE.replace("Пост", "a" * 5000) % (2, 2)
    assert read(tmp_path, LINE % (1, 1), long, LINE % (3, 3)) == [1, ("record_too_long", "posts.jsonl, строка 2"), 3]


def test_bytes_that_do_not_decode_cost_their_line(tmp_path):
    path = tmp_path / "posts.jsonl"
    lines = [(LINE % (n, n)).encode() for n in range(3)]
    path.write_bytes(b"\n".join([lines[0], lines[1].replace("П".encode(), b"\xff"), lines[2]]))
    kinds = [record.code if isinstance(record, Refusal) else record["post_id"] for record in recognise(path).records()]
    assert kinds == [0, "bad_encoding", 2]


def test_what_was_read_of_a_refused_row_says_whose_it_is(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_bytes('{"post_id": "7", "page_name": "Музей", "text": "@"}'.encode().replace(b"@", b"\xff"))
    (refusal,) = recognise(path).records()
    assert refusal.identity["post_id"] == "7"
    assert refusal.identity["page_name"] == "Музей"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({"text": TEXTS, "page_name": TEXTS}), max_size=5))
def test_rows_written_are_rows_read(rows):
    stream = io.StringIO()
    writer = Writer(stream)
    for row in rows:
        writer.write(row)
    assert [json.loads(line) for line in stream.getvalue().split("\n")[:-1]] == rows


def test_a_row_of_output_given_as_input_is_refused_for_its_lack_of_text(tmp_path):
    path = tmp_path / "scores.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        Writer(stream).write(dict.fromkeys(COLUMNS))
        Writer(stream).write(refused(Refusal("bad_json"), "m"))
    for row in recognise(path).records():
        assert not isinstance(row, Refusal)
        assert "text" not in row


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**70, str(2**70)),
        (float("nan"), "null"),
        ({"deep": [float("-inf"), 1.5]}, '{"deep":["-Infinity",1.5]}'),
        ("половина \ud83d", '"половина \ud83d"'),
        ((1, "два"), '[1,"два"]'),
        (62.5, "62.5"),
    ],
)
def test_a_line_keeps_what_fast_writers_lose(value, written):
    stream = io.StringIO()
    Writer(stream).write({"own": value, "text": "мост"})
    assert stream.getvalue() == f'{{"own":{written},"text":"мост"}}\n'


def test_a_line_of_great_depth_is_written():
    value = []
    for _ in range(400):
        value = [value]
    stream = io.StringIO()
    Writer(stream).write({"own": value})
    assert json.loads(stream.getvalue()) == {"own": value}


def told(record):
    """All that a record tells, as text: so is one NaN the same as another."""
    if isinstance(record, Refusal):
        return repr(record)
    return repr([dict(record), *(getattr(record, name) for name in ("own", "place", "raw", "unread"))])


KEYS = st.sampled_from(
    [
        "text",
        "Текст",
        "date",
        "likes",
        "Лайки",
        "items",
        "response",
        "error",
        "album",
        "type",
        "_",
        "from_id",
        "owner_id",
    ]
    + ["grouped_id", "media_group_id", "message", "date_unixtime", "timestamp", "body", "\\u0069tems", "t\\u0079pe"]
)
STRINGS = st.sampled_from(["", "Ждём вас", "service", "message", "Message", "{", "[club1|Музей]", "\\", "\ud83d"])
SCALARS = st.none() | st.booleans() | st.integers(0, 5) | st.just(float("nan")) | STRINGS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)
ODD = [
    "",
    "  ",
    "{",
    '{"text": "Ждём',
    '{"text": "а"} {"text": "б"}',
    "[]",
    "7",
    '\ufeff{"text": "а"}',
    "{}",
    '{"a": null}',
]
LINES = (
    st.dictionaries(KEYS, SCALARS, max_size=4).map(json.dumps)
    | st.dictionaries(KEYS, VALUES, max_size=3).map(json.dumps)
    | st.sampled_from(ODD)
).map(lambda line: line.replace("\\\\u00", "\\u00"))  # keys that are written so that one does not see them


@example(['{"t\\u0079pe": "service", "date_unixtime": "5", "text": ""}'], b"", "utf-8")
@example(['{"text": "Второй"}'], b"", "utf-16")
@given(
    st.lists(LINES, max_size=6),
    st.sampled_from([b"", b"\n", b"\xff", b"\n{", b"\x00\xd0"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1251"]),
)
def test_lines_that_are_left_come_to_the_same_records(tmp_path_factory, lines, end, encoding):
    path = tmp_path_factory.mktemp("lines") / "posts.jsonl"
    wrong = "ignore" if encoding == "cp1251" else "surrogatepass"
    path.write_bytes("\n".join(['{"text": "Первый пост о воде"}'] * 3 + lines).encode(encoding, wrong) + end)
    archive = recognise(path, reading=Reading("jsonl"))
    whole, silent = [*archive.records()], dict(archive.silent)
    left = [*archive.records_or_lines()]
    brought = pickle.loads(pickle.dumps(Chunk(left)))
    read = [read_line(one) if isinstance(one, Unread) else one for one in brought]
    assert [*map(told, read)] == [*map(told, whole)]
    assert dict(archive.silent) == silent


def test_lines_are_left_where_the_origin_is_not_told(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text(LINE % (1, 1))
    assert [type(one) for one in recognise(path).records_or_lines()] == [Unread]
    assert [type(one) for one in recognise(path, reading=Reading("vk")).records_or_lines()] == [Row]
