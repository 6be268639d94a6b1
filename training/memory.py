"""How page memory joins the general heads, learned on training pages by what it would have told them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import DAY, MIN_POSTS, RIPE, Combination, Kernel, Posterior, Shelf, cosines, settled
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
MOST_GAIN = 12.0


@dataclass(frozen=True)
class Told:
    """What memory would have said of each post: (posts × reaction heads), 0 where nothing was ripe.

    `residuals` as they are; `ones`: what it would have said had every known residual been 1.
    It is linear in residuals, so the two give its words above any centre.
    """

    residuals: Floats
    ones: Floats

    def above(self, centres: Floats) -> Floats:
        """What is expected above the centres of the heads."""
        return self.residuals - centres * self.ones


def recall_all(design: sp.csr_matrix, data: Reacted, kernel: Kernel) -> Told:
    """What memory would have said of each post, from the ripe posts of its page."""
    told = np.zeros((len(data), 2 * len(REACTION_HEADS)))
    for rows in pages(data.groups):
        # Posts lie in order of their moments; on the shelf, in order of when they were surely out.
        out = np.array([settled(data.posts[n]) for n in rows])
        order = np.argsort(out, kind="stable")
        shelf = Shelf.of([data.posts[n] for n in rows[order]], design[rows[order]])
        known = np.where(np.isnan(shelf.residuals), np.nan, 1)
        shelf = replace(shelf, residuals=np.hstack([shelf.residuals, known]))
        days = np.array([data.posts[n].moment.timestamp() / DAY for n in rows])
        ripe = np.searchsorted(shelf.days, days - RIPE, side="right")
        windows: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place in np.flatnonzero(ripe >= MIN_POSTS):
            windows[shelf.window(int(ripe[place]))].append(int(place))
        for (start, stop), asked in windows.items():
            posterior = Posterior(shelf.cut(start, stop), kernel)
            cosine = cosines(posterior.shelf.design, design[rows[asked]])
            told[rows[asked]] = posterior.expect(cosine, days[asked], ripe[asked] - start)
    return Told(*np.hsplit(told, 2))


def learn_combination(told: Sequence[Told], data: Reacted, odds: Floats, mask: Bools) -> Combination:
    """Choose among KERNELS, whose words `told` holds, by AUC within pages, with the gains that fit each.

    `odds`: log odds by the general heads, calibrated, of posts they did not see (posts ×
    reactions); `mask`: posts to learn from. `any` and `likes` decide: other counts are mostly zero.
    """
    centres = np.array([_mean(data.residual[mask & data.labelled, n]) for n in range(len(REACTION_HEADS))])
    above = [said.above(centres) for said in told]
    gains = [[fit_gain(odds[:, n], said[:, n], data, n, mask) for n in range(len(REACTION_HEADS))] for said in above]
    quality = [_quality(odds + gain * said, data, mask) for gain, said in zip(np.array(gains), above, strict=True)]
    best = int(np.argmax(quality))
    by_head = (dict(zip(REACTION_HEADS, map(float, values), strict=True)) for values in (centres, gains[best]))
    return Combination(KERNELS[best], *by_head)


def _mean(residual: Floats) -> float:
    known = residual[~np.isnan(residual)]
    return round(float(known.mean()), 4) if len(known) else 0.0


def fit_gain(odds: Floats, said: Floats, data: Reacted, head: int, mask: Bools) -> float:
    """By how much log odds rise with what memory expects: logistic regression with the odds as offset."""
    known = mask & data.labelled & ~np.isnan(odds) & ~np.isnan(data.residual[:, head]) & (said != 0)
    offset, expected, sign = odds[known], said[known], np.where(data.residual[known, head] > 0, -1.0, 1.0)

    def loss(gain: float) -> float:
        return float(np.logaddexp(0, sign * (offset + gain * expected)).sum())

    if not known.any():
        return 0.0
    return round(float(minimize_scalar(loss, bounds=(0, MOST_GAIN), method="bounded").x), 4)


def _quality(values: Floats, data: Reacted, mask: Bools) -> float:
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
