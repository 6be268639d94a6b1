"""Fit a whole model: every head, its calibration, the page memory, in one deterministic pass."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.familiarity import known_share
from model.heads import LINEAR_HEADS, REACTION_HEADS, STACK_PLAIN, Heads, Scaling
from model.lexicon import Lexicon, pack_parses, unpack_parses
from model.post import Post
from model.score import CHECKLIST, TYPES
from training.calibration import fit_platt, fit_spread
from training.dataset import Graded, Reacted
from training.labels import weights
from training.memory import KERNELS, learn_combination, recall_all
from training.ridge import FORM_SHARE, GradeRidge, ReactionRidge, Weights, build_blocks
from training.splits import page_folds
from training.stack import (
    GRADE_TREES,
    NOT_REACTIONS,
    Logistic,
    fit_reaction,
    fit_trees,
    grade_out_of_fold,
    presence_thresholds,
    reactions_out_of_fold,
)
from training.vocabulary import build_vocabulary, parse_words

log = logging.getLogger(__name__)

FOLDS = 5
Floats = npt.NDArray[np.float64]


@dataclass
class Fitted:
    """A model that is not yet a folder: arrays and trees, words, and what the manifest will say."""

    parts: dict[str, Any]
    words: bytes
    manifest: dict[str, Any]


def fit(reacted: Reacted, graded: Graded, seed: int = 0) -> Fitted:
    """Fit all heads. The same data and seed give the same model."""
    posts = [*reacted.posts, *graded.posts]
    log.info("словарь: %d постов", len(posts))
    words = pack_parses(parse_words(posts))
    packed = unpack_parses(words)
    vocabulary = build_vocabulary(posts, packed)

    log.info("полезность: линейные головы, %d оценок", len(graded))
    grade_blocks = build_blocks(graded.posts, vocabulary, packed)
    grade_folds = page_folds(graded.groups, FOLDS, seed)
    ridge = GradeRidge(grade_blocks, _grade_targets(graded))
    grade_opinions = ridge.out_of_fold(grade_folds)
    grade_weights = ridge.weights()
    del ridge  # a gigabyte of products

    log.info("вовлечённость: линейные головы, %d постов", int(reacted.labelled.sum()))
    rows = np.flatnonzero(reacted.labelled)
    reaction_blocks = build_blocks(reacted.posts, vocabulary, packed, like=grade_blocks)
    labelled = reaction_blocks.take(rows)
    residual, weight = reacted.residual[rows], weights(reacted.usual[rows])
    reactions = ReactionRidge(labelled, residual, weight)
    reaction_folds = page_folds(reacted.groups[rows], FOLDS, seed)
    reaction_opinions = reactions.out_of_fold(reaction_folds)
    reaction_weights = reactions.weights()

    log.info("верхние головы")
    no_reactions = np.zeros((len(graded), len(REACTION_HEADS)))  # what is useful does not hang on applause
    grade_inputs = _inputs(grade_opinions, no_reactions, grade_blocks.features)
    grade_said = _opinions(reaction_blocks, grade_weights)
    reaction_inputs = _inputs(grade_said[rows], reaction_opinions, labelled.features)
    stack_scaling = Scaling.of(grade_inputs.astype(np.float32))
    logistic = Logistic(stack_scaling, seed)
    table, bias = logistic.fit(grade_inputs, graded.kind, graded.present, graded.applies)
    logits = logistic.out_of_fold(grade_inputs, graded.kind, graded.present, graded.applies, grade_folds)
    trees = {"usefulness": fit_trees(grade_inputs[:, STACK_PLAIN], graded.grade, GRADE_TREES, seed)}
    for number, head in enumerate(REACTION_HEADS):
        trees[head] = fit_reaction(reaction_inputs, residual[:, number], weight[:, number], seed)

    log.info("калибровка вне обучающих страниц")
    grade_oof = grade_out_of_fold(grade_inputs, graded.grade, grade_folds, seed)
    reaction_oof = reactions_out_of_fold(reaction_inputs, residual, weight, reaction_folds, seed)
    natural = graded.natural if graded.natural.any() else np.ones(len(graded), bool)
    calibration = {"useful": fit_platt(grade_oof[natural], graded.grade[natural] >= 2.5)}
    for number, head in enumerate(REACTION_HEADS):
        known = ~np.isnan(residual[:, number])
        calibration[head] = fit_platt(reaction_oof[known, number], residual[known, number] > 0)

    parts = {
        "lemmas": list(vocabulary.lemmas),
        "pairs": vocabulary.pairs,
        "idf": vocabulary.idf,
        "bias": np.concatenate([grade_weights.bias, reaction_weights.bias]),
        **{
            name: np.concatenate([getattr(grade_weights, name), getattr(reaction_weights, name)], axis=1).astype(np.float16)
            for name in ("table", "grams")
        },
        "form": np.concatenate([grade_weights.form, reaction_weights.form], axis=1),
        "form_scaling": (grade_blocks.scaling.centre, grade_blocks.scaling.spread),
        "stack_scaling": (stack_scaling.centre, stack_scaling.spread),
        "logistic": table.astype(np.float32) * NOT_REACTIONS[:, None],
        "logistic_bias": bias,
        "trees": trees,
        "calibration": calibration,
        "thresholds": np.stack([presence_thresholds(logits, graded.present), np.full(len(CHECKLIST), 0.5)]),
        "spread": fit_spread(grade_oof[natural], graded.grade[natural]),
    }
    said = np.full(reacted.residual.shape, np.nan)
    said[rows] = reaction_oof
    log.info("память страницы")
    told = [recall_all(reaction_blocks.lemmas, reacted, kernel) for kernel in KERNELS]
    combination = learn_combination(told, reacted, said)
    manifest = {
        "seed": seed,
        "data": {"sha256": data_hash(reacted, graded), "reacted": len(rows), "graded": len(graded),
                 "pages": len({*reacted.groups, *graded.groups})},
        "labels": {"grades": "0-4, LABELLING.md", "types": list(TYPES), "checklist": list(CHECKLIST), "reactions": list(REACTION_HEADS)},
        "memory": combination.describe(),
        "usual": {"usefulness": [round(25 * float(q), 1) for q in np.quantile(grade_oof[natural], [0.1, 0.5, 0.9])]},
        "min_known_words": _least_known(graded.posts, parts, packed),
        "types": {name: round(float(np.mean(graded.kind[natural] == n)), 4) for n, name in enumerate(TYPES)},
    }  # fmt: skip
    return Fitted(parts, words, manifest)


def _grade_targets(graded: Graded) -> npt.NDArray[np.float32]:
    """Targets of the linear heads of usefulness, columns as GRADE_HEADS."""
    kinds = np.eye(len(TYPES))[graded.kind]
    useful = graded.grade >= 2.5
    return np.column_stack([graded.grade, useful, kinds, graded.present, graded.applies[:, :7]]).astype(np.float32)


def _opinions(blocks: Any, weights: Weights) -> npt.NDArray[np.float32]:
    """Opinions of fitted heads on blocks, as `LinearHeads.outputs` and the form table give them."""
    letters = blocks.letters @ (weights.grams / blocks.letter_scale[:, None])
    form = blocks.form @ (weights.form / np.sqrt(FORM_SHARE / len(weights.form)))
    return np.asarray(blocks.lemmas @ weights.table + letters + form + weights.bias, np.float32)


def _inputs(grades: Any, reactions: Any, features: Any) -> Floats:
    """Inputs of the upper heads, columns as STACK."""
    inputs = np.concatenate([grades, reactions, features], axis=1)
    assert inputs.shape[1] == len(LINEAR_HEADS) + features.shape[1]
    return inputs


def _least_known(posts: Sequence[Post], parts: dict[str, Any], packed: dict[str, str]) -> float:
    """The share of known words that all but one in two hundred training posts exceed."""
    heads = Heads(parts)
    batch = Lexicon(packed, heads.linear).read([post.text for post in posts])
    return round(float(np.quantile(known_share(batch), 0.005)), 3)


def data_hash(reacted: Reacted, graded: Graded) -> str:
    """What data a model was fitted on, without keeping any of it."""
    digest = hashlib.sha256()
    for post, row in zip(reacted.posts, reacted.residual, strict=True):
        digest.update(json.dumps([post.page, post.post_id, post.text, np.nan_to_num(row).round(6).tolist()]).encode())
    for post, grade in zip(graded.posts, graded.grade, strict=True):
        digest.update(json.dumps([post.page, post.post_id, post.text, float(grade)]).encode())
    return digest.hexdigest()
