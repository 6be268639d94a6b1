"""The recipe of all heads: linear opinions first, then small trees over opinions and form.

A head is what the model says about one thing. Every linear head gives an opinion about
every post; on reactions it is the last word. Boosted trees weigh the opinions on usefulness
together with the named features and give the grade; smaller ones over the same inputs give
type and checklist, and the grade leans a little on the facts that these find.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.features import FEATURES, measure
from model.forest import Forest
from model.lexicon import Batch
from model.linear import FEW, LinearHeads, Rows, Vocabulary
from model.score import CHECKLIST, REACTIONS, TYPES
from model.text import DECORATION

Floats = npt.NDArray[np.float32]

SOMETIMES = 7  # the first items of the checklist do not apply to every post, the last three always do

# Linear heads, in the order of the columns of their table.
GRADE_HEADS = (
    "usefulness",
    "useful",
    *(f"type.{name}" for name in TYPES),
    *(f"present.{name}" for name in CHECKLIST),
    *(f"applies.{name}" for name in CHECKLIST[:SOMETIMES]),
)
OUTCOMES = (
    len(TYPES) + len(CHECKLIST) + SOMETIMES
)  # what small trees tell: the type, which items are there, which apply
REACTION_HEADS = ("any", *REACTIONS)
LINEAR_HEADS = GRADE_HEADS + REACTION_HEADS

# Features that usefulness, type and checklist must not see: decoration, capitals, how the text is laid out.
LAYOUT = (*DECORATION, "upper", "title", "text.lines", "text.bullets", "text.quotes", "text.dashes", "text.letters",
          "text.stops", "size.word")  # fmt: skip
PLAIN = np.array([not any(mark in name for mark in LAYOUT) for name in FEATURES])
_PLAIN_AT = np.flatnonzero(PLAIN)

# What upper heads look at.
STACK = (*(f"linear.{name}" for name in GRADE_HEADS), *np.array(FEATURES)[PLAIN])

# Posts that a resident acts on, and the facts that one needs for it: each found is worth something in any company.
CALLS = tuple(TYPES.index(name) for name in ("alert", "service", "event", "explain"))
FACTS = tuple(CHECKLIST.index(name) for name in ("when", "where", "contact"))

# Standardised inputs of linear parts are cut here: one odd post must not shout.
CLIP = 4.0


@dataclass(frozen=True)
class Scaling:
    """Centre and spread of inputs, both of their width."""

    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, matrix: Floats) -> "Scaling":
        """Measure a matrix (rows × inputs); a constant input keeps spread 1."""
        spread = matrix.std(axis=0)
        return cls(matrix.mean(axis=0), np.where(spread > 1e-6, spread, 1).astype(np.float32))

    def __call__(self, matrix: Floats) -> Floats:
        """Standardise and clip."""
        return between((matrix - self.centre) / self.spread, np.float32(-CLIP), np.float32(CLIP))


def multiply_rows(left: Floats, right: Floats) -> Floats:
    """Matrix product in which every row comes out the same in any company.

    BLAS picks another order of summing for another number of rows, and a last bit may
    take another branch of a tree; this sums each row on its own.
    """
    if len(left) > FEW:  # the same sums, walked along the longer side
        return np.einsum("ji,jk->ki", np.ascontiguousarray(left.T), right).T  # type: ignore[no-any-return]
    return np.einsum("ij,jk->ik", left, right)  # type: ignore[no-any-return]


def stack(opinions: npt.NDArray[Any], features: Floats) -> npt.NDArray[Any]:
    """Columns as STACK from linear opinions (posts × GRADE_HEADS) and all features."""
    return np.concatenate([opinions, features.take(_PLAIN_AT, axis=1)], axis=1)


def chances(logits: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """From logits of the outcomes: of types (posts × types), and of items to be there and to apply (posts × rest)."""
    kinds = logits[:, : len(TYPES)]
    kinds = np.exp(kinds - kinds.max(axis=1, keepdims=True))
    return kinds / kinds.sum(axis=1, keepdims=True), sigmoid(logits[:, len(TYPES) :])


def lean_on(facts: npt.NDArray[Any], grade: npt.NDArray[Any], lean: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Raise each grade by a part of itself for every fact to act on, then bring the whole scale back to the grades.

    `lean`: the part; and the line by which what was raised is multiplied, lower the higher
    it is. Order stays as it was raised.
    """
    part, start, slope = lean
    raised = grade * (1 + part * facts)
    return raised * (start - slope * raised)


def facts_to_act_on(types: npt.NDArray[Any], present: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """How many of FACTS each post has, times the root of the chance that it is one of CALLS: 0 to 3.

    The root, or a fact that makes a call look a little less like one would take more than it brings.
    """
    # Added up one by one: the same in any company.
    call, facts = (
        table.take(columns, axis=1).cumsum(axis=1)[:, -1] for table, columns in ((types, CALLS), (present, FACTS))
    )
    return np.sqrt(call) * facts  # type: ignore[no-any-return]


def between(values: npt.NDArray[Any], low: Any, high: Any) -> npt.NDArray[Any]:
    """As np.clip, which takes five times as long over a few numbers."""
    return np.minimum(np.maximum(values, low), high)  # type: ignore[no-any-return]


def sigmoid(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The logistic function."""
    return 1 / (1 + np.exp(-between(values, -30, 30)))  # type: ignore[no-any-return]


def interval(
    grade: npt.NDArray[Any], spread: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Where grades like these really lay, lower and upper ends in 0-4.

    `spread`: predictions, and how far below and above them the truth was out of fold.
    """
    at, low, high = spread
    return between(grade + np.interp(grade, at, low), 0, grade), between(grade + np.interp(grade, at, high), grade, 4)


@dataclass
class Predictions:
    """What the heads say of a batch, before it is worded as scores; arrays over posts.

    `grade` 0-4 with `grade_low`, `grade_high`; `useful` a probability; `residual` by
    reaction, in log counts above the page's usual; `chance` the calibrated probability of
    beating it; `types` (posts × types); `present` and `applies` (posts × checklist);
    `features` and `design` are what the heads looked at.
    """

    grade: npt.NDArray[np.float64]
    grade_low: npt.NDArray[np.float64]
    grade_high: npt.NDArray[np.float64]
    useful: npt.NDArray[np.float64]
    residual: Mapping[str, npt.NDArray[np.float64]]
    chance: Mapping[str, npt.NDArray[np.float64]]
    types: npt.NDArray[np.float64]
    present: npt.NDArray[np.float64]
    applies: npt.NDArray[np.float64]
    features: Floats
    design: Rows


class Heads:
    """All heads of a model, built from the plain arrays that its folder keeps.

    `words`: those of the shipped lexicon in its order; `parts["senses"]` has a row for each.
    """

    def __init__(self, parts: Mapping[str, Any], words: Iterable[str]) -> None:
        vocabulary = Vocabulary(parts["lemmas"], parts["pairs"], parts["idf"])
        self.linear = LinearHeads(
            vocabulary, LINEAR_HEADS, parts["bias"], parts["table"], parts["grams"], parts["senses"], words
        )
        self.form = np.ascontiguousarray(parts["form"], np.float32)
        self.form_scaling = Scaling(*parts["form_scaling"])
        self.trees = Forest(parts["trees"], parts["outcomes"])  # the grade, then what stands in OUTCOMES
        self.lean = tuple(map(float, parts["lean"]))
        self.calibration = parts["calibration"]
        calibration = np.array([self.calibration[name] for name in ("useful", *REACTION_HEADS)], np.float64)
        self._slopes, self._intercepts = calibration.T[:, :, None]
        self.thresholds = np.asarray(parts["thresholds"])
        self.spread = parts["spread"]

    def opinions(self, batch: Batch, features: Floats, design: Rows | None = None) -> tuple[Floats, Floats]:
        """What upper heads look at, (posts × STACK), and linear opinions on reactions, (posts × reaction heads)."""
        opinions = self.linear.outputs(batch, design) + multiply_rows(self.form_scaling(features), self.form)
        grades = len(GRADE_HEADS)
        return stack(opinions[:, :grades], features), opinions[:, grades:]

    def predict(self, batch: Batch) -> Predictions:
        """Ask every head about every post of the batch."""
        design = self.linear.vocabulary.weigh(batch)
        features = measure(batch)
        inputs, reactions = self.opinions(batch, features, design)
        said = self.trees.predict(inputs)
        types, rest = chances(said[:, 1:])
        present = rest[:, : len(CHECKLIST)]
        grade = between(lean_on(facts_to_act_on(types, present), said[:, 0], self.lean), 0, 4)
        residual = reactions.T.astype(np.float64)
        useful, *chance = sigmoid(self._slopes * np.concatenate([grade[None], residual]) + self._intercepts)
        low, high = interval(grade, self.spread)
        applies = np.ones((len(batch), len(CHECKLIST)))
        applies[:, : rest.shape[1] - len(CHECKLIST)] = rest[:, len(CHECKLIST) :]
        return Predictions(
            grade=grade,
            grade_low=low,
            grade_high=high,
            useful=useful,
            residual=dict(zip(REACTION_HEADS, residual, strict=True)),
            chance=dict(zip(REACTION_HEADS, chance, strict=True)),
            types=types,
            present=present,
            applies=applies,
            features=features,
            design=design,
        )
