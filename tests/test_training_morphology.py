"""Lemmas and grammemes out of the dictionary, and what is learned of them for the words it lacks."""

import pytest

from model.morphology import GRAMMEMES, KNOWN, Parse
from training.morphology import MIN_WORDS, learn_endings, list_words, parse


def grammemes(word):
    bits = parse(word).grammemes
    return {name for number, name in enumerate(GRAMMEMES) if bits >> number & 1}


@pytest.mark.parametrize(
    ("word", "lemma"),
    [("дорогами", "дорога"), ("записались", "записаться"), ("детей", "ребенок"), ("елки", "елка"), ("hello", "hello")],
)
def test_lemma(word, lemma):
    assert parse(word).lemma == lemma


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("домами", {"NOUN", "plur", "ablt", "known"}),
        ("построен", {"PRTS", "past", "pssv", "known"}),
        ("приходи", {"VERB", "impr", "known"}),
        ("hello", set()),
    ],
)
def test_grammemes(word, expected):
    assert grammemes(word) == expected


def test_lemma_has_no_yo():
    assert parse("зеленого").lemma == "зеленый"


def test_word_out_of_the_dictionary_is_guessed_and_marked():
    assert "known" not in grammemes("куздра")
    assert "NOUN" in grammemes("куздра")


@pytest.mark.parametrize("word", ["", "-", "ы" * 500, "\u200d", "𝔴𝔬𝔯𝔡", "\U00017000"])
def test_anything_is_parsed(word):
    parsed = parse(word)
    assert isinstance(parsed.lemma, str)
    assert 0 <= parsed.grammemes < 1 << len(GRAMMEMES)


def test_lemmas_are_listed_too():
    assert {"дорогами", "дорога"} == set(list_words({"дорогами"}).words)


def test_an_ending_needs_words():
    few = {f"{start}ышный": Parse(f"{start}ышный", 2) for start in "абв"[: MIN_WORDS - 1]}
    assert "ный" not in learn_endings(few)
    assert len(learn_endings(few | {"гышный": Parse("гышный", 2)})) > 1


def test_an_ending_that_says_what_a_shorter_one_says_is_dropped():
    words = (f"{start}ами" for start in ("дорог", "рек", "трав", "лип"))
    assert learn_endings({word: Parse(word[:-2], 1 | KNOWN) for word in words}) == {"": "0  0", "ми": "2  1"}


def test_words_do_not_hang_on_order():
    words = ["дорогами", "мосты", "детей"]
    assert list_words({*words}).pack() == list_words({*words[::-1]}).pack()
