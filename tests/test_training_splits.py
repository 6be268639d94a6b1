"""Splits do not leak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.post import Post
from training.splits import is_official, page_folds, without_twins

GROUPS = st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=80).map(np.array)


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(2, 5), st.integers(0, 3))
def test_pages_stay_whole_and_folds_come_out_even(groups, folds, seed):
    given_folds = page_folds(groups, folds, seed)
    assert given_folds.shape == groups.shape
    assert all(len(np.unique(given_folds[groups == page])) == 1 for page in np.unique(groups))
    largest_page = np.unique(groups, return_counts=True)[1].max()
    load = np.bincount(given_folds, minlength=folds)
    assert len(load) == folds
    assert load.max() - load.min() <= largest_page


@pytest.mark.parametrize("seed", range(5))
def test_large_pages_are_dealt_first(seed):
    groups = np.array(["large"] * 6 + [f"small{n}" for n in range(6)])
    assert np.bincount(page_folds(groups, 2, seed)).tolist() == [6, 6]


def test_folds_are_seeded():
    groups = np.array([f"page{n // 3}" for n in range(120)])
    assert page_folds(groups, 5, 0).tolist() == page_folds(groups, 5, 0).tolist()
    assert page_folds(groups, 5, 0).tolist() != page_folds(groups, 5, 1).tolist()


def test_folds_do_not_hang_on_the_order_of_rows():
    groups = np.array([f"page{n % 7}" for n in range(50)])
    order = np.random.default_rng(0).permutation(50)
    assert page_folds(groups[order], 3, 0).tolist() == page_folds(groups, 3, 0)[order].tolist()


def test_no_rows_no_folds():
    assert len(page_folds(np.array([], str), 5, 0)) == 0


def test_twins_of_test_rows_leave_training():
    test = np.array([False, False, False, True, True])
    marks = ["шаблон", "своё", "", "шаблон", ""]
    assert without_twins(~test, test, marks).tolist() == [False, True, True, False, False]


def test_twins_within_training_stay():
    train, test = np.array([True, True, False, False]), np.array([False, False, False, True])
    assert without_twins(train, test, ["шаблон", "шаблон", "ничьё", "иное"]).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("kind", "official"), [("government", True), ("culture", True), ("media", False), ("other", False), (None, False)]
)
def test_official_pages(kind, official):
    assert is_official([Post("", page_kind=kind)]).tolist() == [official]
