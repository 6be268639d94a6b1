"""The report: every figure that the card shows, measured on posts that no head was fitted on."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import cohen_kappa_score, f1_score, roc_auc_score

from model.heads import REACTION_HEADS
from model.memory import RESIDUAL_CLIP
from model.score import CHECKLIST, TYPES
from training.calibration import expected_calibration_error
from training.heldout import (
    LATER,
    HeldGrades,
    HeldReactions,
    grades_later,
    grades_left_out,
    interval_coverage,
    items_present,
    later_grades,
    reactions_later,
    reactions_left_out,
    recall_kernels,
    useful_chance,
)
from training.labels import pages
from training.material import Material
from training.memory import within_page_auc
from training.ridge import REACTION_ALPHA
from training.splits import is_official

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

USEFUL = 2.5  # from this grade up a resident can use the post
ROUNDS = 300  # of the bootstrap
ANY, LIKES, COMMENTS, REPOSTS = range(len(REACTION_HEADS))


def measure(m: Material, ratings: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """Measure everything. `ratings`: pairs of independent ratings of one post."""
    out = grades_left_out(m)
    later = later_grades(m)
    at_end = grades_later(m, later)
    told = recall_kernels(m)
    left = reactions_left_out(m, told)
    last = reactions_later(m, told, left)
    return {
        "headline": [*_usefulness(m, out, later, at_end), *_reactions(m, left, last), *_calibration(m, out, left)],
        "baselines": _baselines(m),
        "by_page": _by_page(m, left, last),
        "slices": _slices(m, out),
        "learning_curve": _learning_curve(m),
        "ceiling": _ceiling(m),
        "raters": _raters(ratings),
        "reliability": _reliability(m, out, left),
        "steps": [vars_of(step) for step in (*m.reacted.steps, *m.graded.steps)],
    }


def vars_of(step: Any) -> dict[str, Any]:
    """A step of cleaning as plain fields."""
    return {name: getattr(step, name) for name in ("name", "why", "removed", "left")}


def _figure(name: str, value: float, interval: tuple[float, float], target: float | None) -> dict[str, Any]:
    low, high = interval
    return {"name": name, "value": _short(value), "low": _short(low), "high": _short(high), "target": target}


def _short(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def bootstrap(
    statistic: Callable[[npt.NDArray[np.int64]], float], groups: npt.NDArray[np.str_], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of a statistic of row numbers, drawing whole pages with replacement."""
    by_page = pages(groups)
    if not by_page:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(np.concatenate([by_page[n] for n in rng.integers(len(by_page), size=len(by_page))]))
        for _ in range(ROUNDS)
    ]
    return float(np.nanquantile(drawn, 0.025)), float(np.nanquantile(drawn, 0.975))


def _usefulness(m: Material, out: HeldGrades, later: Bools, at_end: HeldGrades) -> list[dict[str, Any]]:
    graded = m.graded
    real = m.graded.given()

    def spearman(name: str, said: Floats, rows: Bools, target: float | None) -> dict[str, Any]:
        said, truth, groups = said[rows], graded.grade[rows], graded.groups[rows]
        return _figure(name, _spearman(said, truth), bootstrap(lambda n: _spearman(said[n], truth[n]), groups), target)

    said, useful, groups = out.grade[real], graded.grade[real] >= USEFUL, graded.groups[real]
    auc = _figure(
        "польза: AUC «полезен» (оценка от 2,5), страницы вне обучения",
        _auc(useful, said),
        bootstrap(lambda n: _auc(useful[n], said[n]), groups),
        0.97,
    )
    return [
        spearman("польза: Спирмен, страницы вне обучения", out.grade, real, 0.87),
        spearman("то же, только случайно выбранные посты", out.grade, real & graded.typical(), None),
        spearman("польза: Спирмен, поздние посты известных страниц", at_end.grade, real & later, 0.93),
        auc,
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
        return float(f1_score(truth[n], kinds[n], average="macro", labels=np.unique(truth), zero_division=0))

    def items(n: npt.NDArray[np.int64]) -> Floats:
        return np.array([f1_score(present[n, i], said[n, i], zero_division=0) for i in range(len(CHECKLIST))])

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
        if len(values)
        else (np.nan, np.nan)
    )
    return {**_figure(name, values.mean() if len(values) else np.nan, interval, target), "pages": len(values)}


def _calibration(m: Material, out: HeldGrades, left: HeldReactions) -> list[dict[str, Any]]:
    natural = np.flatnonzero(m.graded.typical())
    chance, useful = useful_chance(m, out), m.graded.grade[natural] >= USEFUL
    inside, groups = interval_coverage(m, out), m.graded.groups[natural]
    figures = [
        _figure("калибровка: ECE вероятности «полезен»", *_ece(chance, useful, groups), 0.03),
        _figure(
            "80-процентный интервал пользы накрывает", inside.mean(), bootstrap(lambda n: inside[n].mean(), groups), 0.8
        ),
    ]
    for name, said in (("без памяти", left.chance_general), ("с памятью", left.chance)):
        known = m.reacted.labelled & ~np.isnan(said[:, ANY])
        beats = m.reacted.residual[known, ANY] > 0
        figures.append(
            _figure(f"калибровка: ECE отклика {name}", *_ece(said[known, ANY], beats, m.reacted.groups[known]), 0.03)
        )
    return figures


def _ece(chance: Floats, outcome: Bools, groups: npt.NDArray[np.str_]) -> tuple[float, tuple[float, float]]:
    return expected_calibration_error(chance, outcome), bootstrap(
        lambda n: expected_calibration_error(chance[n], outcome[n]), groups
    )


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

    def auc(values: Floats, rows: Bools) -> float | None:
        found = [*within_page_auc(values, m.reacted, LIKES, rows).values()]
        return _short(np.mean(found)) if found else None

    ends = official & (m.reacted.place >= LATER)
    grade = graded.grade[real]
    return [
        {"name": "постоянное число", "usefulness": 0.0, "likes_later": 0.5, "likes_left_out": 0.5},
        {
            "name": "только длина",
            "usefulness": _short(_spearman(length[real], grade)),
            "likes_later": auc(long, ends),
            "likes_left_out": auc(long, official),
        },
        {
            "name": "TF-IDF лемм и гребневая регрессия",
            "usefulness": _short(_spearman(words[real], grade)),
            "likes_later": auc(late, ends),
            "likes_left_out": auc(said, official),
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
        {"page": page, "text": _short(general[page]), "memory": _short(personal.get(page, np.nan))} for page in general
    ]


def _slices(m: Material, out: HeldGrades) -> dict[str, dict[str, dict[str, Any]]]:
    """Spearman of usefulness on pages left out, by what a post is."""
    posts, real = m.graded.posts, m.graded.given()
    lengths = np.digitize([len(post.text) for post in posts], [200, 600, 1500])
    names = {
        "длина, знаков": np.array(["до 200", "200–600", "600–1500", "от 1500"])[lengths],
        "сеть": np.array([post.platform or "–" for post in posts]),
        "вид страницы": np.array([post.page_kind or "–" for post in posts]),
        "год": np.array([str(post.moment.year) if post.moment else "–" for post in posts]),
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, values in names.items():
        for value in np.unique(values):
            rows = real & (values == value)
            if rows.sum() >= 100:
                spearman = _short(_spearman(out.grade[rows], m.graded.grade[rows]))
                found.setdefault(name, {})[str(value)] = {"posts": int(rows.sum()), "spearman": spearman}
    return found


def _learning_curve(m: Material, shares: Sequence[float] = (0.25, 0.5, 1.0)) -> list[dict[str, Any]]:
    """Spearman of the linear head alone on pages left out, from a share of the other pages."""
    real, curve = m.graded.given(), []
    rng = np.random.default_rng(m.seed)
    names, which = np.unique(m.graded.groups, return_inverse=True)
    rank = rng.permutation(len(names))[which] / len(names)
    for share in shares:
        said = np.zeros(len(m.graded))
        for fold in np.unique(m.grade_folds):
            train = np.flatnonzero((m.grade_folds != fold) & (rank < share))
            held = np.flatnonzero(m.grade_folds == fold)
            if len(train):
                said[held] = m.grade_ridge.predict(held, train, m.grade_ridge.fit(train))[:, 0]
        curve.append({"share_of_pages": share, "spearman": _short(_spearman(said[real], m.graded.grade[real]))})
    return curve


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
        found[REACTION_HEADS[head]] = _short(np.mean(scores)) if scores else None
    return found


def _raters(ratings: Sequence[tuple[int, int]]) -> dict[str, Any] | None:
    if len(ratings) < 30:
        return None
    one, other = np.array(ratings).T
    kappa = cohen_kappa_score(one, other, weights="quadratic")
    return {"posts": len(ratings), "kappa_quadratic": _short(kappa), "spearman": _short(_spearman(one, other))}


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
        {"said": _short(chance[part].mean()), "seen": _short(outcome[part].mean()), "posts": len(part)}
        for part in parts
    ]


def _spearman(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return float(spearmanr(one, other)[0])


def _auc(outcome: Bools, said: Floats) -> float:
    return np.nan if outcome.all() or not outcome.any() else float(roc_auc_score(outcome, said))
