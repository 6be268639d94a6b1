import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.archive import document, recognise
from service.archive.flow import LONGEST_LINE, Flow
from service.record import Refusal

GOOD = '{"id": %d, "text": "Пост %d", "likes": 1, "date": 5}'


def items(*between):
    """A document in which things stand between the good records 1, 2, 3 …"""
    parts = [GOOD % (1, 1)]
    for number, thing in enumerate(between, 2):
        parts += [thing, GOOD % (number, number)]
    return f'{{"response": {{"count": 9, "items": [{", ".join(parts)}]}}}}'


def read(folder, text):
    path = folder / "wall.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [
        record.code if isinstance(record, Refusal) else record.get("post_id", record.get("id"))
        for record in recognise(path).records()
    ]


@pytest.mark.parametrize(
    ("thing", "code"),
    [
        ("5", "not_object"),
        ("null", "not_object"),
        ('"строка"', "not_object"),
        ("[1]", "not_object"),
        ('{"text": "обрыв}', "bad_json"),
        ('{"text": }', "bad_json"),
        ('{"text" "нет двоеточия"}', "bad_json"),
        ("{'text': 'кавычки Python'}", "bad_json"),
        ("{{{", "bad_json"),
        ("мусор", "bad_json"),
        ("undefined", "bad_json"),
        ('{"text": "\\x"}', "bad_json"),
        ('{"text": ' + "[" * 200_000 + "}", "bad_json"),
        ('{"likes": ' + "9" * 5000 + "}", "bad_json"),
    ],
)
def test_something_broken_costs_itself_only(tmp_path, thing, code):
    assert read(tmp_path, items(thing)) == [1, code, 2]
    assert read(tmp_path, f"[{GOOD % (1, 1)}, {thing}, {GOOD % (2, 2)}]") == [1, code, 2]


def test_after_something_broken_other_kinds_are_still_told_of(tmp_path):
    found = read(tmp_path, items('{"text": }', '5, null, "строка"', '{"id": 7, "text": NaN, "likes": 1}'))
    assert found == [1, "bad_json", 2, "not_object", "not_object", "not_object", 3, 7, 4]


def test_broken_first_and_last(tmp_path):
    assert read(tmp_path, '{"items": [{"text": }, %s, {"text": }]}' % (GOOD % (1, 1))) == ["bad_json", 1, "bad_json"]


def test_a_key_that_is_no_string_is_broken(tmp_path):
    assert read(tmp_path, f'{{"items": [{GOOD % (1, 1)}], [1]: 2, "items": [{GOOD % (2, 2)}, {GOOD % (3, 3)}]}}') == [
        1,
        "bad_json",
        3,
    ]


def test_records_know_the_fields_around_them(tmp_path):
    """Those of the nearest object, also after something broken, and nothing of a neighbour's."""
    for thing in ('{"text": "c"}', '{"text": }'):
        one, two = (
            f'{{"id": {n}, "deep": {{"a": 1}}, "items": [{{"text": "a"}}, {thing}, {{"text": "b"}}]}}' for n in (1, 2)
        )
        founds = _founds(_written(tmp_path, f'{{"id": 0, "response": [{one}, {two}, {{"text": "d"}}]}}'))
        assert [found.around for found in founds] == [{"id": 1}] * 3 + [{"id": 2}] * 3 + [{"id": 0}]
        assert [found.code for found in founds] == ["", "" if "c" in thing else "bad_json", ""] * 2 + [""]


def test_what_json_forbids_and_dumps_contain_is_read(tmp_path):
    strange = '{"id": 8, "text": "строка\nс переносом", "likes": NaN, "date": -Infinity}'
    assert read(tmp_path, items(strange)) == [1, 8, 2]


@pytest.mark.parametrize("cut", [1, 2, 3, 10, 30])
def test_a_document_cut_short_gives_what_came(tmp_path, cut):
    whole = items("5", "6")
    found = read(tmp_path, whole[:-cut])
    assert found[:4] == [1, "not_object", 2, "not_object"]
    assert found[4:] in ([3, "cut_short"], ["cut_short"])


def test_bytes_that_do_not_decode_are_one_refusal(tmp_path):
    broken = items('{"id": 9, "text": "@", "likes": 1}').encode().replace(b"@", b"\xd0\xff")
    assert read(tmp_path, broken) == [1, "bad_encoding", 2]


def test_an_object_without_records_is_a_record(tmp_path):
    (found,) = recognise(_written(tmp_path, '{\n"text": "Один пост"\n}')).records()
    assert found["text"] == "Один пост"


def test_objects_with_russian_names_are_rows(tmp_path):
    (found,) = recognise(_written(tmp_path, '[{"Текст": "Пост", "Лайки": 5}]')).records()
    assert found == {"text": "Пост", "likes": 5}


@pytest.mark.parametrize("text", ["[]", '{"response": {"count": 0, "items": []}}', '{"items": []}', "[ ]\n"])
def test_no_records_are_none(tmp_path, text):
    assert read(tmp_path, text) == []


def test_a_record_larger_than_memory_should_hold_is_passed_by(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "LONGEST_RECORD", 5000)
    monkeypatch.setattr(document, "_READ", 100)
    assert read(tmp_path, items('{"text": "%s"}' % ("a" * 50_000))) == [1, "record_too_long", 2]


def _founds(path):
    with Flow(path) as flow:
        return list(document.read(flow))


def _written(folder, text):
    path = folder / "wall.json"
    path.write_text(text, encoding="utf-8")
    return path


RECORDS = st.lists(
    st.fixed_dictionaries(
        {"text": st.text(st.characters(codec="utf-8"), max_size=30)},
        optional={"likes": st.integers() | st.none(), "extra": st.lists(st.floats(allow_nan=False), max_size=2)},
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    RECORDS,
    st.integers(1, 40),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.sampled_from(["utf-8", "cp1251", "utf-16"]),
)
def test_wherever_the_window_ends_every_record_comes_whole(records, step, indent, nested, encoding):
    text = json.dumps({"response": {"items": records}} if nested else records, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_READ", step)
        window = document.Window(io.BytesIO(text.encode(encoding)), encoding)
        assert [record for record, _ in document._records(window)] == records


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='{}[]",: \n1tекст', max_size=60), st.integers(1, 10))
def test_any_rubbish_comes_to_an_end(text, step):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_READ", step)
        list(document._records(document.Window(io.BytesIO(text.encode()), "utf-8")))


@pytest.mark.parametrize(
    "shape",
    [
        '{"response": {"museum": {"count": 1, "items": [%s]}, "library": {"count": 1, "items": [%s]}}}',  # of `execute`
        '{"result": {"response": {"items": [%s, %s]}}}',
        '{"posts": [%s, %s], "count": 2}',
        '{"data": [%s, %s]}',
        '{"1": %s, "2": %s}',
        '{"museum": [%s], "library": [%s], "closed": []}',
        '{"response": {"museum": {"items": [%s, %s]}, "closed": false}}',
        '[{"wall": [%s]}, {"wall": [%s]}]',
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_posts_are_found_whatever_holds_them(tmp_path, shape, indent):
    whole = json.loads(shape % (GOOD % (1, 1), GOOD % (2, 2)))
    assert read(tmp_path, json.dumps(whole, indent=indent)) == [1, 2]


def test_posts_of_a_long_line_are_found_whatever_holds_them(tmp_path):
    post = '{"id": 1, "text": "Пост", "pad": "%s"}' % ("x" * 100_000)
    number = LONGEST_LINE // len(post) + 1
    assert read(tmp_path, f'{{"data": [{", ".join([post] * number)}]}}') == [1] * number


@pytest.mark.parametrize(
    "thing",
    ['{"comments": [{"id": 5, "text": "Спасибо"}], "id": 6}', '{"error": {"error_code": 15}}', '{"tags": ["а"]}', "{}"],
)
def test_what_says_something_itself_holds_no_posts(tmp_path, thing):
    found = read(tmp_path, f"[{GOOD % (1, 1)}, {thing}, {GOOD % (2, 2)}]")
    assert len(found) == 3 and (found[0], found[2]) == (1, 2)
