"""The forest: scikit-learn's own answers, to the last bit."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from model.forest import BLOCK, FEW, LEAVES, Forest
from training.stack import unroll

WIDTH = 7


def grow(**settings):
    """Trees over rows that have something to learn."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(500, WIDTH)).astype(np.float32)
    wanted = matrix[:, 0] * matrix[:, 1] + random.normal(size=500)
    return HistGradientBoostingRegressor(**{"max_iter": 40, "min_samples_leaf": 5, **settings}).fit(matrix, wanted)


@pytest.fixture(
    scope="module",
    params=[{"max_leaf_nodes": 24}, {"max_leaf_nodes": 33}, {"max_leaf_nodes": LEAVES}, {"max_leaf_nodes": 2},
            {"max_leaf_nodes": None, "max_depth": 3}, {"max_leaf_nodes": 40, "min_samples_leaf": 40}],
    ids=["as shipped", "more than 32 bits", "as many leaves as there may be", "stumps", "shallow", "of all sizes"],
)  # fmt: skip
def grown(request):
    return grow(**request.param)


@pytest.fixture(scope="module")
def forest(grown):
    return Forest(unroll([([0], grown)], [0]))


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Threads of scikit-learn wait for each other on a busy machine."""
    with threadpool_limits(1, user_api="openmp"):
        yield


def rows(count):
    return np.random.default_rng(1).normal(size=(count, WIDTH)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, FEW, FEW + 1, 64, 300, BLOCK, BLOCK + 1, 2 * BLOCK + 70])
def test_answers_are_those_of_scikit_learn(grown, forest, count):
    assert np.array_equal(forest.predict(rows(count))[:, 0], grown.predict(rows(count)))


def test_rows_are_answered_the_same_in_any_company(forest):
    together = forest.predict(rows(100))
    assert np.array_equal(together, [forest.predict(row[None])[0] for row in rows(100)])


def test_no_rows_have_no_answers(forest):
    assert forest.predict(rows(0)).shape == (0, 1)


def test_a_value_at_a_threshold_goes_the_same_way(grown, forest):
    """Thresholds are float64, rows float32: the nearest ones below and above are asked about too."""
    cuts = np.concatenate([stage[0].nodes["num_threshold"] for stage in grown._predictors])
    near = np.random.default_rng(2).choice(cuts, 200).astype(np.float32)
    for values in (near, np.nextafter(near, np.float32(-9)), np.nextafter(near, np.float32(9))):
        matrix = np.repeat(values[:, None], WIDTH, axis=1)
        assert np.array_equal(forest.predict(matrix)[:, 0], grown.predict(matrix))
        assert np.array_equal(forest.predict(matrix[:9])[:, 0], grown.predict(matrix[:9]))


@pytest.mark.parametrize("count", [2, FEW + 1])
def test_trees_that_never_split_give_the_baseline(count):
    flat = HistGradientBoostingRegressor(max_iter=3).fit(np.zeros((30, 2)), np.ones(30))
    matrix = np.zeros((count, 2), np.float32)
    assert Forest(unroll([([0], flat)], [0])).predict(matrix)[:, 0].tolist() == flat.predict(matrix).tolist()


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, BLOCK + 1])
def test_outputs_are_those_of_each(count):
    several = [grow(max_leaf_nodes=leaves, max_iter=trees) for leaves, trees in ((8, 30), (3, 1), (24, 10))]
    said = Forest(unroll([([n], trees) for n, trees in enumerate(several)], np.zeros(3))).predict(rows(count))
    assert np.array_equal(said, np.stack([one.predict(rows(count)) for one in several], axis=1))


@pytest.mark.parametrize("matrix", [rows(1)[:, 1:], rows(1).astype(np.float64), rows(1)[0]], ids=["6", "64", "flat"])
def test_other_rows_are_refused(forest, matrix):
    with pytest.raises(ValueError, match="7 inputs in float32"):
        forest.predict(matrix)


def test_trees_with_too_many_leaves_are_refused():
    with pytest.raises(ValueError, match=f"more than {LEAVES} leaves"):
        Forest(unroll([([0], grow(max_leaf_nodes=LEAVES + 1))], [0]))


def test_trees_over_categories_are_refused():
    kinds = np.repeat(np.arange(5), 40)[:, None]
    trees = HistGradientBoostingRegressor(max_iter=2, categorical_features=[0]).fit(kinds, kinds[:, 0] % 2)
    with pytest.raises(ValueError, match="by numbers only"):
        unroll([([0], trees)], [0])
