"""Drift: what an archive has in common with the training posts."""

import numpy as np
import pytest

from model import Post
from model.drift import ENOUGH, MEASURES, Drift, Measure, describe, look, measure_drift, stability_index
from model.score import STATUSES, TYPES


@pytest.fixture(scope="module")
def posts(corpus):
    return [Post(row["text"]) for row in corpus]


@pytest.fixture(scope="module")
def home(scorer, posts):
    """The shipped scorer as if it had been trained on the bundled posts."""
    from copy import copy

    other = copy(scorer)
    other.manifest = {**scorer.manifest, "reference": describe(look(scorer, posts))}
    return other


def test_index_of_the_same_shares_is_zero():
    assert stability_index(np.full(10, 0.1), np.full(10, 100.0)) == 0


def test_index_grows_with_the_distance():
    expected = np.full(4, 0.25)
    near, far = (
        stability_index(expected, np.array([300.0, 250, 250, 200])),
        stability_index(expected, np.array([900.0, 50, 50, 0])),
    )
    assert 0 < near < 0.1
    assert far > 0.25


def test_index_takes_chance_away():
    """Twenty posts of the very same mix are not told to have drifted."""
    rng = np.random.default_rng(0)
    drawn = [
        stability_index(np.full(10, 0.1), rng.multinomial(200, np.full(10, 0.1)).astype(float)) for _ in range(200)
    ]
    assert np.mean(drawn) < 0.03


def test_index_of_nothing_is_zero():
    assert stability_index(np.full(3, 1 / 3), np.zeros(3)) == 0


def test_training_posts_have_not_drifted(home, posts):
    found = measure_drift(home, posts)
    assert (found.posts, found.verdict) == (len(posts), "trust")
    assert [measure.name for measure in found.measures] == list(MEASURES)
    for measure in found.measures:
        assert (measure.index, measure.level) == (0, "none")
        assert measure.middle == pytest.approx(measure.usual, abs=0.01) if measure.name in found.measures else True
        assert sum(measure.shares) == pytest.approx(1, abs=0.01)


def test_english_is_not_to_be_trusted(home):
    english = [Post(f"There will be no water in house {n} tomorrow, please call the office") for n in range(ENOUGH)]
    found = measure_drift(home, english)
    assert (found.verdict, found.strange) == ("distrust", 1)


def test_telegrams_are_scored_with_caution(home, posts):
    """Known words, but every post cut to its first words."""
    short = [Post(" ".join(post.text.split()[:6])) for post in posts]
    found = measure_drift(home, short)
    level = {measure.name: measure.level for measure in found.measures}
    assert level["length"] == "strong"
    assert found.verdict == "caution"


@pytest.mark.parametrize(("middle", "verdict"), [(0.99, "trust"), (0.5, "caution")])
def test_more_known_words_than_usual_are_no_reason_to_doubt(middle, verdict):
    known = Measure("known_words", 0.4, middle, 0.97, (1.0,), (1.0,))
    assert known.level == "strong"
    assert Drift(1000, 0.0, 0.0, (known,)).verdict == verdict


def test_few_posts_tell_nothing(home, posts):
    assert measure_drift(home, posts[: ENOUGH - 1]).verdict == "few"
    assert measure_drift(home, []).verdict == "few"


def test_archive_is_read_lazily(home, posts):
    assert measure_drift(home, iter(posts)) == measure_drift(home, posts)


@pytest.mark.parametrize(("strange", "verdict"), [(0.31, "distrust"), (0.3, "trust")])
def test_bound_of_strange_posts(strange, verdict):
    assert Drift(ENOUGH, strange, 0.01, ()).verdict == verdict


def test_description_holds_every_measure(scorer, posts):
    kept = describe(look(scorer, posts))
    assert tuple(kept) == MEASURES
    assert len(kept["type"]["shares"]) == len(TYPES)
    assert len(kept["status"]["shares"]) == len(STATUSES)
    assert len(kept["length"]["shares"]) == len(kept["length"]["cuts"]) + 1
