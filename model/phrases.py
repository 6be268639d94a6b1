"""Phrases and what to write instead: tables of data/style.toml, looked up word by word.

A table is a tree of words, so a text is read once however many phrases there are. The
head of the TOML file says how a table is written.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from model.draft import SPACES, Draft
from model.text import normalise
from model.words import style

_GRAMMAR = {name: frozenset(normalise(words).split()) for name, words in style()["grammar"].items()}

_INFINITIVE = re.compile(r".*(?:ть|ться|чь|чься|йти|йтись|[еи]зти|нести|вести|расти|обрести|спасти)$")
_GENITIVE = re.compile(r".*(?:[аяыи]|[оеёи][вй]|ого|его|[ыи]х)$")
_DATIVE = re.compile(r".*(?:[уюеи]|[оеи]му|[оеё]й|[ыи]м|[ая]м)$")
_INSTRUMENTAL = re.compile(r".*(?:[оеёыи]м|[оеё]й|[оеь]ю|[аяыи]ми)$")
_PAST = re.compile(r".*[аеиоуыя]л(?:[аои]|ся|[аои]сь)?$")
_CASES = {"genitive": _GENITIVE, "instrumental": _INSTRUMENTAL}
REACH = 10  # words around a phrase that may hang together with it
_ITS_NOUN = re.compile(r".*(?:ом|ием|цем|лем|ым)$")  # с этим событием
_NUMBER = re.compile(r"[ \u00a0]?:?[ \u00a0]?[+(]?\d")
# What agrees with the persons before their age cannot follow «тем, кому есть 60 лет»: «и имеющим», «признанным».
_PARTICIPLE = r"(?:,?[ \u00a0](?:и|или|а также))?,?[ \u00a0][а-яё]{2,20}(?:щ|вш|нн)(?:ие|ые|их|ых|им|ым)(?:ся)?\b"
# Of as many the genitive is as the nominative: «возраста 18 лет» and «есть 18 лет», but «21 года» and «21 год».
_MANY = r"[ \u00a0][\d \u00a0]{0,14}(?:(?<!1)[05-9]|1[0-9])(?![\d]|[.,-]\d|[ \u00a0]\d)"
_SHORTENED = (
    r"[ \u00a0]\d[\d \u00a0.,]{0,14}(?:млн|млрд|тыс|руб|р)\b|[ \u00a0]\d[\d \u00a0.,]{0,14}[%₽]"  # case unheard
)
_MANY_THINGS, _YEARS = re.compile(rf"{_MANY}|{_SHORTENED}"), re.compile(rf"{_MANY}[ \u00a0]лет\b(?!{_PARTICIPLE})")
_END = re.compile(r"[»\")]?[ \u00a0]?(?:[.!?…]|[\r\n]|$)")
_QUOTED = re.compile(r"[ \u00a0][«\"“„]")
_PUNCTUATED = ',;:—–-(«"…'


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to mend a phrase and where it holds; `fix` None: only a person can, True: nothing to mend."""

    fix: str | bool | None
    star: str = ""
    next: str = ""
    next_word: frozenset[str] = frozenset()
    not_next: frozenset[str] = frozenset()
    prev_word: frozenset[str] = frozenset()
    not_prev: frozenset[str] = frozenset()
    start: bool | None = None
    alone: str = ""
    agent: bool | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """Where a phrase ends, its last word, what it may be read as, and what words under stars become."""

    stop: int
    last: int
    readings: list[Reading]
    stars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: its place, its last word, what to write instead (None: a person knows), its `kind`."""

    start: int
    stop: int
    last: int
    fix: str | None
    kind: str = ""


def _looks(pattern: re.Pattern[str]) -> Callable[[Draft, int, int], bool]:
    def fits(draft: Draft, last: int, stop: int) -> bool:
        word = draft.next_word(last)
        return bool(word) and word not in _GRAMMAR["joints"] and pattern.match(word) is not None

    return fits


def _joined(case: re.Pattern[str], draft: Draft, last: int) -> bool:
    """Whether a word that looks like that case is joined to a phrase by «and» or a comma after it."""
    for number in range(last, min(last + REACH, len(draft) - 1)):
        if draft.fresh[number + 1]:
            return False
        word = draft.words[number + 1]
        after = draft.words[number] in ("и", "или", "также") or "," in draft.gap(number)
        if after and word not in _GRAMMAR["joints"] and case.match(word):
            return True
    return False


def _acted(draft: Draft, first: int) -> bool:
    """Whether somebody is named by an instrumental without a preposition earlier in the sentence."""
    for number in range(first - 1, max(-1, first - 1 - REACH), -1):
        if draft.fresh[number + 1]:
            return False
        word, before = draft.words[number], "" if draft.fresh[number] else draft.words[number - 1]
        if before not in _GRAMMAR["aside"] and word not in _GRAMMAR["joints"] and _INSTRUMENTAL.match(word):
            return True
    return False


def _infinitive(draft: Draft, last: int, stop: int) -> bool:
    word = draft.next_word(last)
    if word in _GRAMMAR["before_infinitive"]:
        word = draft.next_word(last + 1)
    return _INFINITIVE.match(word) is not None


# What can be asked of what follows a phrase.
_NEXT: dict[str, Callable[[Draft, int, int], bool]] = {
    "genitive": _looks(_GENITIVE),
    "dative": _looks(_DATIVE),
    "instrumental": _looks(_INSTRUMENTAL),
    "past": _looks(_PAST),
    "its noun": _looks(_ITS_NOUN),
    "infinitive": _infinitive,
    "number": lambda draft, last, stop: _NUMBER.match(draft.plain, stop) is not None,
    "many": lambda draft, last, stop: _MANY_THINGS.match(draft.plain, stop) is not None,
    "years": lambda draft, last, stop: _YEARS.match(draft.plain, stop) is not None,
    "word": lambda draft, last, stop: bool(draft.next_word(last)),
    "quoted": lambda draft, last, stop: _QUOTED.match(draft.plain, stop) is not None,
    "end": lambda draft, last, stop: _END.match(draft.plain, stop) is not None,
    "pause": lambda draft, last, stop: not draft.next_word(last) or draft.next_word(last) in _GRAMMAR["aside"],
}


_normalised = lru_cache(maxsize=10_000)(normalise)  # forms of a verb stand before hundreds of nouns


class _Node:
    """What may follow the words that lead here, and the readings of a phrase that ends here."""

    __slots__ = ("comma", "readings", "stars", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.stars: dict[str, _Node] = {}  # by the table that knows the word
        self.comma: _Node | None = None
        self.readings: list[Reading] = []


class Phrases:
    """A table of phrases that tells where in a draft one stands and how to mend it.

    `forms` holds the forms of verbs in one order, `stars` what a word becomes after a phrase.
    """

    def __init__(
        self,
        table: Mapping[str, Any],
        forms: Mapping[str, str] | None = None,
        stars: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._stars = {name: dict(_pairs(words)) for name, words in (stars or {}).items()}
        self._root = _Node()
        split = {verb: line.split() for verb, line in (forms or {}).items()}
        for key, value in table.items():
            for phrase, reading in _expand(key, value, split):
                self._plant(phrase, reading)

    def _plant(self, phrase: str, reading: Reading) -> None:
        tokens = [_normalised(word) for word in phrase.replace(",", " ,").split()]
        nodes = [self._root]
        for word in tokens:
            if word == ",":  # people forget commas, so both ways lead on
                for node in nodes:
                    node.comma = node.comma or _Node()
                nodes += [node.comma for node in nodes if node.comma is not None]
            elif word == "*":
                nodes = [_step(node.stars, reading.star) for node in nodes]
            else:
                nodes = [_step(node.words, word) for node in nodes]
        for node in nodes:
            if reading not in node.readings:
                node.readings.append(reading)

    def search(self, draft: Draft) -> Iterator[Match]:
        """Every phrase of the draft in order, none inside another."""
        number = 0
        for place, word in enumerate(draft.words):
            if place >= number and word in self._root.words:
                found = self.match(draft, place)
                if found is not None:
                    yield found
                    number = found.last + 1

    def match(self, draft: Draft, number: int) -> Match | None:
        """The longest phrase that begins with that word of the draft and whose surroundings allow it."""
        first = self._root.words.get(draft.words[number])
        if first is None:
            return None
        for end in sorted(self._ends(first, draft, number), key=lambda end: -end.stop):
            for reading in end.readings:
                if _holds(reading, draft, number, end):
                    return None if reading.fix is True else _mended(reading, draft, number, end)
        return None

    def _ends(self, first: _Node, draft: Draft, number: int) -> list["_End"]:
        """Ends of all phrases that begin with the word that leads to a node."""
        found: list[_End] = []
        ways: list[tuple[_Node, int, tuple[str, ...]]] = [(first, number, ())]
        while ways:
            node, last, stars = ways.pop()
            stop = draft.stops[last]
            if node.readings:
                found.append(_End(stop, last, node.readings, stars))
            comma = node.comma if draft.plain.startswith(",", stop) else None
            if comma is not None and comma.readings:
                found.append(_End(stop + 1, last, comma.readings, stars))
            if last + 1 == len(draft.words):
                continue
            for step, start in ((node, stop), (comma, stop + 1)):
                if step is not None and (step.words or step.stars):
                    ways += self._steps(step, draft, last + 1, start, stars)
        return found

    def _steps(
        self, node: _Node, draft: Draft, number: int, start: int, stars: tuple[str, ...]
    ) -> list[tuple[_Node, int, tuple[str, ...]]]:
        """Where a word leads from a node, if only spaces stand between that place and the word."""
        child = node.words.get(draft.words[number])
        if child is None and not node.stars:
            return []
        gap = draft.plain[start : draft.starts[number]]
        if not gap or gap.strip(SPACES):
            return []
        ways = [] if child is None else [(child, number, stars)]
        for star, other in node.stars.items():
            become = self._become(star, draft, number)
            if become is not None:
                ways.append((other, number, (*stars, become)))
        return ways

    def _become(self, star: str, draft: Draft, number: int) -> str | None:
        """What the table of that name makes of a word, None where it does not know the word."""
        table, word = self._stars[star], draft.words[number]
        become = table.get(word)
        if become is None:
            written = draft.original(number)
            stem = written if len(written) == len(word) else word
            ends = (end for end in table if end[0] == "-" and len(word) > len(end) and word.endswith(end[1:]))
            end = max(ends, key=len, default=None)
            if end is None:
                return None
            return stem[: 1 - len(end)] + table[end][1:]
        return become[0].upper() + become[1:] if draft.original(number)[0].isupper() else become


def _step(ways: dict[str, _Node], token: str) -> _Node:
    node = ways.get(token)
    if node is None:
        node = ways[token] = _Node()
    return node


def _expand(key: str, value: Any, forms: Mapping[str, list[str]]) -> Iterator[tuple[str, Reading]]:
    """Every phrase that an entry of a table stands for, with its reading."""
    phrases = key.split(" | ")
    for entry in value if isinstance(value, list) else [value]:
        given = dict(entry) if isinstance(entry, dict) else {"fix": entry}
        fix = given.pop("fix")
        fixes = fix.split(" | ") if isinstance(fix, str) else [True if fix else None]
        asked: dict[str, Any] = {
            name: frozenset(normalise(text).split()) if "_" in name else text for name, text in given.items()
        }
        for phrase, become in zip(phrases, fixes * len(phrases) if len(fixes) == 1 else fixes, strict=True):
            inflected: dict[str, set[str | bool | None]] = {}
            for form, other in _inflect(phrase, become, forms):
                inflected.setdefault(form, set()).add(other)
            for form, others in inflected.items():
                # One form of two meanings with two replacements: only a person can tell.
                yield form, Reading(others.pop() if len(others) == 1 else None, **asked)


def _inflect(
    phrase: str, fix: str | bool | None, forms: Mapping[str, list[str]]
) -> Iterator[tuple[str, str | bool | None]]:
    verb = re.search(r"\{(.+?)\}", phrase)
    if verb is None:
        yield phrase, fix
        return
    other = re.search(r"\{(.+?)\}", fix) if isinstance(fix, str) else None
    for place, form in enumerate(forms[verb[1]]):
        become = forms[other[1]][place] if other is not None else ""
        if "-" not in (form, become):
            yield (
                phrase.replace(verb[0], form),
                fix.replace(other[0], become) if other is not None and isinstance(fix, str) else fix,
            )


def _pairs(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for words, become in table.items():
        for word, other in zip(words.split(" | "), become.split(" | "), strict=True):
            yield normalise(word), other


def _holds(reading: Reading, draft: Draft, first: int, end: _End) -> bool:
    """Whether what stands around a phrase is what the reading wants."""
    if reading.start is not None and draft.fresh[first] is not reading.start:
        return False
    if reading.alone and _joined(_CASES[reading.alone], draft, end.last):
        return False
    if reading.agent is False and _acted(draft, first):
        return False
    kind = reading.next.removeprefix("not ")
    if kind and _NEXT[kind](draft, end.last, end.stop) is not (kind == reading.next):
        return False
    following = draft.next_word(end.last) or draft.plain[end.stop : end.stop + 1]
    if following in reading.not_next or (reading.next_word and following not in reading.next_word):
        return False
    if not (reading.prev_word or reading.not_prev):
        return True
    before = previous(draft, first)
    return not (reading.prev_word and before not in reading.prev_word) and before not in reading.not_prev


def previous(draft: Draft, number: int) -> str:
    """The word before, or the mark that stands between; nothing at the start of a sentence."""
    if draft.fresh[number]:
        return ""
    gap = draft.gap(number - 1).strip(SPACES)
    return gap[-1] if gap else draft.words[number - 1]


def _mended(reading: Reading, draft: Draft, first: int, end: _End) -> Match:
    start, fix = draft.starts[first], reading.fix
    if not isinstance(fix, str):
        return Match(start, end.stop, end.last, None, reading.kind)
    for star in end.stars:
        fix = fix.replace("*", star, 1)
    fix = _VO.sub(r"\1о ", fix)
    if fix.startswith(","):
        fix = fix[1:].strip()
        kept = draft.plain[:start].rstrip(SPACES)
        if (
            not draft.fresh[first]
            and kept[-1] not in _PUNCTUATED
            and draft.words[first - 1] not in _GRAMMAR["no_comma"]
        ):
            start, fix = len(kept), f", {fix}"
    if fix.endswith(",") and not draft.next_word(end.last):
        fix = fix[:-1]
    return Match(start, end.stop, end.last, cased(draft.text[draft.starts[first] : end.stop], fix), reading.kind)


_VO = re.compile(r"\b(в) (?=[вф][бвгджзклмнпрстфхцчшщ])", re.IGNORECASE)  # во Всеволожском районе


def cased(written: str, fix: str) -> str:
    """The replacement with capital letters where the original has them."""
    if len(written) > 3 and written.isupper():
        return fix.upper()
    first, last = written.partition(" ")[0], written.rpartition(" ")[2]
    if len(last) > 3 and last.isupper() and " " not in fix:  # совершенно БЕСПЛАТНО
        return fix.upper()
    if first != last and last[0].isupper():  # в рамках Недели книги
        head, space, tail = fix.rpartition(" ")
        fix = head + space + tail[:1].upper() + tail[1:]
    return fix[:1].upper() + fix[1:] if first[0].isupper() else fix
