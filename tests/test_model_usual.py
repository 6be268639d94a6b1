"""What is usual for a page, by hand."""

import numpy as np
import pytest

from model import Post
from model.usual import MIN_HISTORY, WINDOW, known_sum, trimmed_mean, usual


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([5], 5),
        ([1, 2], 1.5),
        ([1, 2, 9], 4),  # a quarter of three is nobody
        ([100, 3, 1, 0], 2),
        ([0, 0, 1, 2, 3, 4, 50, 900], 2.5),
    ],
)
def test_trimmed_mean_is_of_the_middle_half(values, mean):
    assert trimmed_mean(np.array(values, float)) == mean


def test_one_wild_post_does_not_move_the_usual():
    calm = np.arange(20.0)
    wild = calm.copy()
    wild[-1] = 1e9
    assert trimmed_mean(wild) == trimmed_mean(calm)


def test_usual_is_of_previous_posts():
    logs = np.random.default_rng(0).normal(size=250)
    result = usual(logs)
    assert np.isnan(result[:MIN_HISTORY]).all()
    for n in range(MIN_HISTORY, len(logs)):
        assert result[n] == trimmed_mean(logs[max(0, n - WINDOW) : n])


@pytest.mark.parametrize("n", [10, 40, 149])
def test_usual_sees_neither_itself_nor_what_is_later(n):
    random = np.random.default_rng(1)
    logs = random.normal(size=150)
    other = logs.copy()
    other[n:] = random.normal(9, 9, size=150 - n)
    assert np.array_equal(usual(logs)[: n + 1], usual(other)[: n + 1], equal_nan=True)


def test_window_forgets():
    logs = np.zeros(WINDOW + 1)
    logs[0] = 1e6
    assert usual(np.append(logs, 0))[-1] == 0


def test_unknown_counts_are_passed_over():
    logs = np.arange(30.0)
    logs[::3] = np.nan
    known = logs[:25][~np.isnan(logs[:25])]
    assert usual(logs)[25] == trimmed_mean(known)


def test_too_few_known_counts_tell_nothing():
    logs = np.full(40, np.nan)
    logs[: MIN_HISTORY - 1] = 1
    assert np.isnan(usual(logs)).all()
    logs[20] = 1
    assert np.isnan(usual(logs)[:21]).all()
    assert (usual(logs)[21:] == 1).all()


def test_page_without_posts():
    assert usual([]).shape == (0,)


@pytest.mark.parametrize(
    ("counts", "head", "expected"),
    [
        ({"likes": 5, "comments": 2, "reposts": 1}, "any", 8),
        ({"likes": 5}, "any", 5),
        ({"comments": 0}, "any", 0),
        ({}, "any", None),
        ({"views": 900}, "any", None),  # a view is not a reaction
        ({"likes": 5}, "likes", 5),
        ({"likes": 5}, "comments", None),
        ({"likes": 0}, "likes", 0),
    ],
)
def test_unknown_count_stays_unknown(counts, head, expected):
    assert known_sum(Post("a", **counts), head) == expected
