"""What heads say of posts that they were not fitted on: the ground of every figure of the report.

Two splits: whole pages left out (five folds), and the last fifth of each page's posts with
everything earlier to learn from. Whatever is learned (opinions that upper heads look at,
calibration, the weighing of memory) is learned without the held-out posts.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from model.heads import REACTION_HEADS, sigmoid
from model.score import CHECKLIST, TYPES
from training.calibration import covers, fit_platt, fit_spread
from training.fit import reactions_of, reactions_out_of_fold
from training.labels import pages
from training.material import Material
from training.memory import KERNELS, calibrate, learn_combination, recall_all
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
class HeldReactions:
    """Said of posts with reactions, all of them (posts × reaction heads); NaN where not asked.

    `general` and `personal` are residuals, without and with page memory; `chance_general`
    and `chance` calibrated on other pages.
    """

    general: Floats
    personal: Floats
    chance_general: Floats
    chance: Floats


def grades_left_out(m: Material) -> HeldGrades:
    """Grades of pages left out, fold by fold."""
    held = _no_grades(m)
    for fold in np.unique(m.grade_folds):
        _ask_grades(m, m.grade_folds != fold, m.grade_folds == fold, held)
    return held


def grades_later(m: Material, later: Bools) -> HeldGrades:
    """Grades of the later posts of known pages."""
    held = _no_grades(m)
    _ask_grades(m, ~later, later, held)
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
    heads = m.grade_ridge.targets.shape[1]
    outputs = len(m.graded.present[0]) + heads
    return HeldGrades(
        np.full(len(m.graded), np.nan), np.full(len(m.graded), np.nan), np.full((len(m.graded), outputs), np.nan)
    )


def _ask_grades(m: Material, train: Bools, ask: Bools, held: HeldGrades) -> None:
    """Fit on `train`, with folds inside it for the opinions that upper heads learn from; fill `held` for `ask`."""
    rows, asked = np.flatnonzero(train), np.flatnonzero(ask)
    opinions = np.zeros_like(m.grade_ridge.targets)
    for fold in np.unique(m.grade_folds[rows]):
        inside, outside = rows[m.grade_folds[rows] != fold], rows[m.grade_folds[rows] == fold]
        opinions[outside] = m.grade_ridge.predict(outside, inside, m.grade_ridge.fit(inside))
    opinions[asked] = m.grade_ridge.predict(asked, rows, m.grade_ridge.fit(rows))
    inputs = np.concatenate([opinions, m.grade_blocks.features], axis=1)
    with threadpool_limits(1, user_api="openmp"):
        upper = fit_upper(inputs[rows], m.graded.take(train), m.seed)
        held.linear[asked] = opinions[asked, 0]
        held.grade[asked] = upper.grade(inputs[asked])
        logits = upper.logits(inputs[asked])
    held.logits = held.logits[:, : logits.shape[1]]
    held.logits[asked] = logits


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
    """P(grade >= 2.5) of natural posts, calibrated on other folds."""
    natural = np.flatnonzero(m.graded.typical())
    chance = np.zeros(len(natural))
    for fold in np.unique(m.grade_folds[natural]):
        here = m.grade_folds[natural] == fold
        slope, intercept = fit_platt(held.grade[natural[~here]], m.graded.grade[natural[~here]] >= 2.5)
        chance[here] = sigmoid(slope * held.grade[natural[here]] + intercept)
    return chance


def recall_kernels(m: Material) -> list[Floats]:
    """What memory says of every post under each kernel; nothing in it is fitted."""
    return [recall_all(m.reaction_blocks.lemmas, m.reacted, kernel) for kernel in KERNELS]


def reactions_left_out(m: Material, told: list[Floats]) -> HeldReactions:
    """Reactions of pages left out; memory is weighed and calibrated on the other pages."""
    general = np.full(m.reacted.residual.shape, np.nan)
    with threadpool_limits(1, user_api="openmp"):
        general[m.rows] = reactions_out_of_fold(m)
    folds = np.full(len(m.reacted), -1)
    folds[m.rows] = m.reaction_folds
    held = _no_reactions(general)
    for fold in np.unique(m.reaction_folds):
        _weigh(m, told, general, (folds >= 0) & (folds != fold), folds == fold, held)
    return held


def reactions_later(m: Material, told: list[Floats], left_out: HeldReactions) -> HeldReactions:
    """Reactions of the last fifth of each page; memory is weighed on the posts before, by heads that left them out."""
    later = m.reacted.place >= LATER
    general = left_out.general.copy()
    train, asked = np.flatnonzero(~later[m.rows]), np.flatnonzero(later[m.rows])
    with threadpool_limits(1, user_api="openmp"):
        general[m.rows[asked]] = reactions_of(m, train, asked)
    held = _no_reactions(np.where(later[:, None], general, np.nan))
    _weigh(m, told, general, m.reacted.labelled & ~later, m.reacted.labelled & later, held)
    return held


def _no_reactions(general: Floats) -> HeldReactions:
    return HeldReactions(general, *(np.full_like(general, np.nan) for _ in range(3)))


def _weigh(m: Material, told: list[Floats], general: Floats, train: Bools, ask: Bools, held: HeldReactions) -> None:
    """Learn memory's weight and all calibrations on `train`; fill `held` for `ask`, general where memory is silent."""
    how = learn_combination(told, m.reacted, general, train)
    said = told[KERNELS.index(how.kernel)]
    for n, head in enumerate(REACTION_HEADS):
        total = general[ask, n] + how.weight * said[ask, n]
        held.personal[ask, n] = np.where(np.isnan(total), general[ask, n], total)
        slope, intercept = calibrate(general[:, n], m.reacted, n, train)
        held.chance_general[ask, n] = sigmoid(slope * general[ask, n] + intercept)
        slope, intercept = how.calibration[head]
        with_memory = sigmoid(slope * total + intercept)
        held.chance[ask, n] = np.where(np.isnan(total), held.chance_general[ask, n], with_memory)
