"""How page memory is weighed, learned on training pages by what it would have told them."""

from itertools import product

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import DAY, MIN_POSTS, RIPE, Combination, evidence
from training.calibration import fit_platt
from training.dataset import Reacted
from training.labels import pages

Floats = npt.NDArray[np.float64]

GRID = {"power": (2.0, 3.0, 4.0), "prior": (0.05, 0.15, 0.4), "half_life": (180.0, 500.0, 1500.0)}
WEIGHTS = (0.5, 0.75, 1.0, 1.25)
MAX_POSTS_PER_PAGE = 400  # the latest ones of a page are enough to choose among 27 settings


def recall_all(design: sp.csr_matrix, data: Reacted, settings: list[dict[str, float]], most: int | None = None) -> list[Floats]:
    """What memory would have said of each post under each setting: (posts × reactions), NaN without evidence.

    `most`: ask only about the latest posts of each page.
    """
    told = [np.full(data.residual.shape, np.nan) for _ in settings]
    for rows in pages(data.groups):
        moments = np.array([data.posts[n].moment.timestamp() for n in rows])  # type: ignore[union-attr]
        page = design[rows]
        start = 0 if most is None else max(0, len(rows) - most)
        likeness = np.asarray((page[start:] @ page.T).todense(), np.float64)
        for n in range(start, len(rows)):
            ripe = int(np.searchsorted(moments, moments[n] - RIPE, side="right"))
            if ripe < MIN_POSTS:
                continue
            age = (moments[n] - moments[:ripe]) / DAY
            for result, setting in zip(told, settings, strict=True):
                result[rows[n]] = evidence(data.residual[rows[:ripe]], likeness[n - start, :ripe], age, **setting)
    return told


def learn_combination(design: sp.csr_matrix, data: Reacted, general: Floats) -> Combination:
    """Choose likeness power, prior, forgetting and weight by AUC within pages, then calibrate.

    `general`: out-of-fold residuals of the general heads (posts × reactions). The sum over
    `any` and `likes` decides: other counts are mostly zero.
    """
    settings = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    told = recall_all(design, data, settings, MAX_POSTS_PER_PAGE)
    best = max(
        ((_gain(general + weight * said, data), -number, weight) for number, said in enumerate(told) for weight in WEIGHTS),
        default=(0.0, 0, 1.0),
    )
    setting, weight = settings[-best[1]], best[2]
    said = recall_all(design, data, [setting])[0]
    calibration = {head: _calibrate(general[:, n] + weight * said[:, n], data, n) for n, head in enumerate(REACTION_HEADS)}
    return Combination(**setting, weight=weight, calibration=calibration)


def _gain(values: Floats, data: Reacted) -> float:
    return float(np.mean([within_page_auc(values[:, n], data, n) for n in (0, 1)]))


def within_page_auc(values: Floats, data: Reacted, head: int, min_posts: int = 30) -> float:
    """Mean over pages of the AUC of beating the page's usual; 0.5 where no page can tell."""
    known = data.labelled & ~np.isnan(values) & ~np.isnan(data.residual[:, head])
    scores = []
    for rows in pages(data.groups):
        rows = rows[known[rows]]
        beats = data.residual[rows, head] > 0
        if len(rows) >= min_posts and 5 <= beats.sum() <= len(rows) - 5:
            scores.append(roc_auc_score(beats, values[rows]))
    return float(np.mean(scores)) if scores else 0.5


def _calibrate(values: Floats, data: Reacted, head: int) -> tuple[float, float]:
    known = data.labelled & ~np.isnan(values) & ~np.isnan(data.residual[:, head])
    return fit_platt(values[known], data.residual[known, head] > 0)
