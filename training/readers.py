"""Readers of the labelling guide: how far they agree with the grades, and the model on the same posts.

A reader sees the guide and the post, but not the grade. What one reader reaches says what the
grades allow; a reader tells whole grades and errs by himself, so it is no strict ceiling.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score

from model.score import CHECKLIST, TYPES
from training.dataset import CORPUS, USEFUL, Graded, graded_rows, join_labels, read_rows
from training.heldout import HeldGrades, items_present
from training.material import Material
from training.statistics import auc, bootstrap, items_f1, macro_f1, short, spearman

READINGS = CORPUS / "readings.jsonl.gz"  # of posts in ../shared/data, without texts
FEWEST = 30  # posts; of fewer nothing is said

Ints = npt.NDArray[np.int64]


def read_readings(usefulness: Path, readings: Path = READINGS) -> Graded:
    """Graded posts as one more reader graded them, who had not seen the grades; none where no post is known."""
    return graded_rows(join_labels(list(read_rows(usefulness)), readings))


def measure_raters(ratings: Sequence[tuple[int, int]]) -> dict[str, Any] | None:
    """How far pairs of independent ratings agree."""
    if len(ratings) < FEWEST:
        return None
    one, other = np.array(ratings).T
    kappa = cohen_kappa_score(one, other, weights="quadratic")
    return {"posts": len(ratings), "kappa_quadratic": short(kappa), "spearman": short(spearman(one, other))}


def compare_with_reader(m: Material, out: HeldGrades, again: Graded) -> dict[str, Any] | None:
    """How far a reader and the model (pages left out) agree with the grades, on the posts that both read."""
    place = {post: n for n, post in enumerate(m.graded.posts)}
    both = [(n, place[post]) for n, post in enumerate(again.posts) if post in place]
    if len(both) < FEWEST:
        return None
    read, rows = np.array(both).T
    again, truth = again.take(read), m.graded.take(rows)
    kappa = cohen_kappa_score(truth.grade.round().astype(int), again.grade.astype(int), weights="quadratic")
    figures = zip(
        _figures(truth, again.grade, again.kind, again.present > 0),
        _figures(truth, out.grade[rows], out.logits[rows][:, : len(TYPES)].argmax(axis=1), items_present(m, out)[rows]),
        strict=True,
    )
    return {
        "posts": len(both),
        "kappa_quadratic": short(kappa),
        "figures": [
            {"name": of_reader["name"], "reader": of_reader, "model": of_model} for of_reader, of_model in figures
        ],
    }


def _figures(
    truth: Graded, grade: npt.NDArray[Any], kind: Ints, present: npt.NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """How far what is said agrees with the grades of the same posts."""
    useful, there, contact = truth.grade >= USEFUL, truth.present > 0, CHECKLIST.index("contact")
    measured: dict[str, Callable[[Ints], float]] = {
        "польза: Спирмен": lambda n: spearman(grade[n], truth.grade[n]),
        "польза: AUC «полезен»": lambda n: auc(useful[n], grade[n]),
        "тип поста: макро-F1": lambda n: macro_f1(truth.kind[n], kind[n], np.unique(truth.kind)),
        "чек-лист: средняя F1": lambda n: float(items_f1(there[n], present[n]).mean()),
        "чек-лист: F1 пункта «контакт»": lambda n: float(items_f1(there[n], present[n])[contact]),
    }
    everything, found = np.arange(len(truth)), []
    for name, of in measured.items():
        low, high = bootstrap(of, truth.groups)
        found.append({"name": name, "value": short(of(everything)), "low": short(low), "high": short(high)})
    return found
