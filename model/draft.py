"""A draft: a post as the rules of style see it, word by word, with what must not be touched veiled."""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from model.text import normalise
from model.words import style

_INSIDE = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"  # inside words, see `model.text`
_LETTER = r"[^\W\d_]"
_LINK_END = r"[^\s<>\"'«»)\]]"

# Links, mails, mentions and hashtags, or else a word. Everything that repeats before it is known
# what it is has a bound, so that no text makes the search slow.
_PIECE = re.compile(
    rf"(?P<hashtag>\#{_LETTER}\w*+(?:@\w*+(?!\.\w))?+(?!@|://))"  # with VK's @page tail; no mail, no link
    rf"|(?P<veiled>https?://{_LINK_END}+"
    r"|\[(?:club|public|id|event)\d{1,20}\|[^\]\n]{0,200}\]"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    r"|(?<![\w.@])@[A-Za-z]\w{2,40}"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,6}(?:ru|рф|com|org|net|me|su|info|cc|online|moscow)(?!\w)"
    rf"(?:/{_LINK_END}*)?)"
    rf"|(?P<word>{_LETTER}(?:{_LETTER}|[{_INSIDE}])*(?:[-\u2011]{_LETTER}(?:{_LETTER}|[{_INSIDE}])*){{0,9}})",
    re.IGNORECASE,
)
VEIL = "\ue000"  # of a private area: neither a letter nor a space

EMOJI = "[\U0001f000-\U0001faff\u2600-\u2604\u2607-\u27bf\u2b00-\u2bff\u231a-\u23ff\u203c\u2049]"
_STOP = re.compile(rf"[.!?…]|(?P<line>[\r\n\u2028\u2029])|{EMOJI}")

# A full stop after these ends no sentence.
SHORT = frozenset(style()["grammar"]["short"].split())
SPACES = " \u00a0\t"


@dataclass(slots=True)
class Draft:
    """A text cut into words.

    `words` are normalised and stand at `text[starts[i]:stops[i]]`; `fresh[i]` tells that a
    sentence begins with the word. `plain` is the text, of the same length, with VEIL over
    links, mails, mentions and hashtags; `hashtags` are the places of the latter. `searched`
    keeps what several rules find by one search.
    """

    text: str
    plain: str = ""
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)
    hashtags: list[tuple[int, int]] = field(default_factory=list)
    searched: dict[str, list[Any]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.words)

    def original(self, number: int) -> str:
        """A word as it is written."""
        return self.text[self.starts[number] : self.stops[number]]

    def gap(self, number: int) -> str:
        """What stands between a word and the one after it, or up to the end."""
        stop = self.starts[number + 1] if number + 1 < len(self.words) else len(self.plain)
        return self.plain[self.stops[number] : stop]

    def next_word(self, number: int) -> str:
        """The word after this one if only spaces are between, else nothing."""
        if number + 1 < len(self.words):
            gap = self.plain[self.stops[number] : self.starts[number + 1]]
            if gap and not gap.strip(SPACES):
                return self.words[number + 1]
        return ""

    def sentences(self) -> list[tuple[int, int]]:
        """Numbers of the first word of each sentence and of the one after its last."""
        bounds = [number for number, fresh in enumerate(self.fresh) if fresh]
        return list(pairwise([*bounds, len(self.words)]))


def read(text: str) -> Draft:
    """Cut a text into words.

    >>> read("Ждём вас! Адрес: example.ru").words
    ['ждем', 'вас', 'адрес']
    """
    draft = Draft(text)
    plain: list[str] = []
    kept = 0
    for match in _PIECE.finditer(text):
        start, stop = match.span()
        if match.lastgroup == "word":
            draft.words.append(normalise(match.group()))
            draft.starts.append(start)
            draft.stops.append(stop)
            continue
        if match.lastgroup == "hashtag":
            draft.hashtags.append((start, stop))
        plain += text[kept:start], VEIL * (stop - start)
        kept = stop
    plain.append(text[kept:])
    draft.plain = "".join(plain)
    draft.fresh = [_begins(draft, number) for number in range(len(draft))]
    return draft


def _begins(draft: Draft, number: int) -> bool:
    """Whether a sentence begins with the word: a line does, or a capital letter after an end mark."""
    if number == 0:
        return True
    start = draft.stops[number - 1]
    if draft.starts[number] - start == 1 and draft.plain[start] == " ":  # most gaps
        return False
    end = _STOP.search(draft.plain, start, draft.starts[number])
    if end is None:
        return False
    if end["line"]:
        return True
    gap = draft.plain[start : draft.starts[number]]
    if "\n" in gap:
        return True
    if draft.plain[draft.starts[number]].islower():
        return False
    return not (gap[0] == "." and (len(draft.words[number - 1]) == 1 or draft.words[number - 1] in SHORT))
