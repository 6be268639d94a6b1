"""Readers beside the model, on the same posts: of the labelling guide, and of reactions that they did not see.

A reader sees the guide and the post, but not the grade; or two posts of a page, but not their
counts. What one reader reaches says what the texts allow; a reader tells whole grades and errs
by himself, so it is no strict ceiling.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score

from model.heads import REACTION_HEADS
from model.score import CHECKLIST, TYPES
from training.dataset import CORPUS, EXPECTED, USEFUL, Graded, graded_rows, join_labels, read_rows
from training.heldout import HeldGrades, HeldReactions, items_present
from training.material import Material
from training.memory import within_page_auc
from training.splits import is_official
from training.statistics import auc, bootstrap, items_f1, macro_f1, short, spearman

READINGS = CORPUS / "readings.jsonl.gz"  # of posts in ../shared/data, without texts
GUESSES = CORPUS / "guesses.jsonl.gz"  # which of two posts of a page there beat the usual, without texts
FEWEST = 30  # posts or pairs; of fewer nothing is said

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
    return [{"name": name, **_ranged(of, truth.groups)} for name, of in measured.items()]


def _ranged(of: Callable[[Ints], float], groups: npt.NDArray[np.str_]) -> dict[str, Any]:
    low, high = bootstrap(of, groups)
    return {"value": short(of(np.arange(len(groups)))), "low": short(low), "high": short(high)}


def read_guesses(path: Path = GUESSES) -> list[dict[str, Any]]:
    """Read guesses: of two posts of an official page one was `above` its usual, one `below`; was the reader right?"""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def compare_with_guesses(m: Material, left: HeldReactions, guesses: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Share of pairs that a reader and the model (pages left out) rank right, averaged over pages."""
    place = {(post.page_id, post.post_id): n for n, post in enumerate(m.reacted.posts)}
    found = []
    for name in EXPECTED:
        head, pairs = REACTION_HEADS.index(name), [guess for guess in guesses if guess["reaction"] == name]
        known = [
            (place[guess["page_id"], guess["above"]], place[guess["page_id"], guess["below"]], guess["right"])
            for guess in pairs
            if {(guess["page_id"], guess["above"]), (guess["page_id"], guess["below"])} <= place.keys()
        ]
        if len(known) < FEWEST:
            continue
        above, below, right = np.array(known, np.int64).T
        told = {
            "reader": right.astype(np.float64),
            "text": _ranked(left.general[:, head], above, below),
            "memory": _ranked(left.personal[:, head], above, below),
        }
        pages = m.reacted.groups[above]
        figures = {who: _over_pages(values, pages) for who, values in told.items()}
        found.append({"reaction": name, "pairs": len(known), "pages": len(np.unique(pages)), **figures})
    return found


def _ranked(said: npt.NDArray[np.float64], above: Ints, below: Ints) -> npt.NDArray[np.float64]:
    return (np.sign(said[above] - said[below]) + 1) / 2


def _over_pages(right: npt.NDArray[np.float64], pages: npt.NDArray[np.str_]) -> dict[str, Any]:
    by_page = defaultdict(list)
    for page, value in zip(pages, right, strict=True):
        by_page[page].append(value)
    means = np.array([np.mean(values) for values in by_page.values()])
    return _ranged(lambda rows: float(means[rows].mean()), np.array([*by_page]))


def compare_with_expected(m: Material, left: HeldReactions) -> list[dict[str, Any]]:
    """AUC within official pages of readers' ratings and of the model (text, pages left out), on the rated posts."""
    official, found = is_official(m.reacted.posts), []
    for column, name in enumerate(EXPECTED):
        head, rating = REACTION_HEADS.index(name), m.reacted.appeal[:, column]
        rows = official & ~np.isnan(rating) & ~np.isnan(left.general[:, head])
        both = [[*within_page_auc(said, m.reacted, head, rows).values()] for said in (rating, left.general[:, head])]
        if both[0]:
            reader, model = (short(np.mean(values)) for values in both)
            found.append({"reaction": name, "pages": len(both[0]), "reader": reader, "text": model})
    return found
