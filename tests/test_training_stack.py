"""The upper heads: what they see, what they must not see, and what they do without evidence."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from model import Post
from model.features import FEATURES
from model.forest import Forest
from model.heads import FACTS, LAYOUT, REACTION_HEADS, STACK, lean_on, sigmoid
from model.score import CHECKLIST, TYPES
from training.dataset import Graded
from training.stack import (
    Outcomes,
    fit_lean,
    fit_trees,
    presence_thresholds,
    unroll,
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
def test_upper_heads_do_not_look_at_layout(mark):
    """Exclamation marks and emoji cost nothing: a grade that looks at them is a grade to be gamed."""
    assert any(mark in name for name in FEATURES)
    assert not [name for name in STACK if mark in name]


def test_trees_are_seeded(inputs, grade):
    one, same, other = (fit_trees(inputs, grade, seed).predict(inputs) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_usefulness_does_not_look_at_reactions():
    """What is useful does not hang on applause."""
    assert not {f"linear.{head}" for head in REACTION_HEADS} & set(STACK)


@pytest.mark.parametrize("known", [("ad",), ("alert", "news"), ("report", "news", "alert")], ids=len)
def test_types_are_learned_and_absent_ones_never_said(inputs, labels, known):
    kinds = [TYPES.index(name) for name in known]
    opinions = inputs[:, [STACK.index(f"linear.type.{name}") for name in known]]
    kind = np.array(kinds)[opinions.argmax(axis=1)]
    said = Outcomes.fit(inputs, kind, *labels[1:], 0).logits(inputs)[:, : len(TYPES)].argmax(axis=1)
    assert set(said) == set(kinds)
    assert (said == kind).mean() > 0.9


def test_chance_of_one_of_two_types_is_that_of_the_trees(inputs, labels):
    """Two types share one logit; softmax over all types must give the same chance."""
    outcomes = Outcomes.fit(inputs, *labels, 0)
    known, trees = outcomes.parts[0]
    chance = softmax(outcomes.logits(inputs)[:, : len(TYPES)], axis=1)
    assert known == [int(trees.classes_[1])]
    np.testing.assert_allclose(chance[:, trees.classes_], trees.predict_proba(inputs), atol=1e-6)


@pytest.mark.parametrize("types", [1, 2, 4], ids=str)
def test_shipped_arrays_say_what_the_trees_say(inputs, labels, types):
    seen = inputs.astype(np.float32)
    outcomes = Outcomes.fit(seen, np.arange(ROWS) % types, *labels[1:], 0)
    forest = Forest(unroll(outcomes.parts, outcomes.baseline))
    np.testing.assert_array_equal(forest.predict(seen), outcomes.logits(seen))


def test_outcomes_that_never_differ_need_no_trees(inputs):
    same = np.ones((ROWS, len(CHECKLIST)))
    outcomes = Outcomes.fit(inputs, np.zeros(ROWS, int), same, same, 0)
    said = Forest(unroll(outcomes.parts, outcomes.baseline)).predict(inputs[:40].astype(np.float32))
    assert (said[:, 0] == 0).all()
    assert (said[:, 1 : len(TYPES)] < -9).all()
    assert (said[:, len(TYPES) :] > 9).all()


def test_items_without_two_outcomes_are_said_as_they_are(inputs, labels, graded):
    _, logits = upper_out_of_fold(inputs, graded, FOLDS, 0)
    present = sigmoid(logits[:, len(TYPES) : len(TYPES) + len(CHECKLIST)])
    assert present.shape == labels[1].shape
    assert (present[:, 0] > 0.999).all()
    assert (present[:, 1] < 0.001).all()
    assert ((present[:, 2:] > 0.5) == labels[1][:, 2:]).mean() > 0.6


@pytest.mark.parametrize("share", [0, 0.1, 1], ids="{} of posts call".format)
def test_a_grade_leans_on_facts_and_stays_on_its_scale(share):
    grade, rng = np.linspace(0, 4, 400), np.random.default_rng(0)
    facts = rng.uniform(0, len(FACTS), 400) * (rng.random(400) < share)
    lean = fit_lean(grade, facts)
    said = lean_on(facts, grade, lean)
    assert abs((said - grade).mean()) < 0.03
    for low in (0, 100, 200, 300):  # none of the quarters of what is said is far from what the trees gave
        quarter = np.argsort(said)[low : low + 100]
        assert abs((said - grade)[quarter].mean()) < 0.15
    more = [lean_on(np.full(2, count), np.array([0.5, 4.0]), lean) for count in range(len(FACTS) + 1)]
    assert (np.diff(more, axis=0) > 0).all()


def test_threshold_lies_where_presence_begins():
    chance = np.linspace(0.01, 0.99, 99)
    edges = np.linspace(0.25, 0.65, len(CHECKLIST))
    logits = np.zeros((len(chance), len(TYPES) + len(CHECKLIST) + 7))
    logits[:, len(TYPES) : len(TYPES) + len(CHECKLIST)] = np.log(chance / (1 - chance))[:, None]
    found = presence_thresholds(logits, (chance[:, None] >= edges).astype(float))
    assert found == pytest.approx(edges, abs=0.03)
