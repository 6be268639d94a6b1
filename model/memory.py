"""Page memory: what a page's own readers did with similar earlier posts.

A page that keeps its counts teaches more than any general model: the residuals of its
earlier posts (how far above or below the page's usual they came) are averaged by their
likeness to the draft and added to what the general heads say. Only posts at least 48
hours older take part, because younger counts are not in yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.heads import REACTION_HEADS, sigmoid
from model.lexicon import Batch
from model.post import Post
from model.score import Neighbour
from model.usual import known_sum, usual

if TYPE_CHECKING:
    from model.scorer import Scorer

Floats = npt.NDArray[np.float64]

RIPE = 48 * 3600.0  # seconds until a post's counts are in
MIN_POSTS = 10  # with fewer earlier posts the page's usual is not known
DAY = 86400.0


@dataclass(frozen=True)
class Combination:
    """How memory is weighed; learned on training pages (see `training.memory`).

    `power` of the likeness, `prior` evidence for "nothing known", `weight` of memory
    beside the general residual, `half_life` in days of an earlier post's word, and for each
    reaction the slope and intercept that turn the sum into a probability.
    """

    power: float
    prior: float
    weight: float
    half_life: float
    calibration: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Recall:
    """What a page's memory says of one post."""

    chance: dict[str, float]
    posts: int
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Shelf:
    """The earlier posts of one page, in order of time."""

    moments: Floats  # seconds, unix time
    design: sp.csr_matrix  # posts × vocabulary, rows of length 1
    residuals: Floats  # posts × reaction heads, NaN where not known
    posts: Sequence[Post]


class Memory:
    """Earlier posts of pages, ready to be asked about new ones."""

    def __init__(self, shelves: Mapping[tuple[str | None, str | None], Shelf], scorer: "Scorer") -> None:
        self._shelves = shelves
        self._vocabulary = scorer.heads.linear.vocabulary
        self._combination = Combination(**scorer.manifest["memory"])

    @classmethod
    def of(cls, scorer: "Scorer", posts: Iterable[Post]) -> "Memory":
        """Build the memory of every page among the posts. Posts without a date or counts are left out.

        A page is told by platform and page_id; posts that name no page make one page of their own.
        """
        pages: dict[tuple[str | None, str | None], list[Post]] = {}
        for post in posts:
            if post.moment is not None and any(known_sum(post, head) is not None for head in REACTION_HEADS):
                pages.setdefault(post.page, []).append(post)
        return cls({page: _shelve(scorer, earlier) for page, earlier in pages.items()}, scorer)

    def recall(
        self, posts: Sequence[Post], batch: Batch, general: Mapping[str, Floats], now: float | None = None
    ) -> list[Recall | None]:
        """Ask the memory about posts of a batch; None where it has nothing to add.

        `general`: residuals of the general heads by reaction. A post without a date is a
        draft: all earlier posts of its page count.
        """
        design = self._vocabulary.design(batch)
        answers: list[Recall | None] = []
        for n, post in enumerate(posts):
            shelf = self._shelves.get(post.page)
            moment = post.moment.timestamp() if post.moment else np.inf
            ripe = int(np.searchsorted(shelf.moments, moment - RIPE, side="right")) if shelf else 0
            if shelf is None or ripe < MIN_POSTS:
                answers.append(None)
                continue
            said = {head: float(general[head][n]) for head in REACTION_HEADS}
            answers.append(self._answer(shelf, ripe, design[n], moment, said))
        return answers

    def _answer(self, shelf: Shelf, ripe: int, row: sp.csr_matrix, moment: float, general: dict[str, float]) -> Recall:
        how = self._combination
        likeness = _likeness(shelf.design, row, ripe)
        age = np.maximum((min(moment, shelf.moments[ripe - 1] + RIPE) - shelf.moments[:ripe]) / DAY, 0)
        told = evidence(shelf.residuals[:ripe], likeness, age, how.power, how.prior, how.half_life)
        chance = {}
        for column, head in enumerate(REACTION_HEADS):
            slope, intercept = how.calibration[head]
            chance[head] = float(sigmoid(np.array(slope * (general[head] + how.weight * told[column]) + intercept)))
        return Recall(chance, ripe, _neighbours(shelf, likeness))


def _likeness(design: sp.csr_matrix, row: sp.csr_matrix, ripe: int) -> Floats:
    """Cosine of a post with the first `ripe` posts of a shelf."""
    dense = np.zeros(design.shape[1], np.float32)
    dense[row.indices] = row.data
    return np.asarray(design @ dense, np.float64)[:ripe]


def evidence(
    residuals: Floats, likeness: Floats, age: Floats, power: float, prior: float, half_life: float
) -> Floats:
    """Mean residual of earlier posts by likeness and recency, shrunk to zero by the prior.

    `residuals` (posts × reactions, NaN unknown); `likeness`, `age` in days (posts).
    Returns one number a reaction.
    """
    weights = (likeness**power * 0.5 ** (age / half_life))[:, None]
    known = ~np.isnan(residuals)
    return (weights * np.where(known, residuals, 0)).sum(axis=0) / ((weights * known).sum(axis=0) + prior)  # type: ignore[no-any-return]


def _shelve(scorer: "Scorer", posts: list[Post]) -> Shelf:
    posts = sorted(posts, key=_time)
    moments = np.array([_time(post) for post in posts])
    residuals = np.stack([_residuals(posts, moments, head) for head in REACTION_HEADS], axis=1)
    design = scorer.heads.linear.vocabulary.design(scorer.lexicon.read([post.text for post in posts]))
    return Shelf(moments, design, residuals, posts)


def _residuals(posts: Sequence[Post], moments: Floats, head: str) -> Floats:
    sums = [known_sum(post, head) for post in posts]
    logs = np.array([np.nan if value is None else np.log1p(value) for value in sums])
    return np.clip(logs - usual(logs), -1.5, 1.5)  # type: ignore[no-any-return]


def _time(post: Post) -> float:
    assert post.moment is not None  # only dated posts are shelved
    return post.moment.timestamp()


def _neighbours(shelf: Shelf, likeness: Floats, most: int = 3) -> tuple[Neighbour, ...]:
    order = np.argsort(-likeness, kind="stable")[:most]
    return tuple(_neighbour(shelf, int(n), float(likeness[n])) for n in order if likeness[n] > 0)


def _neighbour(shelf: Shelf, n: int, likeness: float) -> Neighbour:
    post = shelf.posts[n]
    lift = float(np.exp(shelf.residuals[n, 0]))
    return Neighbour(
        post_id=post.post_id,
        date=post.date,
        likes=post.likes,
        comments=post.comments,
        reposts=post.reposts,
        lift=1.0 if np.isnan(lift) else round(lift, 2),
        likeness=round(likeness, 3),
    )


def describe(combination: Combination) -> dict[str, Any]:
    """The combination as the manifest keeps it."""
    return {name: getattr(combination, name) for name in combination.__dataclass_fields__}
