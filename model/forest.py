"""Boosted trees as plain arrays: the answers of scikit-learn to the last bit, without it.

Nothing here walks down a tree row by row. For a few rows all splits of all trees are asked
at once, and each crosses out the leaves that can be reached no more (Lucchese et al. 2015,
QuickScorer). For many rows the answer to a split is one bit a row, and 64 rows go down a
branch with one operation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

# For more rows than this the way of many is the faster one.
FEW = 12
# Up to so many rows ask one after another.
SOME = 36
# Rows that go down together: what is known of more would leave the cache of a core.
BLOCK = 1024
# Trees whose answers are summed together.
TOGETHER = 64
# The leaves of a tree must have a place in the bits of one number.
LEAVES = 64


class Forest:
    """Trees whose answers add up, for one output or several. Raises ValueError for one of more than LEAVES leaves.

    `groves`: trees of one size and kind each, all over the same inputs; their outputs stand one
    grove after another. A grove holds arrays over nodes, tree after tree, a node before its left
    branch and that before its right one: `column` (the input that is asked, -1 at a leaf),
    `threshold` (an input up to it goes left), `right` (where the right branch begins), `value`
    (what a leaf says). Beside them: `roots`, where each tree begins, `output`, to which of the
    outputs it adds, `baseline` of each output, from which they add up, and `width` of a row.
    """

    def __init__(self, *groves: Mapping[str, Any]) -> None:
        (self.width,) = {int(grove["width"]) for grove in groves}
        parts = [_Nodes(*(np.asarray(grove[name]) for name in ("column", "threshold", "right", "roots")))
                 for grove in groves]  # fmt: skip
        self._questions = _Questions(
            np.concatenate([nodes.column[nodes.splits] for nodes in parts]),
            np.concatenate([nodes.limit[nodes.splits] for nodes in parts]),
        )
        numbers = np.split(self._questions.numbers, np.cumsum([len(nodes.splits) for nodes in parts])[:-1])
        self._few: list[_Few] = []
        self._many: list[_Many] = []
        for grove, nodes, questions in zip(groves, parts, numbers, strict=True):
            if nodes.most > LEAVES:
                raise ValueError(f"trees of more than {LEAVES} leaves are not supported: {nodes.most}")
            values = np.zeros((len(nodes.roots), nodes.most))  # what each leaf says: (trees × leaves)
            values[nodes.tree[nodes.leaves], nodes.first[nodes.leaves]] = grove["value"][nodes.leaves]
            sums = _Sums(np.asarray(grove["output"], np.intp), np.asarray(grove["baseline"], np.float64))
            self._few.append(_Few(nodes, questions, values, sums))
            self._many.append(_Many(nodes, questions, values, sums))
        self.outputs = sum(len(grove["baseline"]) for grove in groves)

    def predict(self, matrix: Singles) -> Floats:
        """The answers to rows of finite numbers: (rows × outputs)."""
        if matrix.shape[1:] != (self.width,) or matrix.dtype != np.float32:
            raise ValueError(f"trees of {self.width} inputs in float32 were given {matrix.shape} of {matrix.dtype}")
        blocks = (matrix[start : start + BLOCK] for start in range(0, max(len(matrix), 1), BLOCK))
        return np.concatenate(
            [self._predict_few(block) if len(block) <= FEW else self._predict_many(block) for block in blocks]
        )

    def _predict_few(self, rows: Singles) -> Floats:
        greater = map(self._questions.ask_one, rows)
        said = [np.concatenate([few.predict(answers) for few in self._few]) for answers in greater]
        return np.array(said, np.float64).reshape(-1, self.outputs)

    def _predict_many(self, rows: Singles) -> Floats:
        greater = self._questions.ask(rows)
        said = np.concatenate([many.predict(greater, len(rows)) for many in self._many])
        return np.ascontiguousarray(said.T)  # rows lie as those of few do: what sums them sums in the same order


@dataclass(frozen=True)
class _Nodes:
    """Nodes of all trees (see `Forest`), and what follows from their order."""

    column: Ints
    threshold: Floats
    right: Ints
    roots: Ints

    @cached_property
    def splits(self) -> Ints:
        """The nodes that ask."""
        return np.flatnonzero(self.column >= 0)

    @cached_property
    def leaves(self) -> Ints:
        """The nodes that say."""
        return np.flatnonzero(self.column < 0)

    @cached_property
    def tree(self) -> Ints:
        """The tree of each node."""
        return np.repeat(np.arange(len(self.roots)), np.diff(self.roots, append=len(self.column)))

    @cached_property
    def first(self) -> Ints:
        """The number of the first leaf of each branch, counted from the left of its tree."""
        return self._before(self.column < 0)

    @cached_property
    def rank(self) -> Ints:
        """How many splits stand before each node in its tree."""
        return self._before(self.column >= 0)

    def _before(self, marked: npt.NDArray[np.bool_]) -> Ints:
        before: Ints = np.cumsum(marked) - marked
        return before - before[self.roots][self.tree]

    @cached_property
    def most(self) -> int:
        """Leaves of the tree that has most."""
        return int(self.first.max(initial=0)) + 1

    @cached_property
    def limit(self) -> Singles:
        """The greatest float32 that goes left: among such numbers it parts as the threshold does."""
        near = self.threshold.astype(np.float32)
        return np.where(near > self.threshold, np.nextafter(near, np.float32(-np.inf)), near)


@dataclass(frozen=True)
class _Sums:
    """How answers of trees add up: in the order of the trees, as scikit-learn adds them."""

    output: Ints
    baseline: Floats

    def of_one(self, said: Floats) -> Floats:
        """From what each tree says of a row: (outputs,)."""
        added = np.bincount(self._order, np.concatenate([self.baseline, said]), len(self.baseline))
        return np.asarray(added, np.float64)

    @cached_property
    def _order(self) -> Ints:
        return np.concatenate([np.arange(len(self.baseline)), self.output])


class _Few:
    """One row through all trees; tables of (splits × trees)."""

    def __init__(self, nodes: _Nodes, questions: Ints, values: Floats, sums: _Sums) -> None:
        # As narrow as can be: what is read for every row should stay in the cache of a core.
        kind = np.uint16 if nodes.most <= 16 else np.uint32 if nodes.most <= 32 else np.uint64
        size, splits = (nodes.most - 1, len(nodes.roots)), nodes.splits
        place = nodes.rank[splits], nodes.tree[splits]
        self._question = np.zeros(size, np.intp)
        self._crossed = np.zeros(size, kind)  # a tree with fewer splits has some that cross out nothing
        self._question[place] = questions
        start, stop = (
            np.left_shift(1, nodes.first[at], dtype=np.uint64, casting="unsafe") for at in (splits, nodes.right[splits])
        )
        self._crossed[place] = stop - start  # the leaves of the left branch
        self._values, self._trees = values.ravel(), np.arange(len(values)) * nodes.most
        self._sums = sums

    def predict(self, greater: npt.NDArray[np.bool_]) -> Floats:
        """The answers to a row by its answers to questions: (outputs,)."""
        crossed = np.bitwise_or.reduce(greater.take(self._question) * self._crossed, axis=0)
        leaf = np.bitwise_count(crossed & ~(crossed + 1))  # the first that is not crossed out
        return self._sums.of_one(self._values[self._trees + leaf])


class _Questions:
    """What splits ask, each question once: is this input greater than that limit? `numbers`: of each split's one."""

    def __init__(self, columns: Ints, limits: Singles) -> None:
        asked, numbers = np.unique(np.stack([columns, limits], axis=1), axis=0, return_inverse=True)
        self.numbers: Ints = numbers.ravel()
        self._columns = asked[:, 0].astype(np.intp)  # in order
        self._limits = asked[:, 1].astype(np.float32)
        columns, starts = np.unique(self._columns, return_index=True)
        self._parts = [*zip(columns, map(slice, starts, [*starts[1:], len(self._limits)]), strict=True)]

    def ask_one(self, row: Singles) -> npt.NDArray[np.bool_]:
        """The answers to one row: (questions,)."""
        greater: npt.NDArray[np.bool_] = row.take(self._columns) > self._limits
        return greater

    def ask(self, rows: Singles) -> npt.NDArray[np.uint64]:
        """The answers as bits: (questions × 64 rows)."""
        if len(rows) <= SOME:
            some = np.zeros(len(self._limits), np.uint64)
            for row, bit in zip(rows, _BIT, strict=False):
                some |= self.ask_one(row) * bit
            return some[:, None]
        columns = np.ascontiguousarray(rows.T)
        greater = np.empty((len(self._limits), -(-len(rows) // 64) * 64), bool)
        greater[:, len(rows) :] = False
        for column, part in self._parts:
            np.greater(columns[column], self._limits[part, None], out=greater[part, : len(rows)])
        return np.packbits(greater, axis=1).view(np.uint64)


# The bit of each of 64 rows, as `packbits` lays them.
_BIT = np.packbits(np.eye(64, dtype=bool), axis=1).view(np.uint64).ravel()


class _Many:
    """Many rows through all trees, level by level; tables of (something × 64 rows as bits)."""

    def __init__(self, nodes: _Nodes, questions: Ints, values: Floats, sums: _Sums) -> None:
        order = sums.output.argsort(kind="stable")  # trees of one output stand together
        self._size, self._values, self._baseline = values.shape, values[order].ravel(), sums.baseline
        self._first = np.arange(len(order), dtype=np.int32)[:, None] * nodes.most
        # Which output some trees add to, and which trees these are.
        self._parts: list[tuple[int, slice]] = []
        for output in range(len(sums.baseline)):
            start, stop = sums.output[order].searchsorted([output, output + 1]).tolist()
            self._parts += [(output, slice(n, min(n + TOGETHER, stop))) for n in range(start, stop, TOGETHER)]
        number = np.zeros(len(nodes.column), np.intp)
        number[nodes.splits] = questions
        seat = order.argsort()[nodes.tree] * nodes.most + nodes.first
        # Of each level: which of the nodes reached split, what they ask, which are leaves, where these sit.
        self._levels: list[tuple[Ints, Ints, Ints, Ints]] = []
        at = nodes.roots
        while len(at):
            inner, ends = np.flatnonzero(nodes.column[at] >= 0), np.flatnonzero(nodes.column[at] < 0)
            self._levels.append((inner, number[at[inner]], ends, seat[at[ends]]))
            at = np.concatenate([at[inner] + 1, nodes.right[at[inner]]])

    def predict(self, greater: npt.NDArray[np.uint64], rows: int) -> Floats:
        """The answers to as many rows by their answers to questions, (questions × 64 rows): (outputs × rows)."""
        places = self._leaves(greater, rows)
        total = np.repeat(self._baseline[:, None], rows, axis=1)
        for output, trees in self._parts:
            said = self._values.take(places[trees] + self._first[trees])
            said[0] += total[output]
            said.sum(axis=0, out=total[output])  # one after another, where rows are more than one
        return total

    def _leaves(self, greater: npt.NDArray[np.uint64], rows: int) -> npt.NDArray[np.uint8]:
        """The number of the leaf that each row reaches: (trees × rows)."""
        trees, most = self._size
        reached = np.zeros((trees * most, greater.shape[1]), np.uint64)
        here = np.full((trees, greater.shape[1]), ~np.uint64(0))
        for inner, question, ends, seats in self._levels:
            reached[seats] = here.take(ends, axis=0)
            splits = here.take(inner, axis=0)
            right = splits & greater.take(question, axis=0)
            here = np.concatenate([splits ^ right, right])
        return _numbers(reached.reshape(trees, most, greater.shape[1]), rows)


def _numbers(reached: npt.NDArray[np.uint64], rows: int) -> npt.NDArray[np.uint8]:
    """Which one of the leaves each row has reached, from bits (trees × leaves × 64 rows): (trees × rows)."""
    number = np.zeros((len(reached), rows), np.uint8)
    for bit in reversed(range((reached.shape[1] - 1).bit_length())):  # is it in the upper half? then fold that over
        upper = reached[:, 1 << bit :]
        number += number
        number += np.unpackbits(np.bitwise_or.reduce(upper, axis=1).view(np.uint8), axis=1, count=rows)
        reached = reached[:, : 1 << bit].copy()
        reached[:, : upper.shape[1]] |= upper
    return number
