"""How many reactions a post is to get, beside its page's usual: what its engagement says in another way.

Engagement is calibrated as a logistic function of the promised log count above the usual, so its
log odds are that promise; how far posts lie from it was measured out of fold.
"""

import math
from dataclasses import dataclass

from model.score import Score
from model.scorer import Scorer

# As every interval that Merilo shows. In log odds, how far logistic noise goes on either side: for models that do not
# tell how far it went.
COVERED = 0.8
SWING = math.log((1 + COVERED) / (1 - COVERED))

# How many times more a post may get, at the very most.
_MOST_TIMES = 1e6


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many times the page's usual reactions a post is to get: most likely, and in 8 cases of 10."""

    times: float
    low: float
    high: float


def expect(scorer: Scorer, score: Score) -> Expectation | None:
    """What a score promises; None where nothing is known of engagement or the score is not to be trusted."""
    slope = scorer.heads.calibration["any"][0]
    if slope <= 0 or score.status != "ok":
        return None
    shift, swing = odds(score.engagement), scorer.manifest.get("swing", SWING)
    return Expectation(*(times(at, slope) for at in (shift, shift - swing, shift + swing)))


def times(shift: float, slope: float) -> float:
    """How many times more readers engage, of a shift in log odds."""
    told = shift / slope if slope > 0 else math.copysign(math.inf, shift) if shift else 0.0
    bound = math.log(_MOST_TIMES)
    return round(math.exp(min(max(told, -bound), bound)), 2)


def odds(percent: float) -> float:
    """The log odds of a chance of 0-100, which is never quite 0 or 100.

    >>> odds(50.0)
    0.0
    """
    share = min(max(percent / 100, 1e-3), 1 - 1e-3)
    return math.log(share / (1 - share))
