"""All heads on one recipe: numbers that are what they are called, and the same in any company."""

from dataclasses import fields

import numpy as np
import pytest

from model.features import FEATURES, measure
from model.heads import CLIP, GRADE_HEADS, REACTION_HEADS, STACK, Scaling, multiply_rows, sigmoid
from model.linear import Rows
from model.score import CHECKLIST, TYPES


@pytest.fixture(scope="module")
def texts(corpus):
    return ["", "🎉", *(row["text"] for row in corpus[:60])]


@pytest.fixture(scope="module")
def said(scorer, texts):
    return scorer.heads.predict(scorer.lexicon.read(texts))


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 3, 2), (40, 300, 30), (3, 1000, 1)])
def test_rows_multiply_the_same_in_any_company(shape):
    rows, width, heads = shape
    random = np.random.default_rng(0)
    left, right = (random.normal(size=size).astype(np.float32) for size in ((rows, width), (width, heads)))
    together = multiply_rows(left, right)
    assert together == pytest.approx(left @ right, abs=1e-3)
    for n in range(rows):
        assert np.array_equal(multiply_rows(left[n:], right)[0], together[n])


def test_no_rows_multiply():
    assert multiply_rows(np.zeros((0, 3), np.float32), np.zeros((3, 2), np.float32)).shape == (0, 2)


def test_scaling_centres_and_clips():
    matrix = np.array([[0, 5], [2, 5], [4, 5]], np.float32)
    scaling = Scaling.of(matrix)
    assert scaling(matrix).mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert scaling(matrix)[:, 0].std() == pytest.approx(1)
    assert scaling(np.array([[1e9, 6], [-1e9, 4]], np.float32)).tolist() == [[CLIP, 1], [-CLIP, -1]]


def test_sigmoid():
    values = sigmoid(np.array([-1e9, -2, 0, 2, 1e9]))
    assert np.all(np.diff(values) > 0)
    assert values[2] == 0.5
    assert values + values[::-1] == pytest.approx(np.ones(5))


def test_inputs_are_named(scorer, texts):
    assert len(STACK) == len(set(STACK)) < len(GRADE_HEADS) + len(FEATURES)
    batch = scorer.lexicon.read(texts)
    inputs, reactions = scorer.heads.opinions(batch, measure(batch))
    assert inputs.shape == (len(texts), len(STACK))
    assert reactions.shape == (len(texts), len(REACTION_HEADS))


def test_usefulness_does_not_see_applause():
    """An outage notice is useful and unliked: reactions have no say in usefulness."""
    assert set(STACK).isdisjoint(f"linear.{head}" for head in REACTION_HEADS)
    assert not [name for name in STACK if "emoji" in name or "exclamation" in name or "hashtag" in name]


def test_grade_is_on_the_rubric(said):
    assert np.all((said.grade_low >= 0) & (said.grade_high <= 4))
    assert np.all((said.grade_low <= said.grade) & (said.grade <= said.grade_high))


def test_probabilities_are_probabilities(said):
    assert set(said.chance) == set(said.residual) == set(REACTION_HEADS)
    for values in (said.useful, *said.chance.values(), said.types, said.present, said.applies):
        assert np.all((values >= 0) & (values <= 1))
    assert said.types.sum(axis=1) == pytest.approx(np.ones(len(said.types)))


def test_shapes(said, texts):
    assert said.types.shape == (len(texts), len(TYPES))
    assert said.present.shape == said.applies.shape == (len(texts), len(CHECKLIST))


@pytest.mark.parametrize("head", REACTION_HEADS)
def test_more_reactions_are_more_probable(said, head):
    order = np.argsort(said.residual[head])
    assert np.all(np.diff(said.chance[head][order]) >= 0)


def flat(value):
    if isinstance(value, Rows):
        return value.matrix().toarray()
    return value if isinstance(value, np.ndarray) else np.stack(list(value.values()), axis=1)


def test_predictions_are_the_same_in_any_company(scorer, said, texts):
    alone = [scorer.heads.predict(scorer.lexicon.read([text])) for text in texts]
    for field in fields(said):
        together = flat(getattr(said, field.name))
        apart = np.concatenate([flat(getattr(one, field.name)) for one in alone])
        assert np.array_equal(together, apart), field.name
