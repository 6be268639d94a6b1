"""The report: every figure that the card shows, measured on posts that no head was fitted on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS
from model.score import CHECKLIST, TYPES
from training.ablation import ablate
from training.baselines import measure_baselines
from training.calibration import expected_calibration_error
from training.ceiling import measure_chance, measure_one_text
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
from training.learning import learn_grades, learn_reactions, measure_remembering
from training.material import Material
from training.memory import within_page_auc
from training.readers import compare_with_expected, compare_with_guesses, compare_with_reader, measure_raters
from training.slices import count_errors, measure_slices
from training.splits import is_official
from training.statistics import auc, bootstrap, items_f1, macro_f1, short, spearman
from training.tuning import tune_grades, tune_reactions

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# With fewer pages an interval drawn over pages says nothing.
FEWEST_PAGES = 8
ANY, LIKES, COMMENTS, REPOSTS = range(len(REACTION_HEADS))


def measure(
    m: Material,
    ratings: Sequence[tuple[int, int]] = (),
    again: Graded | None = None,
    guesses: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Measure everything.

    `ratings`: pairs of independent ratings of one post; `again`: posts as one more reader graded
    them; `guesses`: which of two posts beat the usual (see `training.readers`).
    """
    out = grades_left_out(m)
    later = later_grades(m)
    at_end = grades_later(m, later)
    told = recall_kernels(m)
    on_left, on_last = rounds_left_out(m), rounds_later(m)
    left, last = ask_reactions(m, told, on_left), ask_reactions(m, told, on_last)
    return {
        "headline": [*_usefulness(m, out, later, at_end), *_reactions(m, left, last), *_calibration(m, out, left)],
        "baselines": measure_baselines(m, later),
        "by_page": _by_page(m, left, last),
        "slices": measure_slices(m, out, left),
        "learning_curve": [*learn_grades(m, out, at_end), *learn_reactions(m, left, on_left, last, on_last)],
        "remembering": measure_remembering(m, left),
        "tuning": [tune_grades(m, out), *tune_reactions(m, left, told, on_left)],
        "ablation": ablate(m, out, left, on_left),
        "errors": count_errors(m, out),
        "ceiling": {
            "chance": measure_chance(m.reacted, m.seed),
            "one_text": measure_one_text(m.reacted, m.reaction_marks, left.general),
        },
        "raters": measure_raters(ratings),
        "reader": compare_with_reader(m, out, again) if again else None,
        "guesses": compare_with_guesses(m, left, guesses),
        "expected": compare_with_expected(m, left),
        "reliability": _reliability(m, out, left),
        "steps": [vars_of(step) for step in (*m.reacted.steps, *m.graded.steps)],
    }


def vars_of(step: Any) -> dict[str, Any]:
    """A step of cleaning as plain fields."""
    return {name: getattr(step, name) for name in ("name", "why", "removed", "left")}


def _figure(
    key: str, name: str, value: float, interval: tuple[float, float] | None, target: float | None
) -> dict[str, Any]:
    low, high = interval or (np.nan, np.nan)
    return {"key": key, "name": name, "value": short(value), "low": short(low), "high": short(high), "target": target}


def _usefulness(m: Material, out: HeldGrades, later: Bools, at_end: HeldGrades) -> list[dict[str, Any]]:
    graded = m.graded
    real = m.graded.given()

    def ranked(key: str, name: str, said: Floats, rows: Bools, target: float | None) -> dict[str, Any]:
        said, truth, groups = said[rows], graded.grade[rows], graded.groups[rows]
        interval = bootstrap(lambda n: spearman(said[n], truth[n]), groups)
        return _figure(key, name, spearman(said, truth), interval, target)

    said, useful, groups = out.grade[real], graded.grade[real] >= USEFUL, graded.groups[real]
    sorted_out = _figure(
        "useful_left_out",
        "польза: AUC «полезен» (оценка от 2,5), страницы вне обучения",
        auc(useful, said),
        bootstrap(lambda n: auc(useful[n], said[n]), groups),
        0.97,
    )
    return [
        ranked("usefulness_left_out", "польза: Спирмен, страницы вне обучения", out.grade, real, 0.87),
        ranked(
            "usefulness_typical", "то же, только случайно выбранные посты", out.grade, real & graded.typical(), None
        ),
        ranked(
            "usefulness_later", "польза: Спирмен, поздние посты известных страниц", at_end.grade, real & later, 0.93
        ),
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
        _figure("type_left_out", "тип поста: макро-F1", macro(everything), bootstrap(macro, groups), 0.66),
        _figure(
            "checklist_left_out",
            "чек-лист: средняя F1",
            found.mean(),
            bootstrap(lambda n: items(n).mean(), groups),
            0.87,
        ),
        _figure(
            "contact_left_out",
            "чек-лист: F1 пункта «контакт»",
            found[contact],
            bootstrap(lambda n: items(n)[contact], groups),
            0.75,
        ),
    ]


def _reactions(m: Material, left: HeldReactions, last: HeldReactions) -> list[dict[str, Any]]:
    official = is_official(m.reacted.posts)
    late = m.reacted.place >= LATER
    asked = [
        (
            "likes_later",
            "лайки: AUC внутри страницы, поздние посты, только текст",
            last.general,
            LIKES,
            official & late,
            0.72,
        ),
        ("likes_left_out", "лайки: AUC, страницы вне обучения, только текст", left.general, LIKES, official, 0.73),
        (
            "likes_later_memory",
            "лайки: AUC, поздние посты, с памятью страницы",
            last.personal,
            LIKES,
            official & late,
            0.76,
        ),
        ("likes_left_out_memory", "лайки: AUC, страницы вне обучения, с памятью", left.personal, LIKES, official, 0.77),
        ("reposts_later", "репосты: AUC, поздние посты, только текст", last.general, REPOSTS, official & late, 0.69),
        (
            "reposts_left_out",
            "репосты: AUC, страницы вне обучения, только текст",
            left.general,
            REPOSTS,
            official,
            0.66,
        ),
        (
            "reposts_later_memory",
            "репосты: AUC, поздние посты, с памятью",
            last.personal,
            REPOSTS,
            official & late,
            0.73,
        ),
        (
            "reposts_left_out_memory",
            "репосты: AUC, страницы вне обучения, с памятью",
            left.personal,
            REPOSTS,
            official,
            0.71,
        ),
        ("comments_later", "комментарии: AUC, поздние посты, только текст", last.general, COMMENTS, late, None),
        ("comments_later_memory", "комментарии: AUC, поздние посты, с памятью", last.personal, COMMENTS, late, 0.75),
    ]
    return [
        _page_figure(m, key, name, said[:, head], head, rows, target) for key, name, said, head, rows, target in asked
    ]


def _page_figure(
    m: Material, key: str, name: str, said: Floats, head: int, rows: Bools, target: float | None
) -> dict[str, Any]:
    values = np.array([*within_page_auc(said, m.reacted, head, rows).values()])
    interval = (
        bootstrap(lambda n: float(values[n].mean()), np.arange(len(values)).astype(str))
        if len(values) >= FEWEST_PAGES
        else None
    )
    return {**_figure(key, name, values.mean() if len(values) else np.nan, interval, target), "pages": len(values)}


def _calibration(m: Material, out: HeldGrades, left: HeldReactions) -> list[dict[str, Any]]:
    """Calibration errors and coverage.

    An error is a mean of distances, so every redrawing makes it larger: a bootstrap of it
    is no interval around it, and none is given.
    """
    natural = np.flatnonzero(m.graded.typical())
    chance, useful = useful_chance(m, out), m.graded.grade[natural] >= USEFUL
    inside, groups = interval_coverage(m, out), m.graded.groups[natural]
    figures = [
        _figure(
            "ece_useful",
            "калибровка: ECE вероятности «полезен»",
            expected_calibration_error(chance, useful),
            None,
            0.03,
        ),
        _figure(
            "coverage",
            "80-процентный интервал пользы накрывает",
            inside.mean(),
            bootstrap(lambda n: inside[n].mean(), groups),
            0.8,
        ),
    ]
    for key, name, said in (
        ("ece_engagement", "без памяти", left.chance_general),
        ("ece_engagement_memory", "с памятью", left.chance),
    ):
        known = m.reacted.labelled & ~np.isnan(said[:, ANY])
        beats = m.reacted.residual[known, ANY] > 0
        error = expected_calibration_error(said[known, ANY], beats)
        figures.append(_figure(key, f"калибровка: ECE отклика {name}", error, None, 0.03))
    return figures


def _by_page(m: Material, left: HeldReactions, last: HeldReactions) -> list[dict[str, Any]]:
    """Likes AUC of each official page with enough posts."""
    official = is_official(m.reacted.posts)
    general = within_page_auc(left.general[:, LIKES], m.reacted, LIKES, official)
    personal = within_page_auc(left.personal[:, LIKES], m.reacted, LIKES, official)
    return [
        {"page": page, "text": short(general[page]), "memory": short(personal.get(page, np.nan))} for page in general
    ]


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
