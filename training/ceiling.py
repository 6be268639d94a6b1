"""Ceilings: how well posts could be ranked by reactions at all, told from counts alone; no model is asked.

Chance: counts are small, so even who knows every post's true rate ranks them only so well.
One text: what posts of two pages that begin with the same words share in their residuals is what
words can tell of any page's readers, together with what comes with them (the day, the occasion).
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import poisson
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import RESIDUAL_CLIP
from training.dataset import Reacted
from training.labels import pages
from training.splits import is_official
from training.statistics import auc, rounds, short

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HEADS = ("likes", "comments", "reposts")
FEWEST_TEXTS = 30  # of fewer nothing is said
LEAST_WORDS = 8  # of a fingerprint, which has fourteen at the most: shorter texts are stubs
SHIFTS = np.linspace(-RESIDUAL_CLIP, RESIDUAL_CLIP, 61)


def measure_chance(data: Reacted, seed: int) -> dict[str, float | None]:
    """AUC within official pages of who knows every post's true rate: what Poisson chance alone leaves.

    The spread of true rates is what is left of the residuals' variance beside that of counts;
    their mean is such that as many posts beat the usual as did.
    """
    official, rng = is_official(data.posts), np.random.default_rng(seed)
    found: dict[str, float | None] = {}
    for name in HEADS:
        head, scores = REACTION_HEADS.index(name), []
        for rows in pages(data.groups):
            rows = rows[(data.labelled & official & ~np.isnan(data.residual[:, head]))[rows]]
            if len(rows) < 30:
                continue
            usual, residual = np.expm1(data.usual[rows, head]), data.residual[rows, head]
            spread = np.sqrt(max(residual.var() - np.mean(usual / (1 + usual) ** 2), 0.01))
            effect = rng.normal(0, spread, len(rows))
            shares = [poisson.sf(np.floor(usual), usual * np.exp(effect + shift)).mean() for shift in SHIFTS]
            effect += SHIFTS[int(np.abs(np.array(shares) - (residual > 0).mean()).argmin())]
            rate = usual * np.exp(effect)
            beats = rng.poisson(rate) > usual
            if 5 <= beats.sum() <= len(rows) - 5:
                scores.append(roc_auc_score(beats, poisson.sf(np.floor(usual), rate)))
        found[name] = short(np.mean(scores)) if scores else None
    return found


def measure_one_text(data: Reacted, marks: Sequence[str], said: Floats) -> list[dict[str, Any]]:
    """What the same words bring on two pages: share of variance within pages that is theirs, and the AUC it allows.

    `marks`: fingerprints of the labelled posts; `said`: residuals by general heads on pages left
    out (posts × reaction heads), whose own AUC on the same posts stands beside.
    """
    labelled, official = np.flatnonzero(data.labelled), is_official(data.posts)
    found = []
    for which, kept in (("official", official[labelled]), ("all", np.ones(len(labelled), bool))):
        one, other, text = find_twins(data.groups, labelled[kept], [m for m, k in zip(marks, kept, strict=True) if k])
        for name in HEADS:
            head = REACTION_HEADS.index(name)
            residual = _centred(data, head)
            both = ~np.isnan(residual[one] + residual[other])
            if len(np.unique(text[both])) >= FEWEST_TEXTS:
                bound = _bound(residual, data.groups, one[both], other[both], text[both])
                asked = np.union1d(one[both], other[both])
                model = short(auc(data.residual[asked, head] > 0, said[asked, head]))
                found.append({"pages": which, "reaction": name, **bound, "model": model})
    return found


def _centred(data: Reacted, head: int) -> Floats:
    """Residuals above the mean of their page: posts are ranked within pages."""
    residual = np.where(data.labelled, data.residual[:, head], np.nan)
    for rows in pages(data.groups):
        known = residual[rows][~np.isnan(residual[rows])]
        residual[rows] -= known.mean() if len(known) else 0.0
    return residual


def find_twins(groups: npt.NDArray[np.str_], rows: Ints, marks: Sequence[str]) -> tuple[Ints, Ints, Ints]:
    """Pairs of rows of two pages with one fingerprint: one row, the other, and the number of their text."""
    texts: dict[str, list[int]] = defaultdict(list)
    for row, mark in zip(rows, marks, strict=True):
        if len(mark.split()) >= LEAST_WORDS:
            texts[mark].append(int(row))
    found = [
        (one, other, number)
        for number, same in enumerate(texts.values())
        for one, other in combinations(same, 2)
        if groups[one] != groups[other]
    ]
    one, other, text = np.array(found, np.int64).reshape(-1, 3).T
    return one, other, text


def _bound(residual: Floats, groups: npt.NDArray[np.str_], one: Ints, other: Ints, text: Ints) -> dict[str, Any]:
    """The AUC that twins allow; its interval draws whole pages, a pair as often as both of its pages."""
    _, inverse, counts = np.unique(text, return_inverse=True, return_counts=True)
    weight = 1 / counts[inverse]  # every text weighs the same, however often it was put up
    names, where = np.unique(np.concatenate([groups[one], groups[other]]), return_inverse=True)
    first, second = np.split(where, 2)
    shared = shared_variance(residual[one], residual[other], weight)
    drawn = []
    for rng in rounds():
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))
        often = weight * times[first] * times[second]
        if often.any():
            drawn.append(auc_of_text(shared_variance(residual[one], residual[other], often)))
    low, high = np.nanquantile(drawn, [0.025, 0.975]) if drawn else (np.nan, np.nan)
    return {
        "texts": len(counts),
        "shared": short(shared),
        "auc": short(auc_of_text(shared)),
        "low": short(low),
        "high": short(high),
    }


def shared_variance(one: Floats, other: Floats, weight: Floats) -> float:
    """Share of the variance of residuals that both posts of a pair have in common.

    It is the correlation of pairs in no order (Fisher's intraclass correlation).
    """
    mean = np.average((one + other) / 2, weights=weight)
    together = np.average((one - mean) * (other - mean), weights=weight)
    apart = np.average(((one - mean) ** 2 + (other - mean) ** 2) / 2, weights=weight)
    return float(together / apart) if apart else np.nan


def auc_of_text(shared: float) -> float:
    """AUC of beating the mean for who knows exactly the shared part of a normal residual.

    Knowing t of t + e, which correlate at r = sqrt(shared), ranks two posts, one above the
    mean and one below, right with probability 1/2 + 2/pi * asin(r / sqrt(2)): four times
    the orthant probability of three normals (Sheppard 1899).
    """
    return 0.5 + 2 / np.pi * float(np.arcsin(np.sqrt(np.clip(shared, 0, 1) / 2)))
