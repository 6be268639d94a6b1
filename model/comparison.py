"""Two drafts of one page side by side: which is likelier to do better, by how much, how sure that is.

Nothing new is assumed here. The calibration of engagement says how far reactions lay from
what the text promised, out of fold: their log count is the promise plus noise of the
logistic distribution. Two posts are two draws of it, so the chance that one beats the other
and the interval of their ratio follow. The interval of usefulness is known the same way.
Drafts of one text err alike more often than not, so the truth is, if anything, surer.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from model.expectation import COVERED, odds, times
from model.score import Score
from model.scorer import Scorer


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A. Chances 0-1; differences in points, B less A.

    `ratio` is how many times as many reactions B is to get, `ratio_low` to `ratio_high` in
    8 cases of 10; `useful_low` to `useful_high` is the interval of the difference in usefulness.
    `sure` is false where a score should not be trusted, and so neither should this.
    """

    engagement: float
    likelier: float
    ratio: float
    ratio_low: float
    ratio_high: float
    usefulness: float
    useful_low: float
    useful_high: float
    more_useful: float
    sure: bool


def compare(scorer: Scorer, a: Score, b: Score) -> Comparison:
    """Compare two scores of one page that were given by the same model."""
    slope = scorer.heads.calibration["any"][0]
    # A corpus that taught nothing of engagement leaves a slope of 0: then nothing is known of two posts, either.
    shift = odds(b.engagement) - odds(a.engagement) if slope > 0 else 0.0
    swing = _quantile((1 + COVERED) / 2)
    spread = math.hypot(_deviation(a), _deviation(b))
    apart = b.usefulness - a.usefulness
    reach = NormalDist().inv_cdf((1 + COVERED) / 2) * spread
    return Comparison(
        engagement=round(b.engagement - a.engagement, 1),
        likelier=round(beats(shift), 3),
        ratio=times(shift, slope),
        ratio_low=times(shift - swing, slope),
        ratio_high=times(shift + swing, slope),
        usefulness=round(apart, 1),
        useful_low=round(max(apart - reach, -100), 1),
        useful_high=round(min(apart + reach, 100), 1),
        more_useful=round(NormalDist(0, max(spread, 1e-6)).cdf(apart), 3),
        sure=slope > 0 and a.status == b.status == "ok",
    )


def _deviation(score: Score) -> float:
    """The standard deviation of a usefulness whose 80 % interval is known."""
    return (score.usefulness_high - score.usefulness_low) / 2 / NormalDist().inv_cdf((1 + COVERED) / 2)


def beats(shift: float) -> float:
    """The chance that a draw of the logistic distribution shifted by so much is above another draw.

    >>> beats(0.0), round(beats(1.0), 2), round(beats(-1.0), 2)
    (0.5, 0.66, 0.34)
    """
    if abs(shift) < 1e-3:
        return 0.5 + shift / 6
    if abs(shift) > 30:
        return float(shift > 0)
    power = math.exp(shift)
    return power * (power - 1 - shift) / (power - 1) ** 2


def _quantile(share: float) -> float:
    """How far apart two draws are at most in that share of cases, on one side."""
    low, high = 0.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if beats(middle) < share else (low, middle)
    return low
