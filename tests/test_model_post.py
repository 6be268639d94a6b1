"""Posts from canonical rows: what is wrong is named, what is not known stays so."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from model import Post
from model.post import COUNTS, FIELDS, IDENTITY


def test_full_row_is_a_post():
    row = {
        "text": "Ждём вас",
        "platform": "vk",
        "page_id": 17,
        "page_name": "ДК «Ладья»",
        "page_kind": "culture",
        "post_id": 5,
        "date": "2026-03-12T18:00:00+03:00",
        "likes": 10,
        "comments": "2",
        "reposts": 0,
        "views": 1500.0,
    }
    assert Post.from_row(row) == Post(**{**row, "page_id": "17", "post_id": "5", "comments": 2, "views": 1500})


def test_fields_are_the_columns_of_a_row():
    assert set(FIELDS) == {"text", "page_kind", *IDENTITY, *COUNTS}


def test_text_is_enough_and_strange_fields_are_passed_over():
    assert Post.from_row({"text": "", "usefulness": 4, "likes": None, "views": ""}) == Post("")


@pytest.mark.parametrize("row", [{}, {"text": None}, {"text": 5}, {"text": b"a"}, {"text": ["a"]}])
def test_row_without_text_is_refused(row):
    with pytest.raises(ValueError, match="^text: "):
        Post.from_row(row)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(
    "value", [-1, 1.5, "1.5", "many", True, False, float("nan"), float("inf"), [], {}, 10**400, "-3"], ids=repr
)
def test_count_that_is_no_count_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"^{name}: "):
        Post.from_row({"text": "a", name: value})


@pytest.mark.parametrize("name", COUNTS)
def test_unknown_count_is_not_zero(name):
    assert getattr(Post.from_row({"text": "a", name: None}), name) is None
    assert getattr(Post.from_row({"text": "a", name: 0}), name) == 0


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2026-03-12T18:00:00+03:00", datetime(2026, 3, 12, 18, tzinfo=timezone(timedelta(hours=3)))),
        ("2026-03-12T18:00:00Z", datetime(2026, 3, 12, 18, tzinfo=UTC)),
        ("2026-03-12T18:00:00", datetime(2026, 3, 12, 18, tzinfo=UTC)),
        ("2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
        ("12 марта", None),
        ("", None),
        (None, None),
    ],
)
def test_moment(date, moment):
    assert Post("a", date=date).moment == moment


def test_pages_are_told_apart_by_platform_and_id():
    pages = {Post("a", platform=p, page_id=i, page_name="b").page for p in ("vk", "ok", None) for i in ("1", "2", None)}
    assert len(pages) == 9
