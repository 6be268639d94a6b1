"""Lemmas and grammemes of single words."""

import pytest

from model.morphology import GRAMMEMES, parse


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


def test_grammemes_are_named_once():
    assert len(set(GRAMMEMES)) == len(GRAMMEMES)


@pytest.mark.parametrize("word", ["", "-", "ы" * 500, "\u200d", "𝔴𝔬𝔯𝔡", "\U00017000"])
def test_anything_is_parsed(word):
    parsed = parse(word)
    assert isinstance(parsed.lemma, str)
    assert 0 <= parsed.grammemes < 1 << len(GRAMMEMES)
