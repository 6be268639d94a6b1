"""Style: places of a draft that a resident reads with effort or for nothing, and how to mend them.

Where the mending is mechanical, a finding holds the new words; elsewhere only a person can
mend, for the facts are not in the text.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from model import events, marks, rules, wording
from model.draft import SPACES, Draft, read


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that a rule of RULES found: `text[start:stop]`, in Unicode code points.

    `fix` is what to write there ("" deletes; at an empty place it is put in), or None
    where only a person can mend it.
    """

    rule: str
    start: int
    stop: int
    fix: str | None


class Rule(NamedTuple):
    """How much a finding weighs in `burden`, and what finds the places: in order, none inside another."""

    weight: float
    search: Callable[[Draft], Iterator[rules.Place]]


# In the order in which hints are shown. What keeps a reader from understanding weighs most, slips next to nothing.
RULES: dict[str, Rule] = {
    "officialese": Rule(1.0, rules.officialese),
    "preposition": Rule(1.0, rules.preposition),
    "split_predicate": Rule(1.0, rules.split_predicate),
    "impersonal": Rule(1.0, rules.phrases_of("impersonal")),
    "opening": Rule(0.5, rules.opening),
    "noun_chain": Rule(2.0, rules.noun_chain),
    "genitive_chain": Rule(0, wording.genitive_chain),
    "passive": Rule(2.0, rules.passive),
    "long_sentence": Rule(3.0, rules.long_sentence),
    "long_paragraph": Rule(1.0, rules.long_paragraph),
    "wall": Rule(1.0, rules.wall),
    "abbreviation": Rule(2.0, rules.abbreviation),
    "bare_law": Rule(2.0, rules.bare_law),
    "capitals": Rule(0.25, rules.capitals),
    "hashtags": Rule(0.1, rules.hashtags),
    "glued_hashtag": Rule(0.1, rules.glued_hashtag),
    "exclamation": Rule(0.1, rules.exclamation),
    "emoji": Rule(0.1, rules.emoji),
    "title": Rule(2.0, rules.title),
    "praise": Rule(0.25, rules.praise),
    "pleonasm": Rule(0.5, rules.pleonasm),
    "doubled_word": Rule(0.1, rules.doubled_word),
    "missing_space": Rule(0.1, rules.missing_space),
    "spaces": Rule(0.02, rules.spaces),
    # Hints only: their weights wait for a measurement of what they cost a reader.
    "vague_time": Rule(0, rules.vague_time),
    "self_report": Rule(0, rules.phrases_of("self_report")),
    "urgency": Rule(0, rules.urgency),
    "vague_agent": Rule(0, rules.phrases_of("vague_agent")),
    "foreign": Rule(0, rules.phrases_of("foreign")),
    "filler": Rule(0, rules.phrases_of("filler")),
    "officials": Rule(0, rules.officials),
    "repeated_word": Rule(0, wording.repeated_word),
    "late_lead": Rule(0, events.late_lead),
    "event_day": Rule(0, events.event_day),
    "event_place": Rule(0, events.event_place),
    "event_price": Rule(0, events.event_price),
    "event_contact": Rule(0, events.event_contact),
    "phone": Rule(0, marks.phone),
    "address": Rule(0, marks.address),
    "clock": Rule(0, marks.clock),
    "digit_date": Rule(0, marks.digit_date),
    "date_ending": Rule(0, marks.date_ending),
    "number_ending": Rule(0, marks.number_ending),
    "glued_unit": Rule(0, marks.glued_unit),
    "long_number": Rule(0, marks.long_number),
    "numero": Rule(0, marks.numero),
    "mixed_alphabet": Rule(0, marks.mixed_alphabet),
    "markup": Rule(0, marks.markup),
    "broken_letters": Rule(0, marks.broken_letters),
    "ruler": Rule(0, marks.ruler),
    "spaced_word": Rule(0, marks.spaced_word),
    "dots": Rule(0, marks.dots),
    "hyphen": Rule(0, marks.hyphen),
    "double_form": Rule(0, marks.double_form),
    "long_bracket": Rule(0, marks.long_bracket),
    "inline_list": Rule(0, marks.inline_list),
    "long_link": Rule(0, marks.long_link),
    "hidden_link": Rule(0, marks.hidden_link),
    "bare_link": Rule(0, marks.bare_link),
}


def find(text: str) -> tuple[Finding, ...]:
    """Everything that the rules find in a text, in order of place; findings of one rule never overlap.

    A place of which two rules of WORDED say the same is told once, by the better of them.

    >>> find("Приём в январе месяце.")
    (Finding(rule='pleonasm', start=14, stop=21, fix=''),)
    """
    draft = read(text)
    found = [Finding(name, *place) for name, rule in RULES.items() for place in rule.search(draft)]
    return tuple(sorted(_told_once(found), key=lambda finding: (finding.start, finding.stop)))


# Rules that look at the same words, each for its own fault: a reader mends a word once.
WORDED = frozenset(
    {"officialese", "preposition", "split_predicate", "impersonal", "opening", "passive", "pleonasm", "filler"}
)


def _told_once(found: list[Finding]) -> list[Finding]:
    """The findings without those of WORDED that overlap a better one: one with a fix, then a longer one."""
    told: list[Finding] = []
    taken: set[int] = set()
    for finding in sorted(found, key=lambda finding: (finding.fix is None, finding.start - finding.stop)):
        place = range(finding.start, finding.stop)
        if finding.rule in WORDED:
            if not taken.isdisjoint(place):
                continue
            taken.update(place)
        told.append(finding)
    return told


def apply(text: str, finding: Finding) -> str:
    """The text with one finding mended; the same text where only a person can mend it.

    What is deleted takes its spaces along, and a sentence that it began gets its capital letter.

    >>> apply("Сообщаем, что завтра нет воды.", Finding("opening", 0, 13, ""))
    'Завтра нет воды.'
    """
    if finding.fix is None:
        return text
    before, after = text[: finding.start], text[finding.stop :]
    if finding.fix or finding.start == finding.stop:
        return before + finding.fix + after
    kept = before.rstrip(SPACES)
    if not kept or kept[-1] in "\r\n":
        after = after.lstrip(SPACES)
        if kept and after[:1] in ("\r", "\n", ""):  # the line is empty now
            before = kept.rstrip("\r\n") if not after else kept
            after = after.removeprefix("\r").removeprefix("\n")
    elif after[:1] in (*SPACES, ""):
        after = after.lstrip(SPACES)
        before = kept if after[:1] in ("\r", "\n", "", *".,!?;:)»…") else kept + " "
    elif after[0] in ".,!?;:)»…\r\n":
        before = kept
    if text[finding.start].isupper():
        after = _capitalised(after)
    return before + after


def edit(text: str, finding: Finding) -> tuple[int, int, str]:
    """What `apply` does, as one replacement: where it begins and ends, and what comes there.

    >>> edit("Сообщаем, что завтра нет воды.", Finding("opening", 0, 13, ""))
    (0, 15, 'З')
    """
    mended = apply(text, finding)
    left, right = finding.start, len(text) - finding.stop  # as much as may stay on both sides
    while text[:left] != mended[:left]:
        left -= 1
    while left + right > len(mended) or text[len(text) - right :] != mended[len(mended) - right :]:
        right -= 1
    return left, len(text) - right, mended[left : len(mended) - right]


def _capitalised(text: str) -> str:
    first = _FIRST.match(text)
    return text if first is None else text[: first.end() - 1] + text[first.end() - 1].upper() + text[first.end() :]


_FIRST = re.compile(r"[«\"(\s]{0,3}[^\W\d_]")

# Mending one place may show another one: more rounds than any text needs.
ROUNDS = 8


def mend(text: str) -> str:
    """The text with everything mended that is mechanical.

    >>> mend("Сообщаем, что в целях безопасности каток закрыт!!!")
    'Для безопасности каток закрыт!'
    """
    for _ in range(ROUNDS):
        chosen: list[Finding] = []
        for finding in find(text):
            if finding.fix is not None and (not chosen or finding.start > chosen[-1].stop):
                chosen.append(finding)
        if not chosen:
            break
        for finding in reversed(chosen):  # from the end, so that places stay true
            text = apply(text, finding)
    return text


# A line or two are not a text yet: a single word of office language does not make them heavy.
LEAST_WORDS = 30


class Burden(NamedTuple):
    """What findings come to for every 100 words: how much they weigh, and how many they are."""

    weight: float
    marks: float


def burden(text: str, found: Collection[Finding]) -> Burden:
    """The burden of a text with these findings; nothing for a clean one.

    Weight is what reading costs, as far as it is known; a reader who sees the marks counts
    all of them, those of rules without a weight too.
    """
    hundreds = max(LEAST_WORDS, len(read(text))) / 100
    return Burden(sum(RULES[finding.rule].weight for finding in found) / hundreds, len(found) / hundreds)
