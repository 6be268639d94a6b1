"""`python -m training`: a folder comes out, and a user's mistake is a Russian sentence and exit code 2."""

import json

import pytest
from typer.testing import CliRunner

from model import load
from training import dataset
from training.__main__ import app
from training.dataset import POSTS, read_pairs


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_fit_writes_a_folder_that_loads(run, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "read_pairs", lambda: read_pairs()[:20])  # a quick fit
    done = run("fit", "--out", tmp_path / "model", "--no-report")
    assert done.exit_code == 0, done.output
    assert load(tmp_path / "model").info["id"].startswith("merilo-")
    assert "ещё не измерена" in (tmp_path / "model" / "card.md").read_text("utf-8")


def test_rows_tells_what_each_step_removed(run):
    done = run("rows")
    assert done.exit_code == 0
    assert "no_date" in done.output
    assert "duplicate" in done.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "не JSON"),
        ("5", "нужен объект с полем text"),
        ('{"text": 5}', "нужен объект с полем text"),
        ('{"text": "а", "likes": -1}', "likes: нужно целое число"),
        ('{"text": "а", "usefulness": 9}', "оценка от 0 до 4"),
    ],
)
@pytest.mark.parametrize("verb", ["fit", "rows"])
def test_broken_row_is_named(run, tmp_path, verb, line, said):
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"text": "Вода"}) + "\n" + line + "\n", encoding="utf-8")
    done = run(verb, "--engagement", path, *(("--out", tmp_path / "model") if verb == "fit" else ()))
    assert done.exit_code == 2
    assert "posts.jsonl, строка 2" in done.output
    assert said in done.output
    assert not (tmp_path / "model").exists()


def test_missing_file_is_named(run, tmp_path):
    done = run("rows", "--engagement", tmp_path / "nowhere.jsonl")
    assert done.exit_code == 2
    assert "nowhere.jsonl не читается" in done.output


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
def test_missing_notes_are_told_before_the_work(run, tmp_path, verb):
    done = run(verb, "--notes", tmp_path / "nowhere.md", "--out", tmp_path / "model")
    assert done.exit_code == 2
    assert "--notes" in done.output
    assert not (tmp_path / "model").exists()


def test_nothing_to_learn_from(run, tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "Вода"}\n', encoding="utf-8")
    done = run("fit", "--engagement", path, "--usefulness", POSTS, "--out", tmp_path / "model")
    assert done.exit_code == 2
    assert "Обучать не на чем" in done.output


def test_folder_without_a_model_cannot_be_measured(run, tmp_path):
    done = run("evaluate", "--out", tmp_path)
    assert done.exit_code == 2
    assert "нет модели" in done.output
