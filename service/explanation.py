"""A draft explained: its score, what is missing and where, what moved it, what to mend, what that gains."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from model import Memory, Post, Score, Scorer, changes, precision, style
from model.contributions import Contributions, contribute
from model.expectation import Expectation, expect
from model.score import CHECKLIST
from service import advice, rows
from service.hints import CHANGE_HINTS, CHECKLIST_HINTS, STATUS_NAMES, STYLE_HINTS
from service.wording import number, percent, plural

# From this grade a resident can use a post; from this chance the page says that it does better than usual.
USEFUL = 62.5
ENGAGING = 55.0

# A text is heavily marked where its findings, at least so many, come to so much for 100 words: by what they weigh, or
# by their number, for a reader sees marks of every rule and weights are known of a third of them. About one real post
# in twenty is, see docs/desk.md; by weight alone it would be three in a hundred, and 16 marks could go unspoken.
HEAVY = style.Burden(weight=7.0, marks=12.0)
FEWEST = 3
LIGHTER = 0.95  # of real posts

# Rules whose marks speak against an item of the whole text that the model takes for found: both are told, for
# «простой язык — есть» beside marks of officialese would be believed by nobody.
AGAINST = {
    "lead_first": {"opening", "late_lead"},
    "plain": {
        *("officialese", "preposition", "split_predicate", "impersonal", "noun_chain"),
        *("genitive_chain", "passive", "abbreviation", "bare_law"),
    },
    "not_self_report": {"self_report", "officials"},
}
SHOWN = 3


class Units:
    """Turns places in code points into places in UTF-16 units, which is how a browser counts.

    >>> Units("🎉 да").place(2, 4)
    {'start': 2, 'stop': 4, 'utf16_start': 3, 'utf16_stop': 5}
    """

    def __init__(self, text: str) -> None:
        self._wide = [place for place, letter in enumerate(text) if letter > "\uffff"]

    def place(self, start: int, stop: int) -> dict[str, int]:
        """A place in both."""
        return {
            "start": start,
            "stop": stop,
            "utf16_start": start + bisect_left(self._wide, start),
            "utf16_stop": stop + bisect_left(self._wide, stop),
        }


def explain(scorer: Scorer, post: Post, memory: Memory | None = None, kind: str | None = None) -> dict[str, Any]:
    """Explain one draft: the answer of `POST /v1/explain` without the model.

    `kind`: the type, where a person knows better; it changes the checklist, the advice and
    what is tried, and moves no score.
    """
    score = scorer(post, memory)
    seen = advice.corrected(score, kind) if kind else score
    units, findings = Units(post.text), style.find(post.text)
    given = contribute(scorer, post.text, seen)
    paying = changes.rank(scorer, post, seen, memory, findings)
    # What a post needs not and would gain by all the same is missing: page and advice must not contradict each other.
    worth = {one.kind.removeprefix("add_") for one in paying}
    # What a text in another language lacks would be a guess.
    items = () if score.status == "not_russian" else CHECKLIST
    row = rows.scored(post, seen) | {rows.NEIGHBOURS: [asdict(near) for near in score.neighbours]}
    return {
        "score": row,
        "expected": _expected(expect(scorer, score)),
        "guessed_type": score.type,
        "checklist": [_item(name, post.text, seen, given, findings, units, name in worth) for name in items],
        "findings": [_finding(post.text, one, units) for one in findings],
        "contributions": _contributions(given, units),
        "changes": [_change(one) for one in paying],
        "form": advice.form(seen.type, len(post.text)),
        "note": _note(post.text, score, findings),
    }


def _expected(found: Expectation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    low, high = number(found.low, 1), number(found.high, 1)
    return {
        **asdict(found),
        "said": f"В 8 случаях из 10 реакций наберётся от {low} до {high} обычного для страницы числа.",
    }


def _item(
    name: str,
    text: str,
    score: Score,
    given: Contributions,
    findings: Sequence[style.Finding],
    units: Units,
    worth: bool,
) -> dict[str, Any]:
    state = {True: "found", False: "missing", None: "missing" if worth else "unneeded"}[score.checklist[name]]
    hint, missing = CHECKLIST_HINTS[name], state == "missing"
    against = [(one.start, one.stop) for one in findings if one.rule in AGAINST.get(name, ())][:SHOWN]
    doubted = state == "found" and bool(against)
    places = against if doubted else _told(name, text, given, findings)
    return {
        "name": name,
        "title": hint.name,
        "state": state,
        "why": hint.missing if missing else hint.doubted if doubted else "",
        "example": changes.example(name, score.type) or advice.example(name) if missing else "",
        "places": [units.place(*place) for place in places],
    }


def _told(item: str, text: str, given: Contributions, findings: Sequence[style.Finding]) -> list[tuple[int, int]]:
    """Where an item is told: a formula of the opening tells only whom it addresses, unlike what stands behind it."""
    places = given.places.get(item, ())
    if item == "who":
        return [*places]
    openings = [one for one in findings if one.rule == "opening"]
    behind = []
    for start, stop in places:
        start = max([start, *(one.stop for one in openings if one.start <= start < one.stop)])
        start = stop - len(text[start:stop].lstrip(" ,:\n"))
        if start < stop:
            behind.append((start, stop))
    return behind


def _finding(text: str, finding: style.Finding, units: Units) -> dict[str, Any]:
    hint = STYLE_HINTS[finding.rule]
    return {
        "rule": finding.rule,
        "title": hint.name,
        "why": hint.why,
        "example": hint.example,
        "fix": finding.fix,
        "edit": None if finding.fix is None else _edit(text, finding, units),
        "proof": _proof(finding.rule),
        **units.place(finding.start, finding.stop),
    }


def _edit(text: str, finding: style.Finding, units: Units) -> dict[str, Any]:
    start, stop, put = style.edit(text, finding)
    return {**units.place(start, stop), "text": put}


def _proof(rule: str) -> str:
    """How often a rule is right on real posts, as counted by a person."""
    known = precision.read()[rule]
    return f"верно {known.right} из {known.labelled}" if known.labelled else "ещё не проверено"


def _contributions(given: Contributions, units: Units) -> dict[str, Any]:
    return {
        "usefulness_base": round(given.usefulness_base, 3),
        "engagement_base": round(given.engagement_base, 3),
        "memory": round(given.memory, 3),
        "phrases": [
            {
                **units.place(one.start, one.stop),
                "usefulness": round(one.usefulness, 3),
                "engagement": round(one.engagement, 3),
            }
            for one in given.phrases
        ],
    }


def _change(change: changes.Change) -> dict[str, Any]:
    units = Units(change.text)
    hint = CHANGE_HINTS[change.kind]
    gains = {"usefulness": change.usefulness, "engagement": change.engagement}
    return {
        "kind": change.kind,
        "title": hint.name,
        "why": hint.why,
        "text": change.text,
        "examples": [units.place(*place) for place in change.examples],
        **gains,
        "raises": [name for name, gain in gains.items() if gain >= changes.LEAST],
    }


def _note(text: str, score: Score, findings: Sequence[style.Finding]) -> str | None:
    """What must be said aloud about the numbers: a doubt, or marks that contradict them."""
    if score.status != "ok":
        said = STATUS_NAMES[score.status]
        return f"{said[0].upper()}{said[1:]}."
    high = _HIGH.get((score.usefulness >= USEFUL, score.engagement >= ENGAGING))
    if high and is_heavy(text, findings):
        marks = plural(len(findings), "замечание", "замечания", "замечаний")
        return (
            f"{high}, но в тексте {marks}: гуще, чем примерно у {percent(LIGHTER)} постов. "
            "Исправьте отмеченное, и читать станет легче."
        )
    return None


# By whether usefulness is high, and engagement.
_HIGH = {(True, False): "Польза высокая", (False, True): "Отклик высокий", (True, True): "Польза и отклик высокие"}


def is_heavy(text: str, findings: Sequence[style.Finding]) -> bool:
    """Whether a text is heavily marked."""
    found = style.burden(text, findings)
    return len(findings) >= FEWEST and (found.weight >= HEAVY.weight or found.marks >= HEAVY.marks)
