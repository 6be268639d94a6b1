"""The linear heads: one sparse product over words gives every head its first opinion.

A linear head over averaged words is a sum of one number a word, so all heads together
are a table, words × heads. Three stand side by side: lemmas and pairs of lemmas (tf-idf,
as `sklearn.feature_extraction.text.TfidfVectorizer` weighs them); letters (n-grams inside
a word), which speak for words never met in training; senses (what a word's vector says),
which carry over from words that many posts used to words that few did.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.lexicon import Batch

Floats = npt.NDArray[np.float32]

GRAM_SIZES = (2, 3, 4, 5)


def gram_buckets(word: str, buckets: int) -> list[int]:
    """Hash the letter n-grams of a word, with its edges marked, into buckets.

    >>> len(gram_buckets("дом", 1024))  # <дом> has 4 pairs, 3 triples, 2 fours, 1 five
    10
    """
    if word.startswith("<"):  # a shape is one gram of its own
        return [zlib.crc32(word.encode()) % buckets]
    marked = f"<{word[:40]}>"
    grams = {marked[i : i + n] for n in GRAM_SIZES for i in range(len(marked) - n + 1)}
    return [zlib.crc32(gram.encode()) % buckets for gram in sorted(grams)]


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
        posts, terms = self._terms(batch)
        keys = posts * np.int64(len(self)) + terms
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
        keys = lemmas[:-1][beside] * len(self.lemmas) + lemmas[1:][beside]
        where = np.searchsorted(self.pairs, keys)
        where[where == len(self.pairs)] = 0
        hit = self.pairs[where] == keys if len(self.pairs) else np.zeros(len(keys), bool)
        return (
            np.concatenate([posts[known], posts[:-1][beside][hit]]),
            np.concatenate([lemmas[known], where[hit] + len(self.lemmas)]),
        )

    def occurrences(self, batch: Batch) -> sp.csr_matrix:
        """Weigh each occurrence of a piece by its idf: (posts × lexicon rows), rows of length 1.

        Columns stay in the order of the text, so that sums do not depend on the order in
        which the lexicon met the pieces.
        """
        lemmas = batch.lemmas[batch.rows]
        values = np.where(lemmas >= 0, self.idf[lemmas], self.idf[: len(self.lemmas)].max(initial=1.0))
        matrix = sp.csr_matrix(
            (values.astype(np.float32), batch.rows, batch.bounds), shape=(len(batch), len(batch.lemmas))
        )
        return _unit_rows(matrix)


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Scale rows to length 1, in place; empty rows stay empty."""
    # A product sums each row on its own, in order: the same in any company.
    column = np.zeros_like(matrix.indices)
    squares = sp.csr_matrix((matrix.data * matrix.data, column, matrix.indptr), shape=(matrix.shape[0], 1))
    norms = np.sqrt(np.maximum(squares @ np.ones(1, np.float32), 1e-12))
    matrix.data /= np.repeat(norms, np.diff(matrix.indptr))
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

    def word_weights(self, word: str) -> Floats:
        """The weights of a word or shape: of its letters, the mean direction of its n-grams; of its sense."""
        buckets = gram_buckets(word, len(self.grams))
        letters = self.grams[buckets].sum(axis=0) / np.float32(len(buckets)) ** np.float32(0.5)
        number = self._numbers.get(word)
        sense = np.zeros(self.senses.shape[1], np.float32) if number is None else self.senses[number]
        return np.concatenate([letters, sense], dtype=np.float32)

    def outputs(self, batch: Batch) -> Floats:
        """The opinion of every head on every post: (posts × heads)."""
        by_lemma = self.vocabulary.design(batch) @ self.table
        occurrences = self.vocabulary.occurrences(batch)
        by_word = np.asarray(occurrences @ batch.weights)
        by_word[:, self.grams.shape[1] :] /= total(occurrences)[:, None]  # letters are summed, senses averaged
        return np.asarray(by_lemma + by_word + self.bias, np.float32)


def total(occurrences: sp.csr_matrix) -> Floats:
    """The sum of each row, 1 for an empty one."""
    sums = np.asarray(occurrences @ np.ones(occurrences.shape[1], np.float32))
    return np.where(sums > 0, sums, 1).astype(np.float32)
