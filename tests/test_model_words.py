"""Families of words: each word of a family can be met in a post."""

import pytest

from model.lexicon import FLAGS
from model.text import normalise, pieces, shape
from model.words import FAMILIES
from training.morphology import parse

# Abbreviations and forms whose likeliest lemma is another word: a family wants only the form.
AS_THEY_STAND = {
    "д", "тел", "об",  # далее, тело, о
    "ждем", "приглашаем", "следует", "целях", "желающие", "желающих",  # not every form of the verb or noun
    "желающий", "дорогой",  # желать, дорога in this form; other forms come to this lemma
}  # fmt: skip


@pytest.fixture(scope="module")
def lexicon(scorer):
    return scorer.lexicon


@pytest.mark.parametrize("family", FAMILIES)
def test_word_is_one_piece(family):
    for word in FAMILIES[family]:
        assert pieces(word) == [word], word
        assert shape(word) is None, word
        assert normalise(word) == word.replace("ё", "е"), word


@pytest.mark.parametrize("family", FAMILIES)
def test_word_is_recognised(lexicon, family):
    for word in FAMILIES[family]:
        assert f"word.{family}" in {FLAGS[number] for number in lexicon.describe(word)[1]}, word


@pytest.mark.parametrize("family", FAMILIES)
def test_word_is_recognised_in_other_forms(family):
    """Forms are looked up by lemma, so the lemma has to be listed: счастья comes to счастие."""
    listed = {word.replace("ё", "е") for word in FAMILIES[family]}
    lost = {word: parse(word).lemma for word in listed - AS_THEY_STAND if parse(word).lemma not in listed}
    assert lost == {}


def test_exceptions_are_needed():
    listed = {word for words in FAMILIES.values() for word in words}
    assert {word for word in AS_THEY_STAND if word not in listed or parse(word).lemma == word} == set()


def test_no_family_is_inside_another():
    """Such a family would be two features with one meaning."""
    inside = [(a, b) for a in FAMILIES for b in FAMILIES if a != b and FAMILIES[a] <= FAMILIES[b]]
    assert inside == []
