"""Material: posts made ready for fitting, the same for the model that ships and for its report."""

import logging
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS, SOMETIMES, stack
from model.linear import Vocabulary
from model.morphology import Morphology
from model.score import TYPES
from training.dataset import EXPECTED, USEFUL, Graded, Reacted, fingerprint
from training.labels import weights
from training.morphology import list_words
from training.omissions import Omissions, cut_posts, look_at
from training.ridge import APPEAL_ALPHA, REACTION_ALPHA, Blocks, GradeRidge, ReactionRidge, build_blocks
from training.senses import word_vectors
from training.splits import page_folds
from training.vocabulary import build_vocabulary, common_words, family_words

log = logging.getLogger(__name__)

FOLDS = 5
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class Material:
    """All posts as the heads see them.

    `rows`: the labelled ones among the posts with reactions; `residual`, `reaction_folds` and
    `reaction_marks` speak of these, and of these `reaction_ridge` says what `training.appeal`
    mixes. Folds keep pages whole over both data sets; marks tell near-duplicates (see
    `training.dataset.fingerprint`).
    `grade_inputs` (columns as STACK) hold opinions on usefulness by heads that never saw
    the page, then features; the opinions of `omissions` are by such heads, too.
    """

    graded: Graded
    reacted: Reacted
    seed: int
    morphology: Morphology
    vocabulary: Vocabulary
    vectors: npt.NDArray[np.float32]
    grade_blocks: Blocks
    reaction_blocks: Blocks
    grade_ridge: GradeRidge
    reaction_ridge: ReactionRidge
    grade_folds: Ints
    reaction_folds: Ints
    grade_marks: list[str]
    reaction_marks: list[str]
    grade_inputs: Floats
    omissions: Omissions
    rows: Ints
    residual: Floats


def prepare(reacted: Reacted, graded: Graded, seed: int = 0) -> Material:
    """Choose the vocabulary, look at every post, and form out-of-fold opinions on usefulness.

    The vocabulary, its rarity and the word vectors look at texts only, never at labels.
    """
    posts = [*reacted.posts, *graded.posts]
    log.info("словарь: %d постов", len(posts))
    # Packed and unpacked: the order of words is the one that the shipped folder will have.
    morphology = Morphology.unpack(list_words(common_words(posts) | family_words()).pack())
    vocabulary = build_vocabulary(posts, morphology)
    vectors = word_vectors(morphology)
    grade_blocks = build_blocks(graded.posts, vocabulary, morphology)
    reaction_blocks = build_blocks(reacted.posts, vocabulary, morphology, grade_blocks, vectors)
    folds = page_folds(np.concatenate([graded.groups, reacted.groups]), FOLDS, seed)
    grade_folds, reaction_folds = np.split(folds, [len(graded)])

    log.info("линейные головы полезности: %d оценок", len(graded))
    grade_ridge = GradeRidge(grade_blocks, _grade_targets(graded))
    cut, source = cut_posts(graded)
    omissions = look_at(cut, source, build_blocks(cut.posts, vocabulary, morphology, grade_blocks), grade_ridge)
    opinions, omissions = ask_out_of_fold(grade_ridge, omissions, grade_folds, np.arange(len(graded)))
    rows = np.flatnonzero(reacted.labelled)
    residual, appeal = reacted.residual[rows], reacted.appeal[rows]
    return Material(
        graded=graded,
        reacted=reacted,
        seed=seed,
        morphology=morphology,
        vocabulary=vocabulary,
        vectors=vectors,
        grade_blocks=grade_blocks,
        reaction_blocks=reaction_blocks,
        grade_ridge=grade_ridge,
        reaction_ridge=ReactionRidge(
            reaction_blocks.take(rows),
            np.hstack([residual, appeal]),
            np.hstack([weights(reacted.usual[rows]), np.ones_like(appeal)]),
            [REACTION_ALPHA] * len(REACTION_HEADS) + [APPEAL_ALPHA] * len(EXPECTED),
        ),
        grade_folds=grade_folds,
        reaction_folds=reaction_folds[rows],
        grade_marks=[fingerprint(post.text) for post in graded.posts],
        reaction_marks=[fingerprint(reacted.posts[n].text) for n in rows],
        grade_inputs=stack(opinions, grade_blocks.features),
        omissions=omissions,
        rows=rows,
        residual=residual,
    )


def ask_out_of_fold(
    ridge: GradeRidge, omissions: Omissions, folds: Ints, rows: Ints
) -> tuple[npt.NDArray[np.float32], Omissions]:
    """Opinions on `rows` and on omissions from them, by linear heads fitted on the other folds of the rows.

    (posts × GRADE_HEADS), zero for posts that are none of the rows; and the omissions with theirs.
    """
    opinions, omitted = np.zeros_like(ridge.targets), np.zeros_like(omissions.opinions)
    for fold in np.unique(folds[rows]):
        inside, outside = rows[folds[rows] != fold], rows[folds[rows] == fold]
        solution = ridge.fit(inside)
        opinions[outside] = ridge.predict(outside, inside, solution)
        cut = np.flatnonzero(np.isin(omissions.source, outside))
        omitted[cut] = ridge.predict(cut, inside, solution, omissions.kernel)
    return opinions, replace(omissions, opinions=omitted)


def _grade_targets(graded: Graded) -> npt.NDArray[np.float32]:
    """Targets of the linear heads of usefulness, columns as GRADE_HEADS."""
    kinds = np.eye(len(TYPES))[graded.kind]
    useful = graded.grade >= USEFUL
    return np.column_stack([graded.grade, useful, kinds, graded.present, graded.applies[:, :SOMETIMES]]).astype(
        np.float32
    )
