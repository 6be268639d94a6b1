"""The learning curve: is more data worth more than more model?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS
from training.fit import reactions_of
from training.material import Material
from training.memory import within_page_auc
from training.splits import is_official
from training.statistics import short, spearman

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LIKES = REACTION_HEADS.index("likes")


def measure_learning(m: Material, shares: Sequence[float] = (0.25, 0.5, 0.75, 1.0)) -> list[dict[str, Any]]:
    """Linear heads alone on pages left out, from a share of the other pages: Spearman of usefulness, likes AUC."""
    names, which = np.unique(np.concatenate([m.graded.groups, m.reacted.groups[m.rows]]), return_inverse=True)
    rank = np.random.default_rng(m.seed).permutation(len(names))[which] / len(names)
    of_graded, of_reacted = np.split(rank, [len(m.graded)])
    return [
        {
            "share_of_pages": share,
            "spearman": _usefulness_from(m, of_graded < share),
            "likes": _likes_from(m, of_reacted < share),
        }
        for share in shares
    ]


def _usefulness_from(m: Material, kept: Bools) -> float | None:
    """Spearman of usefulness on pages left out by a linear head fitted on the `kept` rows of the others."""
    real, said = m.graded.given(), np.zeros(len(m.graded))
    for fold in np.unique(m.grade_folds):
        train, held = np.flatnonzero((m.grade_folds != fold) & kept), np.flatnonzero(m.grade_folds == fold)
        if len(train):
            said[held] = m.grade_ridge.predict(held, train, m.grade_ridge.fit(train))[:, 0]
    return short(spearman(said[real], m.graded.grade[real]))


def _likes_from(m: Material, kept: Bools) -> float | None:
    """Likes AUC on official pages left out by a linear head fitted on the `kept` rows of the others."""
    said = np.full(m.reacted.residual.shape, np.nan)
    for fold in np.unique(m.reaction_folds):
        held = np.flatnonzero(m.reaction_folds == fold)
        said[m.rows[held]] = reactions_of(m, np.flatnonzero((m.reaction_folds != fold) & kept), held)
    found = [*within_page_auc(said[:, LIKES], m.reacted, LIKES, is_official(m.reacted.posts)).values()]
    return short(np.mean(found)) if found else None
