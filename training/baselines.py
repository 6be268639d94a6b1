"""Baselines: what simple ways reach on the same splits."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge

from model.heads import REACTION_HEADS
from training.heldout import LATER
from training.material import Material
from training.memory import within_page_auc
from training.ridge import REACTION_ALPHA
from training.splits import is_official, without_twins
from training.statistics import short, spearman

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

REACTIONS = ("likes", "reposts")


def measure_baselines(m: Material, later: Bools) -> list[dict[str, Any]]:
    """Constant, length alone, and ridge on TF-IDF of lemmas; `later`: which graded posts are.

    Values by the keys of the headline.
    """
    lengths = [np.log1p([len(post.text) for post in posts]) for posts in (m.graded.posts, m.reacted.posts)]
    grade_left, grade_last = _grades_by_lemmas(m, later)
    words = {name: _reactions_by_lemmas(m, REACTION_HEADS.index(name)) for name in REACTIONS}
    reactions = [f"{name}_{when}" for name in REACTIONS for when in ("left_out", "later")]
    constant = {"usefulness_left_out": 0.0, "usefulness_later": 0.0, **dict.fromkeys(reactions, 0.5)}
    return [
        {"name": "постоянное число", **constant},
        {
            "name": "только длина",
            **_of_grades(m, later, lengths[0], lengths[0]),
            **_of_reactions(m, dict.fromkeys(REACTIONS, (lengths[1], lengths[1]))),
        },
        {
            "name": "TF-IDF лемм и гребневая регрессия",
            **_of_grades(m, later, grade_left, grade_last),
            **_of_reactions(m, words),
        },
    ]


def _of_grades(m: Material, later: Bools, left: Floats, last: Floats) -> dict[str, float | None]:
    real = m.graded.given()
    asked = {"usefulness_left_out": (left, real), "usefulness_later": (last, real & later)}
    return {key: short(spearman(said[rows], m.graded.grade[rows])) for key, (said, rows) in asked.items()}


def _of_reactions(m: Material, said: dict[str, tuple[Floats, Floats]]) -> dict[str, float | None]:
    official, late = is_official(m.reacted.posts), m.reacted.place >= LATER
    found = {}
    for name, (left, last) in said.items():
        for when, values, rows in (("left_out", left, official), ("later", last, official & late)):
            scores = [*within_page_auc(values, m.reacted, REACTION_HEADS.index(name), rows).values()]
            found[f"{name}_{when}"] = short(np.mean(scores)) if scores else None
    return found


def _grades_by_lemmas(m: Material, later: Bools) -> tuple[Floats, Floats]:
    lemmas, left, last = m.grade_blocks.lemmas, np.zeros(len(m.graded)), np.zeros(len(m.graded))
    for fold in np.unique(m.grade_folds):
        held = m.grade_folds == fold
        train = without_twins(~held, held, m.grade_marks)
        left[held] = _fit(lemmas, m.graded.grade, train, 1.0).predict(lemmas[held])
    train = without_twins(~later, later, m.grade_marks)
    last[later] = _fit(lemmas, m.graded.grade, train, 1.0).predict(lemmas[later])
    return left, last


def _reactions_by_lemmas(m: Material, head: int) -> tuple[Floats, Floats]:
    lemmas, target, alpha = m.reaction_blocks.lemmas[m.rows], m.residual[:, head], REACTION_ALPHA / 2
    left, last = np.full((2, len(m.reacted)), np.nan)
    known, late = ~np.isnan(target), m.reacted.place[m.rows] >= LATER
    for fold in np.unique(m.reaction_folds):
        held = m.reaction_folds == fold
        train = known & without_twins(~held, held, m.reaction_marks)
        left[m.rows[held]] = _fit(lemmas, target, train, alpha).predict(lemmas[held])
    train = known & without_twins(~late, late, m.reaction_marks)
    last[m.rows[late]] = _fit(lemmas, target, train, alpha).predict(lemmas[late])
    return left, last


def _fit(design: Any, target: Floats, rows: Bools, alpha: float) -> Ridge:
    return Ridge(alpha=alpha, solver="sparse_cg", tol=1e-3).fit(design[rows], target[rows])
