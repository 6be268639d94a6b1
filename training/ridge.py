"""Linear heads: ridge over lemmas, letters and form, all heads of a data set at once."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.linalg import solve_triangular
from sklearn.linear_model import Ridge

from model.features import measure
from model.heads import PLAIN, Scaling
from model.lexicon import Lexicon, surface
from model.linear import Vocabulary, count_grams, total
from model.morphology import Morphology
from model.post import Post
from training.senses import rows_of_pieces
from training.vocabulary import NoWeights

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

BUCKETS = 1 << 15
FORM_SHARE = 0.3  # of the evidence: form beside lemmas, chosen on training folds
SENSE_SHARE = 0.5  # and senses beside lemmas
GRADE_ALPHA = 1.5
REACTION_ALPHA = 30.0
APPEAL_ALPHA = 3.0  # what readers expect is less noisy than counts


@dataclass
class Blocks:
    """Posts as the linear heads see them; matrices over posts.

    `lemmas` (vocabulary), `letters` (buckets, already scaled), `letter_scale` (buckets),
    `senses` (mean word vectors, scaled by `sense_scale`; no columns where no vectors are
    given), `features` (named features, raw), `form` (the same, scaled).
    """

    lemmas: sp.csr_matrix
    letters: sp.csr_matrix
    letter_scale: Floats
    senses: Floats
    sense_scale: float
    features: Floats
    form: Floats
    scaling: Scaling

    def take(self, rows: npt.NDArray[np.generic]) -> "Blocks":
        """The rows of a mask or of numbers."""
        part = {name: getattr(self, name)[rows] for name in ("lemmas", "letters", "senses", "features", "form")}
        return replace(self, **part)


@dataclass
class Weights:
    """Weights of some heads: `bias` (heads), `table` (vocabulary × heads), `grams`, `senses` (300 × heads), `form`."""

    bias: Floats
    table: Floats
    grams: Floats
    senses: Floats
    form: Floats

    def mixed(self, mix: npt.NDArray[np.float64]) -> "Weights":
        """Weights of heads that are sums of these: `mix` (these heads × new ones); of heads without letters."""
        parts = {name: getattr(self, name) @ mix.astype(np.float32) for name in ("bias", "table", "senses", "form")}
        return replace(self, **parts)


def build_blocks(
    posts: Sequence[Post],
    vocabulary: Vocabulary,
    morphology: Morphology,
    like: Blocks | None = None,
    vectors: Floats | None = None,
) -> Blocks:
    """See posts as the linear heads do.

    `like`: blocks whose scales are to be used; `vectors`: of the words that the morphology lists, for senses.
    """
    lexicon = Lexicon(morphology.parse, NoWeights(vocabulary.lemmas))
    batch = lexicon.read([post.text for post in posts])
    occurrences = vocabulary.occurrences(batch)
    letters = (occurrences @ count_grams([surface(name) for name in lexicon.names()], BUCKETS)).tocsr()
    letter_scale = like.letter_scale if like else _letter_scale(letters)
    means: Floats = np.zeros((len(posts), 0), np.float32)
    if vectors is not None:
        rows = rows_of_pieces(lexicon, morphology.words, vectors)
        means = np.asarray(occurrences @ rows, np.float32) / total(occurrences.data, occurrences.indptr)[:, None]
    sense_scale = float(np.sqrt(SENSE_SHARE / max((means**2).sum(axis=1).mean(), 1e-9)))
    features = measure(batch)
    scaling = like.scaling if like else Scaling.of(features)
    return Blocks(
        lemmas=vocabulary.design(batch),
        letters=letters @ sp.diags(letter_scale),
        letter_scale=letter_scale,
        senses=means * np.float32(sense_scale),
        sense_scale=sense_scale,
        features=features,
        form=scaling(features) * np.float32(np.sqrt(FORM_SHARE / features.shape[1])),
        scaling=scaling,
    )


def _letter_scale(letters: sp.csr_matrix) -> Floats:
    """Idf of each bucket, then one factor that makes letters weigh as much as lemmas do."""
    share = np.asarray((letters > 0).mean(axis=0)).ravel()
    idf = np.maximum(np.log(1 / np.maximum(share, 1 / letters.shape[0])), 0.05)
    energy = np.asarray(letters.power(2).mean(axis=0)).ravel() @ idf**2
    return (idf / np.sqrt(max(energy, 1e-9))).astype(np.float32)  # type: ignore[no-any-return]


class GradeRidge:
    """Ridge in its dual form: the products of posts are computed once and serve every fold."""

    def __init__(self, blocks: Blocks, targets: Floats, alpha: float = GRADE_ALPHA) -> None:
        self.blocks = blocks
        self.targets = np.asarray(targets, np.float32)
        self.alpha = alpha
        self._form = blocks.form * PLAIN  # usefulness sees no decoration
        self._kernel = self.products(blocks)

    def with_alpha(self, alpha: float) -> "GradeRidge":
        """The same, regularized otherwise."""
        other = copy(self)
        other.alpha = alpha
        return other

    def products(self, blocks: Blocks) -> Floats:
        """Products of other posts with those of the ridge: (other posts × posts)."""
        products = _dense(blocks.lemmas @ self.blocks.lemmas.T)
        products += _dense(blocks.letters @ self.blocks.letters.T)
        products += (blocks.form * PLAIN) @ self._form.T
        return products

    def fit(self, rows: Ints) -> tuple[Floats, Floats]:
        """Solve on some rows: dual coefficients (rows × heads), summing to zero, and bias (heads)."""
        inner = self._kernel[np.ix_(rows, rows)]
        means = inner.mean(axis=0)
        inner += means.mean() - means[None] - means[:, None]
        inner[np.diag_indices(len(rows))] += self.alpha
        centre = self.targets[rows].mean(axis=0)
        dual = solve_positive(inner, self.targets[rows] - centre)
        dual -= dual.mean(axis=0)
        return dual, centre - means @ dual

    def predict(
        self, rows: Ints, fitted: Ints, solution: tuple[Floats, Floats], products: Floats | None = None
    ) -> Floats:
        """Opinions on `rows` of heads fitted on `fitted`; `products`: of other posts, whose rows are meant."""
        dual, bias = solution
        return (self._kernel if products is None else products)[np.ix_(rows, fitted)] @ dual + bias

    def out_of_fold(self, folds: Ints) -> Floats:
        """Opinions on every row by heads that did not see its fold: (posts × heads)."""
        opinions = np.zeros_like(self.targets)
        for fold in np.unique(folds):
            train, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            opinions[held] = self.predict(held, train, self.fit(train))
        return opinions

    def weights(self, rows: Ints, solution: tuple[Floats, Floats]) -> Weights:
        """Weights of heads fitted on `rows`."""
        dual, bias = solution
        blocks = self.blocks.take(rows)
        return Weights(
            bias=bias,
            table=np.asarray(blocks.lemmas.T @ dual),
            grams=np.asarray(blocks.letters.T @ dual) * blocks.letter_scale[:, None],
            senses=np.zeros((0, dual.shape[1]), np.float32),
            form=_form_weights(self._form[rows].T @ dual),
        )


def solve_positive(matrix: Floats, targets: Floats, block: int = 4096) -> Floats:
    """Solve for a symmetric positive definite matrix, which is overwritten: Cholesky block by block.

    The factorisation of OpenBLAS crashes on 29,739 rows; on 12,000 it took 5.9 s where this took 4.6.
    """
    spans = [slice(start, min(start + block, len(matrix))) for start in range(0, len(matrix), block)]
    for number, here in enumerate(spans):
        matrix[here, here] = corner = np.linalg.cholesky(matrix[here, here])
        below = matrix[here.stop :, here]
        below[:] = solve_triangular(corner, below.T, lower=True).T
        for other in spans[number + 1 :]:
            matrix[other.start :, other] -= matrix[other.start :, here] @ matrix[other, here].T
    solution = targets.copy()
    for here in spans:
        solution[here] -= matrix[here, : here.start] @ solution[: here.start]
        solution[here] = solve_triangular(matrix[here, here], solution[here], lower=True)
    for here in reversed(spans):
        solution[here] -= matrix[here.stop :, here].T @ solution[here.stop :]
        solution[here] = solve_triangular(matrix[here, here], solution[here], lower=True, trans=1)
    return solution


def _form_weights(weights: Floats) -> Floats:
    return weights * np.float32(np.sqrt(FORM_SHARE / len(weights)))


def _dense(matrix: sp.csr_matrix) -> Floats:
    return np.asarray(matrix.todense(), np.float32)


class ReactionRidge:
    """Ridge over lemmas, senses and form: heads of counts, then of what readers expect.

    `targets` and `weight` (rows × heads); each head learns on the rows where its target is known.
    """

    def __init__(
        self,
        blocks: Blocks,
        targets: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64],
        alphas: Sequence[float] | None = None,
    ) -> None:
        self.design = sp.hstack([blocks.lemmas, sp.csr_matrix(np.hstack([blocks.senses, blocks.form]))]).tocsr()
        self.bounds = np.cumsum([blocks.lemmas.shape[1], blocks.senses.shape[1]])
        self.sense_scale = blocks.sense_scale
        self.targets = targets
        self.weight = weight
        self.alphas = alphas or [REACTION_ALPHA] * targets.shape[1]

    def scaled(self, strength: float) -> "ReactionRidge":
        """The same, so many times as strongly regularized."""
        other = copy(self)
        other.alphas = [alpha * strength for alpha in self.alphas]
        return other

    def fit(self, rows: Ints) -> list[Ridge | None]:
        """Fit every head on the rows where it is known; None where too few are."""
        return [self._fit_head(rows, head) for head in range(self.targets.shape[1])]

    def _fit_head(self, rows: Ints, head: int) -> Ridge | None:
        known = rows[~np.isnan(self.targets[rows, head])]
        if len(known) < 50:
            return None
        ridge = Ridge(alpha=self.alphas[head], solver="sparse_cg", tol=1e-3)
        return ridge.fit(self.design[known], self.targets[known, head], sample_weight=self.weight[known, head])

    def predict(self, rows: Ints, fitted: list[Ridge | None]) -> Floats:
        """Opinions on rows: (rows × heads); zero, the usual, where a head could not be fitted."""
        part = self.design[rows]
        said = [np.zeros(len(rows)) if ridge is None else ridge.predict(part) for ridge in fitted]
        return np.stack(said, axis=1).astype(np.float32)

    def weights(self, fitted: list[Ridge | None]) -> Weights:
        """Weights of fitted heads; letters have none here: they did not pay."""
        empty = np.zeros(self.design.shape[1])
        coefficients = np.stack([empty if ridge is None else ridge.coef_ for ridge in fitted], axis=1).astype(
            np.float32
        )
        table, senses, form = np.split(coefficients, self.bounds)
        return Weights(
            bias=np.array([0.0 if ridge is None else ridge.intercept_ for ridge in fitted], np.float32),
            table=table,
            grams=np.zeros((BUCKETS, 0), np.float32),
            senses=senses * np.float32(self.sense_scale),
            form=_form_weights(form),
        )
