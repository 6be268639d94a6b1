"""What a model may learn words from."""

from types import SimpleNamespace

import numpy as np
import pytest

from model.lexicon import Lexicon
from model.post import Post
from training.morphology import list_words, parse
from training.vocabulary import MIN_PAGES, MIN_POSTS, NoWeights, build_vocabulary, common_words, family_words

DICTIONARY = SimpleNamespace(parse=parse)  # of the whole language


def posts_of(*texts, pages=12, times=1):
    """The same texts on some pages."""
    return [Post(text, "vk", f"page{n}") for n in range(pages) for _ in range(times) for text in texts]


def lemmas(posts, **limits):
    return build_vocabulary(posts, DICTIONARY, **limits).lemmas


def test_word_of_one_page_is_masked():
    """However often a page writes its own name, weight on it would be memory of the page."""
    posts = posts_of("завтра концерт") + [Post("наш Ольшанск завтра", "vk", "page0")] * 50
    assert "концерт" in lemmas(posts)
    assert not {"ольшанск", "наш"} & set(lemmas(posts))


def test_word_of_enough_pages_is_kept():
    few = [Post("ярмарка", "vk", f"page{n % MIN_PAGES}") for n in range(MIN_POSTS)]
    assert "ярмарка" in lemmas(posts_of("завтра") + few)
    assert "ярмарка" not in lemmas(posts_of("завтра") + few[:-1])


def test_small_corpus_lowers_the_floor():
    assert "концерт" in lemmas(posts_of("концерт", pages=1, times=MIN_POSTS))


def test_pair_of_one_page_is_masked_too():
    posts = posts_of("новый мост") + [Post("мост новый", "vk", "page0")] * 50
    vocabulary = build_vocabulary(posts, DICTIONARY)
    new, bridge = vocabulary.numbers["новый"], vocabulary.numbers["мост"]
    assert vocabulary.pairs.tolist() == [new * 2 + bridge]


def test_forms_of_a_word_are_one_lemma():
    assert lemmas(posts_of("концерты", "концертом")) == ["концерт"]


def test_limits_keep_the_most_frequent():
    posts = posts_of("часто редко") + posts_of("часто")
    assert lemmas(posts, max_lemmas=1) == ["часто"]
    assert len(build_vocabulary(posts, DICTIONARY, max_pairs=0).pairs) == 0


def test_rare_words_weigh_more():
    vocabulary = build_vocabulary(posts_of("часто редко") + posts_of("часто"), DICTIONARY)
    assert vocabulary.idf[vocabulary.numbers["часто"]] == pytest.approx(1)
    assert vocabulary.idf[vocabulary.numbers["редко"]] > 1
    assert len(vocabulary.idf) == len(vocabulary.lemmas) + len(vocabulary.pairs)


def test_vocabulary_does_not_hang_on_the_order_of_posts(corpus):
    posts = [Post.from_row(row) for row in corpus[:120]]
    one, other = build_vocabulary(posts, DICTIONARY), build_vocabulary(posts[::-1], DICTIONARY)
    assert one.lemmas == other.lemmas
    np.testing.assert_array_equal(one.pairs, other.pairs)
    np.testing.assert_array_equal(one.idf, other.idf)


def test_listed_words_give_the_vocabulary_of_the_dictionary(corpus):
    posts = [Post.from_row(row) for row in corpus[:120]]
    listed = list_words(common_words(posts, min_posts=1, min_pages=1))
    assert build_vocabulary(posts, listed).lemmas == build_vocabulary(posts, DICTIONARY).lemmas


def test_words_of_families_come_in_all_their_forms():
    assert {"приглашаем", "приглашает", "улица", "улицами"} <= family_words()


def test_parsed_words_are_those_of_more_than_one_page():
    posts = [Post("Школа Лиманска", "vk", "a"), Post("Лиманск и школа", "vk", "b"), Post("Ау! Ау", "vk", "b")] * 2
    assert common_words(posts) == {"школа"}


def test_dates_and_links_are_no_words():
    assert common_words([Post("12.03 https://example.ru 18:00", "vk", page) for page in "ab"]) == set()


def test_lexicon_without_heads_knows_lemmas_alone():
    batch = Lexicon(parse, NoWeights(["концерт"])).read(["Концерты хора"])
    assert batch.lemmas[batch.rows].tolist() == [0, -1]
    assert batch.weights.shape == (2, 0)
