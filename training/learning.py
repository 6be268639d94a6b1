"""The learning curves: is more data worth more than more model?

Everything is fitted anew from a share of what there is: of the other pages for pages left out,
of the earlier posts for later ones. Of page memory: by how many earlier posts it had.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS
from model.memory import DAY, MIN_POSTS, RIPE, settled
from model.score import TYPES
from training.appeal import learn_mix
from training.dataset import USEFUL, Reacted
from training.fit import reactions_of
from training.heldout import (
    LATER,
    HeldGrades,
    HeldReactions,
    Round,
    grades_later,
    grades_left_out,
    items_present,
    later_grades,
)
from training.labels import pages
from training.material import Material
from training.memory import within_page_auc
from training.splits import is_official, without_twins
from training.statistics import auc, items_f1, macro_f1, short, spearman

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHARES = (0.25, 0.5)
LIKES, COMMENTS, REPOSTS = (REACTION_HEADS.index(name) for name in ("likes", "comments", "reposts"))
REMEMBERED = (0, MIN_POSTS, 50, 200, 1000)  # earlier posts of the page, from so many on
FEWEST = 200  # posts; of fewer nothing is said


def learn_grades(m: Material, out: HeldGrades, at_end: HeldGrades) -> list[dict[str, Any]]:
    """Curves of usefulness, type and checklist; `out` and `at_end` were said with everything to learn from."""
    real, later = m.graded.given(), later_grades(m)
    by_page, by_row = _shuffle(m.graded.groups, m.seed)
    left = [*(grades_left_out(m, by_page < share) for share in SHARES), out]
    last = [*(grades_later(m, later, by_row < share) for share in SHARES), at_end]
    measured: dict[str, Callable[[HeldGrades], float]] = {
        "usefulness": lambda held: spearman(held.grade[real], m.graded.grade[real]),
        "useful": lambda held: auc(m.graded.grade[real] >= USEFUL, held.grade[real]),
        "type": lambda held: _type_f1(m, held, real),
        "checklist": lambda held: float(items_f1(m.graded.present[real] > 0, items_present(m, held)[real]).mean()),
    }

    def told(of: Callable[[HeldGrades], float], held: HeldGrades) -> float:
        # A share of a few pages may lie in one fold: then not all were asked.
        return of(held) if np.isfinite(held.grade[real]).all() else np.nan

    ends = real & later
    return [
        *(_curve(f"{name}_left_out", [told(of, held) for held in left]) for name, of in measured.items()),
        _curve("usefulness_later", [spearman(held.grade[ends], m.graded.grade[ends]) for held in last]),
    ]


def _shuffle(groups: npt.NDArray[np.str_], seed: int) -> tuple[Floats, Floats]:
    """Numbers from 0 to 1 for each row, first the same for a whole page, then its own."""
    names, which = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    return rng.permutation(len(names))[which] / len(names), rng.random(len(which))


def _curve(key: str, values: Sequence[float]) -> dict[str, Any]:
    shares = (*SHARES, 1.0)
    return {"key": key, "points": [{"share": s, "value": short(v)} for s, v in zip(shares, values, strict=True)]}


def _type_f1(m: Material, held: HeldGrades, rows: Bools) -> float:
    truth = m.graded.kind[rows]
    return macro_f1(truth, held.logits[rows][:, : len(TYPES)].argmax(axis=1), np.unique(truth))


def learn_reactions(
    m: Material, left: HeldReactions, out: Sequence[Round], last: HeldReactions, at_end: Sequence[Round]
) -> list[dict[str, Any]]:
    """Curves of reactions by text alone; `left` and `last` were said in these rounds with everything to learn from."""
    official, late = is_official(m.reacted.posts), m.reacted.place >= LATER
    by_page, by_row = _shuffle(m.reacted.groups[m.rows], m.seed)
    on_left = [*(_ask(m, out, by_page < share) for share in SHARES), left.general]
    on_last = [*(_ask(m, at_end, by_row < share) for share in SHARES), last.general]
    asked = (
        ("likes_left_out", on_left, LIKES, official),
        ("reposts_left_out", on_left, REPOSTS, official),
        ("likes_later", on_last, LIKES, official & late),
        ("reposts_later", on_last, REPOSTS, official & late),
        ("comments_later", on_last, COMMENTS, late),
    )
    return [_curve(key, [_within(m, said, head, rows) for said in every]) for key, every, head, rows in asked]


def _ask(m: Material, rounds: Sequence[Round], kept: Bools) -> Floats:
    """What general heads fitted on the `kept` rows say in these rounds: (all posts × reaction heads).

    They are mixed as in the whole.
    """
    said = np.full(m.reacted.residual.shape, np.nan)
    for this in rounds:
        ask = this.ask[m.rows]
        train = without_twins(this.train[m.rows] & kept, ask, m.reaction_marks)
        mix = learn_mix(this.said, m.reacted, this.train & m.reacted.labelled)
        if train.any() and ask.any():
            said[m.rows[ask]] = reactions_of(m, np.flatnonzero(train), np.flatnonzero(ask)) @ mix
    return said


def _within(m: Material, said: Floats, head: int, rows: Bools) -> float:
    found = [*within_page_auc(said[:, head], m.reacted, head, rows).values()]
    return float(np.mean(found)) if found else np.nan


def measure_remembering(m: Material, left: HeldReactions) -> list[dict[str, Any]]:
    """AUC over official pages left out with and without memory, by how many earlier posts it had.

    Over pages, not within each: of most pages few posts lie in a span.
    """
    official, before = is_official(m.reacted.posts), count_earlier(m.reacted)
    found = []
    for start, stop in zip(REMEMBERED, (*REMEMBERED[1:], np.inf), strict=True):
        here = m.reacted.labelled & official & (before >= start) & (before < stop)
        row: dict[str, Any] = {"from": start, "posts": int(here.sum())}
        for name, head in (("likes", LIKES), ("reposts", REPOSTS)):
            rows = here & ~np.isnan(m.reacted.residual[:, head]) & ~np.isnan(left.chance[:, head])
            for kind, said in (("text", left.chance_general), ("memory", left.chance)):
                enough = rows.sum() >= FEWEST
                value = auc(m.reacted.residual[rows, head] > 0, said[rows, head]) if enough else np.nan
                row[f"{name}_{kind}"] = short(value)
        found.append(row)
    return found


def count_earlier(data: Reacted) -> npt.NDArray[np.int64]:
    """How many earlier posts of its page each post may learn from: those whose counts are in."""
    counts = np.zeros(len(data), np.int64)
    for rows in pages(data.groups):
        out = np.sort([settled(data.posts[n]) for n in rows])
        days = np.array([data.posts[n].moment.timestamp() / DAY for n in rows])
        counts[rows] = np.searchsorted(out, days - RIPE, side="right")
    return counts
