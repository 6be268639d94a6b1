"""The upper heads of usefulness: trees over linear opinions and features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.metrics import f1_score

from model.heads import FACTS, OUTCOMES, SOMETIMES, STACK, chances, facts_to_act_on, lean_on
from model.score import CHECKLIST, TYPES
from training.dataset import Graded, join
from training.omissions import WEIGHT, Omissions

Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

# Coarse questions: as good as fine ones, and far fewer to ask.
BINS = 64

GRADE_TREES = {
    "max_iter": 500,
    "learning_rate": 0.025,
    "max_leaf_nodes": 32,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "max_bins": BINS,
}
# Posts in a leaf: large leaves rank better and jitter less; a small corpus has leaves as small as it needs.
LEAF, LEAVES = 100, 60

# By which part of itself a fact to act on raises what the trees say: they know what a fact is worth, yet sometimes
# one more makes a text look like others, and its grade falls.
LEAN = 0.25

# Type and checklist: an output needs fewer and smaller ones.
OUTCOME_TREES = {
    "max_iter": 40,
    "learning_rate": 0.17,
    "max_leaf_nodes": 12,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "max_bins": BINS,
}
OUTCOME_LEAF = 80
NEVER = -20.0  # the logit of what the corpus lacks


def fit_trees(
    inputs: Floats, target: Floats, seed: int, weight: Floats | None = None, leaf: int = LEAF
) -> HistGradientBoostingRegressor:
    """Boost small trees."""
    trees = HistGradientBoostingRegressor(
        **GRADE_TREES, min_samples_leaf=_leaf(leaf, target), random_state=seed, early_stopping=False
    )
    return trees.fit(inputs, target, sample_weight=weight)


def _leaf(wanted: int, target: Floats) -> int:
    return min(wanted, max(20, len(target) // LEAVES))


def unroll(parts: Sequence[tuple[Sequence[int], Any]], baseline: Floats) -> dict[str, Any]:
    """Fitted trees as the plain arrays that `model.forest.Forest` reads without scikit-learn.

    `parts`: outputs, and the trees whose answers they are; `baseline`: of all outputs, those
    without trees included. Raises ValueError for trees that the forest would misread.
    """
    grown = [(output, tree.nodes) for outputs, trees in parts for step in trees._predictors
             for output, tree in zip(outputs, step, strict=True)]  # fmt: skip
    sizes = np.array([len(tree) for _, tree in grown], int)
    nodes = np.concatenate([np.zeros(0, PREDICTOR_RECORD_DTYPE), *(tree for _, tree in grown)])
    roots = np.cumsum(sizes) - sizes
    left, right = (nodes[side] + np.repeat(roots, sizes) for side in ("left", "right"))
    split = nodes["is_leaf"] == 0
    if nodes["is_categorical"].any() or (left[split] != np.flatnonzero(split) + 1).any():
        raise ValueError("expected splits by numbers only, each with its left branch right behind it")
    baseline = np.array(baseline, np.float64)
    for outputs, trees in parts:
        baseline[list(outputs)] = trees._baseline_prediction.ravel()
    return {
        "column": np.where(split, nodes["feature_idx"], -1).astype(np.int16),
        "threshold": np.where(split, nodes["num_threshold"], 0),
        "right": np.where(split, right, 0).astype(np.int32),
        "value": np.where(split, 0, nodes["value"]),
        "roots": roots.astype(np.int32),
        "output": np.array([output for output, _ in grown], np.int16),
        "baseline": baseline,
        "width": parts[0][1].n_features_in_ if parts else len(STACK),
    }


@dataclass(frozen=True)
class Outcomes:
    """Trees that give the logits of type, then presence, then applicability.

    `parts`: which of the logits, and the trees that give them; `baseline`: all logits where
    nothing gives them, such as those of a type that the corpus lacks.
    """

    parts: list[tuple[list[int], HistGradientBoostingClassifier]]
    baseline: Floats

    @classmethod
    def fit(
        cls, inputs: Floats, kind: Ints, present: Floats, applies: Floats, seed: int, weight: Floats | None = None
    ) -> "Outcomes":
        """Boost them, each matter on its own."""
        parts: list[tuple[list[int], HistGradientBoostingClassifier]] = []
        baseline = np.full(OUTCOMES, NEVER)
        types = [int(number) for number in np.unique(kind)]
        baseline[types] = 0
        if len(types) > 1:  # of two types the trees give one logit: how much likelier the second is
            parts.append((types[-1:] if len(types) == 2 else types, _fit_outcome(inputs, kind, seed, weight)))
        for number, target in enumerate((*present.T, *applies[:, :SOMETIMES].T), len(TYPES)):
            if target.min() < target.max():
                parts.append(([number], _fit_outcome(inputs, target, seed, weight)))
            else:
                baseline[number] = -NEVER if target[0] else NEVER
        return cls(parts, baseline)

    def logits(self, inputs: Floats) -> Floats:
        """Logits: (posts × outcomes)."""
        logits = np.tile(self.baseline, (len(inputs), 1))
        for outputs, trees in self.parts:
            logits[:, outputs] = trees.decision_function(inputs).reshape(len(inputs), -1)
        return logits


def _fit_outcome(inputs: Floats, target: Floats, seed: int, weight: Floats | None) -> HistGradientBoostingClassifier:
    leaf = _leaf(OUTCOME_LEAF, target)
    trees = HistGradientBoostingClassifier(
        **OUTCOME_TREES, min_samples_leaf=leaf, random_state=seed, early_stopping=False
    )
    return trees.fit(inputs, target, sample_weight=weight)


@dataclass(frozen=True)
class Upper:
    """Fitted upper heads of usefulness.

    `lean`: how the grade of the trees leans on facts to act on, see `model.heads.lean_on`.
    """

    trees: HistGradientBoostingRegressor
    outcomes: Outcomes
    lean: tuple[float, float, float]

    def predict(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Grades 0-4, and logits of the outcomes."""
        logits = self.outcomes.logits(inputs)
        grade = lean_on(_facts(logits), self.trees.predict(inputs), self.lean)
        return np.clip(grade, 0, 4), logits

    def parts(self) -> dict[str, Any]:
        """What the folder keeps of them."""
        return {
            "trees": unroll([([0], self.trees)], np.zeros(1)),
            "outcomes": unroll(self.outcomes.parts, self.outcomes.baseline),
            "lean": self.lean,
        }


def _facts(logits: Floats) -> Floats:
    types, rest = chances(logits)
    return facts_to_act_on(types, rest[:, : len(CHECKLIST)])


def fit_lean(grade: Floats, facts: Floats) -> tuple[float, float, float]:
    """How grades (posts) lean on facts to act on (posts, 0-3), see `model.heads.lean_on`.

    The line makes of raised grades the best guess of those that the trees gave, which are calibrated.
    """
    raised = grade * (1 + LEAN * facts)
    start, slope = np.linalg.lstsq(np.column_stack([raised, -raised * raised]), grade)[0]
    highest = 4 * (1 + LEAN * len(FACTS))
    return LEAN, float(start), float(min(slope, start / (2 * highest)))  # rising all the way up


def fit_upper(inputs: Floats, graded: Graded, seed: int, omissions: Omissions | None = None, leaf: int = LEAF) -> Upper:
    """Fit trees on opinions that did not see their posts, and features (columns as STACK)."""
    weight, usual = None, inputs[graded.typical()]
    if omissions:
        weight = np.append(np.ones(len(graded)), np.full(len(omissions), WEIGHT))
        inputs, graded = np.concatenate([inputs, omissions.inputs]), join([graded, omissions.graded])
    outcomes = Outcomes.fit(inputs, graded.kind, graded.present, graded.applies, seed, weight)
    trees = fit_trees(inputs, graded.grade, seed, weight, leaf)
    lean = fit_lean(trees.predict(usual), _facts(outcomes.logits(usual)))
    return Upper(trees, outcomes, lean)


def upper_out_of_fold(
    inputs: Floats, graded: Graded, folds: Ints, seed: int, omissions: Omissions | None = None
) -> tuple[Floats, Floats]:
    """Grades and logits by upper heads that did not see the fold."""
    grade, logits = np.zeros(len(graded)), np.zeros((len(graded), OUTCOMES))
    for fold in np.unique(folds):
        train, held = folds != fold, folds == fold
        upper = fit_upper(inputs[train], graded.take(train), seed, omissions and omissions.of(train))
        grade[held], logits[held] = upper.predict(inputs[held])
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
