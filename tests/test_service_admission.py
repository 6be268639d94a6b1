import json
import math
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Post
from service.admission import admit
from service.counts import LARGEST
from service.record import REASONS, Refusal, Row
from service.rows import admitted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def refused(record, **kwargs):
    entry = admit(record, **kwargs)
    assert isinstance(entry, Refusal), entry
    return entry


@pytest.mark.parametrize("record", [None, 5, "текст", ["текст"], True])
def test_a_record_is_an_object(record):
    assert refused(record).code == "not_object"


@pytest.mark.parametrize("text", [None, "", " \r\n\t", "\u200b\ufeff\u00ad", "\x00", math.nan])
def test_a_text_that_nobody_sees_is_empty(text):
    assert refused({"text": text}).code == "empty_text"
    assert refused({}).code == "empty_text"


@pytest.mark.parametrize("text", [5, 1.5, True, ["текст"], {"текст": 1}])
def test_a_text_is_a_string(text):
    assert refused({"text": text}).code == "bad_text"


def test_a_text_may_be_as_long_as_the_limit():
    assert isinstance(admit({"text": "ж" * 20}, longest=20), Post)
    refusal = refused({"text": "ж" * 21}, longest=20)
    assert (refusal.code, refusal.detail) == ("text_too_long", "больше 20 знаков")


@pytest.mark.parametrize("value", [None, "", math.nan])
def test_a_missing_count_stays_missing(value):
    assert admit({"text": "Пост", "likes": value}).likes is None
    assert admit({"text": "Пост"}).likes is None


@pytest.mark.parametrize(("value", "count"), [(0, 0), (7, 7), (7.0, 7), ("7", 7), (" 7.0 ", 7), (LARGEST, LARGEST)])
def test_a_count_is_a_whole_number(value, count):
    assert admit({"text": "Пост", "views": value}).views == count


@pytest.mark.parametrize(
    "value", [-1, 1.5, "1.5", "-1", "много", True, [], {}, math.inf, LARGEST + 1, 10**400, "9" * 5000, "٣"]
)
def test_what_is_no_count_is_refused_by_its_name(value):
    refusal = refused({"text": "Пост", "reposts": value})
    assert (refusal.code, refusal.detail) == ("bad_count", "репосты")


@pytest.mark.parametrize(("value", "kept"), [(17, "17"), (17.0, "17"), (" a\tb ", "a b"), ("", None), (math.nan, None)])
def test_identity_is_strings(value, kept):
    assert admit({"text": "Пост", "post_id": value}).post_id == kept


@pytest.mark.parametrize("value", [True, [], {}])
def test_identity_of_another_kind_is_refused(value):
    refusal = refused({"text": "Пост", "page_id": value, "post_id": 5})
    assert (refusal.code, refusal.detail, refusal.identity["post_id"]) == ("bad_field", "page_id", "5")


def test_a_refusal_still_says_whose_it_is():
    refusal = refused({"text": "", "platform": "vk", "page_id": 5, "date": 1710238500})
    assert refusal.identity["platform"] == "vk"
    assert refusal.identity["page_id"] == "5"
    assert refusal.identity["date"] == "2024-03-12T10:15:00+00:00"


def test_half_an_emoji_can_be_written_out():
    post = admit({"text": "Концерт \ud83d", "page_name": "Дом \ude00"})
    assert (post.text, post.page_name) == ("Концерт \ufffd", "Дом \ufffd")


def test_every_reason_reads_as_a_sentence():
    for code in REASONS:
        assert Refusal(code).message[0].isupper()
        assert Refusal(code, "подробность", "wall.json, запись 3").message.startswith("wall.json, запись 3: ")


def test_the_place_in_an_archive_is_kept():
    assert admitted(Row({"text": ""}, "строка 7")).message == "строка 7: нет текста"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["text", "date", "page_id", "likes", "views", "platform"]), JSON))
def test_any_record_is_a_post_or_a_refusal_that_can_be_written(record):
    entry = admit(record)
    told = asdict(entry) if isinstance(entry, Post) else {**entry.identity, **entry.error()}
    json.dumps(told, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ["page_id", "post_id"])
def test_an_id_that_no_index_takes_is_refused_alone(name):
    refusal = admit({"text": "Завтра не будет воды", "page_id": "1", "post_id": "2", name: "x" * 501})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.identity[name]) == ("long_id", None)
    assert isinstance(admit({"text": "Завтра не будет воды", name: "x" * 500}), Post)
