"""Another reader beside the model: the same posts, the same grades, nothing of a post in the file."""

import gzip
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from model.score import CHECKLIST, TYPES
from training import statistics
from training.card import _reader
from training.dataset import LABELS, POSTS, graded_rows, read_graded, read_labels
from training.heldout import HeldGrades
from training.readers import READINGS, compare_with_reader, measure_raters, read_readings


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
