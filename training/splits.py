"""Splits that do not leak: whole pages, later times, and duplicates on one side."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.post import Post

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def page_folds(groups: npt.NDArray[np.str_], folds: int, seed: int) -> Ints:
    """Give each row a fold so that pages stay whole and folds come out about even in rows.

    Pages are dealt from large to small to the smallest fold; the seed shuffles equals.
    With fewer pages than folds some folds stay empty.
    """
    names, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    load = np.zeros(folds)
    fold_of = np.zeros(len(names), np.int64)
    for page in order:
        fold_of[page] = int(load.argmin())
        load[fold_of[page]] += sizes[page]
    return fold_of[inverse]


def without_twins(train: Bools, test: Bools, marks: Sequence[str]) -> Bools:
    """Take from the training side what is a near-duplicate of a test row (templates, handouts)."""
    held = {mark for mark, there in zip(marks, test, strict=True) if there and mark}
    alone: Bools = train & np.array([mark not in held for mark in marks], bool)
    return alone


def is_official(posts: Sequence[Post]) -> Bools:
    """Pages of state bodies and their institutions: what госпаблики are."""
    return np.array([post.page_kind in ("government", "culture") for post in posts])
