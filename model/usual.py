"""What is usual for a page: the trimmed mean of its own previous posts.

As CrowdTangle measured it (help.crowdtangle.com, article 2013937), only before posting:
the mean of the middle half of log(1 + count) over the page's previous posts.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.post import Post
from model.score import REACTIONS

WINDOW = 100  # previous posts that tell what is usual
MIN_HISTORY = 10  # fewer tell nothing


def known_sum(post: Post, head: str) -> int | None:
    """The count that a reaction head speaks of: its own, or for `any` the sum of all known ones."""
    if head != "any":
        return getattr(post, head)  # type: ignore[no-any-return]
    known = [count for name in REACTIONS if (count := getattr(post, name)) is not None]
    return sum(known) if known else None


def trimmed_mean(values: npt.NDArray[np.float64]) -> float:
    """The mean of the middle half.

    >>> trimmed_mean(np.array([0.0, 1.0, 3.0, 100.0]))
    2.0
    """
    ordered = np.sort(values)
    cut = len(ordered) // 4
    return float(ordered[cut : len(ordered) - cut].mean())


def usual(logs: npt.NDArray[np.float64] | Sequence[float]) -> npt.NDArray[np.float64]:
    """The usual log count before each post of one page, posts in order of time.

    NaN stands for an unknown count, in and out: a post with fewer than MIN_HISTORY known
    previous ones has no usual.
    """
    logs = np.asarray(logs, np.float64)
    result = np.full(len(logs), np.nan)
    padded = np.concatenate([np.full(WINDOW, np.nan), logs])
    before = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(logs)]
    known = (~np.isnan(before)).sum(axis=1)
    # Most posts have a full window: all that have as many known ones are done at once.
    for count in np.unique(known[known >= MIN_HISTORY]):
        rows = np.flatnonzero(known == count)
        ordered = np.sort(before[rows], axis=1)  # the unknown come last
        cut = count // 4
        result[rows] = ordered[:, cut : count - cut].mean(axis=1)
    return result


def usual_in_hindsight(logs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """As `usual`, but the first MIN_HISTORY posts, once all are in, are set beside each other.

    For what is asked after them only: the first posts of a page have nothing before them,
    and without this a page would teach nothing until it has twice as many.
    """
    typical = usual(logs)
    first = logs[:MIN_HISTORY]
    if len(first) == MIN_HISTORY and not np.isnan(first).any():
        typical[:MIN_HISTORY] = trimmed_mean(first)
    return typical
