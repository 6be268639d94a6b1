"""Where the model is better and where worse: by what a post is, and where usefulness errs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.heads import REACTION_HEADS
from model.post import Post
from model.score import TYPES
from training.heldout import HeldGrades, HeldReactions
from training.material import Material
from training.memory import within_page_auc
from training.statistics import short, spearman

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LIKES = REACTION_HEADS.index("likes")


def measure_slices(m: Material, out: HeldGrades, left: HeldReactions) -> list[dict[str, Any]]:
    """Pages left out, by what a post is: Spearman of usefulness, likes AUC within page by text and with memory."""
    real, reacted = m.graded.given(), m.reacted
    graded_values, reacted_values = _kinds_of_post(m.graded.posts), _kinds_of_post(reacted.posts)

    def auc(said: Floats, rows: Bools) -> float | None:
        found = [*within_page_auc(said[:, LIKES], reacted, LIKES, rows).values()]
        return short(np.mean(found)) if found else None

    found = []
    for name, values in graded_values.items():
        for value in np.union1d(values, reacted_values[name]):
            rows, asked = real & (values == value), reacted.labelled & (reacted_values[name] == value)
            enough = rows.sum() >= 100
            if enough or asked.sum() >= 300:
                found.append(
                    {"slice": name, "value": str(value), "graded": int(rows.sum()), "reacted": int(asked.sum()),
                     "usefulness": short(spearman(out.grade[rows], m.graded.grade[rows])) if enough else None,
                     "likes": auc(left.general, asked), "likes_memory": auc(left.personal, asked)}
                )  # fmt: skip
    return found


def _kinds_of_post(posts: Sequence[Post]) -> dict[str, npt.NDArray[np.str_]]:
    """What slices are cut by."""
    lengths = np.digitize([len(post.text) for post in posts], [200, 600, 1500])
    return {
        "длина, знаков": np.array(["до 200", "200–600", "600–1500", "от 1500"])[lengths],
        "сеть": np.array([post.platform or "–" for post in posts]),
        "вид страницы": np.array([post.page_kind or "–" for post in posts]),
        "год": np.array([str(post.moment.year) if post.moment else "–" for post in posts]),
    }


def count_errors(m: Material, out: HeldGrades) -> list[dict[str, Any]]:
    """Where usefulness errs on natural posts of pages left out, by the true type: grades 0-4."""
    rows = np.flatnonzero(m.graded.typical() & m.graded.given())
    kinds, said = m.graded.kind[rows], out.logits[rows][:, : len(TYPES)].argmax(axis=1)
    off = out.grade[rows] - m.graded.grade[rows]
    found = []
    for number, name in enumerate(TYPES):
        here = kinds == number
        if here.sum() >= 30:
            wrong = said[here & (said != number)]
            taken = np.bincount(wrong, minlength=len(TYPES)) / here.sum()
            found.append(
                {"type": name, "posts": int(here.sum()), "bias": short(off[here].mean()),
                 "mae": short(np.abs(off[here]).mean()), "far": short((np.abs(off[here]) >= 1.5).mean()),
                 "recall": short((said[here] == number).mean()),
                 "taken_for": TYPES[taken.argmax()], "taken_for_share": short(taken.max())}
            )  # fmt: skip
    return found
