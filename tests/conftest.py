"""What many tests share: the shipped model, the bundled corpus, the real posts where they lie."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """`merilo serve` as a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).parent / "merilo"
    process = subprocess.Popen(
        [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, "merilo serve has ended"
            try:
                with urllib.request.urlopen(f"http://{address}/health/ready", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        else:
            pytest.fail("merilo serve is not ready after a minute")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
