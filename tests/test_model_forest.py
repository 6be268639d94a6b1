"""The forest: scikit-learn's own answers, to the last bit."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from model import forest
from model.forest import Forest


@pytest.fixture(scope="module")
def grown():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(500, 7)).astype(np.float32)
    wanted = matrix[:, 0] * matrix[:, 1] + random.normal(size=500)
    return HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=12, min_samples_leaf=5).fit(matrix, wanted)


@pytest.mark.parametrize("rows", [0, 1, 2, forest.FEW, forest.FEW + 1, 300])
def test_answers_are_those_of_scikit_learn(grown, rows):
    matrix = np.random.default_rng(1).normal(size=(rows, 7)).astype(np.float32)
    expected = grown.predict(matrix) if rows else np.zeros(0)
    assert (Forest(grown).predict(matrix) == expected).all() if rows else not len(Forest(grown).predict(matrix))


def test_a_value_at_a_threshold_goes_the_same_way(grown):
    cuts = np.concatenate([stage[0].nodes["num_threshold"] for stage in grown._predictors])
    matrix = np.repeat(np.random.default_rng(2).choice(cuts, (60, 1)), 7, axis=1)
    assert (Forest(grown).predict(matrix) == grown.predict(matrix)).all()


def test_stumps_that_never_split_give_the_baseline():
    flat = HistGradientBoostingRegressor(max_iter=3).fit(np.zeros((30, 2)), np.ones(30))
    assert Forest(flat).predict(np.zeros((2, 2))).tolist() == flat.predict(np.zeros((2, 2))).tolist()


def test_another_width_is_refused(grown):
    with pytest.raises(ValueError, match="7 inputs"):
        Forest(grown).predict(np.zeros((1, 6)))


def test_the_shipped_trees_say_the_same(scorer, corpus):
    from model import Post
    from model.heads import STACK_PLAIN

    posts = [row["text"] for row in corpus[:30]]
    inputs, _ = scorer.heads.opinions(scorer.lexicon.read(posts))
    said = scorer.heads.trees._trees.predict(inputs[:, STACK_PLAIN])
    assert (scorer.predict([Post(text) for text in posts]).grade == np.clip(said, 0, 4)).all()
