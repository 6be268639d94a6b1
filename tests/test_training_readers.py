"""Another reader beside the model: the same posts, the same grades, nothing of a post in the file."""

import gzip
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from model.heads import REACTION_HEADS
from model.score import CHECKLIST, TYPES
from training import statistics
from training.dataset import EXPECTED, LABELS, POSTS, graded_rows, reacted_rows, read_graded, read_labels
from training.heldout import HeldGrades, HeldReactions
from training.limits import _reader
from training.readers import (
    READINGS,
    compare_with_expected,
    compare_with_guesses,
    compare_with_reader,
    measure_raters,
    read_guesses,
    read_readings,
)


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(statistics, "ROUNDS", 5)


@pytest.fixture(scope="module")
def graded():
    return read_graded(POSTS)


def told(graded, grade=None):
    """A model that knows types and checklist, and says these grades."""
    logits = np.full((len(graded), len(TYPES) + 2 * len(CHECKLIST)), -3.0)
    logits[np.arange(len(graded)), graded.kind] = 3
    logits[:, len(TYPES) : len(TYPES) + len(CHECKLIST)][graded.present > 0] = 3
    grade = graded.grade if grade is None else grade
    material = SimpleNamespace(graded=graded, grade_folds=np.arange(len(graded)) % 5)
    return material, HeldGrades(grade, grade, logits)


def values(found, who):
    return [figure[who]["value"] for figure in found["figures"]]


def test_who_says_the_same_agrees_wholly(graded):
    found = compare_with_reader(*told(graded), graded)
    assert found["posts"] == len(graded)
    assert found["kappa_quadratic"] == 1
    assert values(found, "reader") == values(found, "model") == [1, 1, 1, 1, 1]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_reader_and_model_are_told_apart(graded):
    upside_down = compare_with_reader(*told(graded, 4 - graded.grade), graded)
    assert values(upside_down, "reader")[:2] == [1, 1]
    assert values(upside_down, "model")[:2] == [-1, 0]
    absent = replace(graded, present=np.zeros_like(graded.present), kind=np.zeros_like(graded.kind))
    careless = compare_with_reader(*told(graded), absent)
    assert values(careless, "reader")[2] < 0.1
    assert values(careless, "reader")[3:] == [0, 0]
    assert values(careless, "model")[2:] == [1, 1, 1]


def test_posts_that_both_read_are_compared(graded):
    known, others = graded.take(np.arange(40)), graded.take(np.arange(40, len(graded)))
    strangers = [replace(post, text=f"{post.text} Ещё.") for post in others.posts]
    again = replace(graded, posts=[*known.posts, *strangers], grade=np.append(known.grade, 4 - others.grade))
    found = compare_with_reader(*told(graded), again)
    assert found["posts"] == 40
    assert values(found, "reader")[0] == 1


def test_of_few_nothing_is_said(graded):
    assert compare_with_reader(*told(graded), graded.take(np.arange(29))) is None
    assert compare_with_reader(*told(graded), graded_rows([])) is None
    assert measure_raters([(1, 1)] * 29) is None


def test_readings_are_joined_to_posts(tmp_path):
    rows = [json.loads(line) for line in POSTS.read_text("utf-8").splitlines()[:3]]
    for row in rows:
        row["source"] = "x"
    posts, readings = tmp_path / "posts.jsonl", tmp_path / "readings.jsonl.gz"
    posts.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    label = {"source": "x", "page_id": rows[1]["page_id"], "post_id": rows[1]["post_id"], "usefulness": 4}
    with gzip.open(readings, "wt") as lines:
        lines.write(json.dumps({**label, "type": "alert", "checklist": "1" * 10, "picked": "again"}))
    again = read_readings(posts, readings)
    assert [post.text for post in again.posts] == [rows[1]["text"]]
    assert again.grade.tolist() == [4]
    assert len(read_readings(POSTS)) == 0


def test_shipped_readings_hold_no_texts_and_teach_nothing():
    readings, labels = read_labels(READINGS), read_labels(LABELS)
    keys = [(row["source"], row["page_id"], row["post_id"]) for row in readings]
    assert len(keys) == len(set(keys)) >= 850
    assert not set(keys) & {(row["source"], row["page_id"], row["post_id"]) for row in labels}
    for row in readings:
        assert set(row) == {"source", "page_id", "post_id", "usefulness", "type", "checklist", "picked"}
        assert row["picked"] == "again"
        assert row["type"] in TYPES
        assert row["usefulness"] in range(5)


def test_card_puts_reader_and_model_side_by_side(graded):
    said = _reader(compare_with_reader(*told(graded, 4 - graded.grade), graded))
    assert "| польза: Спирмен | 1,000 (1,000–1,000) | -1,000 (-1,000–-1,000) |" in said
    assert f"прочитано постов: {len(graded)} (" in said


@pytest.fixture(scope="module")
def reacted():
    """Four pages of eighty posts, each text its own; readers expect what came."""
    rng = np.random.default_rng(0)
    rows = [
        {"text": f"Пост {'а' * (n + 2)} и ещё слова", "platform": "vk", "page_id": str(page), "post_id": str(n),
         "page_kind": "culture", "date": f"2025-{1 + n // 28:02d}-{1 + n % 28:02d}T12:00:00Z", "likes": int(likes),
         "comments": int(likes) // 2, "reposts": int(likes) // 3}
        for page in range(4) for n, likes in enumerate(rng.poisson(20, 80))
    ]  # fmt: skip
    data = reacted_rows(rows)
    columns = [REACTION_HEADS.index(name) for name in EXPECTED]
    return replace(data, appeal=np.where(data.labelled[:, None], data.residual[:, columns], np.nan))


def held(reacted, sign):
    """A model that says what came, or the opposite; its memory says what came."""
    said = np.where(reacted.labelled[:, None], reacted.residual, np.nan)
    return HeldReactions(sign * said, said, said, said)


def guesses_of(reacted, right):
    """Pairs of one page, the likelier first."""
    pairs = []
    for page in np.unique(reacted.groups):
        rows = np.flatnonzero((reacted.groups == page) & reacted.labelled)
        rows = rows[np.argsort(-reacted.residual[rows, REACTION_HEADS.index("likes")])]
        for above, below in zip(rows[:10], rows[::-1][:10], strict=True):
            one, other = reacted.posts[above], reacted.posts[below]
            pairs.append(
                {"source": "x", "page_id": one.page_id, "reaction": "likes", "above": one.post_id,
                 "below": other.post_id, "right": right}
            )  # fmt: skip
    return pairs


def test_guesses_of_reader_and_model_are_told_apart(reacted):
    material, guesses = SimpleNamespace(reacted=reacted), guesses_of(reacted, right=True)
    strangers = [{**guess, "page_id": "unknown"} for guess in guesses_of(reacted, right=False)]
    (row,) = compare_with_guesses(material, held(reacted, -1), guesses + strangers)
    assert (row["reaction"], row["pairs"], row["pages"]) == ("likes", 40, 4)
    assert [row[who]["value"] for who in ("reader", "text", "memory")] == [1, 0, 1]
    (row,) = compare_with_guesses(material, held(reacted, 1), guesses_of(reacted, right=False))
    assert [row[who]["value"] for who in ("reader", "text", "memory")] == [0, 1, 1]
    assert compare_with_guesses(material, held(reacted, 1), guesses[:29]) == []


def test_what_readers_expect_stands_beside_the_model(reacted):
    found = compare_with_expected(SimpleNamespace(reacted=reacted), held(reacted, -1))
    assert [row["reaction"] for row in found] == list(EXPECTED)
    assert found[0] == {"reaction": "likes", "pages": 4, "reader": 1, "text": 0}
    nobody = replace(reacted, appeal=np.full_like(reacted.appeal, np.nan))
    assert compare_with_expected(SimpleNamespace(reacted=nobody), held(reacted, 1)) == []


def test_shipped_guesses_hold_no_texts():
    guesses = read_guesses()
    assert len(guesses) == 1222
    for guess in guesses:
        assert set(guess) == {"source", "page_id", "reaction", "above", "below", "right"}
        assert guess["reaction"] in EXPECTED
        assert guess["above"] != guess["below"]
