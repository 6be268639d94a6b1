"""Boosted trees of scikit-learn as arrays, for a post or a few at a time.

scikit-learn asks its trees one after another, each with a call of its own: five
milliseconds for one post. Here all trees of all posts go down one level at a time.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# For more rows than this scikit-learn's own loop over them is the faster one.
FEW = 64


class Forest:
    """Trees of a HistGradientBoostingRegressor with squared loss; the answers are the same to the last bit."""

    def __init__(self, trees: Any) -> None:
        self._trees = trees
        grown = [stage[0].nodes for stage in trees._predictors]
        sizes = [len(nodes) for nodes in grown]
        nodes = np.concatenate(grown)
        if nodes["is_categorical"].any():
            raise ValueError("trees over categories are not supported")
        first = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes)
        here, leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        self._roots = np.cumsum([0, *sizes[:-1]])
        self._feature = np.where(leaf, 0, nodes["feature_idx"]).astype(np.intp)
        self._threshold = nodes["num_threshold"]
        # The left child stands at an even place of this table, the right one after it; a leaf leads to itself.
        left, right = (np.where(leaf, here, first + nodes[side]) for side in ("left", "right"))
        self._children = np.stack([left, right], axis=1).ravel().astype(np.intp)
        self._value = nodes["value"].astype(np.float64)
        self._depth = int(nodes["depth"].max(initial=0))
        self._baseline = float(trees._baseline_prediction[0, 0])

    def predict(self, matrix: npt.NDArray[Any]) -> Floats:
        """The predictions for rows of finite numbers: (rows,)."""
        if len(matrix) > FEW:
            return self._trees.predict(matrix)  # type: ignore[no-any-return]
        values = np.ascontiguousarray(matrix, np.float64)
        if values.shape[1:] != (self._trees.n_features_in_,):
            raise ValueError(f"trees of {self._trees.n_features_in_} inputs were given {values.shape[1:]}")
        flat, starts = values.ravel(), np.arange(len(values))[:, None] * values.shape[1]
        at = np.broadcast_to(self._roots, (len(values), len(self._roots)))
        for _ in range(self._depth):
            below = flat[starts + self._feature[at]] > self._threshold[at]
            at = self._children[2 * at + below]
        leaves = np.empty((len(values), len(self._roots) + 1))
        leaves[:, 0], leaves[:, 1:] = self._baseline, self._value[at]
        return np.cumsum(leaves, axis=1)[:, -1]  # in order, as scikit-learn adds them
