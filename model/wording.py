"""Rules of style about how words hang together: chains of genitives and words said again and again."""

from collections.abc import Iterator

from model.draft import Draft
from model.rules import Place, words_of

_NOUNS = words_of("genitives", "nouns")
_NOUN_ENDINGS = tuple(words_of("genitives", "endings"))
_NOT_NOUNS = words_of("genitives", "others")
_ADJECTIVES = ("ого", "его", "ой", "ей", "ых", "их")
CHAIN = 4  # genitives


# Each genitive hangs on the one before: by the fourth nobody remembers what it all was about.
def genitive_chain(draft: Draft) -> Iterator[Place]:
    """CHAIN nouns in the genitive and more in a row, their adjectives between."""
    nouns: list[int] = []
    for number, word in enumerate(draft.words):
        if nouns and draft.next_word(number - 1) != word:
            yield from _chain(draft, nouns)
            nouns = []
        if draft.original(number)[0].isupper() and not draft.fresh[number]:  # names have to be as they are
            yield from _chain(draft, nouns)
            nouns = []
        elif _is_genitive(word):
            nouns.append(number)
        elif nouns and not (len(word) > 4 and word.endswith(_ADJECTIVES)):
            yield from _chain(draft, nouns)
            nouns = []
    yield from _chain(draft, nouns)


def _is_genitive(word: str) -> bool:
    return word in _NOUNS or (len(word) > 6 and word.endswith(_NOUN_ENDINGS) and word not in _NOT_NOUNS)


def _chain(draft: Draft, nouns: list[int]) -> Iterator[Place]:
    if len(nouns) >= CHAIN:
        yield draft.starts[nouns[0]], draft.stops[nouns[-1]], None


_OFTEN = [(words_of("repeated", name), most) for name, most in (("which", 3), ("also", 2), ("within", 2))]
NEAR = 25  # words


# Said again so soon, a word of no weight of its own is all that is heard.
def repeated_word(draft: Draft) -> Iterator[Place]:
    """«Which» for the third time in a sentence; «also» and «within the frame» for the second time in one or two."""
    bounds = draft.sentences()
    found = set()
    for number, (first, after) in enumerate(bounds):
        for words, most in _OFTEN:
            begin = bounds[max(0, number - 1)][0] if most == 2 else first
            places = [place for place in range(begin, after) if draft.words[place] in words]
            if len(places) >= most and places[-1] >= first and 1 < places[-1] - places[-most] <= NEAR:
                found.add(places[-1])
    yield from ((draft.starts[place], draft.stops[place], None) for place in sorted(found))
