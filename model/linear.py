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
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.lexicon import Batch
from model.text import SHAPES

Floats = npt.NDArray[np.float32]

GRAM_SIZES = (2, 3, 4, 5)
_SIEVE = 20  # bits of a place in the sieve: some thirty times as many places as there are pairs
_PRIME, _GOLDEN = np.uint32(16_777_619), np.uint32(0x9E37_79B1)  # of FNV-1 and of Fibonacci hashing
_GOLDEN_64 = np.uint64(0x9E37_79B9_7F4A_7C15)
_SHAPE_LETTER = {f"<{name}>": chr(0xE000 + number) for number, name in enumerate(SHAPES)}  # for private use


def count_grams(words: Sequence[str], buckets: int) -> sp.csr_matrix:
    """Hash the letter n-grams of words, edges marked, into buckets: (words × buckets), rows of length about 1.

    A shape (`<date>`) is a letter of its own.

    >>> count_grams(["дом"], 1024).nnz  # <дом> has 4 pairs, 3 triples, 2 fours, 1 five
    10
    """
    return hash_grams(words, buckets).matrix()


def hash_grams(words: Sequence[str], buckets: int) -> "Rows":
    """The same, for whoever needs no matrix of scipy."""
    marked = [f"<{_SHAPE_LETTER.get(word) or word[:40]}>" for word in words]
    sizes = np.fromiter(map(len, marked), np.int32, len(marked))
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = sizes.cumsum(dtype=np.int32)
    left = ends.repeat(sizes) - np.arange(len(codes), dtype=np.int32)  # letters from here to the end of the word
    grams = np.empty((len(codes), len(GRAM_SIZES)), np.int32)
    hashed = codes * _PRIME
    for longer, n in enumerate(GRAM_SIZES):  # the hash of n letters goes on from that of n - 1
        hashed = (hashed[:-1] ^ (hashed[:-1] >> np.uint32(15))) * _PRIME + codes[n - 1 :]
        mixed = hashed * _GOLDEN
        grams[: len(hashed), longer] = (mixed ^ (mixed >> np.uint32(16))) % np.uint32(buckets)
    found = grams[left[:, None] >= np.array(GRAM_SIZES, np.int32)]
    bounds = np.zeros(len(words) + 1, np.int32)
    begun = np.minimum(left - 1, len(GRAM_SIZES)).cumsum(dtype=np.int32)
    bounds[1:] = begun[ends - 1]
    counts = bounds[1:] - bounds[:-1]
    values = (1 / np.sqrt(np.maximum(counts, 1).astype(np.float32))).repeat(counts)
    return Rows(values, found, bounds, buckets)


def _sieved(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The place of each key in the sieve, by Fibonacci hashing."""
    places: npt.NDArray[np.int64] = ((keys.view(np.uint64) * _GOLDEN_64) >> np.uint64(64 - _SIEVE)).view(np.int64)
    return places


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
        return self.weigh(batch).matrix()

    def weigh(self, batch: Batch) -> "Rows":
        """The same, for whoever needs no matrix of scipy."""
        if len(batch) == 1:
            return self._weigh_one(batch.plain.piece_lemmas)
        posts, terms = self._terms(batch.plain)
        width = len(self)
        keys = (posts * np.int64(width) + terms).astype(narrowest(len(batch) * width))
        keys, times = _tally(keys)
        bounds = keys.searchsorted(np.arange(len(batch) + 1) * width)
        columns = keys % width
        values = ((1 + np.log(times)) * self.idf[columns]).astype(np.float32)
        return Rows(_unit_rows(values, bounds), columns, bounds, width)

    def _weigh_one(self, lemmas: npt.NDArray[np.int32]) -> "Rows":
        """Weigh one post, given the lemmas of its pieces: in half the steps, which is half the time."""
        known = lemmas >= 0
        keys = lemmas[:-1] * np.int64(len(self.lemmas)) + lemmas[1:]
        maybe = keys[known[:-1] & known[1:] & self._sieve.take(_sieved(keys))]
        where = self.pairs.searchsorted(maybe)
        hit = where[self.pairs.take(where, mode="clip") == maybe] if len(self.pairs) else where
        columns, times = _tally(np.concatenate([lemmas[known], hit + len(self.lemmas)]))
        values = ((1 + np.log(times)) * self.idf[columns]).astype(np.float32)
        bounds = np.array([0, len(columns)])
        return Rows(_unit_rows(values, bounds), columns, bounds, len(self))

    def _terms(self, batch: Batch) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The post and the term of each occurrence of a known lemma or pair."""
        lemmas, posts = batch.piece_lemmas.astype(np.int64), batch.posts
        known = lemmas >= 0
        beside = known[:-1] & known[1:] & (posts[:-1] == posts[1:])
        keys = lemmas[:-1] * len(self.lemmas) + lemmas[1:]
        maybe = (beside & self._sieve.take(_sieved(keys))).nonzero()[0]
        asked = keys[maybe] * len(batch) + posts[maybe]
        asked.sort()  # what is sought in order is found three times as fast
        keys, beside_in = asked // max(len(batch), 1), asked % max(len(batch), 1)
        where = self.pairs.searchsorted(keys)
        where[where == len(self.pairs)] = 0
        hit = self.pairs[where] == keys if len(self.pairs) else np.zeros(len(keys), bool)
        return (
            np.concatenate([posts[known], beside_in[hit]]),
            np.concatenate([lemmas[known], where[hit] + len(self.lemmas)]),
        )

    @cached_property
    def _sieve(self) -> npt.NDArray[np.bool_]:
        """Where a known pair may lie: most pairs of neighbours are none, and a look here tells so at once."""
        sieve = np.zeros(1 << _SIEVE, bool)
        sieve[_sieved(self.pairs)] = True
        return sieve

    def occurrences(self, batch: Batch) -> sp.csr_matrix:
        """Weigh each occurrence of a piece by its idf: (posts × lexicon rows), rows of length 1.

        Columns stay in the order of the text, so that sums do not depend on the order in
        which the lexicon met the pieces.
        """
        return self.occur(batch).matrix()

    def occur(self, batch: Batch) -> "Rows":
        """The same, for whoever needs no matrix of scipy."""
        plain = batch.plain
        values = self._rarity[plain.piece_lemmas]
        return Rows(_unit_rows(values, plain.bounds), plain.rows, plain.bounds, len(batch.lemmas))

    @cached_property
    def _rarity(self) -> Floats:
        """The idf of each lemma, then (at -1) that of a piece which is none of them."""
        idf = self.idf[: len(self.lemmas)]
        return np.append(idf, idf.max(initial=1.0)).astype(np.float32)


# Up to so many posts are summed one by one: to make a matrix of scipy costs as much as some posts.
FEW = 6


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows: `values[bounds[i]:bounds[i + 1]]` of row i stand in those `columns`."""

    values: Floats
    columns: npt.NDArray[np.integer]
    bounds: npt.NDArray[np.integer]
    width: int

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __matmul__(self, table: Floats) -> Floats:
        """Product with a table (width × 2 or more), every row summed in its own order: the same in any company."""
        if len(self) > FEW:
            return self.matrix() @ table  # type: ignore[no-any-return]
        product = np.zeros((len(self), table.shape[1]), np.float32)
        bounds = self.bounds.tolist()
        for line, start, stop in zip(product, bounds, bounds[1:], strict=False):
            if start < stop:  # an empty row is zero, whatever a sum of nothing would write
                np.einsum("j,jk->k", self.values[start:stop], table.take(self.columns[start:stop], axis=0), out=line)
        return product

    def matrix(self) -> sp.csr_matrix:
        """The matrix of scipy."""
        return sp.csr_matrix((self.values, self.columns, self.bounds), shape=(len(self), self.width))


def narrowest(most: int) -> Any:
    """The kind of whole numbers up to this: half as wide ones are sorted twice as fast."""
    return np.int32 if most < 1 << 31 else np.int64


def fresh(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of numbers in order differ from the one before.

    >>> fresh(np.array([3, 3, 5])).tolist()
    [True, False, True]
    """
    marked = np.empty(len(ordered), bool)
    marked[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=marked[1:])
    return marked


def _tally(numbers: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
    """Each number once, in order, and how often it was there. Puts the numbers themselves in order."""
    numbers.sort()
    first = fresh(numbers).nonzero()[0]
    times = np.empty_like(first)
    times[:-1], times[-1:] = first[1:], len(numbers)
    times -= first
    return numbers[first], times


def _unit_rows(values: Floats, bounds: npt.NDArray[np.integer]) -> Floats:
    """Scale rows to length 1; empty rows stay empty."""
    lengths: Floats = np.sqrt(np.maximum(_sums(values * values, bounds), np.float32(1e-12)))
    return values / (lengths if len(lengths) == 1 else lengths.repeat(bounds[1:] - bounds[:-1]))


def total(values: Floats, bounds: npt.NDArray[np.integer]) -> Floats:
    """The sum of each row, 1 for an empty one."""
    found = _sums(values, bounds)
    return np.where(found > 0, found, np.float32(1))


def _sums(values: Floats, bounds: npt.NDArray[np.integer]) -> Floats:
    """The sum of each row, added up in order: the same in any company."""
    if len(bounds) == 2:
        return values.cumsum()[-1:] if len(values) else np.zeros(1, np.float32)
    if len(bounds) <= FEW + 1:
        places = bounds.tolist()
        rows = [values[start:stop] for start, stop in zip(places, places[1:], strict=False)]
        return np.array([row.cumsum()[-1] if len(row) else 0 for row in rows], np.float32)
    column = np.zeros(len(values), np.int32)
    return sp.csr_matrix((values, column, bounds), shape=(len(bounds) - 1, 1)) @ np.ones(1, np.float32)  # type: ignore[no-any-return]


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

    def lemma_numbers(self, lemmas: Sequence[str]) -> list[int]:
        """The number of each lemma in the vocabulary, -1 where it is not there."""
        return [*map(self.vocabulary.numbers.get, lemmas, repeat(-1))]

    def word_weights(self, words: Sequence[str]) -> Floats:
        """The weights of words or shapes, (words × heads): the mean direction of their n-grams, then their sense."""
        letters = hash_grams(words, len(self.grams)) @ self.grams
        numbers = np.fromiter(map(self._numbers.get, words, repeat(-1)), np.int32, len(words))
        told = (numbers >= 0).nonzero()[0]
        weights = np.zeros((len(words), self.width), np.float32)
        weights[:, : letters.shape[1]] = letters
        weights[told, letters.shape[1] :] = self.senses[numbers[told]]
        return weights

    def outputs(self, batch: Batch, design: Rows | None = None) -> Floats:
        """The opinion of every head on every post: (posts × heads). `design`: of the batch, where it is at hand."""
        by_lemma = (self.vocabulary.weigh(batch) if design is None else design) @ self.table
        occurrences = self.vocabulary.occur(batch)
        by_word = occurrences @ batch.weights
        weight = total(occurrences.values, occurrences.bounds)
        by_word[:, self.grams.shape[1] :] /= weight[:, None]  # letters are summed, senses averaged
        return by_lemma + by_word + self.bias
