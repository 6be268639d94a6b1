"""Ceilings: how well posts could be ranked by reactions at all, told from counts alone; no model is asked.

Chance: counts are small, so even who knows every post's true rate ranks them only so well.
One text: what two posts with the same words share in their residuals is all that words can
tell. On two pages it bounds a model of text alone (generously: such posts often share their
day and occasion, too); on one page again it bounds a model that knows the page.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import RESIDUAL_CLIP
from training.dataset import Reacted, fingerprint
from training.labels import has_usual, is_mature, is_written, pages
from training.splits import is_official
from training.statistics import auc, bootstrap, short

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HEADS = ("likes", "comments", "reposts")
FEWEST_TEXTS = 30  # of fewer nothing is said
LEAST_WORDS = 8  # shorter openings are shared by posts that go on differently
APART = timedelta(days=2)  # a text again on its page: sooner it is one post, put up twice


@dataclass(frozen=True)
class Pairs:
    """Posts with the same words: rows of both, and the number of the text that they share."""

    one: Ints
    other: Ints
    text: Ints

    def take(self, rows: npt.NDArray[Any]) -> "Pairs":
        """The pairs of a mask or of numbers."""
        return Pairs(self.one[rows], self.other[rows], self.text[rows])


def measure_chance(data: Reacted, seed: int) -> dict[str, float | None]:
    """AUC within official pages of who knows every post's true rate: what Poisson chance alone leaves.

    The spread of true rates is what is left of the residuals' variance beside 1 / count.
    """
    official, rng = is_official(data.posts), np.random.default_rng(seed)
    found: dict[str, float | None] = {}
    for name in HEADS:
        head, scores = REACTION_HEADS.index(name), []
        for rows in pages(data.groups):
            rows = rows[(data.labelled & official & ~np.isnan(data.residual[:, head]))[rows]]
            if len(rows) < 30:
                continue
            rate = np.exp(data.usual[rows, head])
            spread = np.sqrt(max(data.residual[rows, head].var() - np.mean(1 / (rate + 0.5)), 0.01))
            effect = np.clip(rng.normal(0, spread, len(rows)), -RESIDUAL_CLIP, RESIDUAL_CLIP)
            beats = np.log1p(rng.poisson(rate * np.exp(effect))) > data.usual[rows, head]
            if 5 <= beats.sum() <= len(rows) - 5:
                scores.append(roc_auc_score(beats, effect))
        found[name] = short(np.mean(scores)) if scores else None
    return found


def measure_one_text(data: Reacted, said: Floats) -> list[dict[str, Any]]:
    """What the same words bring twice: share of variance that is theirs, and the AUC that they allow.

    `said`: residuals by general heads on pages left out, NaN where not asked; their own AUC
    on the same posts stands beside.
    """
    across, again = find_twins(data)
    found = []
    for where, pairs in (("two pages", across), ("one page", again)):
        for name in HEADS:
            head = REACTION_HEADS.index(name)
            both = pairs.take(~np.isnan(data.residual[pairs.one, head] + data.residual[pairs.other, head]))
            if len(np.unique(both.text)) >= FEWEST_TEXTS:
                found.append({"where": where, "reaction": name, **_bound(data.residual[:, head], said[:, head], both)})
    return found


def _bound(residual: Floats, said: Floats, pairs: Pairs) -> dict[str, Any]:
    one, other = residual[pairs.one], residual[pairs.other]
    _, inverse, counts = np.unique(pairs.text, return_inverse=True, return_counts=True)
    weight = 1 / counts[inverse]  # every text weighs the same, however often it was put up

    def shared(rows: Ints) -> float:
        return shared_variance(one[rows], other[rows], weight[rows])

    every = np.arange(len(pairs.text))
    low, high = bootstrap(lambda rows: auc_of_text(shared(rows)), pairs.text.astype(str))
    asked = np.union1d(pairs.one, pairs.other)
    asked = asked[~np.isnan(said[asked])]
    return {
        "texts": len(counts),
        "shared": short(shared(every)),
        "auc": short(auc_of_text(shared(every))),
        "low": short(low),
        "high": short(high),
        "model": short(auc(residual[asked] > 0, said[asked])),
    }


def find_twins(data: Reacted) -> tuple[Pairs, Pairs]:
    """Posts that begin with the same words: on two pages, and on one page again APART or more."""
    kept = np.ones(len(data), bool)
    for rule in (has_usual, is_mature, is_written):  # a repeat is no label, but here it is what we look for
        kept &= rule(data.posts, data.groups, data.usual)
    texts: dict[str, list[int]] = defaultdict(list)
    for n in np.flatnonzero(kept):
        mark = fingerprint(data.posts[n].text)
        if len(mark.split()) >= LEAST_WORDS:
            texts[mark].append(int(n))
    return _pairs(texts, across=True, data=data), _pairs(texts, across=False, data=data)


def _pairs(texts: dict[str, list[int]], across: bool, data: Reacted) -> Pairs:
    def found() -> Iterator[tuple[int, int, int]]:
        for text, rows in enumerate(texts.values()):
            for one, other in combinations(rows, 2):
                here = data.groups[one] == data.groups[other]
                if not here if across else here and _apart(data, one, other):
                    yield one, other, text

    return Pairs(*np.array([*found()], np.int64).reshape(-1, 3).T)


def _apart(data: Reacted, one: int, other: int) -> bool:
    first, second = data.posts[one].moment, data.posts[other].moment
    assert first and second  # posts without a date left (see `training.dataset`)
    return abs(second - first) >= APART


def shared_variance(one: Floats, other: Floats, weight: Floats) -> float:
    """Share of the variance of residuals that both posts of a pair have in common.

    It is the correlation of pairs in no order (Fisher's intraclass correlation).
    """
    mean = np.average((one + other) / 2, weights=weight)
    together = np.average((one - mean) * (other - mean), weights=weight)
    return float(together / np.average(((one - mean) ** 2 + (other - mean) ** 2) / 2, weights=weight))


def auc_of_text(shared: float) -> float:
    """AUC of beating the mean for who knows exactly the shared part of a normal residual.

    Knowing t of t + e, which correlate at r = sqrt(shared), ranks two posts, one above the
    mean and one below, right with probability 1/2 + 2/pi * asin(r / sqrt(2)): four times
    the orthant probability of three normals (Sheppard 1899).
    """
    return 0.5 + 2 / np.pi * float(np.arcsin(np.sqrt(np.clip(shared, 0, 1) / 2)))
