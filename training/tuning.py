"""Tuning: the figures when settings are chosen inside the training side alone.

The shipped settings were chosen looking at the very folds that the report speaks of. Here each
fold of whole pages is asked by heads whose settings the other folds chose, from the shipped one
and its neighbours; what is lost beside the headline is what that looking was worth at least.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from model.heads import REACTION_HEADS, stack
from training.appeal import learn_mix
from training.heldout import HeldGrades, HeldReactions, Round, ask_reactions, rounds_left_out
from training.material import Material, ask_out_of_fold
from training.memory import Told, within_page_auc
from training.splits import is_official, without_twins
from training.stack import LEAF, fit_trees, fit_upper
from training.statistics import short, spearman

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STRENGTHS = (0.5, 1.0, 2.0)  # of regularization, times the shipped one
LEAVES = (LEAF // 2, LEAF, 2 * LEAF)
DECIDING = tuple(REACTION_HEADS.index(name) for name in ("likes", "reposts"))


def tune_grades(m: Material, out: HeldGrades) -> dict[str, Any]:
    """Spearman of usefulness on pages left out, as in `out` and tuned: strength of the linear heads, size of a leaf."""
    tuned, chosen = out.grade.copy(), []
    with threadpool_limits(1, user_api="openmp"):
        for fold in np.unique(m.grade_folds):
            ask = m.grade_folds == fold
            train = without_twins(~ask, ask, m.grade_marks)
            strength, leaf = choice = _choose(m, train)
            chosen.append(choice)
            if choice != (1.0, LEAF):
                tuned[ask] = _grade(m, train, ask, strength, leaf)
    real = m.graded.given()
    said = {"whole": out.grade, "tuned": tuned}
    figures = {name: short(spearman(values[real], m.graded.grade[real])) for name, values in said.items()}
    return {"key": "usefulness_left_out", **figures, "chosen": [list(choice) for choice in chosen]}


def _choose(m: Material, train: Bools) -> tuple[float, int]:
    """The strength and the leaf that rank best on folds of the training side."""
    rows = np.flatnonzero(train)
    real = rows[m.graded.given()[rows]]
    opinions = [ask_out_of_fold(_ridge(m, strength), m.omissions, m.grade_folds, rows)[0] for strength in STRENGTHS]
    ranked = [spearman(said[real, 0], m.graded.grade[real]) for said in opinions]
    best = int(np.argmax(np.nan_to_num(ranked, nan=-1)))
    inputs = stack(opinions[best], m.grade_blocks.features)
    held = rows[m.grade_folds[rows] == m.grade_folds[rows].max()]
    inside, asked = np.setdiff1d(rows, held), np.intersect1d(held, real)
    quality = [
        spearman(fit_trees(inputs[inside], m.graded.grade[inside], m.seed, leaf=leaf).predict(inputs[asked]),
                 m.graded.grade[asked])
        for leaf in LEAVES
    ]  # fmt: skip
    return STRENGTHS[best], LEAVES[int(np.argmax(np.nan_to_num(quality, nan=-1)))]


def _ridge(m: Material, strength: float) -> Any:
    return m.grade_ridge.with_alpha(m.grade_ridge.alpha * strength)


def _grade(m: Material, train: Bools, ask: Bools, strength: float, leaf: int) -> Floats:
    """Grades of `ask` by heads fitted on `train` with these settings."""
    rows, asked, ridge = np.flatnonzero(train), np.flatnonzero(ask), _ridge(m, strength)
    opinions, omissions = ask_out_of_fold(ridge, m.omissions, m.grade_folds, rows)
    opinions[asked] = ridge.predict(asked, rows, ridge.fit(rows))
    inputs = stack(opinions, m.grade_blocks.features)
    upper = fit_upper(inputs[rows], m.graded.take(train), m.seed, omissions.of(train), leaf)
    return upper.predict(inputs[asked])[0]


def tune_reactions(
    m: Material, left: HeldReactions, told: Sequence[Told], rounds: Sequence[Round]
) -> list[dict[str, Any]]:
    """AUC of reactions on official pages left out, as in `left` and tuned: strength of all linear heads."""
    by_strength = [
        rounds if strength == 1 else rounds_left_out(replace(m, reaction_ridge=m.reaction_ridge.scaled(strength)))
        for strength in STRENGTHS
    ]
    tuned_rounds, chosen = [], []
    for same in zip(*by_strength, strict=True):
        best = int(np.argmax([_quality(m, this) for this in same]))
        tuned_rounds.append(same[best])
        chosen.append(STRENGTHS[best])
    tuned = ask_reactions(m, told, tuned_rounds)
    official, found = is_official(m.reacted.posts), []
    for head in DECIDING:
        for kind, key in (("general", "left_out"), ("personal", "left_out_memory")):
            both = [
                [*within_page_auc(getattr(held, kind)[:, head], m.reacted, head, official).values()]
                for held in (left, tuned)
            ]
            if all(both):
                whole, inside = (short(np.mean(values)) for values in both)
                key = f"{REACTION_HEADS[head]}_{key}"
                found.append({"key": key, "whole": whole, "tuned": inside, "chosen": chosen})
    return found


def _quality(m: Material, this: Round) -> float:
    known = this.train & m.reacted.labelled
    general = this.said @ learn_mix(this.said, m.reacted, known)
    scores = [[*within_page_auc(general[:, n], m.reacted, n, known).values()] or [0.5] for n in DECIDING]
    return float(np.mean([np.mean(values) for values in scores]))
