"""The linear heads: the dual solution is the plain one, and the weights say what the fit said."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import Ridge

from model.heads import PLAIN, multiply_rows
from model.lexicon import Lexicon
from model.linear import LinearHeads
from model.post import Post
from training.morphology import list_words, parse
from training.ridge import GRADE_ALPHA, REACTION_ALPHA, GradeRidge, ReactionRidge, build_blocks, solve_positive
from training.vocabulary import build_vocabulary, common_words

DICTIONARY = SimpleNamespace(parse=parse)  # of the whole language
CLOSE = {"rtol": 0, "atol": 2e-3}  # float32 sums


@pytest.fixture(scope="module")
def posts(corpus):
    return [Post.from_row(row) for row in corpus[::4]]


@pytest.fixture(scope="module")
def vocabulary(posts):
    return build_vocabulary(posts, DICTIONARY)


@pytest.fixture(scope="module")
def blocks(posts, vocabulary):
    return build_blocks(posts, vocabulary, DICTIONARY)


@pytest.fixture(scope="module")
def grades(corpus):
    rows = corpus[::4]
    return np.array([[row["usefulness"], row["type"] == "alert", len(row["text"]) / 500] for row in rows], np.float32)


@pytest.fixture(scope="module")
def ridge(blocks, grades):
    return GradeRidge(blocks, grades)


def whole(blocks):
    """The three blocks as one dense matrix."""
    return np.hstack([blocks.lemmas.toarray(), blocks.letters.toarray(), blocks.form])


def as_the_model_says(weights, blocks, vocabulary, texts, senses=None, morphology=None):
    """What `model.heads` makes of the weights: the path that a shipped model goes."""
    names = [f"head{n}" for n in range(len(weights.bias))]
    heads = LinearHeads(
        vocabulary, names, weights.bias, weights.table, weights.grams, senses, morphology.words if morphology else ()
    )
    batch = Lexicon((morphology or DICTIONARY).parse, heads).read(texts)
    return heads.outputs(batch) + multiply_rows(blocks.scaling(blocks.features), weights.form)


def test_rows_of_blocks_follow_the_posts(posts, blocks, vocabulary):
    some = [5, 2]
    alone = build_blocks([posts[n] for n in some], vocabulary, DICTIONARY, like=blocks)
    part = blocks.take(np.array(some))
    np.testing.assert_allclose(alone.lemmas.toarray(), part.lemmas.toarray(), atol=1e-6)
    np.testing.assert_allclose(alone.letters.toarray(), part.letters.toarray(), atol=1e-5)
    np.testing.assert_allclose(alone.form, part.form, atol=1e-6)


def test_letters_weigh_as_much_as_lemmas(blocks):
    energy = {name: sp.csr_matrix(getattr(blocks, name)).power(2).sum(axis=1).mean() for name in ("lemmas", "letters")}
    assert energy["letters"] == pytest.approx(energy["lemmas"], rel=0.1)


def test_dual_is_the_plain_ridge(blocks, grades, ridge):
    rows = np.arange(len(grades))
    train, held = rows[::2], rows[1::2]
    features = whole(replace(blocks, form=blocks.form * PLAIN))
    plain = Ridge(alpha=ridge.alpha).fit(features[train], grades[train])
    said = ridge.predict(held, train, ridge.fit(train))
    np.testing.assert_allclose(said, plain.predict(features[held]), **CLOSE)


def test_heads_are_fitted_apart(blocks, grades, ridge):
    rows = np.arange(len(grades))
    alone = GradeRidge(blocks, grades[:, :1])
    np.testing.assert_allclose(
        ridge.predict(rows, rows, ridge.fit(rows))[:, :1], alone.predict(rows, rows, alone.fit(rows)), **CLOSE
    )


def test_out_of_fold_does_not_see_the_fold(blocks, grades, ridge):
    folds = np.arange(len(grades)) % 3
    changed = grades.copy()
    changed[folds == 0] = 4 - changed[folds == 0]
    before, after = ridge.out_of_fold(folds), GradeRidge(blocks, changed).out_of_fold(folds)
    np.testing.assert_allclose(before[folds == 0], after[folds == 0], **CLOSE)
    assert np.abs(before[folds == 1] - after[folds == 1]).max() > 0.1


def test_grade_weights_say_what_the_fit_said(posts, blocks, vocabulary, ridge):
    rows = np.arange(len(posts))
    said = as_the_model_says(ridge.weights(rows, ridge.fit(rows)), blocks, vocabulary, [post.text for post in posts])
    np.testing.assert_allclose(said, ridge.predict(rows, rows, ridge.fit(rows)), **CLOSE)


@pytest.fixture(scope="module")
def residual(grades):
    draw = np.random.default_rng(0)
    residual = grades[:, :1] / 4 + 0.3 * draw.normal(size=(len(grades), 3))
    residual[:20, 1] = np.nan
    residual[30:, 2] = np.nan  # known of too few posts
    return residual.astype(np.float64)


@pytest.fixture(scope="module")
def reactions(blocks, residual):
    return ReactionRidge(blocks, residual, np.ones_like(residual))


def test_reactions_are_fitted_where_they_are_known(blocks, residual, reactions):
    rows = np.arange(len(residual))
    said = reactions.predict(rows, reactions.fit(rows))
    features = np.hstack([blocks.lemmas.toarray(), blocks.form])
    plain = Ridge(alpha=REACTION_ALPHA).fit(features[20:], residual[20:, 1])
    np.testing.assert_allclose(said[:, 1], plain.predict(features), rtol=0, atol=0.02)  # sparse_cg stops early


def test_reaction_known_of_few_posts_is_the_usual(residual, reactions):
    rows = np.arange(len(residual))
    fitted = reactions.fit(rows)
    assert fitted[2] is None
    assert not reactions.predict(rows, fitted)[:, 2].any()
    assert not reactions.weights(fitted).table[:, 2].any()


def test_heavier_rows_pull_harder(blocks, residual):
    weight = np.ones_like(residual)
    weight[40] = 1000
    pulled = ReactionRidge(blocks, residual, weight)
    plain = ReactionRidge(blocks, residual, np.ones_like(residual))
    rows = np.arange(len(residual))
    distance = [abs(r.predict(rows, r.fit(rows))[40, 0] - residual[40, 0]) for r in (pulled, plain)]
    assert distance[0] < distance[1] / 2


def test_reaction_weights_say_what_the_fit_said(posts, blocks, vocabulary, reactions):
    rows = np.arange(len(posts))
    fitted = reactions.fit(rows)
    said = as_the_model_says(reactions.weights(fitted), blocks, vocabulary, [post.text for post in posts])
    np.testing.assert_allclose(said, reactions.predict(rows, fitted), **CLOSE)


def test_senses_ship_as_one_number_a_word(posts, residual):
    """The vectors stay behind; what they say of each word for each head goes into the folder."""
    morphology = list_words(common_words(posts, min_posts=1, min_pages=1))
    vocabulary = build_vocabulary(posts, morphology)
    vectors = np.random.default_rng(0).normal(size=(len(morphology.words), 6)).astype(np.float32)
    blocks = build_blocks(posts, vocabulary, morphology, vectors=vectors)
    reactions = ReactionRidge(blocks, residual, np.ones_like(residual))
    rows = np.arange(len(posts))
    fitted = reactions.fit(rows)
    weights = reactions.weights(fitted)
    texts = [post.text for post in posts]
    said = as_the_model_says(weights, blocks, vocabulary, texts, vectors @ weights.senses, morphology)
    np.testing.assert_allclose(said, reactions.predict(rows, fitted), **CLOSE)
    assert np.abs(weights.senses).max() > 1e-3
    mix = np.array([[1, 0.5], [0, 2], [0.3, 0]])
    mixed = weights.mixed(mix)
    said = as_the_model_says(mixed, blocks, vocabulary, texts, vectors @ mixed.senses, morphology)
    np.testing.assert_allclose(said, reactions.predict(rows, fitted) @ mix, **CLOSE)


def test_regularized_otherwise_the_first_stays_as_it_was(ridge, reactions):
    strong, weak = ridge.with_alpha(50), reactions.scaled(0.5)
    assert (strong.alpha, ridge.alpha) == (50, GRADE_ALPHA)
    assert (weak.alphas[0], reactions.alphas[0]) == (REACTION_ALPHA / 2, REACTION_ALPHA)
    rows = np.arange(len(ridge.targets))
    spread = [
        np.abs(one.predict(rows, rows, one.fit(rows)) - ridge.targets.mean(axis=0)).mean() for one in (strong, ridge)
    ]
    assert spread[0] < spread[1]


@pytest.mark.parametrize("block", [7, 16, 40, 64])
def test_blocks_of_a_matrix_solve_as_the_whole_does(block):
    rng = np.random.default_rng(0)
    factors, targets = rng.normal(size=(40, 25)).astype(np.float32), rng.normal(size=(40, 3)).astype(np.float32)
    matrix = factors @ factors.T + 1.5 * np.eye(40, dtype=np.float32)
    np.testing.assert_allclose(
        solve_positive(matrix.copy(), targets, block), np.linalg.solve(matrix, targets), atol=1e-4
    )
