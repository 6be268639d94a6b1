"""Rules of style: each looks at a draft and names places, with new words where mending is mechanical.

A false alarm costs more trust than a miss, so a rule keeps silent where it is not sure. The
words that rules look for are in data/style.toml.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from model.draft import EMOJI, SPACES, VEIL, Draft
from model.phrases import Match, Phrases, previous
from model.text import normalise
from model.words import style

# Where it stands in the text and what to write there; see `model.style.Finding`.
Place = tuple[int, int, str | None]

_DATA = style()


def words_of(table: str, name: str) -> frozenset[str]:
    """The normalised words under a name of a table of data/style.toml."""
    return frozenset(normalise(_DATA[table][name]).split())


def _officialese() -> Phrases:
    """One table for three rules, for the longest phrase wins whatever its kind: «в целях осуществления контроля»."""
    table = {phrase: _of_kind(entry, kind) for kind in OFFICE for phrase, entry in _DATA[kind].items()}
    for noun, entry in _DATA["split"].items():
        given = entry if isinstance(entry, dict) else {"fix": entry}
        star = {"star": "objects", "alone": "genitive"} if noun.endswith("*") else {}
        for become, verbs in zip(given["fix"].split(" / "), _LIGHT, strict=True):
            if become != "-":
                verb, _, rest = become.partition(" ")
                key = " | ".join(f"{{{light}}} {noun}" for light in verbs)
                table[key] = {**given, **star, "fix": f"{{{verb}}} {rest}".strip(), "kind": "split_predicate"}
    for noun, become in _DATA["purpose"].items():
        table[f"в целях {noun} | с целью {noun}"] = {
            "fix": f", чтобы {become}",
            "star": "objects",
            "next": "end",
            "start": False,
            "kind": "preposition",
        }
    return Phrases(table, _DATA["forms"], _DATA["stars"])


def _of_kind(entry: Any, kind: str) -> Any:
    if isinstance(entry, list):
        return [_of_kind(reading, kind) for reading in entry]
    return {**(entry if isinstance(entry, dict) else {"fix": entry}), "kind": kind}


OFFICE = ("officialese", "preposition", "split_predicate")
_LIGHT = (("осуществлять", "производить"), ("осуществить", "произвести"))  # imperfective, perfective


@cache  # a tenth of a second, so not at import
def _table(name: str) -> Phrases:
    return _officialese() if name == "officialese" else Phrases(_DATA[name], _DATA["forms"])


def _places(found: Iterator[Match]) -> Iterator[Place]:
    return ((match.start, match.stop, match.fix) for match in found)


def _office(draft: Draft, kind: str) -> Iterator[Place]:
    if "office" not in draft.searched:
        draft.searched["office"] = list(_table("officialese").search(draft))
    return _places(match for match in draft.searched["office"] if match.kind == kind)


# A resident stumbles over office language, and nearly all of it has ordinary words for the same.
def officialese(draft: Draft) -> Iterator[Place]:
    """Phrases and words of office language."""
    return _office(draft, "officialese")


# «В целях» says no more than «для» and makes a noun of the verb that comes after it.
def preposition(draft: Draft) -> Iterator[Place]:
    """Prepositions and conjunctions made of nouns."""
    return _office(draft, "preposition")


# The verb says only that something is done; what is done stands in a noun.
def split_predicate(draft: Draft) -> Iterator[Place]:
    """A verb without meaning and a noun with it: to carry out a check."""
    return _office(draft, "split_predicate")


_ADDRESS, _WHOM, _WHERE = (words_of("salutation", name) for name in ("address", "whom", "where"))
_ALARMS, _GOOD, _TIMES = (words_of("salutation", name) for name in ("alarms", "good", "times"))
_MORE = _ADDRESS | _WHOM | words_of("salutation", "others")  # who else is addressed
_SALUTED = _WHOM | _WHERE | _ADDRESS | {"и", "наши", "нашего", "нашей", "все"}
_WARM = tuple(word[:-1] for word in words_of("salutation", "warm") if word.endswith("*"))
_WARM_WORDS = frozenset(word for word in words_of("salutation", "warm") if not word.endswith("*"))
_MARK = re.compile(r"[!.,:]+(?=\s|$)")
_OPENING_WORDS = 12


# The first words are read by everybody, the rest by those whom they have told something. An
# address warms a greeting, so there it stays; where it names a street or a class it tells whom.
def opening(draft: Draft) -> Iterator[Place]:
    """Addresses to everybody and formulas before the message."""
    warm = _is_warm(draft)
    idle = 0  # words that go, so that what is near the beginning stays near it
    for number, fresh in enumerate(draft.fresh):
        if not fresh:
            continue
        last, stop = _address(draft, number) if not warm and number - idle < _OPENING_WORDS else (number, 0)
        if stop:
            idle += last + 1 - number
            yield draft.starts[number], stop, ""
        match = _table("opening").match(draft, number)
        if match is not None:
            follows = draft.plain[match.stop : match.stop + 2].strip(SPACES)[:1].isalnum()
            goes = follows and not _hangs(draft, match.last + 1)
            idle += match.last + 1 - number if goes else 0
            yield match.start, match.stop, "" if goes else None


def _is_warm(draft: Draft) -> bool:
    """Whether the post greets, thanks or mourns."""
    return any(word.startswith(_WARM) or word in _WARM_WORDS for word in draft.words)


def _address(draft: Draft, number: int) -> tuple[int, int]:
    """The last word of an address to everybody that begins there, and where its mark ends: 0 if there is none."""
    if alarm := _alarm(draft, number):
        return number, alarm
    number = _after_greeting(draft, number)
    if draft.words[number] not in _ADDRESS:
        return number, 0
    while (word := draft.next_word(number)) in _SALUTED:
        number += 1
        mark = _MARK.match(draft.plain, draft.stops[number]) if word in _WHOM or word in _WHERE else None
        if mark:
            more = number + 1 < len(draft) and draft.words[number + 1] in _MORE and mark.group() == ","
            return number, 0 if more else mark.end()
    return number, 0


def _alarm(draft: Draft, number: int) -> int:
    """Where «Attention!» ends if an address or a formula follows, so that nothing is said yet; else 0."""
    mark = _MARK.match(draft.plain, draft.stops[number])
    if draft.words[number] not in _ALARMS or mark is None or number + 1 == len(draft):
        return 0
    follows = draft.words[number + 1] in _ADDRESS or _table("opening").match(draft, number + 1) is not None
    return mark.end() if follows else 0


def _after_greeting(draft: Draft, number: int) -> int:
    """The word after «Good day,» that begins there; the word itself if none does."""
    greets = draft.words[number] in _GOOD and draft.next_word(number) in _TIMES
    greeted = greets and number + 2 < len(draft) and draft.gap(number + 1).strip(SPACES) == ","
    return number + 2 if greeted else number


def _hangs(draft: Draft, number: int) -> bool:
    """Whether a second «that» of the sentence leans on what is said before its first."""
    for place in range(number, len(draft)):
        if draft.fresh[place]:
            return False
        if draft.words[place] == "что" and previous(draft, place) in ("и", "также", "а", "но"):
            return True
    return False


_VERBAL = frozenset(
    stem + ending
    for kind in ("action", "art", "process")
    for stem in words_of("nouns", kind)
    for ending in words_of("nouns", f"{kind}_endings")
) | words_of("nouns", "others")
_BETWEEN = words_of("nouns", "between")
_ATTRIBUTES = ("ого", "его", "ой", "ых", "их", "ому", "ему", "ую")  # of adjectives


# Three actions named by nouns, one hanging on another, have to be unwound before they are understood.
def noun_chain(draft: Draft) -> Iterator[Place]:
    """Three verbal nouns and more in a row."""
    chain: list[int] = []
    for number, word in enumerate(draft.words):
        if word in _VERBAL:
            if chain and not _linked(draft, chain[-1], number):
                yield from _chained(draft, chain)
                chain = []
            chain.append(number)
    yield from _chained(draft, chain)


def _linked(draft: Draft, first: int, second: int) -> bool:
    """Whether only prepositions, genitives and such stand between two verbal nouns."""
    if second - first > 3:
        return False
    between = range(first + 1, second)
    return all(not draft.gap(number).strip(SPACES) for number in range(first, second)) and all(
        draft.words[number] in _BETWEEN or draft.words[number].endswith(_ATTRIBUTES) for number in between
    )


def _chained(draft: Draft, chain: list[int]) -> Iterator[Place]:
    if len(chain) >= 3 and not _quoted(draft, chain[0]):
        yield draft.starts[chain[0]], draft.stops[chain[-1]], None


# Nobody does anything in a passive, and a resident wants to know who will come and whom to call.
def passive(draft: Draft) -> Iterator[Place]:
    """Passive and impersonal turns of reports."""
    return _places(_table("passive").search(draft))


LONG_SENTENCE = 30  # words
_ITEMS = re.compile(r"[;,][^;,]{1,200}[;,]")


# The beginning of a sentence is forgotten by the thirtieth word. A list after a colon is read
# item by item, so it is no part of the sentence.
def long_sentence(draft: Draft) -> Iterator[Place]:
    """Sentences of more than LONG_SENTENCE words."""
    for first, after in draft.sentences():
        if after - first <= LONG_SENTENCE:
            continue
        last = next((number for number in range(first, after - 1) if _lists(draft, number, after)), after - 1)
        if last - first >= LONG_SENTENCE:
            yield draft.starts[first], draft.stops[last], None


def _lists(draft: Draft, number: int, after: int) -> bool:
    """Whether a colon and a list follow the word."""
    if not draft.gap(number).startswith(":"):
        return False
    return _ITEMS.search(draft.plain, draft.stops[number], draft.stops[after - 1]) is not None


LONG_PARAGRAPH = 700  # characters
_LINE = re.compile(r"[^\s][^\r\n]*")
_BREAK = re.compile(r"[\r\n]")


# A screen of a telephone holds some seven hundred characters; a wall of them is scrolled past.
def long_paragraph(draft: Draft) -> Iterator[Place]:
    """Paragraphs of more than LONG_PARAGRAPH characters."""
    for line in _LINE.finditer(draft.text):
        start, stop = line.span()
        stop -= len(line.group()) - len(line.group().rstrip())
        if stop - start > LONG_PARAGRAPH and not (stop - start > WALL and _is_single(draft)):
            yield start, stop, None


WALL = 900  # characters


def _is_single(draft: Draft) -> bool:
    return not _BREAK.search(draft.text.strip())


# Without a blank line a text is not read but scrolled past.
def wall(draft: Draft) -> Iterator[Place]:
    """A text of more than WALL characters in a single paragraph; `long_paragraph` is silent about it."""
    text = draft.text.strip()
    if len(text) > WALL and _is_single(draft):
        start = draft.text.index(text)
        yield start, start + len(text), None


_KNOWN, _UNCLEAR = words_of("abbreviations", "known"), words_of("abbreviations", "unclear")
_BARE = re.compile(r"(?!х+$)[бвгджзклмнпрстфхцчшщ]{3,8}")  # not ХХ and ХХХ
_EXPLAINED_BEFORE = re.compile(r"[\w»\"][»\"]?\s?\((?:далее\s?[-–—]?\s?)?[«\"]?$")
_EXPLAINED_AFTER = re.compile(r"[»\"]?\s?(?:\([^\W\d_]|[-–—]\sэ)")  # МКД (многоквартирный дом), МКД — это


# Whoever does not know an abbreviation cannot guess it and will not ask.
def abbreviation(draft: Draft) -> Iterator[Place]:
    """Abbreviations that are neither known to everybody nor explained anywhere in the text; the first of each."""
    explained: set[str] = set()
    found: dict[str, int] = {}
    for number, word in enumerate(draft.words):
        if not 2 <= len(word) <= 8 or not _is_abbreviation(draft, number) or word in _KNOWN:
            continue
        if len(word) == 2 and draft.plain[draft.stops[number] :][:1].isdigit():
            continue  # ВЛ80 is an engine
        if (
            draft.plain[: draft.starts[number]][-1:] in tuple('«„“#"')
            or draft.plain[: draft.starts[number]][-2:] == "# "
        ):
            continue  # a name in quotes, a broken hashtag
        if _explained(draft, number):
            explained.add(word)
        elif not (_shouts(draft, number - 1) or _shouts(draft, number + 1)):
            found.setdefault(word, number)
    for word, number in found.items():
        if word not in explained:
            expansion = _DATA["expansions"].get(word)
            fix = f"{draft.original(number)} ({expansion})" if expansion else None
            yield draft.starts[number], draft.stops[number], fix


def _is_abbreviation(draft: Draft, number: int) -> bool:
    """In capitals, and listed or without a vowel, as no Russian word is."""
    word = draft.words[number]
    listed = word in _UNCLEAR or word in _KNOWN
    return (listed or _BARE.fullmatch(word) is not None) and draft.original(number).isupper()


def _explained(draft: Draft, number: int) -> bool:
    """In brackets after its words, or with them in brackets after it."""
    before, after = draft.plain[: draft.starts[number]][-20:], draft.plain[draft.stops[number] :][:4]
    return bool(_EXPLAINED_BEFORE.search(before) or _EXPLAINED_AFTER.match(after))


def _shouts(draft: Draft, number: int) -> bool:
    """Whether a word stands in capitals and is no abbreviation."""
    if not 0 <= number < len(draft) or len(draft.words[number]) < 4:
        return False
    return draft.original(number).isupper() and not _is_abbreviation(draft, number)


_DATED = r"(?:от\s\d{1,2}[. ](?:\d{1,2}|[а-я]{3,8})[. ]\d{2,4}(?:\s?(?:года|г\.?))?)"
_LAW = re.compile(
    r"\b(?:федеральн\w{2,3}\s)?(?:закон|указ|постановлени|распоряжени|приказ)\w{0,3}(?:\s[\w-]{2,20}){0,5}?"
    rf"(?:\s{_DATED})?\s№?\s?(?:\d{{1,4}}\s?-\s?(?:фз|кз|оз|зрк|з|п|р|па|пп|пг)\b|(?<=№)\d{{1,5}}(?:[-/]\w{{1,4}})?|"
    rf"(?<=№\s)\d{{1,5}}(?:[-/]?\w{{1,4}})?)(?:,?\s{_DATED})?"
    rf"|(?:№\s?)?\b\d{{1,4}}\s?-\s?фз\b(?:\s{_DATED})?",
    re.IGNORECASE,
)
_NAMED_BEFORE = re.compile(r"[»\"”(]|утвержд[её]нн\w{2,3}\s$", re.IGNORECASE)
_DOES = re.compile(r"(?:Закон|Указ|Приказ)ом|(?:Постановлени|Распоряжени)ем")  # begins the sentence: it says what by it
_ABOUT = re.compile(
    r"[«\"“„(]|\bоб?\s[а-яё]|утвержд|регулир|которы|запрещ|устанавл|обязыва|изменя|предусм", re.IGNORECASE
)


# A number of a law tells nothing to whoever has not read it.
def bare_law(draft: Draft) -> Iterator[Place]:
    """Laws and orders named by number without a word on what they are about."""
    for match in _LAW.finditer(draft.plain):
        start, stop = match.span()
        before = draft.plain[max(0, start - 60) : start]
        if not (_ABOUT.search(draft.plain[start : stop + 60]) or _NAMED_BEFORE.search(before) or _DOES.match(match[0])):
            yield start, start + len(match.group().rstrip(" ,.\u00a0")), None


_PLAIN = words_of("capitals", "plain")
_LATIN = re.compile("[a-z]")
_OPENED = re.compile(r"[«“„]$|(?:^|\s)\"$")
_BETWEEN_CAPITALS = re.compile(rf"[^\n\r{VEIL}]{{1,12}}")


# Capitals shout and are read slower. Small letters are sure only for common words: a run that
# may hold a name is left to a person, and a lone word that may be a name is left alone.
def capitals(draft: Draft) -> Iterator[Place]:
    """Words of four letters and more in capitals, together with the capitals around them."""
    for run in _runs(draft):
        while len(run) > 1 and len(draft.words[run[-1]]) == 1 and draft.fresh[run[-1]]:
            run = run[:-1]  # «In» of the next sentence
        loud = [number for number in run if _shouts(draft, number)]
        if not any(draft.words[number] in _PLAIN for number in loud) and len(loud) < 3:
            continue
        sure = all(_lowers(draft, number) or _is_abbreviation(draft, number) for number in run)
        yield draft.starts[run[0]], draft.stops[run[-1]], _lowered(draft, run) if sure else None


def _runs(draft: Draft) -> Iterator[range]:
    """Words in capitals that follow each other on a line, whatever marks and numbers are between."""
    first = last = -1
    for number, word in enumerate(draft.words):
        if not draft.original(number).isupper() or _LATIN.search(word):
            continue
        if first >= 0 and (number > last + 1 or not _BETWEEN_CAPITALS.fullmatch(draft.gap(last))):
            yield range(first, last + 1)
            first = -1
        first, last = first if first >= 0 else number, number
    if first >= 0:
        yield range(first, last + 1)


def _lowers(draft: Draft, number: int) -> bool:
    """Whether a word is sure to be right in small letters: a common one, and no initial of a name."""
    initial = len(draft.words[number]) == 1 and draft.plain.startswith(".", draft.stops[number])
    return draft.words[number] in _PLAIN and not initial


def _lowered(draft: Draft, run: range) -> str:
    """The run in small letters, with capitals where sentences and quotations begin."""
    parts: list[str] = []
    for number in run:
        word = draft.original(number)
        if not _is_abbreviation(draft, number):
            before = draft.plain[: draft.starts[number]][-3:]
            counted = before.rstrip(SPACES)[-1:].isdigit()  # «5 May» begins with the number
            opens = _OPENED.search(before) is not None or (draft.fresh[number] and not counted)
            word = word.capitalize() if opens else word.lower()
        parts += word, draft.gap(number)
    return "".join(parts[:-1])


HASHTAGS = 3


# Three hashtags are looked at, a dozen is a fence at the end of a post.
def hashtags(draft: Draft) -> Iterator[Place]:
    """Hashtags beyond the first HASHTAGS."""
    return ((start, stop, "") for start, stop in draft.hashtags[HASHTAGS:])


# Networks make no link of a hashtag that is glued to what stands before it.
def glued_hashtag(draft: Draft) -> Iterator[Place]:
    """Hashtags without a space before them."""
    for start, _ in draft.hashtags:
        before = draft.plain[start - 1 : start]
        if before.isalnum() or before in tuple(f".,!?:;»){VEIL}"):
            yield start, start, " "


_MARKS = re.compile(r"[!?](?:[ \u00a0]?[!?])+")
# Words of which a wrong encoding left a question mark for each letter; `marks.broken_letters` finds them.
LOST = (
    r"(?<!\S)(?=[?, \u00a0]{0,60}\?{4})\?{1,60}(?:,?[ \u00a0]\?{1,60}){1,60}"  # several, one of them long
    r"|(?<![^\r\n])\?{4,60}(?!\S)"  # a word that begins a line
)
_LOST_WORDS = re.compile(LOST)


# One mark says all that three do, and does not shout.
def exclamation(draft: Draft) -> Iterator[Place]:
    """Exclamation and question marks in heaps, but no lost letters."""
    for match in _MARKS.finditer(_LOST_WORDS.sub(lambda lost: VEIL * len(lost[0]), draft.plain)):
        marks = set(match.group()) - set(SPACES)
        if len(marks) == 1 or len(match.group()) > 2:
            yield *match.span(), "?!" if len(marks) > 1 else marks.pop()


_LETTERED = "[\U0001f1e6-\U0001f1ff]"  # two make a flag
_TONES = "[\ufe0f\U0001f3fb-\U0001f3ff]"
_SINGLE = f"(?!{_LETTERED}|{_TONES}){EMOJI}{_TONES}{{0,2}}"
_PICTURE = f"(?:{_LETTERED}{{2}}|{_SINGLE}(?:\u200d{_SINGLE}){{0,6}})"
_EMOJI_ROW = re.compile(f"({_PICTURE})(?:[ \u00a0]?{_PICTURE})+")


# A row of pictures is decoration: the first tells all of it.
def emoji(draft: Draft) -> Iterator[Place]:
    """Emoji in a row."""
    return ((*match.span(), match[1]) for match in _EMOJI_ROW.finditer(draft.plain))


LONG_TITLE = 5  # words
_HEAD, _TITLE_JOINTS = words_of("titles", "head"), words_of("titles", "joints")
_TITLED = _HEAD | words_of("titles", "inside") | _TITLE_JOINTS
_OF = re.compile(r".+[сц]к(?:ого|ой)")  # Лесного, Озёрской; a place


# Whoever has read a title of eight words has forgotten what its owner did.
def title(draft: Draft) -> Iterator[Place]:
    """Titles of officials of more than LONG_TITLE words."""
    number = 0
    while number < len(draft):
        last = number
        if draft.words[number] in _HEAD:
            while (word := draft.next_word(last)) in _TITLED or _OF.fullmatch(word):
                last += 1
            while draft.words[last] in _TITLE_JOINTS:
                last -= 1
        named = sum(draft.words[place] in _TITLED for place in range(number, last + 1))
        # A signature, name and title, is the place for the whole of it.
        signed = len(draft) - last <= 2 and draft.plain[: draft.starts[number]].rstrip(SPACES).endswith(",")
        if last - number >= LONG_TITLE and named >= LONG_TITLE - 1 and not signed:
            yield draft.starts[number], draft.stops[last], None
        number = last + 1


def _inflected(stems: str, *endings: str) -> frozenset[str]:
    return frozenset(
        stem + ending
        for stem in words_of("epithets", stems)
        for name in endings
        for ending in words_of("epithets", name)
    )


_EPITHETS = (
    _inflected("hard", "hard_endings")
    | _inflected("soft", "soft_endings")
    | frozenset(f"{form}ся" for form in _inflected("reflexive", "soft_endings"))
)
_BRIGHT = _inflected("also", "hard_endings", "soft_endings")  # empty only beside an empty one
_EXACT = words_of("epithets", "exact")
_NOT_NOUNS = words_of("epithets", "not_nouns")
# Words that say something of an epithet and cannot stand without it.
_HOLDS = words_of("epithets", "held_by")


# Praise by the one who did it convinces nobody, and an epithet that fits anything says nothing.
def praise(draft: Draft) -> Iterator[Place]:
    """Self-praise and empty epithets; greetings and thanks may praise, and so may the name of a thing."""
    number = 0
    warm = _is_warm(draft)
    for place in range(len(draft)):
        if place < number:
            continue
        match = _table("praise").match(draft, place)
        last = _epithets(draft, place) if match is None else match.last
        if last < place:
            continue
        number = last + 1
        if warm or _wishes(draft, place) or _quoted(draft, place):
            continue
        if match is not None:
            yield match.start, match.stop, match.fix
        elif draft.next_word(last) not in _EXACT:
            yield draft.starts[place], draft.stops[last], "" if _deletable(draft, place, last) else None


def _quoted(draft: Draft, number: int) -> bool:
    """Whether the word stands in a quotation that is open."""
    before = draft.plain[max(0, draft.starts[number] - 60) : draft.starts[number]]
    return before.rfind("«") > before.rfind("»") or before.endswith('"')


def _wishes(draft: Draft, number: int) -> bool:
    """Whether the word may be of a wish, where any epithet is in place."""
    near = range(max(0, number - 8), number)
    return any(draft.words[place].startswith(("жела", "пожела")) or draft.words[place] == "пусть" for place in near)


def _epithets(draft: Draft, number: int) -> int:
    """The last of empty epithets that begin there, joined by «and»: bright and unforgettable; else before the word."""
    empty, last = draft.words[number] in _EPITHETS, number
    if not empty and draft.words[number] not in _BRIGHT:
        return number - 1
    while draft.next_word(last) == "и" and (word := draft.next_word(last + 1)) in _EPITHETS | _BRIGHT:
        empty, last = empty or word in _EPITHETS, last + 2
    return last if empty else number - 1


def _deletable(draft: Draft, first: int, last: int) -> bool:
    """Whether a noun is left that needs no other preposition, and nothing is said of the epithet itself."""
    after, before = draft.next_word(last), previous(draft, first)
    if not after or after in _NOT_NOUNS or before in _HOLDS:
        return False
    if before == "о":
        return after[0] not in "аоуэи"
    if before in ("с", "в", "к"):
        return after[1:2] in "аоуэиыяею" or after[0] in "аоуэи"
    return True


_MONTHS, _MONTH = words_of("months", "names"), words_of("months", "month")
_HOURS = re.compile(r"(?<![\d.:])(?:[01]?\d|2[0-4])[:.][0-5]\d([ \u00a0]часов)\b(?! назад)")


# The second word repeats the first.
def pleonasm(draft: Draft) -> Iterator[Place]:
    """Words that say the same twice."""
    found = [*_places(_table("pleonasm").search(draft)), *_months(draft), *_hours(draft)]
    last = 0
    for start, stop, fix in sorted(found, key=lambda place: place[:2]):
        if start >= last:
            yield start, stop, fix
            last = stop


def _months(draft: Draft) -> Iterator[Place]:
    """A month by name and the word «month»."""
    for number, word in enumerate(draft.words):
        if word in _MONTHS and draft.next_word(number) in _MONTH and previous(draft, number) not in ("не", "вам"):
            yield draft.stops[number], draft.stops[number + 1], ""


def _hours(draft: Draft) -> Iterator[Place]:
    """A time on a dial and the word «hours»."""
    return ((match.start(1), match.end(), "") for match in _HOURS.finditer(draft.plain))


_DOUBLED = words_of("slips", "doubled")
_EMPHATIC = ("о", "й", "йте", "ем", "е")  # долго долго, шагай шагай: said twice on purpose


# A slip of editing, seen by every reader but the writer.
def doubled_word(draft: Draft) -> Iterator[Place]:
    """A word written twice."""
    number = 0
    while number < len(draft):
        word, last = draft.words[number], number
        while draft.next_word(last) == word and draft.original(last + 1).islower():
            last += 1
        if last > number and (
            word in _DOUBLED or (len(word) > 5 and not word.endswith(_EMPHATIC) and not word.isascii())
        ):
            yield draft.starts[number], draft.stops[last], draft.original(number)
        number = last + 1


_GLUED = re.compile(
    r"(?<=[а-яё])[,;](?=[^\W\d_])"
    r"|(?<=[а-яё]{3}),(?=\d{1,3}(?![\d.]))"
    r"|(?<![\w.])(?:[дсгпх]|ст|пр)\.(?=[А-ЯЁ][а-яё]{3})"
    r"|(?<=\d)[ \u00a0]?(?:р|руб|ч|г)\.(?=[А-ЯЁ][а-яё])"
    r"|(?<!\w)([^\W\d_]{2,30})[.!?…:](?=[А-ЯЁ][а-яё])"
)
_GLUED_WORD = re.compile(r"[\w-]{1,60}")
_NAME_GOES_ON = re.compile(r"(?:Ру|Рф|Ком|Орг|Нет|Про)(?![\w-])|[^\W\d_]{2,20}[»\"]")  # Работа.Ру, «Театр.Док»
_BRANDS = words_of("slips", "brands")


# A word glued to the one before is read twice.
def missing_space(draft: Draft) -> Iterator[Place]:
    """No space after a comma, a full stop and such: the mark and the word glued to it."""
    for match in _GLUED.finditer(draft.plain):
        word = _GLUED_WORD.match(draft.plain, match.end())
        if word is not None and (match[1] is None or not _is_name(draft, match)):
            yield match.end() - 1, word.end(), f"{match[0][-1]} {word[0]}"


def _is_name(draft: Draft, match: re.Match[str]) -> bool:
    """Whether the full stop stands inside a name: that of a site, of a brand or of what is in quotes as one word."""
    after = _NAME_GOES_ON.match(draft.plain, match.end())
    quoted = draft.plain[match.start() - 1 : match.start()] in ("«", '"')
    return normalise(match[1]) in _BRANDS or (
        match[0].endswith(".") and after is not None and (quoted or after[0][-1] not in '»"')
    )


_HOLE = re.compile(r"(?<=[^\s])(?:(?P<before>[ \u00a0]{1,100})(?=[,.;!?](?:\s|$))|[ \u00a0]{2,100}(?=[^\s]))")


# Holes in a line are left by editing and by other programs.
def spaces(draft: Draft) -> Iterator[Place]:
    """Several spaces, and a space before a comma or a full stop."""
    for match in _HOLE.finditer(draft.plain):
        yield *match.span(), "" if match["before"] is not None else " "


_HOPES = words_of("hopes", "words")


# A resident cannot plan by «soon».
def vague_time(draft: Draft) -> Iterator[Place]:
    """A time that is no time, where something is promised and not merely hoped for."""
    bounds = draft.sentences()
    for match in _table("vague_time").search(draft):
        first, after = next(bound for bound in bounds if bound[0] <= match.last < bound[1])
        if not _HOPES.intersection(draft.words[first:after]):
            yield match.start, match.stop, match.fix


def phrases_of(table: str) -> Callable[[Draft], Iterator[Place]]:
    """The rule that finds the phrases of a table, and nothing else."""
    return lambda draft: _places(_table(table).search(draft))


_ASKS, _MAY_ASK, _MUST = (words_of("swindle", name) for name in ("asks", "may_ask", "must"))
_PAYS, _GAINS, _AHEAD = (words_of("swindle", name) for name in ("pays", "gains", "ahead"))
_WARNS, _REFUSALS = tuple(words_of("swindle", "warns")), words_of("swindle", "refusals")
_BREAKS, _HANGS = words_of("swindle", "breaks"), words_of("swindle", "hangs")
_LOST, _SPREAD = tuple(words_of("swindle", "lost")), words_of("swindle", "spread")
_SUM = re.compile(r"\d[ \u00a0]?(?:руб|р\b|₽|тыс)|(?<!\w)деньги", re.IGNORECASE)
_TO_CARD = re.compile(r"(?<!\w)(?:на|по номеру) карт[уы](?!\w)", re.IGNORECASE)
SWINDLE = 14  # words from who asks to what is asked for


# So speak swindlers. A post that warns of them quotes them, so any warning silences the rule.
def urgency(draft: Draft) -> Iterator[Place]:
    """Haste of swindlers, and what only they ask for: codes, numbers of cards, money in advance."""
    if _is_warning(draft):
        return
    lost = any(word.startswith(_LOST) for word in draft.words)  # whoever is lost is looked for in haste
    phrases = (match for match in _table("urgency").search(draft) if not (lost and draft.words[match.last] in _SPREAD))
    found = [*_places(phrases), *_swindles(draft), *_lures(draft)]
    last = 0
    for start, stop, fix in sorted(found, key=lambda place: place[:2]):
        if start >= last:
            yield start, stop, fix
            last = stop


def _is_warning(draft: Draft) -> bool:
    """Whether the post tells of swindlers, or not to do what they ask for."""
    return any(_warns(draft.words, number) for number in range(len(draft)))


def _warns(words: list[str], number: int) -> bool:
    word, before = words[number], words[number - 1] if number else ""
    if word in _BREAKS:  # hang up; but «do not hang up» is what a swindler says
        return before in _HANGS and (number < 2 or words[number - 2] != "не")
    return word.startswith(_WARNS) or (before in ("не", "нельзя") and word in _REFUSALS | _MAY_ASK)


def _swindles(draft: Draft) -> Iterator[Place]:
    for first, after in draft.sentences():
        for number in range(first, after):
            last = _asked(draft, number, min(after, number + SWINDLE))
            if last > number:
                yield draft.starts[number], draft.stops[last], None
                break


def _asked(draft: Draft, number: int, after: int) -> int:
    """The last word of what that word asks for: a secret, a sum for a prize, money in advance; else the word itself."""
    word = draft.words[number]
    before = draft.words[max(0, number - 3) : number]
    last = number
    if word in _ASKS or (word in _MAY_ASK and _MUST.intersection(before)):
        for place in range(number + 1, after):
            match = _table("secrets").match(draft, place)
            last = match.last if match is not None else last
    stop = draft.stops[after - 1]
    said = draft.plain[draft.starts[number] : stop]
    if word in _PAYS and _SUM.search(said):
        last = max([last, *(place for place in range(number + 1, after) if draft.words[place] in _GAINS)])
    if word in _AHEAD and (card := _TO_CARD.search(said)):
        upto = draft.starts[number] + card.end()
        last = max(last, *(place for place in range(number, after) if draft.stops[place] <= upto))
    return last


_LURE = re.compile(
    r"(?<!\w)(?:(?:(?:пере|про)й(?:ди(?:те)?|ти)|переходи(?:те|ть)?) по (?:\w{2,8} )?ссылке"
    r"(?P<card>[^.!?\n]{0,120} и (?:ввести|введите|указать|укажите) (?:данные|номер|реквизиты) (?:\w{2,10} )?карты)?"
    r"|(?:вложи(?:те|ть)?|инвестир(?:уйте|овать)) [^.!?\n]{0,30}\d[^.!?\n]{0,30} (?:получ|заработа|забер)\w{1,4} "
    r"(?:до )?\d[\d \u00a0]{0,12}\d)(?!\w)",
    re.IGNORECASE,
)
_HASTE = re.compile(
    r"(?<!\w)(?:срочно|немедленно|прямо сейчас|только (?:сегодня|сейчас)|не упустите (?:шанс|возможность)"
    r"|остал[оа]сь \d{1,2} (?:час|минут)|сгор(?:ит|ят)(?!\w))",
    re.IGNORECASE,
)
_BAIT = re.compile(
    r"(?<!\w)(?:получи(?:те|ть)?|положен[аоы]?|начислен[аоы]?|забер(?:и|ите)|забрать) [^.!?\n]{0,30}?"
    r"(?:выплат|компенсац|деньг|приз|выигрыш|бонус|\d{1,3}[ \u00a0]?\d{3})",
    re.IGNORECASE,
)
_TOLD = re.compile(r"(?<!\w)(?:прос[ия]т|предлага[ею]т|требу[ею]т|убежда[ею]т) [^.!?\n]{0,100}$")  # of others
LURED = 200  # characters around a call


def _lures(draft: Draft) -> Iterator[Place]:
    """Calls to follow a link or to invest, honest until two of three stand by: haste, money for nothing, a card."""
    for match in _LURE.finditer(draft.plain):
        near = draft.plain[max(0, match.start() - LURED) : match.end() + LURED]
        told = _TOLD.search(draft.plain, max(0, match.start() - LURED), match.start())
        if not told and sum(map(bool, (_HASTE.search(near), _BAIT.search(near), match["card"]))) >= 2:
            yield *match.span(), None


OFFICIALS = 3
_PRESENT, _ATTENDED = words_of("titles", "present"), tuple(words_of("titles", "attended"))


# A list of who was present is read by those who were.
def officials(draft: Draft) -> Iterator[Place]:
    """OFFICIALS titles and more in one sentence."""
    for first, after in draft.sentences():
        heads = [
            number
            for number in range(first, after)
            if draft.words[number] in _PRESENT and previous(draft, number) not in _HEAD  # заместитель главы is one
        ]
        attended = any(word.startswith(_ATTENDED) for word in draft.words[first:after])
        if attended and len(heads) >= OFFICIALS and heads[-1] - heads[0] > OFFICIALS:
            yield draft.starts[heads[0]], draft.stops[heads[-1]], None
