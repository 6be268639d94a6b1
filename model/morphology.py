"""Morphology of single words: the lemma and the grammemes that features count."""

from functools import cache
from typing import NamedTuple

# OpenCorpora names, in the order of the bits that stand for them.
GRAMMEMES = (
    "NOUN", "ADJF", "ADJS", "COMP", "VERB", "INFN", "PRTF", "PRTS", "GRND", "NUMR", "ADVB",
    "NPRO", "PRED", "PREP", "CONJ", "PRCL", "INTJ", "past", "pres", "futr", "impr", "1per",
    "2per", "3per", "plur", "Name", "Surn", "Patr", "Geox", "Orgn", "Abbr", "gent", "datv",
    "ablt", "loct", "pssv", "known",
)  # fmt: skip

_BIT = {name: 1 << number for number, name in enumerate(GRAMMEMES)}


class Parse(NamedTuple):
    """A word's lemma and its grammemes as bits of GRAMMEMES; `known` is set for dictionary words."""

    lemma: str
    grammemes: int


@cache
def _analyzer():  # type: ignore[no-untyped-def]
    import pymorphy3  # late: most words come from the shipped lexicon

    return pymorphy3.MorphAnalyzer()


def parse(word: str) -> Parse:
    """Parse a normalised word (see `model.text.normalise`), the likeliest reading.

    >>> parse("дорогами").lemma
    'дорога'
    """
    try:
        reading = _analyzer().parse(word)[0]
    except ValueError:  # pymorphy asks for the Unicode name of every letter, and Tangut ones have none
        return Parse(word, 0)
    bits = sum(_BIT[name] for name in reading.tag.grammemes if name in _BIT)
    if reading.is_known:
        bits |= _BIT["known"]
    return Parse(reading.normal_form.replace("ё", "е"), bits)
