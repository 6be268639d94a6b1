"""Linear heads, against sums that can be done by hand."""

import numpy as np
import pytest

from model.lexicon import Lexicon
from model.linear import LinearHeads, Vocabulary, gram_buckets

LEMMAS = ("мост", "река", "<date>")
# The pair «мост река» is first * 3 + second = 0 * 3 + 1; «река <date>» is 1 * 3 + 2.
PAIRS = np.array([1, 5], np.int64)
IDF = np.array([1.0, 2.0, 1.5, 3.0, 2.5], np.float32)  # three lemmas, then two pairs


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary(LEMMAS, PAIRS, IDF)


@pytest.fixture(scope="module")
def heads(vocabulary):
    random = np.random.default_rng(1)
    return LinearHeads(
        vocabulary,
        ("usefulness", "any"),
        np.array([0.5, -0.5]),
        random.normal(size=(5, 2)),  # vocabulary × heads
        random.normal(size=(32, 2)),  # buckets × heads
    )


@pytest.fixture(scope="module")
def lexicon(heads):
    return Lexicon({}, heads)


def unit(row):
    return np.array(row) / np.linalg.norm(row)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        # columns: мост, река, <date>, мост река, река <date>
        ("Мост", [1, 0, 0, 0, 0]),
        ("мосты реки", [1, 2, 0, 3, 0]),
        ("реки мосты", [1, 2, 0, 0, 0]),  # a pair has an order
        ("мост у реки", [1, 2, 0, 0, 0]),  # and nothing between its words
        ("река 12.03.2026", [0, 2, 1.5, 0, 2.5]),
        ("мост мост мост река", [1 + np.log(3), 2, 0, 3, 0]),  # sublinear: 1 + log(times)
        ("мост река, мост река", [1 + np.log(2), 2 * (1 + np.log(2)), 0, 3 * (1 + np.log(2)), 0]),
    ],
)
def test_design_is_tf_idf(vocabulary, lexicon, text, row):
    assert vocabulary.design(lexicon.read([text])).toarray()[0] == pytest.approx(unit(row), abs=1e-6)


def test_design_keeps_posts_apart(vocabulary, lexicon):
    """The last word of a post and the first of the next are no pair; a strange post is an empty row."""
    design = vocabulary.design(lexicon.read(["мост", "река", "", "собака"])).toarray()
    assert design[:, 3:].tolist() == [[0, 0]] * 4
    assert design[2:].tolist() == [[0] * 5] * 2


def test_vocabulary_without_pairs(lexicon):
    bare = Vocabulary(LEMMAS, np.zeros(0, np.int64), IDF[:3])
    assert bare.design(lexicon.read(["мост река"])).toarray()[0] == pytest.approx(unit([1, 2, 0]), abs=1e-6)


def test_vocabulary_knows_its_lemmas(heads):
    assert [heads.lemma_number(lemma) for lemma in (*LEMMAS, "собака")] == [0, 1, 2, -1]


def test_occurrences_are_weighed_by_rarity(vocabulary, lexicon):
    """A word that the vocabulary lacks is as rare as its rarest lemma."""
    batch = lexicon.read(["мост река собака мост"])
    dense = vocabulary.occurrences(batch).toarray()[0]  # columns are rows of the lexicon
    rows = batch.rows[:3]
    assert dense[rows] == pytest.approx(np.array([1 + 1, 2, 2]) / np.sqrt(1 + 4 + 4 + 1), abs=1e-6)


def test_outputs_are_two_products_and_a_bias(heads, lexicon):
    batch = lexicon.read(["мост река"])
    by_lemma = unit([1, 2, 0, 3, 0]) @ heads.table
    by_letters = unit([1, 2]) @ np.stack([heads.word_weights("мост"), heads.word_weights("река")])
    assert heads.outputs(batch)[0] == pytest.approx(by_lemma + by_letters + heads.bias, abs=1e-5)


def test_nothing_gives_the_bias(heads, lexicon):
    assert heads.outputs(lexicon.read(["", "…"])).tolist() == [[0.5, -0.5]] * 2


def test_outputs_are_the_same_in_any_company(heads, corpus):
    texts = [row["text"] for row in corpus[:80]]
    together = heads.outputs(Lexicon({}, heads).read(texts))
    late = Lexicon({}, heads)  # meets the words in another order
    alone = [heads.outputs(late.read([text]))[0] for text in reversed(texts)]
    assert np.array_equal(together, alone[::-1])


def test_grams_have_edges():
    """<да> and <ад> share no gram but the single edges, which are not grams."""
    assert len(gram_buckets("да", 10**9)) == 3 + 2 + 1  # <д да а>, <да да>, <да>
    assert not set(gram_buckets("да", 10**9)) & set(gram_buckets("ад", 10**9))


def test_words_of_one_root_share_grams():
    shared = set(gram_buckets("дорога", 10**9)) & set(gram_buckets("дорожный", 10**9))
    assert len(shared) >= 6


def test_gram_is_counted_once():
    assert len(gram_buckets("аааааа", 10**9)) == len(set(gram_buckets("аааааа", 10**9)))


def test_shape_is_one_gram():
    assert len(gram_buckets("<date>", 10**9)) == 1


def test_gram_buckets_do_not_move():
    """Trained weights lie in these buckets: another hash would be another protocol."""
    assert gram_buckets("я", 2**16) == [44809, 24109, 7994]


@pytest.mark.parametrize("word", ["", "а" * 10_000])
def test_number_of_grams_is_bounded(word):
    assert 1 <= len(gram_buckets(word, 2**16)) <= 4 * 42


def test_letters_weigh_by_the_root_of_their_number(heads):
    buckets = gram_buckets("мост", 32)
    expected = heads.grams[buckets].sum(axis=0) / np.sqrt(len(buckets))
    assert heads.word_weights("мост") == pytest.approx(expected, abs=1e-6)
