"""Two drafts: chances and intervals that follow from what was measured."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from model import Post
from model.comparison import beats, compare

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
PRAISE = "Глава района поблагодарил участников семинара за плодотворную работу и вручил им грамоты."


@pytest.fixture(scope="module")
def scores(scorer):
    return scorer(Post(PRAISE)), scorer(Post(OUTAGE))


def test_the_more_useful_one_is_named(scorer, scores):
    found = compare(scorer, *scores)
    assert found.usefulness == pytest.approx(scores[1].usefulness - scores[0].usefulness, abs=0.06) != 0
    assert (found.more_useful > 0.5) == (found.usefulness > 0)
    assert found.useful_low < found.usefulness < found.useful_high


def test_sides_may_be_swapped(scorer, scores):
    one, other = compare(scorer, *scores), compare(scorer, *reversed(scores))
    assert one.likelier == pytest.approx(1 - other.likelier, abs=2e-3)
    assert one.usefulness == -other.usefulness
    assert one.ratio == pytest.approx(1 / other.ratio, rel=0.05)


def test_equals_are_even(scorer, scores):
    found = compare(scorer, scores[0], scores[0])
    assert (found.likelier, found.more_useful, found.ratio, found.usefulness) == (0.5, 0.5, 1.0, 0.0)
    assert found.ratio_low < 1 < found.ratio_high


def test_what_should_not_be_trusted_is_not_sure(scorer, scores):
    assert compare(scorer, *scores).sure
    assert not compare(scorer, scores[0], replace(scores[1], status="unfamiliar")).sure


def test_a_model_that_knows_nothing_of_engagement_is_not_sure(scorer, scores):
    heads = SimpleNamespace(calibration={"any": (0.0, 0.1)})
    found = compare(SimpleNamespace(heads=heads), *scores)
    assert (found.likelier, found.ratio, found.sure) == (0.5, 1.0, False)
    assert found.ratio_low < 1 < found.ratio_high


@pytest.mark.parametrize("shift", [-3.0, -0.5, 0.0, 0.0005, 0.7, 4.0])
def test_chances_are_those_of_two_draws(shift):
    random = np.random.default_rng(0)
    draws = random.logistic(size=400_000) + shift > random.logistic(size=400_000)
    assert beats(shift) == pytest.approx(draws.mean(), abs=4e-3)


def test_the_interval_holds_eight_cases_of_ten(scorer, scores):
    found = compare(scorer, *scores)
    slope = scorer.heads.calibration["any"][0]
    random = np.random.default_rng(1)
    apart = math.log(found.ratio) + (random.logistic(size=200_000) - random.logistic(size=200_000)) / slope
    held = (apart > math.log(found.ratio_low)) & (apart < math.log(found.ratio_high))
    assert held.mean() == pytest.approx(0.8, abs=0.03)


def test_certainty_does_not_overflow():
    assert (beats(1000.0), beats(-1000.0)) == (1.0, 0.0)
