"""Notebooks run from top to bottom, on the bundled corpus and on a folder of one's own."""

import gzip
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from training.dataset import CORPUS

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def run(path):
    """What a notebook prints and shows, as text."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(output.get("text") or output["data"].get("text/plain", "") for output in outputs)


@pytest.fixture
def own(tmp_path):
    """A folder such as MERILO_DATA names: half of the bundled posts."""
    lines = (CORPUS / "posts.jsonl").read_text(encoding="utf-8").splitlines()[:231]
    for name in ("engagement", "usefulness"):
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return tmp_path


def test_notebooks_are_numbered():
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{n:02}_" for n in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_on_the_bundled_corpus(path, monkeypatch):
    monkeypatch.delenv("MERILO_DATA", raising=False)
    assert "462" in run(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_on_a_folder_and_shows_no_text(path, own, monkeypatch, corpus):
    monkeypatch.setenv("MERILO_DATA", str(own))
    shown = run(path)
    assert "231" in shown
    assert not [row["post_id"] for row in corpus[:231] if len(row["text"]) > 20 and row["text"][:20] in shown]


def test_notebooks_keep_no_outputs():
    done = subprocess.run(
        [sys.executable, "-m", "nbstripout", "--verify", *NOTEBOOKS], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
