"""The linear heads: one sparse product over words gives every head its first opinion.

A linear head over averaged words is a sum of one number a word, so all heads together
are a table, words × heads. Three stand side by side: lemmas and pairs of lemmas (tf-idf,
as `sklearn.feature_extraction.text.TfidfVectorizer` weighs them); letters (n-grams inside
a word), which speak for words never met in training; senses (what a word's vector says),
which carry over from words that many posts used to words that few did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.lexicon import Batch
from model.text import SHAPES

Floats = npt.NDArray[np.float32]

GRAM_SIZES = (2, 3, 4, 5)
_SIEVE = 1_000_003  # a prime, some thirty times as many as there are pairs
_PRIME, _GOLDEN = np.uint32(16_777_619), np.uint32(0x9E37_79B1)  # of FNV-1 and of Fibonacci hashing
_SHAPE_LETTER = {f"<{name}>": chr(0xE000 + number) for number, name in enumerate(SHAPES)}  # for private use


def count_grams(words: Sequence[str], buckets: int) -> sp.csr_matrix:
    """Hash the letter n-grams of words, edges marked, into buckets: (words × buckets), rows of length about 1.

    A shape (`<date>`) is a letter of its own.

    >>> count_grams(["дом"], 1024).nnz  # <дом> has 4 pairs, 3 triples, 2 fours, 1 five
    10
    """
    marked = [f"<{_SHAPE_LETTER.get(word) or word[:40]}>" for word in words]
    sizes = np.array([len(word) for word in marked], np.int64)
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), np.uint32)
    left = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(codes))  # letters from here to the end of the word
    counts = sum(np.maximum(sizes - n + 1, 0) for n in GRAM_SIZES)
    where, found = [], []
    hashed = codes * _PRIME
    for n in range(2, GRAM_SIZES[-1] + 1):  # the hash of n letters goes on from that of n - 1
        hashed = (hashed[:-1] ^ (hashed[:-1] >> np.uint32(15))) * _PRIME + codes[n - 1 :]
        at = np.flatnonzero(left[: len(hashed)] >= n)
        where.append(at)
        mixed = hashed[at] * _GOLDEN
        found.append((mixed ^ (mixed >> np.uint32(16))) % np.uint32(buckets))
    order = np.argsort(np.concatenate(where), kind="stable")
    bounds = np.concatenate([[0], np.cumsum(counts)])
    values = np.repeat(np.float32(1) / np.sqrt(np.maximum(counts, 1), dtype=np.float32), counts)
    return sp.csr_matrix((values, np.concatenate(found)[order].astype(np.int32), bounds), shape=(len(words), buckets))


@dataclass(frozen=True)
class Vocabulary:
    """Lemmas and pairs of lemmas that carry weight, with their idf.

    `pairs` holds, sorted, `first * len(lemmas) + second` for each pair; `idf` goes over
    the lemmas, then over the pairs.
    """

    lemmas: Sequence[str]
    pairs: npt.NDArray[np.int64]
    idf: Floats

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Lemma → its number."""
        return {lemma: number for number, lemma in enumerate(self.lemmas)}

    def __len__(self) -> int:
        return len(self.idf)

    def design(self, batch: Batch) -> sp.csr_matrix:
        """Weigh lemmas and pairs of a batch: (posts × vocabulary), sublinear tf-idf, rows of length 1."""
        posts, terms = self._terms(batch.plain())
        # Half as wide a number sorts twice as fast.
        keys = (posts * np.int64(len(self)) + terms).astype(np.int32 if len(batch) * len(self) < 1 << 31 else np.int64)
        keys.sort()
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        times = np.diff(first, append=len(keys))
        posts, terms = np.divmod(keys[first], len(self))
        values = ((1 + np.log(times)) * self.idf[terms]).astype(np.float32)
        bounds = np.searchsorted(posts, np.arange(len(batch) + 1))
        matrix = sp.csr_matrix((values, terms, bounds), shape=(len(batch), len(self)))
        return _unit_rows(matrix)

    def _terms(self, batch: Batch) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The post and the term of each occurrence of a known lemma or pair."""
        lemmas = batch.lemmas[batch.rows].astype(np.int64)
        posts = np.repeat(np.arange(len(batch)), np.diff(batch.bounds))
        known = lemmas >= 0
        beside = known[:-1] & known[1:] & (posts[:-1] == posts[1:])
        keys = lemmas[:-1] * len(self.lemmas) + lemmas[1:]
        maybe = np.flatnonzero(beside & self._sieve[keys % _SIEVE])
        keys = keys[maybe]
        where = np.searchsorted(self.pairs, keys)
        where[where == len(self.pairs)] = 0
        hit = self.pairs[where] == keys if len(self.pairs) else np.zeros(len(keys), bool)
        return (
            np.concatenate([posts[known], posts[maybe[hit]]]),
            np.concatenate([lemmas[known], where[hit] + len(self.lemmas)]),
        )

    @cached_property
    def _sieve(self) -> npt.NDArray[np.bool_]:
        """Where a known pair may lie: most pairs of neighbours are none, and a look here tells so at once."""
        sieve = np.zeros(_SIEVE, bool)
        sieve[self.pairs % _SIEVE] = True
        return sieve

    def occurrences(self, batch: Batch) -> sp.csr_matrix:
        """Weigh each occurrence of a piece by its idf: (posts × lexicon rows), rows of length 1.

        Columns stay in the order of the text, so that sums do not depend on the order in
        which the lexicon met the pieces.
        """
        batch = batch.plain()
        lemmas = batch.lemmas[batch.rows]
        values = np.where(lemmas >= 0, self.idf[lemmas], self.idf[: len(self.lemmas)].max(initial=1.0))
        matrix = sp.csr_matrix(
            (values.astype(np.float32), batch.rows, batch.bounds), shape=(len(batch), len(batch.lemmas))
        )
        return _unit_rows(matrix)


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Scale rows to length 1, in place; empty rows stay empty."""
    squares = matrix.data * matrix.data
    if matrix.shape[0] == 1 and len(squares):  # one post is asked about most, and needs no product
        matrix.data /= np.sqrt(np.maximum(np.cumsum(squares)[-1], np.float32(1e-12)))
        return matrix
    # A product sums each row on its own, in order, as cumsum does: the same in any company.
    column = np.zeros_like(matrix.indices)
    sums = sp.csr_matrix((squares, column, matrix.indptr), shape=(matrix.shape[0], 1)) @ np.ones(1, np.float32)
    matrix.data /= np.repeat(np.sqrt(np.maximum(sums, 1e-12)), np.diff(matrix.indptr))
    return matrix


class LinearHeads:
    """Weights of all linear heads.

    `names` (heads), `bias` (heads), `table` (vocabulary × heads). The first heads listen to
    letters, `grams` (buckets × heads), the rest to senses, `senses` (words × heads).
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        names: Sequence[str],
        bias: Floats,
        table: Floats,
        grams: Floats,
        senses: Floats | None = None,
        words: Iterable[str] = (),
    ) -> None:
        self.vocabulary = vocabulary
        self.names = tuple(names)
        self.bias = np.asarray(bias, np.float32)
        self.table = np.ascontiguousarray(table, np.float32)
        self.grams = np.ascontiguousarray(grams, np.float32)
        self.senses = np.zeros((0, len(self.names) - self.grams.shape[1]), np.float32) if senses is None else senses
        self._numbers = {word: number for number, word in enumerate(words)}

    @property
    def width(self) -> int:
        """How many heads there are."""
        return len(self.names)

    def lemma_number(self, lemma: str) -> int:
        """The number of a lemma in the vocabulary, -1 where it is not there."""
        return self.vocabulary.numbers.get(lemma, -1)

    def word_weights(self, words: Sequence[str]) -> Floats:
        """The weights of words or shapes, (words × heads): the mean direction of their n-grams, then their sense."""
        letters = count_grams(words, len(self.grams)) @ self.grams
        found = np.array([self._numbers.get(word, -1) for word in words], np.int64)
        senses = np.zeros((len(words), self.senses.shape[1]), np.float32)
        senses[found >= 0] = self.senses[found[found >= 0]]
        return np.concatenate([letters, senses], axis=1, dtype=np.float32)

    def outputs(self, batch: Batch, design: sp.csr_matrix | None = None) -> Floats:
        """The opinion of every head on every post: (posts × heads). `design`: of the batch, where it is at hand."""
        by_lemma = (self.vocabulary.design(batch) if design is None else design) @ self.table
        occurrences = self.vocabulary.occurrences(batch)
        by_word = np.asarray(occurrences @ batch.weights)
        by_word[:, self.grams.shape[1] :] /= total(occurrences)[:, None]  # letters are summed, senses averaged
        return np.asarray(by_lemma + by_word + self.bias, np.float32)


def total(occurrences: sp.csr_matrix) -> Floats:
    """The sum of each row, 1 for an empty one."""
    sums = np.asarray(occurrences @ np.ones(occurrences.shape[1], np.float32))
    return np.where(sums > 0, sums, 1).astype(np.float32)
