"""Parses from the dictionary of the whole language (pymorphy3), for the words that posts use.

Scoring needs no dictionary: what is found here ships in the model folder.
"""

from collections import Counter
from functools import cache

from model.morphology import BIT, ENDING, KNOWN, Morphology, Parse, line

# An ending that fewer words share is an accident.
MIN_WORDS = 3


@cache
def _analyzer():  # type: ignore[no-untyped-def]
    import pymorphy3  # late: its dictionary takes a while

    return pymorphy3.MorphAnalyzer()


@cache
def parse(word: str) -> Parse:
    """Parse a normalised word (see `model.text.normalise`), the likeliest reading.

    >>> parse("дорогами").lemma
    'дорога'
    """
    try:
        reading = _analyzer().parse(word)[0]
    except ValueError:  # pymorphy asks for the Unicode name of every letter, and Tangut ones have none
        return Parse(word, 0)
    bits = sum(BIT[name] for name in reading.tag.grammemes if name in BIT)
    if reading.is_known:
        bits |= KNOWN
    return Parse(reading.normal_form.replace("ё", "е"), bits)


def forms(word: str) -> set[str]:
    """All forms of a word, normalised."""
    return {form.word.replace("ё", "е") for form in _analyzer().parse(word)[0].lexeme}


def list_words(words: set[str]) -> Morphology:
    """Parse words and their lemmas, and learn from them how any other word ends."""
    parses = {word: parse(word) for word in sorted(words)}
    for lemma in sorted({found.lemma for found in parses.values()}):
        if lemma and not set(lemma) & set("\t\n "):
            parses.setdefault(lemma, parse(lemma))
    return Morphology({word: line(word, found) for word, found in parses.items()}, learn_endings(parses))


def learn_endings(parses: dict[str, Parse]) -> dict[str, str]:
    """How most words with an ending are read, where that differs from what a shorter ending says."""
    seen: dict[str, Counter[str]] = {}
    for word, found in sorted(parses.items()):
        # That a word is in the dictionary says nothing of others like it.
        said = line(word, Parse(found.lemma, found.grammemes & ~KNOWN))
        cut = int(said.split(" ", 1)[0], 16)
        for size in range(min(ENDING, len(word)) + 1):
            if cut <= size or not size:
                seen.setdefault(word[len(word) - size :], Counter())[said] += 1
    endings: dict[str, str] = {"": f"0  {0:x}"}
    for ending in sorted(seen, key=lambda ending: (len(ending), ending)):
        if ending and seen[ending].total() >= MIN_WORDS:
            said = seen[ending].most_common(1)[0][0]
            shorter = next(endings[ending[n:]] for n in range(1, len(ending) + 1) if ending[n:] in endings)
            if said != shorter:
                endings[ending] = said
    return endings
