"""What many tests share: the shipped model, the bundled corpus, the real posts where they lie."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
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

# Doctests are looked for in every file; the benchmarks import tools that no test needs.
collect_ignore = ["bench_http.py", "bench_scoring.py", "bench_store.py"]


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


class Postgres:
    """A server of PostgreSQL for one run of tests: no port, no password, nothing kept."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs = programs
        self._folder = folder
        self._user = user
        self._databases = 0
        self._call("initdb", "-D", folder / "data", "-U", "merilo", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")

    def start(self) -> None:
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        self._call("pg_ctl", "start", "-w", "-D", self._folder / "data", "-l", self._folder / "log", "-o", options)

    def stop(self) -> None:
        """Stop as in a power cut."""
        self._call("pg_ctl", "stop", "-w", "-D", self._folder / "data", "-m", "immediate")

    def create(self) -> str:
        """Make an empty database; its address."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._call("createdb", "-h", self._folder, "-U", "merilo", name)
        return f"postgresql://merilo@/{name}?host={self._folder}"

    def _call(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        # The server inherits what it is given, so nothing may wait for the end of a pipe.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(command, user=self._user, cwd=self._folder, stdout=said, stderr=said)
            said.seek(0)
            assert done.returncode == 0, said.read().decode(errors="replace")


@pytest.fixture(scope="session")
def postgres(required: bool) -> Iterator[Postgres]:
    """A throw-away server of PostgreSQL; skips where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        assert not required, "PostgreSQL is not installed; Debian's package is postgresql"
        pytest.skip("PostgreSQL is not installed under /usr/lib/postgresql; Debian's package is postgresql")
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    user = None if os.getuid() else "postgres" if "postgres" in names else "nobody"  # initdb refuses root
    folder = Path(tempfile.mkdtemp(prefix="merilo-pg-"))  # not below pytest's own, where only root may go
    try:
        if user:
            shutil.chown(folder, user)
        server = Postgres(found[-1].parent, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/merilo.sqlite3"
    address: str = request.getfixturevalue("postgres").create()
    return address
