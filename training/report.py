"""The report: every figure that the card shows, measured on posts that no head was fitted on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import RESIDUAL_CLIP
from model.score import CHECKLIST, TYPES
from training.ablation import ablate
from training.calibration import expected_calibration_error
from training.dataset import USEFUL, Graded
from training.heldout import (
    LATER,
    HeldGrades,
    HeldReactions,
    ask_reactions,
    grades_later,
    grades_left_out,
    interval_coverage,
    items_present,
    later_grades,
    recall_kernels,
    rounds_later,
    rounds_left_out,
    useful_chance,
)
from training.labels import pages
from training.learning import measure_learning
from training.material import Material
from training.memory import within_page_auc
from training.readers import compare_with_reader, measure_raters
from training.ridge import REACTION_ALPHA
from training.slices import count_errors, measure_slices
from training.splits import is_official
from training.statistics import auc, bootstrap, items_f1, macro_f1, short, spearman

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# With fewer pages an interval drawn over pages says nothing.
FEWEST_PAGES = 8
ANY, LIKES, COMMENTS, REPOSTS = range(len(REACTION_HEADS))


def measure(m: Material, ratings: Sequence[tuple[int, int]] = (), again: Graded | None = None) -> dict[str, Any]:
    """Measure everything.

    `ratings`: pairs of independent ratings of one post; `again`: posts as one more reader graded them.
    """
    out = grades_left_out(m)
    later = later_grades(m)
    at_end = grades_later(m, later)
    told = recall_kernels(m)
    rounds = rounds_left_out(m)
    left, last = ask_reactions(m, told, rounds), ask_reactions(m, told, rounds_later(m))
    return {
        "headline": [*_usefulness(m, out, later, at_end), *_reactions(m, left, last), *_calibration(m, out, left)],
        "baselines": _baselines(m),
        "by_page": _by_page(m, left, last),
        "slices": measure_slices(m, out, left),
        "learning_curve": measure_learning(m),
        "ablation": ablate(m, out, left, rounds),
        "errors": count_errors(m, out),
        "ceiling": _ceiling(m),
        "raters": measure_raters(ratings),
        "reader": compare_with_reader(m, out, again) if again else None,
        "reliability": _reliability(m, out, left),
        "steps": [vars_of(step) for step in (*m.reacted.steps, *m.graded.steps)],
    }


def vars_of(step: Any) -> dict[str, Any]:
    """A step of cleaning as plain fields."""
    return {name: getattr(step, name) for name in ("name", "why", "removed", "left")}


def _figure(name: str, value: float, interval: tuple[float, float] | None, target: float | None) -> dict[str, Any]:
    low, high = interval or (np.nan, np.nan)
    return {"name": name, "value": short(value), "low": short(low), "high": short(high), "target": target}


def _usefulness(m: Material, out: HeldGrades, later: Bools, at_end: HeldGrades) -> list[dict[str, Any]]:
    graded = m.graded
    real = m.graded.given()

    def ranked(name: str, said: Floats, rows: Bools, target: float | None) -> dict[str, Any]:
        said, truth, groups = said[rows], graded.grade[rows], graded.groups[rows]
        return _figure(name, spearman(said, truth), bootstrap(lambda n: spearman(said[n], truth[n]), groups), target)

    said, useful, groups = out.grade[real], graded.grade[real] >= USEFUL, graded.groups[real]
    sorted_out = _figure(
        "польза: AUC «полезен» (оценка от 2,5), страницы вне обучения",
        auc(useful, said),
        bootstrap(lambda n: auc(useful[n], said[n]), groups),
        0.97,
    )
    return [
        ranked("польза: Спирмен, страницы вне обучения", out.grade, real, 0.87),
        ranked("то же, только случайно выбранные посты", out.grade, real & graded.typical(), None),
        ranked("польза: Спирмен, поздние посты известных страниц", at_end.grade, real & later, 0.93),
        sorted_out,
        *_kinds(m, out, real),
    ]


def _kinds(m: Material, out: HeldGrades, rows: Bools) -> list[dict[str, Any]]:
    """Type and checklist on pages left out."""
    graded, groups = m.graded, m.graded.groups[rows]
    kinds = out.logits[rows][:, : len(TYPES)].argmax(axis=1)
    truth = graded.kind[rows]
    present = graded.present[rows] > 0
    said = items_present(m, out)[rows]

    def macro(n: npt.NDArray[np.int64]) -> float:
        return macro_f1(truth[n], kinds[n], np.unique(truth))

    def items(n: npt.NDArray[np.int64]) -> Floats:
        return items_f1(present[n], said[n])

    everything = np.arange(len(truth))
    contact = CHECKLIST.index("contact")
    found = items(everything)
    return [
        _figure("тип поста: макро-F1", macro(everything), bootstrap(macro, groups), 0.66),
        _figure("чек-лист: средняя F1", found.mean(), bootstrap(lambda n: items(n).mean(), groups), 0.87),
        _figure("чек-лист: F1 пункта «контакт»", found[contact], bootstrap(lambda n: items(n)[contact], groups), 0.75),
    ]


def _reactions(m: Material, left: HeldReactions, last: HeldReactions) -> list[dict[str, Any]]:
    official = is_official(m.reacted.posts)
    late = m.reacted.place >= LATER
    asked = [
        ("лайки: AUC внутри страницы, поздние посты, только текст", last.general, LIKES, official & late, 0.72),
        ("лайки: AUC, страницы вне обучения, только текст", left.general, LIKES, official, 0.73),
        ("лайки: AUC, поздние посты, с памятью страницы", last.personal, LIKES, official & late, 0.76),
        ("лайки: AUC, страницы вне обучения, с памятью", left.personal, LIKES, official, 0.77),
        ("репосты: AUC, поздние посты, только текст", last.general, REPOSTS, official & late, 0.69),
        ("репосты: AUC, страницы вне обучения, только текст", left.general, REPOSTS, official, 0.66),
        ("репосты: AUC, поздние посты, с памятью", last.personal, REPOSTS, official & late, 0.73),
        ("репосты: AUC, страницы вне обучения, с памятью", left.personal, REPOSTS, official, 0.71),
        ("комментарии: AUC, поздние посты, только текст", last.general, COMMENTS, late, None),
        ("комментарии: AUC, поздние посты, с памятью", last.personal, COMMENTS, late, 0.75),
    ]
    return [_page_figure(m, name, said[:, head], head, rows, target) for name, said, head, rows, target in asked]


def _page_figure(m: Material, name: str, said: Floats, head: int, rows: Bools, target: float | None) -> dict[str, Any]:
    values = np.array([*within_page_auc(said, m.reacted, head, rows).values()])
    interval = (
        bootstrap(lambda n: float(values[n].mean()), np.arange(len(values)).astype(str))
        if len(values) >= FEWEST_PAGES
        else None
    )
    return {**_figure(name, values.mean() if len(values) else np.nan, interval, target), "pages": len(values)}


def _calibration(m: Material, out: HeldGrades, left: HeldReactions) -> list[dict[str, Any]]:
    """Calibration errors and coverage.

    An error is a mean of distances, so every redrawing makes it larger: a bootstrap of it
    is no interval around it, and none is given.
    """
    natural = np.flatnonzero(m.graded.typical())
    chance, useful = useful_chance(m, out), m.graded.grade[natural] >= USEFUL
    inside, groups = interval_coverage(m, out), m.graded.groups[natural]
    figures = [
        _figure("калибровка: ECE вероятности «полезен»", expected_calibration_error(chance, useful), None, 0.03),
        _figure(
            "80-процентный интервал пользы накрывает", inside.mean(), bootstrap(lambda n: inside[n].mean(), groups), 0.8
        ),
    ]
    for name, said in (("без памяти", left.chance_general), ("с памятью", left.chance)):
        known = m.reacted.labelled & ~np.isnan(said[:, ANY])
        beats = m.reacted.residual[known, ANY] > 0
        error = expected_calibration_error(said[known, ANY], beats)
        figures.append(_figure(f"калибровка: ECE отклика {name}", error, None, 0.03))
    return figures


def _baselines(m: Material) -> list[dict[str, Any]]:
    """Constant, length alone, and ridge on TF-IDF of lemmas, on the same splits."""
    real, graded = m.graded.given(), m.graded
    official = is_official(m.reacted.posts)
    length = np.log1p([len(post.text) for post in graded.posts])
    long = np.log1p([len(post.text) for post in m.reacted.posts])
    words = np.zeros(len(graded))
    for fold in np.unique(m.grade_folds):
        train, held = m.grade_folds != fold, m.grade_folds == fold
        words[held] = _lemmas(m.grade_blocks.lemmas, graded.grade, train, 1.0).predict(m.grade_blocks.lemmas[held])
    lemmas, likes = m.reaction_blocks.lemmas[m.rows], m.residual[:, LIKES]
    said, late = np.full(len(m.reacted), np.nan), np.full(len(m.reacted), np.nan)
    known = ~np.isnan(likes)
    for fold in np.unique(m.reaction_folds):
        held = m.reaction_folds == fold
        said[m.rows[held]] = _lemmas(lemmas, likes, known & ~held, REACTION_ALPHA / 2).predict(lemmas[held])
    early = m.reacted.place[m.rows] < LATER
    late[m.rows] = _lemmas(lemmas, likes, known & early, REACTION_ALPHA / 2).predict(lemmas)

    def within(values: Floats, rows: Bools) -> float | None:
        found = [*within_page_auc(values, m.reacted, LIKES, rows).values()]
        return short(np.mean(found)) if found else None

    ends = official & (m.reacted.place >= LATER)
    grade = graded.grade[real]
    return [
        {"name": "постоянное число", "usefulness": 0.0, "likes_later": 0.5, "likes_left_out": 0.5},
        {
            "name": "только длина",
            "usefulness": short(spearman(length[real], grade)),
            "likes_later": within(long, ends),
            "likes_left_out": within(long, official),
        },
        {
            "name": "TF-IDF лемм и гребневая регрессия",
            "usefulness": short(spearman(words[real], grade)),
            "likes_later": within(late, ends),
            "likes_left_out": within(said, official),
        },
    ]


def _lemmas(design: Any, target: Floats, rows: Bools, alpha: float) -> Ridge:
    return Ridge(alpha=alpha, solver="sparse_cg", tol=1e-3).fit(design[rows], target[rows])


def _by_page(m: Material, left: HeldReactions, last: HeldReactions) -> list[dict[str, Any]]:
    """Likes AUC of each official page with enough posts."""
    official = is_official(m.reacted.posts)
    general = within_page_auc(left.general[:, LIKES], m.reacted, LIKES, official)
    personal = within_page_auc(left.personal[:, LIKES], m.reacted, LIKES, official)
    return [
        {"page": page, "text": short(general[page]), "memory": short(personal.get(page, np.nan))} for page in general
    ]


def _ceiling(m: Material) -> dict[str, Any]:
    """AUC of a model that knew every post's true rate: what Poisson chance alone leaves.

    The spread of true rates is what is left of the residuals' variance beside 1 / count.
    """
    official = is_official(m.reacted.posts)
    rng, found = np.random.default_rng(m.seed), {}
    for head in (LIKES, REPOSTS):
        scores = []
        for rows in pages(m.reacted.groups):
            rows = rows[(m.reacted.labelled & official & ~np.isnan(m.reacted.residual[:, head]))[rows]]
            if len(rows) < 30:
                continue
            rate = np.exp(m.reacted.usual[rows, head])
            spread = np.sqrt(max(m.reacted.residual[rows, head].var() - np.mean(1 / (rate + 0.5)), 0.01))
            effect = np.clip(rng.normal(0, spread, len(rows)), -RESIDUAL_CLIP, RESIDUAL_CLIP)
            beats = np.log1p(rng.poisson(rate * np.exp(effect))) > m.reacted.usual[rows, head]
            if 5 <= beats.sum() <= len(rows) - 5:
                scores.append(roc_auc_score(beats, effect))
        found[REACTION_HEADS[head]] = short(np.mean(scores)) if scores else None
    return found


def _reliability(m: Material, out: HeldGrades, left: HeldReactions) -> dict[str, list[dict[str, Any]]]:
    """Said and seen rates over ten bins of equal size."""
    natural = np.flatnonzero(m.graded.typical())
    curves = {"полезен": _curve(useful_chance(m, out), m.graded.grade[natural] >= USEFUL)}
    known = m.reacted.labelled & ~np.isnan(left.chance[:, ANY])
    curves["отклик"] = _curve(left.chance[known, ANY], m.reacted.residual[known, ANY] > 0)
    return curves


def _curve(chance: Floats, outcome: Bools, bins: int = 10) -> list[dict[str, Any]]:
    parts = [part for part in np.array_split(np.argsort(chance, kind="stable"), bins) if len(part)]
    return [
        {"said": short(chance[part].mean()), "seen": short(outcome[part].mean()), "posts": len(part)} for part in parts
    ]
