"""From raw outputs to numbers that mean what they say."""

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from model.expectation import COVERED, SWING
from model.heads import interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def fit_platt(values: Floats, outcome: Bools, weight: Floats | None = None) -> tuple[float, float]:
    """Slope and intercept of the logistic curve from a raw output to a probability (Platt 1999).

    With one outcome only, or a slope that would turn the order around, the rate alone.
    """
    rate = float(np.clip(np.average(outcome, weights=weight), 0.02, 0.98)) if len(outcome) else 0.5
    flat = (0.0, float(np.log(rate / (1 - rate))))
    if len(outcome) < 30 or outcome.all() or not outcome.any():
        return flat
    fitted = LogisticRegression(C=1e3).fit(values[:, None], outcome, sample_weight=weight)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return (slope, intercept) if slope > 0 else flat


def fit_swing(values: Floats, residual: Floats, curve: tuple[float, float], coverage: float = COVERED) -> float:
    """How far, in log odds, `coverage` of residuals lie from what a curve promises; for `model.expectation`."""
    slope, intercept = curve
    known = ~np.isnan(residual)
    if slope <= 0 or not known.any():
        return round(SWING, 4)
    away = np.abs(slope * (residual[known] - values[known]) - intercept)
    return round(float(np.quantile(away, coverage)), 4)


def fit_spread(said: Floats, truth: Floats, coverage: float = 0.8, bins: int = 12) -> tuple[Floats, Floats, Floats]:
    """How far the truth lies below and above a prediction, by the size of the prediction.

    Returns the centres of the bins and two quantiles of (truth - said) in them, for an
    interval that covers `coverage` of the posts. Grades are whole numbers and many lie on an
    edge of the interval, so the quantiles are the narrowest pair that covers so many.
    """
    for nominal in np.arange(coverage - 0.2, coverage, 0.01):
        spread = _quantiles(said, truth, nominal, bins)
        if covers(said, truth, spread).mean() >= coverage:
            return spread
    return _quantiles(said, truth, coverage, bins)


def _quantiles(said: Floats, truth: Floats, coverage: float, bins: int) -> tuple[Floats, Floats, Floats]:
    bins = max(1, min(bins, len(said) // 30))
    edges = np.quantile(said, np.linspace(0, 1, bins + 1))
    where = np.clip(np.searchsorted(edges, said, side="right") - 1, 0, bins - 1)
    tail = (1 - coverage) / 2
    rest = truth - said
    used = [b for b in range(bins) if (where == b).any()]
    centres = np.array([said[where == b].mean() for b in used])
    low = np.array([np.quantile(rest[where == b], tail) for b in used])
    high = np.array([np.quantile(rest[where == b], 1 - tail) for b in used])
    return centres, low, high


def covers(said: Floats, truth: Floats, spread: tuple[Floats, Floats, Floats]) -> Bools:
    """Whether the interval that the heads draw around each prediction holds the truth (see `model.heads.interval`)."""
    low, high = interval(said, spread)
    edge = 1e-9  # a grade on the edge is inside, whatever the last bit of a sum
    return (truth >= low - edge) & (truth <= high + edge)


def expected_calibration_error(chance: Floats, outcome: Bools, bins: int = 10) -> float:
    """Mean distance between said and seen rates over bins of equal size (ECE)."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(p) * abs(chance[p].mean() - outcome[p].mean()) for p in parts) / max(len(chance), 1))
