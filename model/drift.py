"""Drift: how far the posts of an archive lie from those that the model was trained on.

Posts are counted by bins of each measure and set beside the shares of the training posts by
the population stability index. Source: Siddiqi, Credit Risk Scorecards (2006), which also
gives the usual bounds: under 0.1 no drift, over 0.25 a strong one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from model.familiarity import judge, known_share
from model.post import Post
from model.score import STATUSES, TYPES
from model.scorer import CHUNK, Scorer

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, npt.NDArray[Any]]

# Measured by deciles of the training posts; the others are counted by name.
NUMBERS = ("length", "known_words", "usefulness", "engagement")
NAMES: dict[str, tuple[str, ...]] = {"type": TYPES, "status": STATUSES}
MEASURES = (*NUMBERS, *NAMES)

# Of these another mix is no fault of the model: it may be how the page is.
SAID = ("usefulness", "engagement", "type")

MODERATE, STRONG = 0.1, 0.25

# With fewer posts the index is mostly chance.
ENOUGH = 100
# From this share of posts that the model would not vouch for, it is a stranger there.
STRANGE = 0.3


@dataclass(frozen=True)
class Measure:
    """One measure of an archive beside the training posts.

    `index` is the population stability index less what chance alone gives; `middle` and
    `usual` are medians (numbers) or the commonest name (names); `shares` and `expected` by bin.
    """

    name: str
    index: float
    middle: float | str
    usual: float | str
    shares: tuple[float, ...]
    expected: tuple[float, ...]

    @property
    def level(self) -> str:
        """`none`, `moderate` or `strong`."""
        return "strong" if self.index > STRONG else "moderate" if self.index > MODERATE else "none"


@dataclass(frozen=True)
class Drift:
    """An archive of `posts` beside the training posts; `strange` is the share whose status is not `ok`."""

    posts: int
    strange: float
    strange_usual: float
    measures: tuple[Measure, ...]

    @property
    def verdict(self) -> str:
        """`few`, `trust`, `caution` or `distrust`: whether scores may be leant on there.

        Other words or lengths mean that the model speaks of what it has hardly seen.
        """
        if self.posts < ENOUGH:
            return "few"
        if self.strange > STRANGE:
            return "distrust"
        return "caution" if set(self.drifted) - {*SAID} else "trust"

    @property
    def drifted(self) -> tuple[str, ...]:
        """Measures that lie far from the training posts. More known words than there are no reason to doubt."""
        return tuple(measure.name for measure in self.measures if measure.level == "strong" and not _is_better(measure))


def _is_better(measure: Measure) -> bool:
    here, usual = measure.middle, measure.usual
    return measure.name == "known_words" and not isinstance(here, str) and not isinstance(usual, str) and here >= usual


def describe(columns: Columns) -> dict[str, Any]:
    """What a manifest keeps of the training posts: for each measure its bins and their shares."""
    kept: dict[str, Any] = {}
    for name in NUMBERS:
        cuts = np.unique(np.quantile(columns[name], np.linspace(0.1, 0.9, 9)).round(4))
        kept[name] = {"cuts": cuts.tolist(), "median": round(float(np.median(columns[name])), 4)}
    for name in NAMES:
        kept[name] = {}
    for name in MEASURES:
        counts = _count(name, columns[name], kept[name])
        kept[name]["shares"] = (counts / max(counts.sum(), 1)).round(4).tolist()
    return kept


def measure_drift(scorer: Scorer, posts: Iterable[Post]) -> Drift:
    """Set an archive beside the training posts. Raises KeyError where the model keeps no account of them."""
    known = scorer.manifest["reference"]
    counts = {name: np.zeros(len(known[name]["shares"])) for name in MEASURES}
    numbers: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in NUMBERS}
    source = iter(posts)
    while chunk := list(islice(source, CHUNK)):
        columns = look(scorer, chunk)
        for name in MEASURES:
            counts[name] += _count(name, columns[name], known[name])
        for name in NUMBERS:
            numbers[name].append(columns[name].astype(np.float32))
    total = int(counts["status"].sum())
    middles = {name: float(np.median(np.concatenate(parts))) if parts else np.nan for name, parts in numbers.items()}
    ok = STATUSES.index("ok")
    return Drift(
        posts=total,
        strange=round(1 - counts["status"][ok] / max(total, 1), 4),
        strange_usual=round(1 - known["status"]["shares"][ok], 4),
        measures=tuple(_measure(name, counts[name], known[name], middles.get(name)) for name in MEASURES),
    )


def look(scorer: Scorer, posts: list[Post]) -> dict[str, npt.NDArray[Any]]:
    """All MEASURES of some posts; names as numbers of their place."""
    batch = scorer.lexicon.read([post.text for post in posts])
    said = scorer.heads.predict(batch)
    statuses = judge(batch, said.features, scorer.manifest["min_known_words"])
    return {
        "length": lengths(posts),
        "known_words": known_share(batch),
        "usefulness": 25 * said.grade,
        "engagement": 100 * said.chance["any"],
        "type": said.types.argmax(axis=1),
        "status": places(statuses),
    }


def lengths(posts: Iterable[Post]) -> Floats:
    """Characters of each post."""
    return np.array([len(post.text) for post in posts], np.float64)


def places(statuses: Iterable[str]) -> npt.NDArray[np.int64]:
    """Statuses as numbers of their place among STATUSES."""
    return np.array([STATUSES.index(status) for status in statuses], np.int64)


def _count(name: str, values: npt.NDArray[Any], kept: Mapping[str, Any]) -> Floats:
    """Posts by bin."""
    if name in NAMES:
        return np.bincount(values, minlength=len(NAMES[name])).astype(np.float64)
    bins = np.searchsorted(kept["cuts"], values, side="right")
    return np.bincount(bins, minlength=len(kept["cuts"]) + 1).astype(np.float64)


def _measure(name: str, counts: Floats, kept: Mapping[str, Any], middle: float | None) -> Measure:
    expected = np.array(kept["shares"])
    shares = counts / max(counts.sum(), 1)
    if name in NAMES:
        here, usual = NAMES[name][int(shares.argmax())], NAMES[name][int(expected.argmax())]
        return Measure(name, stability_index(expected, counts), here, usual, _short(shares), _short(expected))
    assert middle is not None  # numbers have a median
    index = stability_index(expected, counts)
    return Measure(name, index, round(middle, 3), kept["median"], _short(shares), _short(expected))


def _short(shares: Floats) -> tuple[float, ...]:
    return tuple(shares.round(4).tolist())


def stability_index(expected: Floats, counts: Floats) -> float:
    """Population stability index of counts by bin beside expected shares, less its mean under no drift.

    Of n posts in b bins chance alone gives about (b - 1) / n. Half a post in every bin keeps
    an empty one finite.
    """
    total, bins = counts.sum(), len(counts)
    if not total:
        return 0.0
    seen = (counts + 0.5) / (total + bins / 2)
    known = (expected * total + 0.5) / (total + bins / 2)
    index = float(((seen - known) * np.log(seen / known)).sum())
    return round(max(0.0, index - (bins - 1) / float(total)), 4)
