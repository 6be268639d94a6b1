"""What heads say of posts that they were not fitted on: the ground of every figure of the report.

Two splits: whole pages left out (five folds), and the last fifth of each page's posts with
everything earlier to learn from. Whatever is learned (opinions that upper heads look at,
calibration, how memory joins) is learned without the held-out posts and their near-duplicates
elsewhere, from what was said by heads that did not see them either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from model.heads import OUTCOMES, REACTION_HEADS, sigmoid, stack
from model.score import CHECKLIST, TYPES
from training.appeal import EXPERTS, learn_mix
from training.calibration import covers, fit_platt, fit_spread
from training.dataset import USEFUL
from training.fit import reactions_of
from training.labels import pages
from training.material import Material, ask_out_of_fold
from training.memory import KERNELS, Told, calibrate, learn_combination, recall_all
from training.splits import without_twins
from training.stack import fit_upper, presence_thresholds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LATER = 0.8  # the share of a page's posts that come before its "later" ones


@dataclass
class HeldGrades:
    """Said of graded posts by heads that never saw them; NaN where not asked."""

    linear: Floats
    grade: Floats
    logits: Floats


@dataclass
class Round:
    """A time that reactions are asked: what is learned on the `train` posts is asked about the `ask` ones.

    `said`: of both by heads that saw neither the post itself nor any asked one
    (all posts × EXPERTS), NaN elsewhere.
    """

    said: Floats
    train: Bools
    ask: Bools


@dataclass
class HeldReactions:
    """Said of posts with reactions, all of them (posts × reaction heads); NaN where not asked.

    `general`: residuals by text alone; `personal`: log odds with page memory;
    `chance_general` and `chance`: calibrated, without memory and with it.
    """

    general: Floats
    personal: Floats
    chance_general: Floats
    chance: Floats


def grades_left_out(m: Material, kept: Bools | None = None) -> HeldGrades:
    """Grades of pages left out, fold by fold; `kept`: which rows there are to learn from, all if not told."""
    held = _no_grades(m)
    kept = np.ones(len(m.graded), bool) if kept is None else kept
    for fold in np.unique(m.grade_folds):
        _ask_grades(m, kept & (m.grade_folds != fold), m.grade_folds == fold, held)
    return held


def grades_later(m: Material, later: Bools, kept: Bools | None = None) -> HeldGrades:
    """Grades of the later posts of known pages; `kept` as above."""
    held = _no_grades(m)
    _ask_grades(m, ~later if kept is None else ~later & kept, later, held)
    return held


def later_grades(m: Material) -> Bools:
    """Which graded posts are the last fifth of their page's dated ones, on pages with ten or more."""
    later = np.zeros(len(m.graded), bool)
    moments = [post.moment for post in m.graded.posts]
    for rows in pages(m.graded.groups):
        dated = sorted((n for n in rows if moments[n] is not None), key=lambda n: moments[n])
        if len(dated) >= 10:
            later[dated[int(len(dated) * LATER) :]] = True
    return later


def _no_grades(m: Material) -> HeldGrades:
    nothing = np.full(len(m.graded), np.nan)
    return HeldGrades(nothing.copy(), nothing.copy(), np.full((len(m.graded), OUTCOMES), np.nan))


def _ask_grades(m: Material, train: Bools, ask: Bools, held: HeldGrades) -> None:
    """Fit on `train`, with folds inside it for the opinions that upper heads learn from; fill `held` for `ask`.

    Where all of `train` lies in one fold nothing is said.
    """
    train = without_twins(train, ask, m.grade_marks)
    rows, asked = np.flatnonzero(train), np.flatnonzero(ask)
    if len(np.unique(m.grade_folds[rows])) < 2:
        return
    opinions, omissions = ask_out_of_fold(m.grade_ridge, m.omissions, m.grade_folds, rows)
    opinions[asked] = m.grade_ridge.predict(asked, rows, m.grade_ridge.fit(rows))
    inputs = stack(opinions, m.grade_blocks.features)
    with threadpool_limits(1, user_api="openmp"):
        upper = fit_upper(inputs[rows], m.graded.take(train), m.seed, omissions.of(train))
        held.linear[asked] = opinions[asked, 0]
        held.grade[asked], held.logits[asked] = upper.predict(inputs[asked])


def interval_coverage(m: Material, held: HeldGrades) -> Bools:
    """Whether the 80 % interval, learned on other folds, holds the grade of each natural post."""
    natural = np.flatnonzero(m.graded.typical())
    inside = np.zeros(len(natural), bool)
    for fold in np.unique(m.grade_folds[natural]):
        here = m.grade_folds[natural] == fold
        spread = fit_spread(held.grade[natural[~here]], m.graded.grade[natural[~here]])
        inside[here] = covers(held.grade[natural[here]], m.graded.grade[natural[here]], spread)
    return inside


def items_present(m: Material, held: HeldGrades) -> Bools:
    """Which items of the checklist each post is said to have, by thresholds chosen on other folds: (posts × items)."""
    found = np.zeros(m.graded.present.shape, bool)
    for fold in np.unique(m.grade_folds):
        here = m.grade_folds == fold
        thresholds = presence_thresholds(held.logits[~here], m.graded.present[~here])
        found[here] = sigmoid(held.logits[here][:, len(TYPES) : len(TYPES) + len(CHECKLIST)]) >= thresholds
    return found


def useful_chance(m: Material, held: HeldGrades) -> Floats:
    """P(grade >= USEFUL) of natural posts, calibrated on other folds."""
    natural = np.flatnonzero(m.graded.typical())
    chance = np.zeros(len(natural))
    for fold in np.unique(m.grade_folds[natural]):
        here = m.grade_folds[natural] == fold
        slope, intercept = fit_platt(held.grade[natural[~here]], m.graded.grade[natural[~here]] >= USEFUL)
        chance[here] = sigmoid(slope * held.grade[natural[here]] + intercept)
    return chance


def recall_kernels(m: Material) -> list[Told]:
    """What memory says of every post under each kernel; nothing in it is fitted."""
    return [recall_all(m.reaction_blocks.lemmas, m.reacted, kernel) for kernel in KERNELS]


def rounds_left_out(m: Material) -> list[Round]:
    """A round for each fold of whole pages; what it learns from was said by heads fitted without both folds."""
    folds = np.unique(m.reaction_folds)
    rounds = {fold: _round(m, m.reaction_folds != fold, m.reaction_folds == fold) for fold in folds}
    with threadpool_limits(1, user_api="openmp"):
        for fold in folds:
            _fill(m, rounds[fold].said, m.reaction_folds != fold, m.reaction_folds == fold)
        for one, other in combinations(folds, 2):
            here, there = m.reaction_folds == one, m.reaction_folds == other
            train = without_twins(~here & ~there, here | there, m.reaction_marks)
            weights = m.reaction_ridge.fit(np.flatnonzero(train))
            for fold, rows in ((one, there), (other, here)):
                rounds[fold].said[m.rows[rows]] = m.reaction_ridge.predict(np.flatnonzero(rows), weights)
    return list(rounds.values())


def rounds_later(m: Material) -> list[Round]:
    """One round: the last fifth of each page, from the posts before; these are told by heads of other pages."""
    later = m.reacted.place[m.rows] >= LATER
    asked = _round(m, ~later, later)
    with threadpool_limits(1, user_api="openmp"):
        _fill(m, asked.said, ~later, later)
        for fold in np.unique(m.reaction_folds):
            here = m.reaction_folds == fold
            _fill(m, asked.said, ~later & ~here, ~later & here)
    return [asked]


def _nothing(m: Material, heads: int) -> Floats:
    return np.full((len(m.reacted), heads), np.nan)


def _round(m: Material, train: Bools, ask: Bools) -> Round:
    """A round before anything is said, from masks over the labelled posts; twins of asked ones do not teach."""
    masks = np.zeros((2, len(m.reacted)), bool)
    masks[:, m.rows] = without_twins(train, ask, m.reaction_marks), ask
    return Round(_nothing(m, len(EXPERTS)), *masks)


def _fill(m: Material, said: Floats, train: Bools, ask: Bools) -> None:
    if ask.any():
        alone = np.flatnonzero(without_twins(train, ask, m.reaction_marks))
        said[m.rows[ask]] = reactions_of(m, alone, np.flatnonzero(ask))


def ask_reactions(m: Material, told: Sequence[Told], rounds: Iterable[Round]) -> HeldReactions:
    """Learn the mix, calibration and how memory joins on each round's `train` posts, and say of its `ask` ones.

    `told`: what memory says of every post under each kernel, see `recall_kernels`.
    """
    held = HeldReactions(*(_nothing(m, len(REACTION_HEADS)) for _ in range(4)))
    for this in rounds:
        known = this.train & m.reacted.labelled
        general = this.said @ learn_mix(this.said, m.reacted, known)
        curves = [calibrate(general[:, n], m.reacted, n, known) for n in range(len(REACTION_HEADS))]
        odds = np.stack([slope * general[:, n] + cut for n, (slope, cut) in enumerate(curves)], axis=1)
        how = learn_combination(told, m.reacted, odds, known)
        centres, gains = (np.array([of[head] for head in REACTION_HEADS]) for of in (how.centres, how.gains))
        remembered = told[KERNELS.index(how.kernel)].above(centres)[this.ask]
        held.general[this.ask] = general[this.ask]
        held.chance_general[this.ask] = sigmoid(odds[this.ask])
        held.personal[this.ask] = odds[this.ask] + gains * remembered
        held.chance[this.ask] = sigmoid(held.personal[this.ask])
    return held
