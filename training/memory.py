"""How page memory is weighed, learned on training pages by what it would have told them."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import DAY, MIN_POSTS, RIPE, Combination, Kernel, Posterior, Shelf, cosines, relative_noise
from training.calibration import fit_platt
from training.dataset import Reacted
from training.labels import pages

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Variances matter relative to the noise; lives from a season to some years.
KERNELS = tuple(
    Kernel(likeness=0.5 * size, likeness_life=life, trend=0.1 * size, trend_life=trend_life, noise=0.3)
    for size in (0.5, 1.0)
    for life in (400.0, 1000.0)
    for trend_life in (60.0, 150.0)
)
WEIGHTS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


def recall_all(design: sp.csr_matrix, data: Reacted, kernel: Kernel) -> Floats:
    """What memory would have said of each post: (posts × reaction heads), NaN where nothing was ripe."""
    told = np.full(data.residual.shape, np.nan)
    for rows in pages(data.groups):
        days = np.array([data.posts[n].moment.timestamp() / DAY for n in rows])
        shelf = Shelf(days, design[rows], data.residual[rows], relative_noise(data.usual[rows, 0]))
        ripe = np.searchsorted(days, days - RIPE, side="right")
        windows: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place in np.flatnonzero(ripe >= MIN_POSTS):
            windows[shelf.window(int(ripe[place]))].append(int(place))
        for (start, stop), asked in windows.items():
            posterior = Posterior(shelf.cut(start, stop), kernel)
            cosine = cosines(posterior.shelf.design, shelf.design[asked])
            told[rows[asked]] = posterior.expect(cosine, days[asked], ripe[asked] - start)
    return told


def learn_combination(told: Sequence[Floats], data: Reacted, general: Floats, mask: Bools | None = None) -> Combination:
    """Choose among KERNELS, whose words `told` holds, and WEIGHTS by AUC within pages, then calibrate.

    `general`: out-of-fold residuals of the general heads (posts × reactions); `mask`: posts
    to learn from, all by default. `any` and `likes` decide: other counts are mostly zero.
    """
    chosen = np.ones(len(data), bool) if mask is None else mask
    _, best, weight = max(
        (_gain(general + weight * said, data, chosen), -number, weight)
        for number, said in enumerate(told)
        for weight in WEIGHTS
    )
    total = general + weight * told[-best]
    calibration = {head: calibrate(total[:, n], data, n, chosen) for n, head in enumerate(REACTION_HEADS)}
    return Combination(KERNELS[-best], weight, calibration)


def _gain(values: Floats, data: Reacted, mask: Bools) -> float:
    return float(np.mean([np.mean([*within_page_auc(values[:, n], data, n, mask).values()] or [0.5]) for n in (0, 1)]))


def within_page_auc(values: Floats, data: Reacted, head: int, mask: Bools, min_posts: int = 30) -> dict[str, float]:
    """AUC of beating the page's usual, for each page that has enough posts to tell."""
    known = mask & data.labelled & ~np.isnan(values) & ~np.isnan(data.residual[:, head])
    scores = {}
    for rows in pages(data.groups):
        rows = rows[known[rows]]
        beats = data.residual[rows, head] > 0
        if len(rows) >= min_posts and 5 <= beats.sum() <= len(rows) - 5:
            scores[str(data.groups[rows[0]])] = float(roc_auc_score(beats, values[rows]))
    return scores


def calibrate(values: Floats, data: Reacted, head: int, mask: Bools) -> tuple[float, float]:
    """Slope and intercept from a residual to the chance of beating the usual."""
    known = mask & data.labelled & ~np.isnan(values) & ~np.isnan(data.residual[:, head])
    return fit_platt(values[known], data.residual[known, head] > 0)
