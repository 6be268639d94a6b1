"""Ablation: what each family of evidence brings, told by leaving it out.

Linear heads are fitted anew without the family, on the same folds of whole pages; what stands
above them (trees, page memory) is compared with what stands below.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.heads import REACTION_HEADS
from training.dataset import is_invented
from training.heldout import HeldGrades, HeldReactions, Round, ask_reactions
from training.material import Material
from training.memory import KERNELS, recall_all, within_page_auc
from training.ridge import Blocks, GradeRidge, ReactionRidge
from training.splits import is_official, without_twins
from training.statistics import short, spearman

Floats = npt.NDArray[np.float64]

LIKES = REACTION_HEADS.index("likes")

GRADE_FAMILIES = {"lemmas": "леммы и пары лемм", "letters": "буквы внутри слов", "form": "названные признаки формы"}
REACTION_FAMILIES = {"lemmas": "леммы и пары лемм", "senses": "смыслы слов (navec)", "form": "названные признаки формы"}


def ablate(m: Material, out: HeldGrades, left: HeldReactions, rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """What is measured with and without each family: Spearman of usefulness or AUC of likes, pages left out.

    `out` and `left` are what the whole model said of them, the latter in these rounds.
    """
    return [*_usefulness(m, out), *_likes(m, left, rounds), *_memory(m, left, rounds)]


def without(blocks: Blocks, family: str) -> Blocks:
    """Blocks in which a family says nothing."""
    kept = getattr(blocks, family)
    nothing = sp.csr_matrix(kept.shape, dtype=np.float32) if sp.issparse(kept) else np.zeros_like(kept)
    return replace(blocks, **{family: nothing})


def _row(of: str, family: str, whole: float, less: float) -> dict[str, Any]:
    return {"of": of, "family": family, "whole": short(whole), "without": short(less)}


def _usefulness(m: Material, out: HeldGrades) -> list[dict[str, Any]]:
    given, grade = m.graded.given(), m.graded.grade

    def ranked(said: npt.NDArray[Any]) -> float:
        return spearman(said[given], grade[given])

    of = "польза, Спирмен"
    rows = [_row(of, "деревья над линейными головами", ranked(out.grade), ranked(out.linear))]
    target = grade[:, None].astype(np.float32)
    for family, name in GRADE_FAMILIES.items():
        ridge = GradeRidge(without(m.grade_blocks, family), target)
        said = ridge.out_of_fold(m.grade_folds)[:, 0]
        rows.append(_row(of, f"{name} (линейная голова)", ranked(out.linear), ranked(said)))
    real = np.array([not is_invented(post) for post in m.graded.posts], bool)
    for name, taught in {"посты выдуманных страниц": real, "всё, что добавил Мерило": given}.items():
        rows.append(_row(of, f"{name} (линейная голова)", ranked(out.linear), ranked(_taught_by(m, taught))))
    return rows


def _taught_by(m: Material, rows: npt.NDArray[np.bool_]) -> Floats:
    """What the linear head says when it learns from these rows alone."""
    said = np.zeros(len(m.graded))
    for fold in np.unique(m.grade_folds):
        train = np.flatnonzero((m.grade_folds != fold) & rows)
        held = np.flatnonzero(m.grade_folds == fold)
        said[held] = m.grade_ridge.predict(held, train, m.grade_ridge.fit(train))[:, 0]
    return said


def _likes(m: Material, left: HeldReactions, rounds: Sequence[Round]) -> list[dict[str, Any]]:
    of, counted = "лайки по тексту, AUC", np.full(len(m.reacted), np.nan)
    for this in rounds:
        counted[this.ask] = this.said[this.ask, LIKES]
    alone = _auc(m, counted)
    rows = [_row(of, "ожидания читателей, не видевших реакций", _auc(m, left.general[:, LIKES]), alone)]
    blocks = m.reaction_blocks.take(m.rows)
    for family, name in REACTION_FAMILIES.items():
        ridge = ReactionRidge(without(blocks, family), m.residual[:, [LIKES]], m.reaction_ridge.weight[:, [LIKES]])
        said = np.full(len(m.reacted), np.nan)
        for fold in np.unique(m.reaction_folds):
            held = m.reaction_folds == fold
            train = np.flatnonzero(without_twins(~held, held, m.reaction_marks))
            said[m.rows[held]] = ridge.predict(np.flatnonzero(held), ridge.fit(train))[:, 0]
        rows.append(_row(of, f"{name} (голова реакций)", alone, _auc(m, said)))
    return rows


def _memory(m: Material, left: HeldReactions, rounds: Sequence[Round]) -> list[dict[str, Any]]:
    of, whole = "лайки с памятью, AUC", _auc(m, left.personal[:, LIKES])
    kernels = {
        "похожие посты": [replace(kernel, likeness=0.0) for kernel in KERNELS],
        "лучшие и худшие месяцы страницы": [replace(kernel, trend=0.0) for kernel in KERNELS],
    }
    rows = [_row(of, "память страницы целиком", whole, _auc(m, left.general[:, LIKES]))]
    for name, candidates in kernels.items():
        told = [recall_all(m.reaction_blocks.lemmas, m.reacted, kernel) for kernel in candidates]
        rows.append(_row(of, name, whole, _auc(m, ask_reactions(m, told, rounds).personal[:, LIKES])))
    return rows


def _auc(m: Material, said: Floats) -> float:
    found = within_page_auc(said, m.reacted, LIKES, is_official(m.reacted.posts))
    return float(np.mean([*found.values()])) if found else np.nan
