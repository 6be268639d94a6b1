"""What a post is to get: engagement in another way, never surer and never the other way round."""

from dataclasses import replace

import numpy as np
import pytest

from model import Post
from model.expectation import COVERED, SWING, expect, odds, times
from training.dataset import read_reacted

TEXT = "Завтра, 14 мая, с 9:00 до 16:00 на улице Луговой не будет воды. Диспетчер: 4-11-20."


@pytest.fixture
def score(scorer):
    return replace(scorer(Post(TEXT)), engagement=50.0)


def test_a_usual_post_is_to_get_the_usual(scorer, score):
    found = expect(scorer, score)
    assert found.times == 1
    assert found.low * found.high == pytest.approx(1, abs=0.02)  # as far below as above
    assert found.low < 1 < found.high


def test_more_engagement_promises_more(scorer, score):
    told = [expect(scorer, replace(score, engagement=percent)) for percent in (0.0, 20.0, 50.0, 90.0, 100.0)]
    for name in ("times", "low", "high"):
        values = [getattr(one, name) for one in told]
        assert values == sorted(values)
        assert len(set(values)) == 5


def test_the_interval_is_as_wide_as_was_measured(scorer, score, monkeypatch):
    slope, swing = scorer.heads.calibration["any"][0], scorer.manifest["swing"]
    assert expect(scorer, score).low == times(-swing, slope)
    assert expect(scorer, score).high == times(swing, slope)
    monkeypatch.delitem(scorer.manifest, "swing")  # as an older model
    assert odds(10.0) == pytest.approx(-SWING)  # logistic noise leaves a tenth on either side
    assert expect(scorer, score).low == times(odds(10.0), slope)


def test_nothing_is_promised_without_trust(scorer, score):
    assert expect(scorer, replace(score, status="unfamiliar")) is None


def test_four_real_posts_in_five_lie_within(scorer, shared_data):
    """A little more, for the model was fitted on them."""
    reacted = read_reacted(shared_data / "engagement.jsonl.gz")
    rows = np.flatnonzero(reacted.labelled)[::10]
    scores = list(scorer.map([reacted.posts[row] for row in rows]))
    told = [(expect(scorer, score), np.exp(reacted.residual[row, 0])) for score, row in zip(scores, rows, strict=True)]
    inside = [promise.low <= truth <= promise.high for promise, truth in told if promise and not np.isnan(truth)]
    assert len(inside) > 2000
    assert COVERED - 0.02 < np.mean(inside) < COVERED + 0.06
