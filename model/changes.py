"""Changes of a draft that raise its scores: each is made on trial and the result is really scored."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from model import style
from model.draft import EMOJI, SHORT
from model.memory import Memory
from model.post import Post
from model.score import Score
from model.scorer import Scorer
from model.text import Token, normalise
from model.words import FAMILIES, read

MOST = 5

# A gain below this is not shown. Edits that no reader sees (other quotation marks, ё for е, a
# line more at the end) move the scores of one real post in 500 by as much, see docs/desk.md.
LEAST = 1.0

_DATA = read("changes.toml")

# Rules of heavy wording, mended together; all others (marks, capitals, hashtags, slips) are tidied together.
WORDING = frozenset(
    [
        "officialese",
        "preposition",
        "split_predicate",
        "noun_chain",
        "passive",
        "title",
        "officials",
        "praise",
        "pleonasm",
        "vague_time",
        "self_report",
        "impersonal",
        "vague_agent",
        "foreign",
        "filler",
        "double_form",
    ]
)


@dataclass(frozen=True, slots=True)
class Change:
    """A changed draft and what it gains, in points of each score, by being scored.

    `kind` is a name of KINDS; `text` the whole changed text, in which `examples` are the
    places, in code points, that hold an example the person must replace: the gain is that
    of a text with such an example.
    """

    kind: str
    text: str
    examples: tuple[tuple[int, int], ...]
    usefulness: float
    engagement: float

    @property
    def gain(self) -> float:
        """The larger of both gains."""
        return max(self.usefulness, self.engagement)


@dataclass(frozen=True, slots=True)
class Trial:
    """A change before it is scored."""

    kind: str
    text: str
    examples: tuple[tuple[int, int], ...] = ()


def rank(
    scorer: Scorer,
    post: Post,
    score: Score,
    memory: Memory | None = None,
    found: Sequence[style.Finding] | None = None,
) -> tuple[Change, ...]:
    """The changes of a scored post that pay, the largest gain first, MOST of them.

    `score`: what the scorer gave to the post with this memory; its type and checklist may
    have been corrected by a person, for they choose what is tried and move no number.
    `found`: what `style.find` finds, where it is at hand. All trials are scored as one
    batch. A change pays that raises a score by LEAST and lowers the other by less than
    that. A text without numbers gets no advice: nothing could be gained upon.
    """
    if score.status != "ok":
        return ()
    trials = list({trial.text: trial for trial in propose(post.text, score, found) if trial.text != post.text}.values())
    scored = scorer.map([_changed(post, trial.text) for trial in trials], memory)
    changes = [
        Change(
            trial.kind,
            trial.text,
            trial.examples,
            round(after.usefulness - score.usefulness, 1),
            round(after.engagement - score.engagement, 1),
        )
        for trial, after in zip(trials, scored, strict=True)
        if after.status == "ok"
    ]
    paying = [
        one
        for one in changes
        if one.gain >= LEAST
        and min(one.usefulness, one.engagement) > -one.gain
        # A question is there for answers: that the words «write to us» look useful is no reason to ask it.
        and (one.kind != "ask" or one.engagement >= LEAST)
    ]
    return tuple(sorted(paying, key=lambda change: -change.gain)[:MOST])


def _changed(post: Post, text: str) -> Post:
    """The post with another text, as a draft: its own counts are not those of the changed one."""
    return Post(text, post.platform, post.page_id, post.page_name, post.page_kind, date=post.date)


def propose(text: str, score: Score, found: Sequence[style.Finding] | None = None) -> Iterator[Trial]:
    """Everything that might help, not scored yet."""
    found = style.find(text) if found is None else found
    yield Trial("cut_opening", _mended(text, [one for one in found if one.rule == "opening"]))
    yield Trial("replace", _mended(text, [one for one in found if one.rule in WORDING]))
    yield Trial("tidy", _mended(text, [one for one in found if one.rule not in (*WORDING, "opening")]))
    yield from _moved_up(text)
    yield from _split(text)
    if any(one.rule == "urgency" for one in found):  # nobody is helped by making a fraud look better
        return
    invite = _DATA["invite"].get(score.type)
    if invite is not None and _tells_no_way(text, score) and not _stands(text, invite):
        yield _added(text, "invite", invite)
    for item in _worth_adding(score):
        line = _DATA["add"].get(score.type, {}).get(item) or _DATA["add"].get(item)
        if line is not None and not _stands(text, line):
            yield _added(text, f"add_{item}", line)
    if "?" not in text[-200:]:
        yield _added(text, "ask", _DATA["ask"][score.type])


# From here up a resident can use a post; below it, facts that such posts mostly have are tried even where this one
# is said to need none. An answer to any other item would be as odd as a passport for a funeral.
_USEFUL = 62.5
_FACTS = ("when", "where", "contact")
_PRACTICAL = ("alert", "service", "event", "explain", "news", "ad")


def _tells_no_way(text: str, score: Score) -> bool:
    """Whether a post of little use neither tells a place or a person nor asks: who looks for a dog invites nobody."""
    told = score.checklist.get("where") or score.checklist.get("contact")
    return score.usefulness < _USEFUL and not told and "?" not in text


def _worth_adding(score: Score) -> list[str]:
    """What is missing; of a practical post of little use also the plain facts."""
    facts = _FACTS if score.usefulness < _USEFUL and score.type in _PRACTICAL else ()
    return [item for item, present in score.checklist.items() if present is False or (item in facts and not present)]


def _mended(text: str, findings: Sequence[style.Finding]) -> str:
    """The text with those of the findings mended that are mechanical and do not touch each other."""
    chosen: list[style.Finding] = []
    for finding in findings:
        if finding.fix is not None and (not chosen or finding.start > chosen[-1].stop):
            chosen.append(finding)
    for finding in reversed(chosen):  # from the end, so that places stay true
        text = style.apply(text, finding)
    return text


_HASHTAGS = re.compile(r"(?:\s|^)(?:#[^\s#]+\s*)+\Z")


def _added(text: str, kind: str, line: str) -> Trial:
    """The text with a line more: the last one, but before the hashtags."""
    tail = _HASHTAGS.search(text)
    end = tail.start() if tail else len(text.rstrip())
    body, rest = text[:end].rstrip(), text[end:].strip()
    plain, places = _unbracketed(line)
    start = f"{body}\n\n" if "\n\n" in body else f"{body}\n"
    shifted = tuple((len(start) + left, len(start) + right) for left, right in places)
    return Trial(kind, start + plain + (f"\n\n{rest}" if rest else ""), shifted)


def _stands(text: str, line: str) -> bool:
    """Whether the text has such a line already, its example replaced or not: twice it would help nobody."""
    return (line.partition("[")[0].strip() or _unbracketed(line)[0]) in text


def _unbracketed(line: str) -> tuple[str, list[tuple[int, int]]]:
    """A line without its brackets, and where in it stands what stood in them."""
    plain, places = "", []
    for number, part in enumerate(re.split(r"[\[\]]", line)):
        if number % 2:
            places.append((len(plain), len(plain) + len(part)))
        plain += part
    return plain, places


_SENTENCE = re.compile(rf"[^\n]+?(?:(?:[.!?…]+|{EMOJI})(?=\s+[«\"(]?[А-ЯЁA-Z\d]|\s*$)|(?=\n|\Z))", re.M)
_LAST = re.compile(r"([^\W\d_]+)\.\Z")
_ITEM = re.compile(r"[-–—•*▪✅☑✔]|\d{1,2}[.)]\s|«")
_FIRST = re.compile(r"\W*([\w-]+)")
_MONTHS = "|".join(sorted(month[:3] for month in FAMILIES["months"]))
_TIME = re.compile(rf"\b\d{{1,2}}[:.]\d{{2}}\b|\b\d{{1,2}}\s+(?:{_MONTHS})|\b(?:завтра|сегодня)\b", re.I)
_PLACE = re.compile(
    r"\b(?:ул\.|улиц|площад|проспект|переул|дом[ау]? культуры|клуб|библиотек|музе|школ|зал[еа]?\b|парк|стадион|ДК\b"
    r"|каб\.|кабинет)",
    re.I,
)


def _sentences(text: str) -> list[Token]:
    """The sentences of a text; what follows «каб.» or «им.» belongs to the same one."""
    found: list[Token] = []
    goes_on = False
    for match in _SENTENCE.finditer(text):
        start = found.pop().start if goes_on else match.start()
        found.append(Token(start, match.end(), text[start : match.end()]))
        last = _LAST.search(match.group())
        goes_on = bool(last and (len(last[1]) == 1 or normalise(last[1]) in SHORT) and text[match.end() :][:1] == " ")
    return [sentence for sentence in found if sentence.text.strip()]


def _leans(sentence: str, words: str) -> bool:
    """Whether a sentence begins with one of the words."""
    first = _FIRST.match(sentence)
    return first is not None and normalise(first[1]) in words.split()


def _moved_up(text: str) -> Iterator[Trial]:
    """The text with the sentence that tells when and where, or when, put first; one that stands by itself."""
    sentences = _sentences(text)
    late = [one for one in sentences[2:] if _TIME.search(one.text) and _stands_alone(one.text.strip())]
    if not late or any(_TIME.search(one.text) for one in sentences[:2]):
        return
    chosen = max(late, key=lambda one: bool(_PLACE.search(one.text)))
    moved = chosen.text.strip()
    before, after = text[: chosen.start].rstrip(" \t"), text[chosen.stop :]
    rest = (before + (after.lstrip(" \t") if not before or before.endswith("\n") else after)).strip()
    if not moved.endswith((".", "!", "?", "…")):
        moved += "."
    yield Trial("move_up", f"{moved[0].upper()}{moved[1:]}\n\n" + re.sub(r"\n{3,}", "\n\n", rest))


def _stands_alone(sentence: str) -> bool:
    """Whether a sentence is no item of a list, no words of somebody, and does not lean on the one before."""
    return not _ITEM.match(sentence) and not _leans(sentence, _DATA["move_up"]["leaning"])


_LONG = 18
_JOINTS = "|".join(joint.replace("_", " ") for joint in _DATA["split"]["joints"].split())
_SPLIT = re.compile(rf"(?:;\s+|,\s+(?=(?:{_JOINTS})\s))(\w)", re.I)


def _split(text: str) -> Iterator[Trial]:
    """The text with every long sentence cut where both halves stand by themselves."""
    changed = text
    for sentence in reversed(_sentences(text)):
        said = sentence.text
        if len(said.split()) <= _LONG or _leans(said, _DATA["split"]["leaning"]):
            continue
        middle = len(said) / 2
        joints = [
            one
            for one in _SPLIT.finditer(said)
            if min(one.start(), len(said) - one.end()) > 25 and "не только" not in said[: one.start()].lower()
        ]
        if joints:
            one = min(joints, key=lambda one: abs(one.start() - middle))
            halves = f"{said[: one.start()]}. {one[1].upper()}{said[one.end() :]}"
            changed = changed[: sentence.start] + halves + changed[sentence.stop :]
    if changed != text:
        yield Trial("split", changed)


def kinds() -> tuple[str, ...]:
    """Names of all kinds of changes."""
    added: dict[str, Any] = _DATA["add"]
    named = [f"add_{item}" for item, line in added.items() if isinstance(line, str)]
    return ("cut_opening", "tidy", "replace", "move_up", "split", *named, "invite", "ask")


KINDS = kinds()


def example(item: str, kind: str) -> str:
    """A line that answers an item of the checklist in a post of that type; "" where no line can."""
    line = _DATA["add"].get(kind, {}).get(item) or _DATA["add"].get(item, "")
    return _unbracketed(line)[0]
