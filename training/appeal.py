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


def mixing(shares: Floats) -> Floats:
    """The matrix (experts × reaction heads) that adds shares (reaction heads × EXPECTED) of what is expected."""
    return np.vstack([np.eye(len(REACTION_HEADS)), np.asarray(shares, np.float64).T])


def learn_mix(said: Floats, data: Reacted, mask: Bools) -> Floats:
    """The shares (reaction heads × EXPECTED) that rank posts within pages best.

    `said` (posts × EXPERTS): by heads that did not see the post; `mask`: posts to learn from.
    Without enough of them nothing is added.
    """
    counted, expected = np.hsplit(said, [len(REACTION_HEADS)])
    shares = np.zeros((len(REACTION_HEADS), len(EXPECTED)))
    for head, name in enumerate(REACTION_HEADS):
        columns = [EXPECTED.index(other) for other in LEANS_ON[name]]
        tried = [*product(SHARES, repeat=len(columns))]
        quality = [_quality(counted[:, head] + expected[:, columns] @ np.array(mix), data, head, mask) for mix in tried]
        shares[head, columns] = tried[int(np.argmax(quality))]  # of equals the smallest
    return shares


def _quality(said: Floats, data: Reacted, head: int, mask: Bools) -> float:
    return float(np.mean([*within_page_auc(said, data, head, mask).values()] or [0.5]))
