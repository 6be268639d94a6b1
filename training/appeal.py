"""Appeal: what readers who saw no counts expect of posts stands by what counts teach.

Counts are small and noisy; a reader's guess is neither, but is no count. Linear heads of both
say what they know of a post, and the mix of them, learned on training pages, is linear again:
it costs scoring nothing. As features of the heads of counts the guesses gain nothing: on the
posts it learns from, such a head replaces them by its own words.
"""

from itertools import product

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS
from training.dataset import EXPECTED, Reacted
from training.memory import within_page_auc

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

EXPERTS = (*REACTION_HEADS, *EXPECTED)  # heads of `training.ridge.ReactionRidge`

# What each reaction leans on: any reaction is mostly a like, and what is liked is passed on, too.
LEANS_ON = {"any": ("likes",), "likes": ("likes",), "comments": ("comments",), "reposts": ("reposts", "likes")}
# By how much: a residual is in natural logarithms, what is expected in deviations of a reader's ratings.
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8)
FEWEST = 100  # posts that tell a scale


def learn_mix(said: Floats, data: Reacted, mask: Bools) -> Floats:
    """The matrix (EXPERTS × reaction heads) that makes residuals of what experts say.

    `said` (posts × EXPERTS): by heads that did not see the post; `mask`: posts to learn from.
    The shares of what is expected are those that rank posts within pages best; then each sum is
    scaled to be the best guess of the residual. Without enough posts to learn from nothing is
    added or scaled.
    """
    counted, expected = np.hsplit(said, [len(REACTION_HEADS)])
    mix = np.eye(len(EXPERTS), len(REACTION_HEADS))
    for head, name in enumerate(REACTION_HEADS):
        columns = [EXPECTED.index(other) for other in LEANS_ON[name]]
        tried = [*product(SHARES, repeat=len(columns))]
        sums = [counted[:, head] + expected[:, columns] @ np.array(shares) for shares in tried]
        best = int(np.argmax([_quality(one, data, head, mask) for one in sums]))  # of equals the smallest
        mix[[len(REACTION_HEADS) + column for column in columns], head] = tried[best]
        mix[:, head] *= _scale(sums[best], data, head, mask)
    return mix


def _quality(said: Floats, data: Reacted, head: int, mask: Bools) -> float:
    return float(np.mean([*within_page_auc(said, data, head, mask).values()] or [0.5]))


def _scale(said: Floats, data: Reacted, head: int, mask: Bools) -> float:
    """The slope of residuals over what is said; 1 where there is none that rises."""
    known = mask & data.labelled & ~np.isnan(said) & ~np.isnan(data.residual[:, head])
    if known.sum() < FEWEST or not np.ptp(said[known]):
        return 1.0
    slope = float(np.polyfit(said[known], data.residual[known, head], 1)[0])
    return slope if slope > 0 else 1.0


def describe(mix: Floats) -> dict[str, dict[str, float]]:
    """How much of each expert a manifest says that each reaction head has."""
    names = (*REACTION_HEADS, *(f"expected_{name}" for name in EXPECTED))
    return {
        head: {name: round(float(weight), 4) for name, weight in zip(names, column, strict=True) if weight}
        for head, column in zip(REACTION_HEADS, mix.T, strict=True)
    }
