"""Morphology of single words: the lemma and the grammemes that features count.

The words that posts use lie parsed in the model folder; any other word is read by its
ending, as the folder's own words with that ending are (Mikheev 1997), which takes a
microsecond where a dictionary of the whole language takes a hundred.
"""

import zlib
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

# OpenCorpora names, in the order of the bits that stand for them.
GRAMMEMES = (
    "NOUN", "ADJF", "ADJS", "COMP", "VERB", "INFN", "PRTF", "PRTS", "GRND", "NUMR", "ADVB",
    "NPRO", "PRED", "PREP", "CONJ", "PRCL", "INTJ", "past", "pres", "futr", "impr", "1per",
    "2per", "3per", "plur", "Name", "Surn", "Patr", "Geox", "Orgn", "Abbr", "gent", "datv",
    "ablt", "loct", "pssv", "known",
)  # fmt: skip

BIT = {name: 1 << number for number, name in enumerate(GRAMMEMES)}
KNOWN = BIT["known"]

# Letters of the longest ending by which a word is read.
ENDING = 6


class Parse(NamedTuple):
    """A word's lemma and its grammemes as bits of GRAMMEMES; `known` is set for dictionary words."""

    lemma: str
    grammemes: int


_parse = partial(tuple.__new__, Parse)  # what the class itself does, in half the time


class Morphology:
    """Parses normalised words (see `model.text.normalise`).

    `words` and `endings` hold, for a word or for an ending, a line that tells how many
    letters to cut off, what to add, and the grammemes; it is read when it is needed.
    """

    def __init__(self, words: Mapping[str, str] | None = None, endings: Mapping[str, str] | None = None) -> None:
        self.words = {} if words is None else words
        self.endings = {} if endings is None else endings
        self._by_ending = _ByEnding(self.endings)

    @classmethod
    def unpack(cls, packed: bytes) -> "Morphology":
        """Read the words file of a model folder, as `pack` made it."""
        words, endings = zlib.decompress(packed).decode().split("\n\n")
        return cls(_lines(words), _lines(endings))

    def pack(self) -> bytes:
        """Make the words file of a model folder: a line a word, then a line an ending, compressed."""
        parts = ("\n".join(f"{key}\t{part[key]}" for key in sorted(part)) for part in (self.words, self.endings))
        return zlib.compress("\n\n".join(parts).encode(), 9)

    def parse(self, word: str) -> Parse:
        """Parse a word that is listed, or guess by the longest ending that is.

        >>> Morphology({"дорогами": line("дорогами", Parse("дорога", 1))}).parse("дорогами")
        Parse(lemma='дорога', grammemes=1)
        """
        found = self.words.get(word)
        if found is None:
            return self._guess(word)
        cut, tail, grammemes = _TOLD[found]
        return _parse((word[: len(word) - cut] + tail, grammemes))

    def _guess(self, word: str) -> Parse:
        """A guess is trusted as a known word where its lemma is one."""
        found = self._by_ending[word[-ENDING:]]
        if found is None:
            return Parse(word, 0)
        cut, tail, grammemes = found
        lemma = word[: len(word) - cut] + tail
        listed = self.words.get(lemma)
        return _parse((lemma, grammemes if listed is None else grammemes | (_TOLD[listed][2] & KNOWN)))


class _ByEnding(dict[str, tuple[int, str, int] | None]):
    """Last letters of a word → what the longest listed ending within them tells; new words share their endings."""

    def __init__(self, endings: Mapping[str, str]) -> None:
        self._endings = endings

    def __missing__(self, letters: str) -> tuple[int, str, int] | None:
        told = None
        for n in range(len(letters) + 1):  # the empty one is an ending too
            if (line := self._endings.get(letters[n:])) is not None:
                told = _TOLD[line]
                break
        if len(self) >= 50_000:  # noise has no end of endings
            self.clear()
        self[letters] = told
        return told


def line(word: str, parse: Parse) -> str:
    """Tell a parse by how many letters to cut off the word, what to add, and the grammemes.

    >>> line("дорогами", Parse("дорога", 1))
    '2  1'
    """
    common = next(
        (n for n, (a, b) in enumerate(zip(word, parse.lemma, strict=False)) if a != b),
        min(len(word), len(parse.lemma)),
    )
    return f"{len(word) - common:x} {parse.lemma[common:]} {parse.grammemes:x}"


class _Told(dict[str, tuple[int, str, int]]):
    """Lines of the folder → what they tell; words share some thousands of lines."""

    def __missing__(self, line: str) -> tuple[int, str, int]:
        cut, tail, bits = line.split(" ")
        told = self[line] = int(cut, 16), tail, int(bits, 16)
        return told


_TOLD = _Told()


def _lines(text: str) -> dict[str, str]:
    shared: dict[str, str] = {}  # a hundred thousand words are told by three thousand lines
    lines = (line.split("\t", 1) for line in text.split("\n") if line)
    return {key: shared.setdefault(told, told) for key, told in lines}
