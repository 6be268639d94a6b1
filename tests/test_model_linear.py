"""Linear heads, against sums that can be done by hand."""

import numpy as np
import pytest

from model.lexicon import Lexicon
from model.linear import LinearHeads, Vocabulary, count_grams
from training.morphology import parse

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
    return Lexicon(parse, heads)


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
    assert heads.lemma_numbers([*LEMMAS, "собака"]) == [0, 1, 2, -1]


def test_occurrences_are_weighed_by_rarity(vocabulary, lexicon):
    """A word that the vocabulary lacks is as rare as its rarest lemma."""
    batch = lexicon.read(["мост река собака мост"])
    dense = vocabulary.occurrences(batch).toarray()[0]  # columns are rows of the lexicon
    rows = batch.rows[:3]
    assert dense[rows] == pytest.approx(np.array([1 + 1, 2, 2]) / np.sqrt(1 + 4 + 4 + 1), abs=1e-6)


def test_outputs_are_two_products_and_a_bias(heads, lexicon):
    batch = lexicon.read(["мост река"])
    by_lemma = unit([1, 2, 0, 3, 0]) @ heads.table
    by_letters = unit([1, 2]) @ heads.word_weights(["мост", "река"])
    assert heads.outputs(batch)[0] == pytest.approx(by_lemma + by_letters + heads.bias, abs=1e-5)


def test_nothing_gives_the_bias(heads, lexicon):
    assert heads.outputs(lexicon.read(["", "…"])).tolist() == [[0.5, -0.5]] * 2


def test_outputs_are_the_same_in_any_company(heads, corpus):
    texts = [row["text"] for row in corpus[:80]]
    together = heads.outputs(Lexicon(parse, heads).read(texts))
    late = Lexicon(parse, heads)  # meets the words in another order
    alone = [heads.outputs(late.read([text]))[0] for text in reversed(texts)]
    assert np.array_equal(together, alone[::-1])


def buckets(word, count=2**16):
    """The buckets of one word, in the order of its letters."""
    return count_grams([word], count).indices.tolist()


def test_grams_have_edges():
    """<да> and <ад> share no gram but the single edges, which are not grams."""
    assert len(buckets("да", 2**31)) == 3 + 2 + 1  # <д да а>, <да да>, <да>
    assert not set(buckets("да", 2**31)) & set(buckets("ад", 2**31))


def test_words_of_one_root_share_grams():
    assert len(set(buckets("дорога", 2**31)) & set(buckets("дорожный", 2**31))) >= 6


def test_gram_does_not_hang_on_its_place():
    assert set(buckets("ночь", 2**31)) - set(buckets("полночь", 2**31)) <= set(buckets("ночь", 2**31)[:4])  # of <н


def test_shape_shares_no_gram_with_letters():
    assert len(buckets("<date>")) == 3  # of a letter of its own and two edges
    assert not set(buckets("<date>", 2**31)) & set(buckets("date", 2**31))
    assert not set(buckets("<date>", 2**31)) & set(buckets("<time>", 2**31))


def test_buckets_do_not_move():
    """Trained weights lie in these buckets: another hash would be another protocol."""
    assert buckets("я") == [398, 60940, 38485]


@pytest.mark.parametrize("word", ["", "а" * 10_000, "🏫", "\ud800"])
def test_number_of_grams_is_bounded(word):
    assert 1 <= len(buckets(word)) <= 4 * 42


def test_no_words_have_no_grams():
    assert count_grams([], 64).shape == (0, 64)


def test_grams_of_a_word_are_the_same_in_any_company():
    words = ["мост", "", "река", "<date>", "очень-длинное-слово" * 5]
    together = count_grams(words, 256)
    for row, word in zip(together, words, strict=True):
        alone = count_grams([word], 256)
        assert np.array_equal(row.indices, alone.indices)
        assert np.array_equal(row.data, alone.data)


def test_letters_weigh_by_the_root_of_their_number(heads):
    found = buckets("мост", 32)
    expected = heads.grams[found].sum(axis=0) / np.sqrt(len(found))
    assert heads.word_weights(["мост"])[0] == pytest.approx(expected, abs=1e-6)
