"""What each phrase of a post gives to its scores: numbers that sum to the score.

A score is not a sum over words: trees and a norm stand between. So a phrase is given what
the score really changes by when the phrase is written: once after everything before it and
once before everything after it, the mean of the two. Read from the beginning, the changes
sum to the score of the whole less the score of nothing, and read from the end as well;
therefore their mean does, exactly, for any model.

Source: the random-order values of Weber (Probabilistic values for games, 1988), over the
two orders that a text can be read in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.draft import SHORT
from model.heads import SOMETIMES
from model.lexicon import FLAG
from model.post import Post
from model.score import CHECKLIST, Score
from model.scorer import TRUST, Scorer
from model.text import Token, locate, normalise
from model.words import FAMILIES, read

Floats = npt.NDArray[np.float64]

# Phrases of one post at most, and pieces of text that all their readings may hold: longer
# posts are cut into longer phrases, so that no post takes longer than some tens of milliseconds.
MOST = 32
BUDGET = 36_000
FEWEST = 8

# An item of the checklist stands where most of its evidence stands; other phrases that give
# at least this part of the largest share are shown too.
AS_GOOD = 0.6


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a post, `text[start:stop]` in code points, and how many points it gives to each score."""

    start: int
    stop: int
    usefulness: float
    engagement: float


@dataclass(frozen=True, slots=True)
class Contributions:
    """Points (0-100) before rounding: `base` + all phrases + `memory` is the score.

    `usefulness_base` and `engagement_base` are those of a post without a word; `memory` is
    what the page's memory adds to engagement. `places` names, for each item of the checklist
    that was found, where in the text the evidence for it stands, the strongest first; an
    item that is told between the lines has no place.
    """

    usefulness_base: float
    engagement_base: float
    memory: float
    phrases: tuple[Phrase, ...]
    places: dict[str, tuple[tuple[int, int], ...]]


def contribute(scorer: Scorer, text: str, score: Score) -> Contributions:
    """Tell what each phrase of a text gave to its score.

    Where the status is not `ok` the score was pulled towards the usual post, and so are the
    contributions: what is pulled in is told by the base.
    """
    cut = phrases(text)
    if not cut:
        return Contributions(score.usefulness, score.engagement_general, _memory(score), (), {})
    beginnings = [text[: stop.start] for stop in cut[1:]] + [text]
    endings = [text[phrase.start :] for phrase in cut[1:]] + [""]
    said = scorer.predict([Post(one) for one in ("", *beginnings, *endings)])
    evidence = np.log(np.clip(said.present, 1e-9, 1 - 1e-9) / np.clip(1 - said.present, 1e-9, 1))
    values = np.column_stack([25 * said.grade, 100 * said.chance["any"], evidence])
    forward = np.diff(values[: len(cut) + 1], axis=0)
    backward = -np.diff(np.vstack([values[len(cut)], values[len(cut) + 1 :]]), axis=0)
    shares = (forward + backward) / 2
    trust = 1.0 if score.status == "ok" else TRUST
    told = [_marks(scorer, phrase.text) for phrase in cut]
    given = trust * shares[:, :2]
    whole = np.array([score.usefulness, score.engagement_general])
    base = whole - given.sum(axis=0)
    return Contributions(
        usefulness_base=float(base[0]),
        engagement_base=float(base[1]),
        memory=_memory(score),
        phrases=tuple(
            Phrase(phrase.start, phrase.stop, *points) for phrase, points in zip(cut, given.tolist(), strict=True)
        ),
        places=_places(cut, told, shares[:, 2:], score),
    )


def _memory(score: Score) -> float:
    return score.engagement - score.engagement_general


_MARKS = {item: frozenset(FLAG[name] for name in names.split()) for item, names in read("places.toml").items()}


def _marks(scorer: Scorer, text: str) -> frozenset[int]:
    """Flags of all pieces of a phrase."""
    return frozenset(flag for token in locate(text) for flag in scorer.lexicon.describe(token.text)[1])


def _places(
    cut: Sequence[Token], told: Sequence[frozenset[int]], evidence: Floats, score: Score
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Where the evidence for each found item stands, among the phrases that look like it.

    A number that merely often stands beside an answer is no answer, however strong its
    evidence: «что делать» is not «5-12-34».
    """
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for item, name in enumerate(CHECKLIST[:SOMETIMES]):
        if not score.checklist[name]:
            continue
        alike = np.array([bool(_MARKS[name] & flags) for flags in told], bool)
        if name == "where" and not alike.any():
            alike = np.array([bool(_SOMEWHERE.match(phrase.text)) for phrase in cut], bool)
        if not alike.any():
            continue
        shares = np.where(alike, evidence[:, item], -np.inf)
        ranked = np.argsort(-shares, kind="stable")[:2]
        least = AS_GOOD * shares.max() if shares.max() > 0 else shares.max()
        found[name] = tuple(
            (cut[n].start, cut[n].stop) for n in ranked if np.isfinite(shares[n]) and shares[n] >= least
        )
    return found


# «на Полевой», «у Семёна»: a place by its name alone.
_SOMEWHERE = re.compile(r"(?:в|во|на|у|по|к|ко|около|возле)\s+\S*[А-ЯЁ]")
_LINE, _END, _MARK = re.compile(r"[\r\n]"), re.compile(r"[.!?…]"), re.compile(r"[,;:()«»\"—–]")
_HOUSE = re.compile(r"\d{1,4}[а-я]?(?![\w%-]|[.:,]\d|\s+[а-я])")
_JOINTS = FAMILIES["function"] | {"со", "во", "ко", "об", "обо", "без", "через", "между", "перед", "под", "над", "про"}


def phrases(text: str) -> list[Token]:
    """Cut a text into phrases, in order: at ends of sentences, at marks, before prepositions.

    A long text is cut at the stronger places only; between phrases stands what belongs to none.

    >>> [phrase.text for phrase in phrases("Завтра, 12 марта, на улице Садовой не будет воды.")]
    ['Завтра', '12 марта', 'на улице Садовой', 'не будет воды']
    >>> [phrase.text for phrase in phrases("Ждём вас на ул. Мира, 5, в субботу, 14 мая")]
    ['Ждём вас', 'на ул. Мира, 5', 'в субботу', '14 мая']
    """
    pieces = list(locate(text))
    if not pieces:
        return []
    most = max(FEWEST, min(MOST, BUDGET // len(pieces)))
    strengths = np.array([3] + [_strength(text, *pair) for pair in zip(pieces, pieces[1:], strict=False)])
    strengths = _without_lonely_joints(pieces, strengths)
    starts = np.flatnonzero(strengths)
    for least in (1, 2, 3):
        starts = np.flatnonzero(strengths >= least)
        if len(starts) <= most:
            break
    starts = starts[:: -(-len(starts) // most)]
    ends = [*(starts[1:] - 1), len(pieces) - 1]
    bounds = [(pieces[start].start, pieces[end].stop) for start, end in zip(starts, ends, strict=True)]
    return [Token(start, stop, text[start:stop]) for start, stop in bounds]


def _strength(text: str, left: Token, right: Token) -> int:
    """How strong the border between two neighbours is: 3 sentence, 2 mark, 1 preposition, 0 none."""
    gap = text[left.stop : right.start]
    if gap == ". " and left.text.isalpha() and (len(left.text) == 1 or normalise(left.text) in SHORT):  # ул. Садовой
        return 0
    if gap == ", " and _HOUSE.match(text, right.start):  # улица Садовая, 5
        return 0
    if _LINE.search(gap) or (_END.search(gap) and gap[-1:].isspace()) or left.text[0] in "!?":
        return 3
    if _MARK.search(gap):
        return 2
    return int(right.text.lower() in _JOINTS)


def _without_lonely_joints(pieces: Sequence[Token], strengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """No border between two prepositions or conjunctions: «и в клубе» is one phrase."""
    joints = np.array([piece.text.lower() in _JOINTS for piece in pieces])
    lonely = np.concatenate([[False], joints[:-1] & joints[1:]]) & (strengths == 1)
    return np.where(lonely, 0, strengths)
