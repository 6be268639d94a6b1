"""From training posts to the words that the model knows."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from model.lexicon import Lexicon
from model.linear import Vocabulary
from model.morphology import Morphology
from model.post import Post
from model.text import DECORATION, chunks, normalise, pieces, shape
from model.words import FAMILIES
from training.morphology import forms

# A word seen on one page only is likely that page's name, its people or its slogan:
# weight on it would be memory of the page, not knowledge of posts.
MIN_PAGES = 3
MIN_POSTS = 4

_DECORATION = {f"<{name}>" for name in DECORATION}

Term = TypeVar("Term", str, int)


class NoWeights:
    """Stands for the linear heads while there are none: the lexicon reads lemmas alone."""

    width = 0

    def __init__(self, lemmas: Sequence[str] = ()) -> None:
        self._numbers = {lemma: number for number, lemma in enumerate(lemmas)}

    def lemma_numbers(self, lemmas: Sequence[str]) -> list[int]:
        """The number of each lemma, -1 where it is not there."""
        return [self._numbers.get(lemma, -1) for lemma in lemmas]

    def word_weights(self, words: Sequence[str]) -> np.ndarray:
        """Nothing."""
        return np.zeros((len(words), 0), np.float32)


def common_words(posts: Sequence[Post], min_posts: int = 2, min_pages: int = 2) -> set[str]:
    """The normalised words that more than one page uses; the model folder ships them."""
    seen: Counter[str] = Counter()
    pages: dict[str, set[tuple[str | None, str | None]]] = {}
    for post in posts:
        found = {normalise(p) for c in set(chunks(post.text)) for p in pieces(c) if shape(p) is None}
        seen.update(found)
        for word in found:
            pages.setdefault(word, set()).add(post.page)
    few = min(min_pages, len({post.page for post in posts}))
    return {word for word, n in seen.items() if n >= min_posts and len(pages[word]) >= few}


def family_words() -> set[str]:
    """The words of all families (see `model.words`) in all their forms, whatever the posts use."""
    listed = {normalise(word) for words in FAMILIES.values() for word in words}
    return listed.union(*map(forms, listed))


def build_vocabulary(
    posts: Sequence[Post], morphology: Morphology, max_lemmas: int = 30_000, max_pairs: int = 30_000
) -> Vocabulary:
    """Choose the lemmas and pairs of lemmas that occur on enough posts and pages.

    A corpus of few pages lowers the floor to what it has.
    """
    few = min(MIN_PAGES, max(1, len({post.page for post in posts}) // 4))
    lemmas = _lemmas(posts, morphology)
    chosen = _frequent(lemmas, posts, few, MIN_POSTS, max_lemmas)
    number = {lemma: n for n, lemma in enumerate(chosen)}
    known = [[number.get(lemma, -1) for lemma in row] for row in lemmas]
    width = len(chosen)
    pairs = [[a * width + b for a, b in zip(row, row[1:], strict=False) if a >= 0 and b >= 0] for row in known]
    kept = sorted(_frequent(pairs, posts, few, MIN_POSTS, max_pairs))
    counts = Counter(lemma for row in lemmas for lemma in set(row))
    pair_counts = Counter(pair for row in pairs for pair in set(row))
    times = np.array([counts[lemma] for lemma in chosen] + [pair_counts[pair] for pair in kept], np.float64)
    idf = np.log((1 + len(posts)) / (1 + times)) + 1
    return Vocabulary(chosen, np.array(kept, np.int64), idf.astype(np.float32))


def _lemmas(posts: Sequence[Post], morphology: Morphology) -> list[list[str]]:
    lexicon = Lexicon(morphology.parse, NoWeights())
    memo: dict[str, list[str]] = {}

    def of(chunk: str) -> list[str]:
        if chunk not in memo:
            lemmas = (lexicon.describe(piece)[0] for piece in pieces(chunk))
            memo[chunk] = [lemma for lemma in lemmas if lemma not in _DECORATION]
        return memo[chunk]

    return [[lemma for chunk in chunks(post.text) for lemma in of(chunk)] for post in posts]


def _frequent(rows: Sequence[Sequence[Term]], posts: Sequence[Post], pages: int, times: int, most: int) -> list[Term]:
    seen: Counter[Term] = Counter()
    where: dict[Term, set[tuple[str | None, str | None]]] = {}
    for post, row in zip(posts, rows, strict=True):
        for term in set(row):
            seen[term] += 1
            where.setdefault(term, set()).add(post.page)
    kept = [term for term, n in seen.items() if n >= times and len(where[term]) >= pages]
    return sorted(kept, key=lambda term: (-seen[term], term))[:most]
