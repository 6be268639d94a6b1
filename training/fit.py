"""Fit a whole model: every head, its calibration, the page memory, in one deterministic pass."""

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from model.drift import describe, lengths, places
from model.familiarity import judge, known_share
from model.heads import REACTION_HEADS, Heads, sigmoid
from model.lexicon import Lexicon
from model.score import CHECKLIST, TYPES
from training.appeal import EXPERTS, learn_mix
from training.appeal import describe as describe_mix
from training.calibration import fit_platt, fit_spread, fit_swing
from training.dataset import USEFUL, Graded, Reacted, count_invented
from training.material import Material, prepare
from training.memory import KERNELS, learn_combination, recall_all
from training.ridge import Weights
from training.stack import fit_upper, presence_thresholds, upper_out_of_fold

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]


@dataclass
class Fitted:
    """A model that is not yet a folder: arrays, words, and what the manifest will say."""

    parts: dict[str, Any]
    words: bytes
    manifest: dict[str, Any]


def fit(reacted: Reacted, graded: Graded, seed: int = 0) -> Fitted:
    """Fit all heads. The same data and seed give the same model."""
    return fit_material(prepare(reacted, graded, seed))


def fit_material(material: Material) -> Fitted:
    """Fit all heads on material made ready."""
    # One thread for the trees: several add in any order, and wait for each other on a busy machine.
    with threadpool_limits(1, user_api="openmp"):
        return _fit(material)


def _fit(m: Material) -> Fitted:
    graded, seed = m.graded, m.seed
    log.info("головы полезности")
    everything = np.arange(len(graded))
    grade_weights = m.grade_ridge.weights(everything, m.grade_ridge.fit(everything))
    upper = fit_upper(m.grade_inputs, graded, seed, m.omissions)
    grade, logits = upper_out_of_fold(m.grade_inputs, graded, m.grade_folds, seed, m.omissions)
    natural = graded.typical()

    log.info("головы отклика: %d постов", len(m.rows))
    every = np.arange(len(m.rows))
    experts = np.full((len(m.reacted), len(EXPERTS)), np.nan)
    experts[m.rows] = reactions_out_of_fold(m)
    mix = learn_mix(experts, m.reacted, m.reacted.labelled)
    general = experts[m.rows] @ mix
    reaction_weights = m.reaction_ridge.weights(m.reaction_ridge.fit(every)).mixed(mix)
    calibration = {"useful": fit_platt(grade[natural], graded.grade[natural] >= USEFUL)}
    for number, head in enumerate(REACTION_HEADS):
        known = ~np.isnan(m.residual[:, number])
        calibration[head] = fit_platt(general[known, number], m.residual[known, number] > 0)

    log.info("память страницы")
    odds = np.full(m.reacted.residual.shape, np.nan)
    for number, head in enumerate(REACTION_HEADS):
        odds[m.rows, number] = calibration[head][0] * general[:, number] + calibration[head][1]
    told = [recall_all(m.reaction_blocks.lemmas, m.reacted, kernel) for kernel in KERNELS]
    combination = learn_combination(told, m.reacted, odds, m.reacted.labelled)
    parts = {
        "lemmas": list(m.vocabulary.lemmas),
        "pairs": m.vocabulary.pairs,
        "idf": m.vocabulary.idf,
        **_linear_parts(grade_weights, reaction_weights),
        "senses": (m.vectors @ reaction_weights.senses).astype(np.float16),
        "form_scaling": (m.grade_blocks.scaling.centre, m.grade_blocks.scaling.spread),
        **upper.parts(),
        "calibration": calibration,
        "thresholds": np.stack([presence_thresholds(logits, graded.present), np.full(len(CHECKLIST), 0.5)]),
        "spread": fit_spread(grade[natural], graded.grade[natural]),
    }
    slope, intercept = calibration["any"]
    scores = {
        "usefulness": 25 * grade[natural],
        "engagement": 100 * sigmoid(slope * general[:, 0] + intercept),
        "type": logits[natural, : len(TYPES)].argmax(axis=1),
    }
    least_known, reference = _reference(m, parts, scores)
    manifest = {
        "seed": seed,
        "data": {
            "sha256": data_hash(m.reacted, graded),
            "reacted": len(m.rows),
            "graded": len(graded),
            "pages": len({*m.reacted.groups, *graded.groups}),
            "invented": count_invented(graded),
        },
        "labels": {
            "grades": "0-4",
            "types": list(TYPES),
            "checklist": list(CHECKLIST),
            "reactions": list(REACTION_HEADS),
        },
        "engagement": describe_mix(mix),
        "swing": fit_swing(general[:, 0], m.residual[:, 0], calibration["any"]),
        "memory": combination.describe(),
        "usual": {"usefulness": [round(25 * float(q), 1) for q in np.quantile(grade[natural], [0.1, 0.5, 0.9])]},
        "min_known_words": least_known,
        "reference": reference,
    }
    return Fitted(parts, m.morphology.pack(), manifest)


def reactions_out_of_fold(m: Material) -> Floats:
    """What heads that did not see the page say: (labelled posts × EXPERTS)."""
    said = np.zeros((len(m.rows), len(EXPERTS)))
    for fold in np.unique(m.reaction_folds):
        train, held = np.flatnonzero(m.reaction_folds != fold), np.flatnonzero(m.reaction_folds == fold)
        said[held] = reactions_of(m, train, held)
    return said


def reactions_of(m: Material, train: npt.NDArray[np.int64], held: npt.NDArray[np.int64]) -> Floats:
    """What heads fitted on `train` say of `held`: (held × EXPERTS)."""
    return m.reaction_ridge.predict(held, m.reaction_ridge.fit(train)).astype(np.float64)


def _linear_parts(grades: Weights, reactions: Weights) -> dict[str, npt.NDArray[Any]]:
    """Tables of all linear heads, the grades first."""
    return {
        "bias": np.concatenate([grades.bias, reactions.bias]),
        "table": np.concatenate([grades.table, reactions.table], axis=1).astype(np.float16),
        "grams": grades.grams.astype(np.float16),
        "form": np.concatenate([grades.form, reactions.form], axis=1),
    }


def _reference(m: Material, parts: dict[str, Any], scores: dict[str, npt.NDArray[Any]]) -> tuple[float, dict[str, Any]]:
    """The least share of known words that is not strange, and what an archive is set beside (see `model.drift`).

    All but one in two hundred training posts have a larger share. `scores` are those of
    posts by heads that did not see them.
    """
    heads = Heads(parts, m.morphology.words)
    batch = Lexicon(m.morphology.parse, heads.linear).read([post.text for post in m.graded.posts])
    known = known_share(batch)
    least = round(float(np.quantile(known, 0.005)), 3)
    natural = m.graded.typical()
    statuses = judge(batch, m.grade_blocks.features, least)
    form = {"length": lengths(m.graded.posts), "known_words": known, "status": places(statuses)}
    return least, describe({**{name: column[natural] for name, column in form.items()}, **scores})


def data_hash(reacted: Reacted, graded: Graded) -> str:
    """What data a model was fitted on, without keeping any of it."""
    digest = hashlib.sha256()
    for post, row in zip(reacted.posts, reacted.residual, strict=True):
        digest.update(json.dumps([post.page, post.post_id, post.text, np.nan_to_num(row).round(6).tolist()]).encode())
    digest.update(np.nan_to_num(reacted.appeal).round(6).tobytes())
    for post, grade in zip(graded.posts, graded.grade, strict=True):
        digest.update(json.dumps([post.page, post.post_id, post.text, float(grade)]).encode())
    return digest.hexdigest()
