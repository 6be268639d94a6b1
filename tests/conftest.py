"""What many tests share: the shipped model, the bundled corpus, the real posts where they lie."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import model

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# Doctests are looked for in every file; the benchmark imports tools that no test needs.
collect_ignore = ["bench_scoring.py"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def scorer() -> model.Scorer:
    """The shipped model. Shared: a test must not change it."""
    return model.load(model.PRETRAINED)


@pytest.fixture(scope="session")
def corpus() -> list[dict[str, Any]]:
    """Every bundled row with a text, as canonical rows."""
    rows = []
    for path in sorted((ROOT / "training" / "corpus").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            rows += [row for row in map(json.loads, lines) if row.get("text")]
    return rows


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real posts, which are not part of the project; skips where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real posts are not part of the project; they are looked for in ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def required() -> bool:
    """Whether a tool that a test wants must be there (CI) or may be absent (a laptop)."""
    return os.environ.get("CI") == "true"
