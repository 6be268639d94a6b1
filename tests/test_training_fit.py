"""A whole fit on the bundled corpus: it is the same each time, and it learns."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

import model
from model import Memory, Post
from model.folder import save
from model.heads import LINEAR_HEADS, OUTCOMES, REACTION_HEADS, STACK
from model.score import CHECKLIST, TYPES
from training.dataset import CORPUS, graded_rows, reacted_rows, read_graded, read_reacted, read_rows
from training.fit import data_hash, fit

POSTS = CORPUS / "posts.jsonl"
NAMES = {"id": "test", "trained_at": "2026-01-01T00:00:00+00:00"}

# The same fit in a process of its own, where sets and dicts of strings may come in another order.
ALONE = """
import json, sys
from pathlib import Path
from model.folder import save
from training.dataset import read_graded, read_reacted
from training.fit import fit

posts, folder, names = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
fitted = fit(read_reacted(posts), read_graded(posts))
save(folder, {**names, **fitted.manifest}, fitted.parts, fitted.words, {})
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory, root):
    """Two model folders of the same data and seed: fitted here, and at the same time elsewhere.

    One thread each: OpenMP sums of several threads come in any order, and threads of two
    processes that wait for each other on two cores wait for minutes.
    """
    here, there = (tmp_path_factory.mktemp(name) / "model" for name in ("here", "there"))
    command = [sys.executable, "-c", ALONE, str(POSTS), str(there), json.dumps(NAMES)]
    env = os.environ | {"PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=root, env=env, stderr=subprocess.PIPE, text=True) as other:
        with threadpool_limits(1):
            fitted = fit(read_reacted(POSTS), read_graded(POSTS))
        save(here, {**NAMES, **fitted.manifest}, fitted.parts, fitted.words, {})
        _, complaint = other.communicate()
    assert other.returncode == 0, complaint
    return here, there


@pytest.fixture(scope="module")
def fitted(folders):
    return model.load(folders[0])


@pytest.fixture(scope="module")
def posts():
    return [Post.from_row(row) for row in read_rows(POSTS)]


@pytest.fixture(scope="module")
def said(fitted, posts):
    return fitted.predict(posts)


def test_same_data_and_seed_give_the_same_scores(folders, fitted, said, posts):
    other = model.load(folders[1])
    assert fitted.heads.linear.vocabulary.lemmas == other.heads.linear.vocabulary.lemmas
    same = other.predict(posts)
    for name in ("grade", "grade_low", "grade_high", "useful", "types", "present", "applies", "features"):
        np.testing.assert_array_equal(getattr(said, name), getattr(same, name))
    for head in REACTION_HEADS:
        np.testing.assert_array_equal(said.residual[head], same.residual[head])
        np.testing.assert_array_equal(said.chance[head], same.chance[head])
    assert [score.row() for score in fitted.map(posts[:50])] == [score.row() for score in other.map(posts[:50])]


def test_same_data_and_seed_give_the_same_description(folders):
    here, there = (json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in folders)
    assert here.pop("files").keys() == there.pop("files").keys()
    assert here == there


def test_manifest_says_what_the_model_was_fitted_on(fitted):
    data = fitted.manifest["data"]
    reacted, graded = read_reacted(POSTS), read_graded(POSTS)
    assert fitted.manifest["seed"] == 0
    assert data["sha256"] == data_hash(reacted, graded)
    assert (data["reacted"], data["graded"]) == (reacted.labelled.sum(), len(graded))
    assert data["pages"] == 12
    for measure in fitted.manifest["reference"].values():
        assert sum(measure["shares"]) == pytest.approx(1, abs=0.01)
    labels = fitted.manifest["labels"]
    assert (labels["types"], labels["checklist"]) == (list(TYPES), list(CHECKLIST))


def test_model_has_every_head(fitted):
    assert fitted.heads.linear.names == LINEAR_HEADS
    assert fitted.heads.trees.predict(np.zeros((1, len(STACK)), np.float32)).shape == (1, 1 + OUTCOMES)
    with pytest.raises(ValueError, match="inputs"):
        fitted.heads.trees.predict(np.zeros((1, len(STACK) + 1)))
    assert fitted.manifest["memory"]["gains"].keys() == set(REACTION_HEADS)


def test_model_learned_its_own_posts(fitted, said):
    """What it says of posts it saw: no measure of quality, but a fit that went astray does not come near."""
    graded = read_graded(POSTS)
    assert spearmanr(said.grade, graded.grade).statistic > 0.8
    assert (said.types.argmax(axis=1) == graded.kind).mean() > 0.6
    present = said.present >= fitted.heads.thresholds[0]
    assert (present == graded.present).mean() > 0.75
    assert ((said.grade_low <= graded.grade) & (graded.grade <= said.grade_high)).mean() > 0.75


def test_model_learned_what_the_random_model_says(said):
    graded = read_graded(POSTS)
    greetings, ads = (said.chance["any"][graded.kind == TYPES.index(name)].mean() for name in ("greeting", "ad"))
    assert greetings > 0.5 > ads


def test_most_training_posts_are_familiar(fitted, posts):
    statuses = [score.status for score in fitted.map(posts)]
    assert statuses.count("ok") / len(statuses) > 0.9


def test_model_has_a_memory(fitted, posts):
    page = [post for post in posts if post.page_id == "example_school3"]
    scores = list(fitted.map(page, Memory.of(fitted, page)))
    assert scores[0].memory_posts == 0
    assert scores[-1].memory_posts >= 30
    assert any(score.engagement != score.engagement_general for score in scores)


def rows_of(**more):
    return [
        {"text": f"Концерт хора, часть {'и' * n}", "date": f"2026-03-{n:02}", "likes": n, "post_id": str(n),
         "usefulness": 3, "type": "event", **more}
        for n in range(1, 21)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"likes": 7}, {"usefulness": 2}, {"text": "Концерт хора отменён"}, {"page_id": "b"}],
    ids=lambda c: [*c][0],
)
def test_hash_tells_data_apart(change):
    rows, changed = rows_of(), rows_of()
    changed[15] |= change
    one, same, other = (data_hash(reacted_rows(r), graded_rows(r)) for r in (rows, rows_of(), changed))
    assert one == same != other


def test_hash_does_not_hang_on_the_order_of_rows_with_reactions():
    rows, graded = rows_of(), graded_rows(rows_of())
    assert data_hash(reacted_rows(rows), graded) == data_hash(reacted_rows(rows[::-1]), graded)
