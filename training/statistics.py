"""Statistics that the report is made of."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr
from sklearn.metrics import f1_score, roc_auc_score

from training.labels import pages

ROUNDS = 300  # of the bootstrap


def bootstrap(
    statistic: Callable[[npt.NDArray[np.int64]], float], groups: npt.NDArray[np.str_], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of a statistic of row numbers, drawing whole pages with replacement."""
    by_page = pages(groups)
    if not by_page:
        return np.nan, np.nan
    drawn = [
        statistic(np.concatenate([by_page[n] for n in rng.integers(len(by_page), size=len(by_page))]))
        for rng in rounds(seed)
    ]
    return float(np.nanquantile(drawn, 0.025)), float(np.nanquantile(drawn, 0.975))


def rounds(seed: int = 0) -> Iterator[np.random.Generator]:
    """The rounds of a bootstrap; one generator serves them all."""
    rng = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        yield rng


def spearman(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """Spearman, NaN where there is nothing to rank."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return float(spearmanr(one, other)[0])


def auc(outcome: npt.NDArray[np.bool_], said: npt.NDArray[Any]) -> float:
    """AUC, NaN where there is but one outcome."""
    return np.nan if outcome.all() or not outcome.any() else float(roc_auc_score(outcome, said))


def macro_f1(truth: npt.NDArray[Any], said: npt.NDArray[Any], kinds: npt.NDArray[Any]) -> float:
    """F1 of each of some kinds, averaged."""
    return float(f1_score(truth, said, average="macro", labels=kinds, zero_division=0))


def items_f1(present: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """F1 of each item, a column each."""
    return np.array([f1_score(*both, zero_division=0) for both in zip(present.T, said.T, strict=True)])


def short(value: Any) -> float | None:
    """A number as metrics.json keeps it."""
    return None if np.isnan(value) else round(float(value), 4)
