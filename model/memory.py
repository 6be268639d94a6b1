"""Page memory: what a page's own readers did with similar earlier posts.

A page that keeps its counts teaches more than any general model. The residuals of its
earlier posts (how far above or below the page's usual they came) are one draw of a
Gaussian process over likeness of words and nearness in time: like posts fare alike, and
a page has better and worse months. What the process expects of a draft shifts the odds
that the general heads give; with few or unlike posts it expects little, so memory fades in
by itself, and where it expects nothing the general score stays as it is, to the last digit.
Only posts at least 48 hours older take part, because younger counts are not in.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, algorithm 2.1.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import time
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.heads import REACTION_HEADS, Predictions, sigmoid
from model.post import Post
from model.score import Neighbour
from model.usual import MIN_HISTORY, known_sum, usual_in_hindsight

if TYPE_CHECKING:
    from model.scorer import Scorer

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]  # of the great matrices: seven digits are enough, and twice as fast
Ints = npt.NDArray[np.int64]
Page = tuple[str | None, str | None]
NAMELESS: Page = (None, None)

DAY = 86400.0
RIPE = 2.0  # days until a post's counts are in
MIN_POSTS = MIN_HISTORY  # with fewer earlier posts the page's usual is not known
RESIDUAL_CLIP = 1.5  # beyond this a residual is an accident (a raffle, a famous repost), not a matter of text

# A post is told by the 500 to 1,000 posts before it: the work grows with their cube, and
# older ones are forgotten anyway.
STEP = 500
# Bytes of factors kept for pages that are asked again.
KEPT = 256 << 20

# What stands for the noise of a post that told nothing.
DEAF = 1e6


@dataclass(frozen=True)
class Kernel:
    """How alike two posts of a page fare; learned on training pages (see `training.memory`).

    Variances in squared log counts, lives in days: `likeness` by cosine of words, forgotten
    over `likeness_life`; `trend` of the page as a whole over `trend_life`; `noise` beside them.
    """

    likeness: float
    likeness_life: float
    trend: float
    trend_life: float
    noise: float

    def __call__(self, cosine: Singles, one: Floats, other: Floats) -> Singles:
        """Covariance by cosine of words, (one × other), of posts of these days."""
        like, near = fade(one, other, self.likeness_life), fade(one, other, self.trend_life)
        like *= cosine  # in place: these are millions of numbers
        like *= np.float32(self.likeness)
        near *= np.float32(self.trend)
        like += near
        return like


def fade(one: Floats, other: Floats, life: float) -> Singles:
    """What is left after the days between posts, exp(-days / life): (one × other)."""
    middle = np.median(one) if len(one) else 0.0  # from here, days since 1970 keep their minutes
    here, there = ((days - middle).astype(np.float32) for days in (one, other))
    gone = here[:, None] - there
    np.abs(gone, out=gone)
    gone *= np.float32(-1 / life)
    return np.exp(gone, out=gone)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Combination:
    """How memory joins the general heads; learned on training pages.

    `centres`: mean residual of each reaction head, above which a post did well (a mean of
    counts lies above their trimmed mean); `gains`: by how much its log odds rise with a
    unit of what memory expects (log counts).
    """

    kernel: Kernel
    centres: Mapping[str, float]
    gains: Mapping[str, float]

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Combination":
        """From the manifest, see `describe`."""
        return cls(Kernel(**kept["kernel"]), kept["centres"], kept["gains"])

    def describe(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return asdict(self)

    def shift(self, chance: Floats, expected: Floats) -> Floats:
        """General chances moved by what memory expects, both (posts × reaction heads)."""
        from scipy.special import logit  # late, as below: most runs have no memory and start without it

        gains = np.array([self.gains[head] for head in REACTION_HEADS])
        # Where nothing is expected the chance is returned as it came, not through two functions and back.
        return np.where(expected == 0, chance, sigmoid(logit(chance) + gains * expected))


@dataclass(frozen=True)
class Recall:
    """What a page's memory says of one post."""

    chance: dict[str, float]
    posts: int
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Shelf:
    """Posts of one page in order of time; arrays over posts.

    `days` (unix time by which each was surely out), `design` (vocabulary, rows of length 1),
    `residuals` (reaction heads, NaN where not known), `noise` (their relative variance),
    `lifts` (how many times the page's usual the sum of reactions was).
    """

    days: Floats
    design: sp.csr_matrix
    residuals: Floats
    noise: Floats
    lifts: Floats

    @classmethod
    def of(cls, posts: Sequence[Post], design: sp.csr_matrix) -> "Shelf":
        """Put posts of one page, in order of `settled`, on a shelf; `design` has a row for each."""
        logs = np.log1p(
            np.array([[known_sum(post, head) for head in REACTION_HEADS] for post in posts], np.float64)  # None is NaN
        ).reshape(-1, len(REACTION_HEADS))
        typical = np.stack([usual_in_hindsight(column) for column in logs.T], axis=1)
        return cls(
            days=np.array([settled(post) for post in posts], np.float64),
            design=design,
            residuals=np.clip(logs - typical, -RESIDUAL_CLIP, RESIDUAL_CLIP),
            noise=relative_noise(typical[:, 0]),
            lifts=np.exp(np.nan_to_num(logs - typical)[:, 0]),
        )

    def __len__(self) -> int:
        return len(self.days)

    def window(self, ripe: int) -> tuple[int, int]:
        """From where to where the shelf is read for a post with `ripe` (one or more) posts before it."""
        block = (ripe - 1) // STEP
        return max(0, (block - 1) * STEP), min(len(self), (block + 1) * STEP)

    def centred(self, centres: Mapping[str, float]) -> "Shelf":
        """The same with residuals above these centres of each reaction head."""
        return replace(self, residuals=self.residuals - np.array([centres[head] for head in REACTION_HEADS]))

    def cut(self, start: int, stop: int) -> "Shelf":
        """Part of the shelf."""
        part = slice(start, stop)
        return Shelf(self.days[part], self.design[part], self.residuals[part], self.noise[part], self.lifts[part])


class Posterior:
    """What the posts of a shelf say of others.

    The factor of the first n posts is the corner of the factor of all, so one serves every
    moment: whoever asks is answered from the posts that were ripe by then, and no others.
    """

    def __init__(
        self, shelf: Shelf, kernel: Kernel, texts: Sequence[str] = (), likeness: Singles | None = None
    ) -> None:
        """`texts`: those of the shelf's posts; `likeness`: cosines of its first posts with one another, where known."""
        from scipy.linalg import cholesky, solve_triangular

        self.shelf = shelf
        self._kernel = kernel
        self._places = {text: place for place, text in enumerate(texts)}
        self._cosines = _among(shelf.design, np.zeros((0, 0), np.float32) if likeness is None else likeness)
        covariance = kernel(self._cosines, shelf.days, shelf.days)
        self._factors: list[tuple[list[int], Singles, Singles]] = []
        known = ~np.isnan(shelf.residuals)
        for heads in _alike(known):
            heard = known[:, heads[0]]
            inner = covariance.copy()
            inner[np.diag_indices_from(inner)] += np.where(heard, kernel.noise * shelf.noise, DEAF)
            factor = cholesky(inner, lower=True, overwrite_a=True, check_finite=False)
            told = np.where(heard[:, None], shelf.residuals[:, heads], 0).astype(np.float32)
            answers = solve_triangular(factor, told, lower=True, check_finite=False)
            self._factors.append((heads, factor, answers))

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._cosines.nbytes + sum(factor.nbytes for _, factor, _ in self._factors)

    def latest(self, number: int) -> Singles:
        """Cosines of the last posts of the shelf with one another."""
        place = len(self.shelf) - number
        return self._cosines[place:, place:]

    def likeness(self, texts: Sequence[str], design: sp.csr_matrix, numbers: Ints) -> Singles:
        """Cosines of words with posts of these texts, (shelf × posts), which are rows `numbers` of `design`.

        A text that stands on the shelf has them already: in an archive scored by its own memory nearly all do.
        """
        places = np.array([self._places.get(text, -1) for text in texts])
        likeness = self._cosines.take(places, axis=1)
        if (new := places < 0).any():
            likeness[:, new] = cosines(self.shelf.design, design[numbers[new]])
        return likeness

    def expect(self, cosine: Singles, days: Floats, ripe: Ints) -> Floats:
        """Expected residuals (posts × columns of the shelf) of posts asked at `days` from the first `ripe` ones.

        `cosine` (shelf × posts).
        """
        from scipy.linalg import solve_triangular

        if len(days) == 1:  # BLAS has a way of its own for one column, and it rounds otherwise
            return self.expect(np.repeat(cosine, 2, axis=1), np.repeat(days, 2), np.repeat(ripe, 2))[:1]
        told = np.zeros((len(days), self.shelf.residuals.shape[1]))
        covariance = self._kernel(cosine, self.shelf.days, days)
        by_then = np.arange(len(self.shelf))[:, None] < ripe
        for heads, factor, answers in self._factors:
            carried = solve_triangular(factor, covariance, lower=True, check_finite=False)
            carried *= by_then
            # In double precision: how singles are added up hangs on how many posts are asked at once.
            told[:, heads] = carried.T.astype(np.float64) @ answers
        return told


class Memory:
    """Earlier posts of pages, ready to be asked about new ones. Safe to share between threads."""

    def __init__(self, posts: Mapping[Page, Sequence[Post]], scorer: "Scorer", neighbours: bool = True) -> None:
        self._posts = posts
        self._neighbours = neighbours
        self._combination = Combination.read(scorer.manifest["memory"])
        self._shelves = {
            page: Shelf.of(earlier, _design(scorer, earlier)).centred(self._combination.centres)
            for page, earlier in posts.items()
        }
        self._seen = {page: _first_seen(earlier) for page, earlier in posts.items()}
        self._posteriors: OrderedDict[tuple[Page, int], Posterior] = OrderedDict()
        self._lock = RLock()

    @classmethod
    def of(cls, scorer: "Scorer", posts: Iterable[Post], neighbours: bool = True) -> "Memory":
        """Build the memory of every page among the posts. Posts without a date or counts are left out.

        `neighbours`: whether scores name the likest earlier posts, which takes time of its own.

        A page is told by platform and page_id, or its name where there is no id; posts that name
        no page make one page of their own.
        A memory of one page also speaks of drafts that name none, and a nameless page of any draft.
        """
        pages: dict[Page, list[Post]] = {}
        for post in posts:
            if post.date is not None and known_sum(post, "any") is not None and post.moment is not None:
                pages.setdefault(post.page, []).append(post)
        return cls({page: sorted(earlier, key=_order) for page, earlier in pages.items()}, scorer, neighbours)

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages that it remembers."""
        return tuple(self._shelves)

    def recall(self, posts: Sequence[Post], general: Predictions) -> list[Recall | None]:
        """Ask the memory about posts; None where it has nothing to add.

        `general`: what the heads say of them. For when each is asked see `_moment`.
        """
        said = np.stack([general.chance[head] for head in REACTION_HEADS], axis=1)
        design = general.design.matrix()
        answers: list[Recall | None] = [None] * len(posts)
        for page, (start, stop), numbers, days, ripe in self._asked(posts):
            posterior = self._posterior(page, start, stop)
            cosine = posterior.likeness([posts[number].text for number in numbers.tolist()], design, numbers)
            expected = posterior.expect(cosine, days, ripe - start)
            chances = self._combination.shift(said[numbers], expected)
            nearest = _nearest(posterior.shelf, cosine, ripe - start) if self._neighbours else [[]] * len(numbers)
            told = zip(numbers.tolist(), chances.tolist(), (ripe - start).tolist(), nearest, strict=True)
            for number, chance, heard, near in told:
                neighbours = tuple(self._neighbour(page, start + place, likeness) for place, likeness in near)
                answers[number] = Recall(dict(zip(REACTION_HEADS, chance, strict=True)), heard, neighbours)
        return answers

    def _asked(self, posts: Sequence[Post]) -> Iterator[tuple[Page, tuple[int, int], Ints, Floats, Ints]]:
        """Posts that a page can speak of: by page and window their numbers, days and counts of ripe posts."""
        asked: dict[Page, list[tuple[int, float]]] = {}
        for number, post in enumerate(posts):
            page = self._page_of(post)
            if page is not None and (day := self._moment(page, post)) is not None:
                asked.setdefault(page, []).append((number, day))
        for page, found in asked.items():
            shelf, numbers, days = self._shelves[page], *map(np.array, zip(*found, strict=True))
            ripe = shelf.days.searchsorted(days - RIPE, side="right")
            blocks = np.where(ripe < MIN_POSTS, -1, (ripe - 1) // STEP)
            for block in np.unique(blocks[blocks >= 0]):
                here = blocks == block
                yield page, shelf.window(int(ripe[here][0])), numbers[here], days[here], ripe[here]

    def _page_of(self, post: Post) -> Page | None:
        """The page that speaks of a post: its own, or the only one there is where either names none."""
        if post.page in self._shelves:
            return post.page
        only = next(iter(self._shelves), None) if len(self._shelves) == 1 else None
        return only if NAMELESS in (only, post.page) else None

    def _moment(self, page: Page, post: Post) -> float | None:
        """The day a post is asked at, None where that cannot be told.

        At its own moment, or at that of its copy on the shelf, whichever is earlier: a
        post never leans on its own counts, whatever became of its date. A draft, which has
        neither date nor counts, is asked as if posted right after the last post.
        """
        ids, texts = self._seen[page]
        moment = post.moment
        known = [] if moment is None else [moment.timestamp() / DAY]
        if post.post_id is not None and post.post_id in ids:
            known.append(ids[post.post_id])
        if moment is None and post.text in texts:
            known.append(texts[post.text])
        if known:
            return min(known)
        return float(self._shelves[page].days[-1]) if known_sum(post, "any") is None else None

    def _posterior(self, page: Page, start: int, stop: int) -> Posterior:
        with self._lock:
            key = (page, stop)
            if key not in self._posteriors:
                before = self._posteriors.get((page, start + STEP))  # ends in the middle of this one
                self._posteriors[key] = Posterior(
                    self._shelves[page].cut(start, stop),
                    self._combination.kernel,
                    [post.text for post in self._posts[page][start:stop]],
                    before.latest(STEP) if before else None,
                )
            self._posteriors.move_to_end(key)
            held = sum(posterior.size for posterior in self._posteriors.values())
            while held > KEPT and len(self._posteriors) > 1:
                held -= self._posteriors.popitem(last=False)[1].size
            return self._posteriors[key]

    def _neighbour(self, page: Page, place: int, likeness: float) -> Neighbour:
        post = self._posts[page][place]
        return Neighbour(
            post_id=post.post_id,
            date=post.date,
            likes=post.likes,
            comments=post.comments,
            reposts=post.reposts,
            lift=round(float(self._shelves[page].lifts[place]), 2),
            likeness=round(likeness, 3),
        )


def cosines(one: sp.csr_matrix, other: sp.csr_matrix) -> Singles:
    """Cosines of rows with rows of another matrix, both with rows of length 1: (one × other)."""
    return (one @ other.T).toarray().astype(np.float32, copy=False)  # type: ignore[no-any-return]


def _among(design: sp.csr_matrix, known: Singles) -> Singles:
    """Cosines of rows with one another, those of the first ones as they are known."""
    here, count = len(known), design.shape[0]
    among = np.empty((count, count), np.float32)
    among[:here, :here] = known
    among[here:] = cosines(design[here:], design)
    among[:here, here:] = among[here:, :here].T  # the same terms in the same order: equal to the last bit
    return among


def _alike(known: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Heads whose counts are known of the same posts: they share one factor. Heads known of none are left out."""
    groups: dict[bytes, list[int]] = {}
    for head in range(known.shape[1]):
        if known[:, head].any():
            groups.setdefault(known[:, head].tobytes(), []).append(head)
    return list(groups.values())


def _nearest(shelf: Shelf, cosine: Singles, ripe: Ints, most: int = 3) -> list[list[tuple[int, float]]]:
    """The likest ripe posts of each asked one and their likeness, likest first, of equals the earlier.

    A post whose usual is not known told nothing.
    """
    told = np.arange(len(shelf))[:, None] < ripe
    told &= ~np.isnan(shelf.residuals[:, :1])
    likeness = np.where(told, cosine, 0).T
    # All that are as like as the third; so that equals are told apart by their place alone.
    least = -np.partition(-likeness, min(most, len(shelf)) - 1, axis=1)[:, min(most, len(shelf)) - 1]
    found: list[list[tuple[int, float]]] = []
    for row, bound in zip(likeness, least, strict=True):
        places = np.flatnonzero(row >= bound) if bound > 0 else np.flatnonzero(row)
        ranked = places[np.argsort(-row[places], kind="stable")][:most]
        found.append(list(zip(ranked.tolist(), row[ranked].tolist(), strict=True)))
    return found


def relative_noise(typical: Floats) -> Floats:
    """How much chance there is in a log count, by the usual log count of the page.

    A page's own spread, about 0.35, plus the 1 / (expected count) of a Poisson draw: a
    difference of three likes is mostly chance.
    """
    return 0.35 + 1 / (np.exp(np.nan_to_num(typical)) + 0.5)


def settled(post: Post) -> float:
    """The day, in unix time, by which a dated post was surely out.

    Midnight to the second is what a date without an hour becomes, so such a post may have
    come out at any time of its day.
    """
    moment = post.moment
    assert moment is not None, "only dated posts are remembered"
    return moment.timestamp() / DAY + (moment.timetz().replace(tzinfo=None) == time())


def _day(post: Post) -> float:
    moment = post.moment
    assert moment is not None, "only dated posts are remembered"
    return moment.timestamp() / DAY


def _order(post: Post) -> tuple[float, str, str]:
    return settled(post), str(post.post_id), post.text


def _design(scorer: "Scorer", posts: Sequence[Post]) -> sp.csr_matrix:
    return scorer.heads.linear.vocabulary.design(scorer.lexicon.read([post.text for post in posts]))


def _first_seen(posts: Sequence[Post]) -> tuple[dict[str, float], dict[str, float]]:
    """The day each id and each text is first met."""
    ids: dict[str, float] = {}
    texts: dict[str, float] = {}
    for post in posts:
        day = _day(post)
        if post.post_id is not None:
            ids[post.post_id] = min(day, ids.get(post.post_id, day))
        texts[post.text] = min(day, texts.get(post.text, day))
    return ids, texts
