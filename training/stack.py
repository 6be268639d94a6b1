"""The upper heads of usefulness: trees and logistic regressions over linear opinions and features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from model.heads import STACK_PLAIN, Scaling
from model.score import CHECKLIST, TYPES
from training.dataset import Graded

Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

GRADE_TREES = {
    "max_iter": 250,
    "learning_rate": 0.04,
    "max_leaf_nodes": 24,
    "l2_regularization": 5.0,
    "max_features": 0.3,
}
# Posts in a leaf: large leaves rank better and jitter less; a small corpus has leaves as small as it needs.
LEAF, LEAVES = 150, 60

CORRECTION_TREES = {
    "max_iter": 30,
    "learning_rate": 0.2,
    "max_leaf_nodes": 8,
    "l2_regularization": 5.0,
    "max_features": 0.3,
}
CORRECTION_LEAF = 80
SURE = 0.01  # the least weight of a post: one that a head is sure of and wrong about must not shout


def fit_trees(inputs: Floats, target: Floats, seed: int) -> HistGradientBoostingRegressor:
    """Boost small trees."""
    leaf = min(LEAF, max(20, len(target) // LEAVES))
    trees = HistGradientBoostingRegressor(**GRADE_TREES, min_samples_leaf=leaf, random_state=seed, early_stopping=False)
    return trees.fit(inputs, target)


def fit_corrections(inputs: Floats, chances: Floats, truth: Floats, seed: int) -> list[HistGradientBoostingRegressor]:
    """Boost a few small trees for each logit, over what it leaves unsaid: a step of Newton's method.

    `chances` by logistic heads and the `truth`, 0 or 1 (posts × outputs). A sum of inputs cannot
    tell a telephone to call from that of an official; a tree can.
    """
    leaf = min(CORRECTION_LEAF, max(20, len(truth) // LEAVES))
    inputs = _coarse(inputs)
    corrections = []
    for chance, true in zip(chances.T, truth.T, strict=True):
        weight = np.maximum(chance * (1 - chance), SURE)
        trees = HistGradientBoostingRegressor(
            **CORRECTION_TREES, min_samples_leaf=leaf, random_state=seed, early_stopping=False
        )
        corrections.append(trees.fit(inputs, (true - chance) / weight, sample_weight=weight))
    return corrections


def _coarse(inputs: Floats) -> Floats:
    """Each input at the nearest of its 200 quantiles: scikit-learn is slow to look for them where rows have weights."""
    coarse = np.empty_like(inputs)
    for number, column in enumerate(inputs.T):
        steps = np.unique(np.quantile(column, np.linspace(0, 1, 200)).astype(inputs.dtype))
        coarse[:, number] = steps[np.searchsorted((steps[1:] + steps[:-1]) / 2, column)]
    return coarse


def unroll(*forests: HistGradientBoostingRegressor) -> dict[str, Any]:
    """Fitted trees as the plain arrays that `model.forest.Forest` reads without scikit-learn, an output for each argument.

    Raises ValueError for trees that it would misread.
    """
    grown = [stage[0].nodes for trees in forests for stage in trees._predictors]
    nodes, sizes = np.concatenate(grown), [len(tree) for tree in grown]
    roots = np.cumsum([0, *sizes[:-1]])
    left, right = (nodes[side] + np.repeat(roots, sizes) for side in ("left", "right"))
    split = nodes["is_leaf"] == 0
    if nodes["is_categorical"].any() or (left[split] != np.flatnonzero(split) + 1).any():
        raise ValueError("expected splits by numbers only, each with its left branch right behind it")
    return {
        "column": np.where(split, nodes["feature_idx"], -1).astype(np.int16),
        "threshold": np.where(split, nodes["num_threshold"], 0),
        "right": np.where(split, right, 0).astype(np.int32),
        "value": np.where(split, 0, nodes["value"]),
        "roots": roots.astype(np.int32),
        "output": np.repeat(np.arange(len(forests), dtype=np.int16), [len(trees._predictors) for trees in forests]),
        "baseline": np.array([trees._baseline_prediction[0, 0] for trees in forests]),
        "width": forests[0].n_features_in_,
    }


class Logistic:
    """Logistic regressions that share their inputs: type, then presence, then applicability."""

    def __init__(self, scaling: Scaling, seed: int) -> None:
        self.scaling = scaling
        self.seed = seed

    def fit(self, inputs: Floats, kind: Ints, present: Floats, applies: Floats) -> tuple[Floats, Floats]:
        """Weights (inputs × outputs) and bias (outputs)."""
        x = self.scaling(inputs.astype(np.float32))
        columns = [*self._types(x, kind)]
        for target in (*present.T, *applies[:, :7].T):
            columns.append(self._binary(x, target))
        table = np.stack([weights for weights, _ in columns], axis=1)
        return table, np.array([bias for _, bias in columns])

    def _types(self, x: Floats, kind: Ints) -> list[tuple[Floats, float]]:
        columns = [(np.zeros(x.shape[1]), -20.0)] * len(TYPES)  # types that the corpus lacks
        known = np.unique(kind)
        if len(known) == 1:
            columns[known[0]] = (np.zeros(x.shape[1]), 0.0)
            return columns
        regression = LogisticRegression(C=0.02, max_iter=400).fit(x, kind)
        coefficients, intercepts = regression.coef_, regression.intercept_
        if len(known) == 2:  # scikit-learn keeps one row for two types: what speaks for the second
            coefficients = np.concatenate([-coefficients, coefficients]) / 2
            intercepts = np.concatenate([-intercepts, intercepts]) / 2
        for number, weights, bias in zip(known, coefficients, intercepts, strict=True):
            columns[number] = (weights, float(bias))
        return columns

    def _binary(self, x: Floats, target: Floats) -> tuple[Floats, float]:
        if target.min() == target.max():
            return np.zeros(x.shape[1]), 20.0 if target[0] else -20.0
        regression = LogisticRegression(C=0.01, max_iter=300).fit(x, target)
        return regression.coef_[0], float(regression.intercept_[0])


@dataclass(frozen=True)
class Upper:
    """Fitted upper heads of usefulness."""

    trees: HistGradientBoostingRegressor
    corrections: list[HistGradientBoostingRegressor]
    scaling: Scaling
    table: Floats
    bias: Floats

    def grade(self, inputs: Floats) -> Floats:
        """Grades 0-4."""
        return np.clip(self.trees.predict(inputs[:, STACK_PLAIN]), 0, 4)  # type: ignore[no-any-return]

    def logits(self, inputs: Floats) -> Floats:
        """Of types, presence, applicability: (posts × outputs)."""
        logits = self.scaling(inputs.astype(np.float32)) @ self.table + self.bias
        for number, trees in enumerate(self.corrections):
            logits[:, number] += trees.predict(inputs)
        return logits


def fit_upper(inputs: Floats, graded: Graded, seed: int) -> Upper:
    """Fit trees and logistic regressions, and what corrects these, on opinions that did not see their posts, and features (columns as STACK)."""
    scaling = Scaling.of(inputs.astype(np.float32))
    table, bias = Logistic(scaling, seed).fit(inputs, graded.kind, graded.present, graded.applies)
    kinds, present, _ = np.split(
        scaling(inputs.astype(np.float32)) @ table + bias, [len(TYPES), len(TYPES) + len(CHECKLIST)], axis=1
    )
    chances = np.concatenate([softmax(kinds, axis=1), expit(present)], axis=1)
    truth = np.concatenate([np.eye(len(TYPES))[graded.kind], graded.present], axis=1)
    corrections = fit_corrections(inputs, chances, truth, seed)
    return Upper(fit_trees(inputs[:, STACK_PLAIN], graded.grade, seed), corrections, scaling, table, bias)


def upper_out_of_fold(inputs: Floats, graded: Graded, folds: Ints, seed: int) -> tuple[Floats, Floats]:
    """Grades and logits by upper heads that did not see the fold."""
    grade, logits = np.zeros(len(graded)), np.zeros((len(graded), len(TYPES) + len(CHECKLIST) + 7))
    for fold in np.unique(folds):
        upper = fit_upper(inputs[folds != fold], graded.take(folds != fold), seed)
        grade[folds == fold] = upper.grade(inputs[folds == fold])
        logits[folds == fold] = upper.logits(inputs[folds == fold])
    return grade, logits


def presence_thresholds(logits: Floats, present: Floats) -> Floats:
    """For each item of the checklist the probability above which F1 is best out of fold."""
    chances = 1 / (1 + np.exp(-logits[:, len(TYPES) : len(TYPES) + len(CHECKLIST)]))
    grid = np.arange(0.2, 0.71, 0.02)
    best = [
        grid[int(np.argmax([f1_score(truth, said >= t, zero_division=0) for t in grid]))]
        for said, truth in zip(chances.T, present.T, strict=True)
    ]
    return np.array(best)
