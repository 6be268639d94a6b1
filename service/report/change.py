"""Changes that are more than chance: two groups of posts, told apart by tests of a well-kept library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Of what is told as changed, so much may be chance (Benjamini and Hochberg).
CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Group:
    """Posts as sums of a score: how many, the sum, the sum of squares."""

    posts: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """The mean."""
        return self.total / self.posts

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return float(max(0.0, (self.squares - self.total**2 / self.posts) / max(1, self.posts - 1)) ** 0.5)


def compare_means(before: Group, after: Group) -> float:
    """The p-value of Welch's test that two means are one; both groups have two posts or more."""
    from scipy.stats import ttest_ind_from_stats

    if not before.deviation and not after.deviation:  # nothing varies: one mean, or surely two
        return 1.0 if before.mean == after.mean else 0.0
    told = ttest_ind_from_stats(
        before.mean, before.deviation, before.posts, after.mean, after.deviation, after.posts, equal_var=False
    )
    return float(told.pvalue)


def compare_shares(before: tuple[int, int], after: tuple[int, int]) -> float:
    """The p-value of Fisher's exact test that two shares are one; a share is (how many, of how many)."""
    from scipy.stats import fisher_exact

    table = [[held, of - held] for held, of in (before, after)]
    return float(fisher_exact(table).pvalue)


def compare_counts(one: Mapping[int, int], other: Mapping[int, int]) -> float:
    """The p-value of Mann and Whitney's test that counts are alike; values with how often each is there."""
    import numpy as np
    from scipy.stats import mannwhitneyu

    if not one or not other:
        return 1.0
    told = (np.repeat(list(counts), list(counts.values())) for counts in (one, other))
    return float(mannwhitneyu(*told).pvalue)


def stand_out(chances: Sequence[float]) -> list[bool]:
    """Which of many p-values are more than chance when all are looked at together.

    >>> stand_out([0.001, 0.04, 0.9]), stand_out([])
    ([True, False, False], [])
    """
    from scipy.stats import false_discovery_control

    return [bool(adjusted <= CHANCE) for adjusted in false_discovery_control(chances)] if chances else []
