"""The upper heads: what they see, what they must not see, and what they do without evidence."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from model import Post
from model.heads import LAYOUT, REACTION_HEADS, STACK, STACK_PLAIN, Scaling, sigmoid
from model.score import CHECKLIST, TYPES
from training.dataset import Graded
from training.stack import (
    Logistic,
    fit_corrections,
    fit_trees,
    presence_thresholds,
    upper_out_of_fold,
)

ROWS = 240
FOLDS = np.arange(ROWS) % 3


@pytest.fixture(scope="module", autouse=True)
def single():
    """One thread: for so few rows more of them only wait for each other, long where the machine is busy."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(0).normal(size=(ROWS, len(STACK)))


@pytest.fixture(scope="module")
def grade(inputs):
    return np.clip(2 + inputs[:, STACK.index("linear.usefulness")], 0, 4)


@pytest.fixture(scope="module")
def logistic(inputs):
    return Logistic(Scaling.of(inputs.astype(np.float32)), 0)


@pytest.fixture(scope="module")
def labels(inputs):
    """Types of which some never occur, and a checklist of which some items are always or never there."""
    kind = np.where(inputs[:, STACK.index("linear.type.alert")] > 0, TYPES.index("alert"), TYPES.index("news"))
    present = (inputs[:, : len(CHECKLIST)] > 0).astype(float)
    present[:, 0], present[:, 1] = 1, 0
    return kind, present, np.ones_like(present)


@pytest.fixture(scope="module")
def graded(grade, labels):
    truth = np.ones(ROWS, bool)
    return Graded([Post("")] * ROWS, grade, *labels, natural=truth, added=~truth, groups=np.array(["page"] * ROWS))


def test_grades_out_of_fold_follow_the_opinions(inputs, graded):
    said, _ = upper_out_of_fold(inputs, graded, FOLDS, 0)
    assert np.corrcoef(said, graded.grade)[0, 1] > 0.8
    assert said.min() >= 0
    assert said.max() <= 4


def test_upper_heads_do_not_see_the_fold(inputs, graded):
    present = np.where(FOLDS[:, None] == 0, 1 - graded.present, graded.present)
    present[:, :2] = graded.present[:, :2]
    changed = replace(graded, grade=np.where(FOLDS == 0, 4 - graded.grade, graded.grade), present=present)
    for one, other in zip(*(upper_out_of_fold(inputs, data, FOLDS, 0) for data in (graded, changed)), strict=True):
        np.testing.assert_array_equal(one[FOLDS == 0], other[FOLDS == 0])
        assert (one[FOLDS == 1] != other[FOLDS == 1]).any()


@pytest.mark.parametrize("mark", LAYOUT)
def test_grade_does_not_look_at_layout(mark):
    """Exclamation marks and emoji cost nothing: a grade that looks at them is a grade to be gamed."""
    assert any(mark in name for name in STACK)
    assert not [STACK[n] for n in STACK_PLAIN if mark in STACK[n]]


def test_trees_are_seeded(inputs, grade):
    one, same, other = (fit_trees(inputs, grade, seed).predict(inputs) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_corrections_say_what_a_sum_cannot():
    """Whether two inputs agree in sign: a logistic head knows nothing of it, a few trees do."""
    inputs = np.random.default_rng(0).normal(size=(2000, 3)).astype(np.float32)
    truth = (inputs[:, :1] * inputs[:, 1:2] > 0).astype(float)
    (trees,) = fit_corrections(inputs, np.full((2000, 1), 0.5), truth, 0)
    assert ((trees.predict(inputs) > 0) == truth[:, 0]).mean() > 0.9


def test_corrections_leave_alone_what_is_well_said():
    inputs = np.random.default_rng(0).normal(size=(2000, 3)).astype(np.float32)
    truth = np.random.default_rng(1).random((2000, 1)) < 0.3
    (trees,) = fit_corrections(inputs, np.full((2000, 1), 0.3), truth, 0)
    assert np.abs(trees.predict(inputs)).mean() < 0.35


def test_usefulness_does_not_look_at_reactions():
    """What is useful does not hang on applause."""
    assert not {f"linear.{head}" for head in REACTION_HEADS} & set(STACK)


@pytest.mark.parametrize("known", [("ad",), ("alert", "news"), ("report", "news", "alert")], ids=len)
def test_types_are_learned_and_absent_ones_never_said(inputs, labels, logistic, known):
    kinds = [TYPES.index(name) for name in known]
    opinions = inputs[:, [STACK.index(f"linear.type.{name}") for name in known]]
    kind = np.array(kinds)[opinions.argmax(axis=1)]
    table, bias = logistic.fit(inputs, kind, *labels[1:])
    said = (logistic.scaling(inputs.astype(np.float32)) @ table + bias)[:, : len(TYPES)].argmax(axis=1)
    assert set(said) == set(kinds)
    assert (said == kind).mean() > 0.9


def test_chance_of_one_of_two_types_is_the_logistic_one(inputs, labels, logistic):
    """Two types are fitted with one row of weights; softmax over all types must give the same chance."""
    seen = logistic.scaling(inputs.astype(np.float32))
    table, bias = logistic.fit(inputs, *labels)
    chance = np.exp((seen @ table + bias)[:, : len(TYPES)])
    chance /= chance.sum(axis=1, keepdims=True)
    plain = LogisticRegression(C=0.02, max_iter=400).fit(seen, labels[0])
    np.testing.assert_allclose(chance[:, plain.classes_], plain.predict_proba(seen), atol=1e-6)


def test_items_without_two_outcomes_are_said_as_they_are(inputs, labels, graded):
    _, logits = upper_out_of_fold(inputs, graded, FOLDS, 0)
    present = sigmoid(logits[:, len(TYPES) : len(TYPES) + len(CHECKLIST)])
    assert present.shape == labels[1].shape
    assert (present[:, 0] > 0.999).all()
    assert (present[:, 1] < 0.001).all()
    assert ((present[:, 2:] > 0.5) == labels[1][:, 2:]).mean() > 0.6


def test_threshold_lies_where_presence_begins():
    chance = np.linspace(0.01, 0.99, 99)
    edges = np.linspace(0.25, 0.65, len(CHECKLIST))
    logits = np.zeros((len(chance), len(TYPES) + len(CHECKLIST) + 7))
    logits[:, len(TYPES) : len(TYPES) + len(CHECKLIST)] = np.log(chance / (1 - chance))[:, None]
    found = presence_thresholds(logits, (chance[:, None] >= edges).astype(float))
    assert found == pytest.approx(edges, abs=0.03)
