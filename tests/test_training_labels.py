"""Each rule of labelling, and what a residual is measured against."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.heads import REACTION_HEADS
from model.post import Post
from model.usual import MIN_HISTORY, WINDOW, trimmed_mean
from training.labels import (
    RESIDUAL_CLIP,
    RULES,
    has_usual,
    is_fresh,
    is_mature,
    is_written,
    pages,
    reaction_labels,
    weights,
)

ANY, LIKES, COMMENTS, REPOSTS = range(4)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def page_of(likes, **more):
    """Posts of one page, a day apart."""
    return [Post(f"Пост номер {n}", date=(START + timedelta(days=n)).isoformat(), likes=count, **more)
            for n, count in enumerate(likes)]  # fmt: skip


def label(posts, groups=None):
    return reaction_labels(posts, np.array(["page"] * len(posts) if groups is None else groups))


def keep(rule, posts, groups=None):
    groups = np.array(["page"] * len(posts) if groups is None else groups)
    return rule(posts, groups, label(posts, groups)[1]).tolist()


def test_residual_is_the_log_count_above_the_middle_half_of_earlier_ones():
    likes = [5, 8, 3, 9, 7, 6, 1000, 4, 10, 2, 12, 20]
    residual, typical, _ = label(page_of(likes))
    expected = trimmed_mean(np.log1p(likes[:11]))
    assert typical[11, LIKES] == pytest.approx(expected)
    assert residual[11, LIKES] == pytest.approx(np.log1p(20) - expected)


def test_first_posts_have_no_residual():
    residual, typical, _ = label(page_of([5] * (MIN_HISTORY + 1)))
    assert np.isnan(residual[:MIN_HISTORY]).all()
    assert np.isnan(typical[:MIN_HISTORY]).all()
    assert residual[MIN_HISTORY, LIKES] == pytest.approx(0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=12, max_size=30), st.data())
def test_later_counts_change_nothing(likes, data):
    moment = data.draw(st.integers(MIN_HISTORY, len(likes) - 1))
    changed = likes[: moment + 1] + [count + 50 for count in likes[moment + 1 :]]
    before, after = label(page_of(likes)), label(page_of(changed))
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old[: moment + 1], new[: moment + 1])


def test_posts_before_the_window_are_forgotten():
    recent = list(range(WINDOW))
    one, other = label(page_of([0] * 20 + recent + [7])), label(page_of([500] * 20 + recent + [7]))
    assert one[1][-1, LIKES] == other[1][-1, LIKES] == pytest.approx(trimmed_mean(np.log1p(recent)))
    assert one[1][-2, LIKES] < other[1][-2, LIKES]  # one step earlier the twentieth is still seen


def test_pages_are_measured_apart():
    big, small = page_of([200] * 12), page_of([2] * 12)
    residual, typical, _ = label([*big, *small], ["a"] * 12 + ["b"] * 12)
    assert typical[11, LIKES] == pytest.approx(np.log1p(200))
    assert typical[23, LIKES] == pytest.approx(np.log1p(2))
    assert np.isnan(typical[12:22]).all()


def test_unknown_counts_stay_unknown():
    likes = [5] * 12 + [None] + [5] * 3
    residual, typical, _ = label(page_of(likes, comments=None, reposts=1))
    assert np.isnan(residual[:, COMMENTS]).all()
    assert np.isnan(residual[12, LIKES])
    assert not np.isnan(typical[12, LIKES])  # what was usual is known all the same
    assert residual[13, LIKES] == pytest.approx(0)  # and the gap is no zero
    assert residual[13, ANY] == pytest.approx(0)


def test_any_is_the_sum_of_what_is_known():
    posts = page_of([5] * 11, comments=2, reposts=None)
    assert label(posts)[1][10, ANY] == pytest.approx(np.log1p(7))


def test_residuals_are_clipped():
    residual, _, _ = label(page_of([5] * 11 + [10_000, 0]))
    assert residual[11:, LIKES].tolist() == [RESIDUAL_CLIP, -RESIDUAL_CLIP]


def test_place_is_the_share_of_the_page_that_came_before():
    assert label(page_of([1] * 4))[2].tolist() == [0, 0.25, 0.5, 0.75]


def test_nothing_gives_nothing():
    residual, typical, place = label([])
    assert residual.shape == typical.shape == (0, len(REACTION_HEADS))
    assert len(place) == 0
    assert pages(np.array([], str)) == []


def test_pages_lists_rows_in_order():
    assert [rows.tolist() for rows in pages(np.array(["b", "a", "b", "a"]))] == [[1, 3], [0, 2]]


def test_larger_counts_weigh_more():
    small, large = weights(np.log1p([[1.0]])), weights(np.log1p([[100.0]]))
    assert 0 < small < large


def test_unknown_usual_has_a_finite_weight():
    assert np.isfinite(weights(np.array([[np.nan]]))).all()


def test_has_usual():
    assert keep(has_usual, page_of([5] * 12)) == [False] * 10 + [True] * 2


def test_is_mature():
    assert keep(is_mature, page_of([5] * 10)) == [True] * 2 + [False] * 8


def test_is_mature_looks_at_the_last_day_of_each_page():
    old, new = page_of([5] * 9), page_of([5] * 3)
    assert keep(is_mature, [*old, *new], ["old"] * 9 + ["new"] * 3) == [True] + [False] * 11


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", False),
        ("12.03 18:00", False),
        ("С праздником!", False),
        ("Добрый день!", False),
        ("Завтра отключат воду", True),
        ("а б в г", False),
    ],
)
def test_is_written(text, kept):
    assert keep(is_written, [Post(text)]) == [kept]


def test_is_fresh():
    texts = ["Приём 5 мая, каб. 3", "Приём 12 мая, каб. 7!", "Приём в пятницу"]
    assert keep(is_fresh, [Post(text) for text in texts]) == [True, False, True]


def test_is_fresh_lets_pages_repeat_each_other():
    assert keep(is_fresh, [Post("Приём в пятницу"), Post("Приём в пятницу")], ["a", "b"]) == [True, True]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_tells_its_reason(rule):
    assert rule.__doc__.strip()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_takes_no_posts(rule):
    assert keep(rule, []) == []
