"""Lemmas and grammemes of single words, from the words of a model folder or by their endings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.morphology import GRAMMEMES, KNOWN, Morphology, Parse, line

LINES = {"дорога": line("дорога", Parse("дорога", 1 | KNOWN)), "дорогами": line("дорогами", Parse("дорога", 5 | KNOWN))}


@pytest.fixture
def morphology():
    return Morphology(LINES, {"": "0  0", "ами": "2  5", "огами": "5 иг 9"})


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("абвге-", min_size=1), st.builds(Parse, st.text("абвге-"), st.integers(0, 2**40))))
def test_what_is_packed_is_unpacked(parses):
    unpacked = Morphology.unpack(Morphology({word: line(word, parse) for word, parse in parses.items()}).pack())
    assert {word: unpacked.parse(word) for word in unpacked.words} == parses


def test_endings_are_packed_too(morphology):
    unpacked = Morphology.unpack(morphology.pack())
    assert (unpacked.words, unpacked.endings) == (morphology.words, morphology.endings)


def test_listed_word_is_read_from_its_line(morphology):
    assert morphology.parse("дорогами") == Parse("дорога", 5 | KNOWN)


@pytest.mark.parametrize(
    ("word", "parse"),
    [
        ("берёзами", Parse("берёза", 5)),
        ("пирогами", Parse("пириг", 9)),  # the longest ending speaks
        ("hello", Parse("hello", 0)),  # the empty ending
    ],
)
def test_other_word_is_read_by_its_ending(morphology, word, parse):
    assert morphology.parse(word) == parse


def test_guess_is_known_where_its_lemma_is():
    endings = {"": "0  0", "ой": "2 а 5"}
    assert Morphology(LINES, endings).parse("дорогой") == Parse("дорога", 5 | KNOWN)
    assert Morphology({}, endings).parse("дорогой") == Parse("дорога", 5)


@pytest.mark.parametrize("word", ["", "-", "ы" * 500, "\u200d", "\U00017000"])
def test_anything_is_parsed(morphology, word):
    assert Morphology().parse(word) == Parse(word, 0)
    assert isinstance(morphology.parse(word).lemma, str)


def test_grammemes_are_named_once():
    assert len(set(GRAMMEMES)) == len(GRAMMEMES)
