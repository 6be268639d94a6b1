"""Whatever a user has beside the text comes back, in every kind of result, and never stops a run."""

import csv
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.folder import PRETRAINED
from service import batch, rows
from service import run as runs
from service.archive.table import is_formula
from service.layout import Layout

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
KINDS = ("jsonl", "csv", "xlsx", "parquet")


@pytest.fixture
def score(monkeypatch, scorer):
    monkeypatch.setattr("model.load", lambda folder: scorer)

    def score(source, out):
        with ExitStack() as stack:
            taken = batch.collect([str(source)], sys.stdin.buffer, stack)
            layout = Layout(taken.columns(whole=True), rows.COLUMNS)
            return runs.run(runs.Order(PRETRAINED, runs.kind_of(out), layout), taken, out)

    return score


def read(path):
    """The rows of a result as dictionaries."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream, delimiter=";"))
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    header, *cells = openpyxl.load_workbook(path)["Оценки"].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in cells]


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs", "P")), min_size=1, max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=3,
)
COLUMN = NAMES.map(str.strip).filter(bool) | st.sampled_from(["type", "merilo_type", "engagement", "error", "post_id"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(COLUMN, VALUES, max_size=4), min_size=1, max_size=4))
def test_what_lies_beside_the_text_comes_back(score, owns):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        posts = [{"text": f"{OUTAGE} Дом {number}", **own} for number, own in enumerate(owns)]
        (home / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts), "utf-8")
        for kind in KINDS:
            assert score(home / "posts.jsonl", home / f"out.{kind}").rows == len(posts)
            found = read(home / f"out.{kind}")
            assert len(found) == len(posts)
            for post, row in zip(posts, found, strict=True):
                assert {f"'{name}" if kind == "csv" and is_formula(name) else name for name in post} <= set(row)
                assert row["text"] == post["text"]
                if kind == "jsonl":
                    kept = json.loads(json.dumps(post).encode("utf-8", "replace"))
                    assert json.dumps({name: row[name] for name in post}) == json.dumps(kept)


@pytest.mark.parametrize("value", [10**30, -(10**30), float("nan"), float("inf"), "\ud83d", 1e308])
@pytest.mark.parametrize("kind", KINDS)
def test_odd_values_stop_no_run(score, tmp_path, kind, value):
    posts = [{"text": OUTAGE, "x": value}, {"text": OUTAGE, "x": 5}]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts), "utf-8")
    score(tmp_path / "posts.jsonl", tmp_path / f"out.{kind}")
    assert len(read(tmp_path / f"out.{kind}")) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_odd_names_stop_no_run(score, tmp_path, kind):
    odd = ["\ud83d", "", "=1+1", "a\nb", "<r>x</r>", "x" * 40_000]
    (tmp_path / "posts.jsonl").write_text(json.dumps({"text": OUTAGE, **dict.fromkeys(odd, "моё")}) + "\n", "utf-8")
    score(tmp_path / "posts.jsonl", tmp_path / f"out.{kind}")
    (row,) = read(tmp_path / f"out.{kind}")
    assert list(row.values()).count("моё") == len(odd)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_of_a_million_characters_comes_back(score, tmp_path, kind):
    long = (OUTAGE + " ") * (999_999 // (len(OUTAGE) + 1))
    (tmp_path / "posts.csv").write_text(f'Текст;Заметка\n"{long}";"{"ж" * 1_000_000}"\n{OUTAGE};да\n', "utf-8")
    assert score(tmp_path / "posts.csv", tmp_path / f"out.{kind}").scored == 2
    first, second = read(tmp_path / f"out.{kind}")
    if kind != "xlsx":  # Excel holds 32,767
        assert (first["Текст"], len(first["Заметка"])) == (long, 1_000_000)
    assert second["Заметка"] == "да"
