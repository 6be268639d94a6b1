"""Labels of engagement: one function a rule, each with its reason."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS
from model.memory import RESIDUAL_CLIP, relative_noise
from model.post import Post
from model.usual import known_sum, usual

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Counts grow for some days after posting; the last days before a scrape are not in yet.
MATURE = timedelta(days=7)


def reaction_labels(posts: Sequence[Post], groups: npt.NDArray[np.str_]) -> tuple[Floats, Floats, Floats]:
    """Residual over the page's usual, that usual, and the place in the page's history.

    Posts come sorted by page and time. Residual and usual: (posts × reaction heads), in
    log(1 + count), NaN where a count or a usual is not known.
    """
    logs = np.array([[_log(known_sum(post, head)) for head in REACTION_HEADS] for post in posts]).reshape(
        -1, len(REACTION_HEADS)
    )
    typical = np.full_like(logs, np.nan)
    place = np.zeros(len(posts))
    for rows in pages(groups):
        place[rows] = np.arange(len(rows)) / len(rows)
        for head in range(len(REACTION_HEADS)):
            typical[rows, head] = usual(logs[rows, head])
    return np.clip(logs - typical, -RESIDUAL_CLIP, RESIDUAL_CLIP), typical, place


def pages(groups: npt.NDArray[np.str_]) -> list[npt.NDArray[np.int64]]:
    """Row numbers of each page, in order."""
    _, inverse = np.unique(groups, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(inverse[order])) + 1) if len(groups) else []


def weights(typical: Floats) -> Floats:
    """How much a residual can be trusted, see `model.memory.relative_noise`."""
    return 1 / relative_noise(typical)


def has_usual(posts: Sequence[Post], groups: npt.NDArray[np.str_], typical: Floats) -> Bools:
    """Первые посты страницы: ещё не с чем сравнить."""
    return ~np.isnan(typical[:, REACTION_HEADS.index("any")])


def is_mature(posts: Sequence[Post], groups: npt.NDArray[np.str_], typical: Floats) -> Bools:
    """Последние семь дней страницы: реакции ещё не собраны."""
    kept = np.ones(len(posts), bool)
    for rows in pages(groups):
        last = posts[rows[-1]].moment
        kept[rows] = [last - posts[n].moment > MATURE for n in rows]
    return kept


def is_written(posts: Sequence[Post], groups: npt.NDArray[np.str_], typical: Floats) -> Bools:
    """Меньше трёх слов: реакции не о тексте."""
    return np.array([len(re.findall(r"[^\W\d_]{2,}", post.text)) >= 3 for post in posts], bool)


def is_fresh(posts: Sequence[Post], groups: npt.NDArray[np.str_], typical: Floats) -> Bools:
    """Повтор более раннего поста той же страницы почти слово в слово."""
    seen: set[tuple[str, str]] = set()
    kept = np.ones(len(posts), bool)
    for n, (post, group) in enumerate(zip(posts, groups, strict=True)):
        key = (group, " ".join(re.findall(r"[^\W\d_]+", post.text.lower())[:14]))
        kept[n] = key not in seen
        seen.add(key)
    return kept


Rule = Callable[[Sequence[Post], npt.NDArray[np.str_], Floats], Bools]
RULES: list[Rule] = [has_usual, is_mature, is_written, is_fresh]


def _log(count: int | None) -> float:
    return np.nan if count is None else float(np.log1p(count))
