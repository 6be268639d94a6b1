"""What many tests share: the shipped model, the bundled corpus, the real posts where they lie."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import model

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from service.store import Store

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# Doctests are looked for in every file; the benchmarks import tools that no test needs.
collect_ignore = [path.name for path in Path(__file__).parent.glob("bench_*.py")]


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
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`merilo serve` as a process of its own, with a store of its own that keeps texts; its address."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).parent / "merilo"
    process = subprocess.Popen(
        [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
        env=os.environ | {"MERILO_DATABASE_URL": f"sqlite:///{folder}/merilo.sqlite3", "MERILO_KEEP_TEXTS": "1"},
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


@pytest.fixture(scope="session")
def chromium(required: bool) -> dict[str, Any]:
    """How to launch Chromium, Debian's; skips where it is not installed."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        assert not required, "Chromium is not installed; Debian's package is chromium"
        pytest.skip("Chromium is not installed; Debian's package is chromium")
    # Root may not use the sandbox, and a container has little shared memory.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.getuid() == 0 else [])]
    return {"executable_path": found, "args": arguments}


@pytest.fixture(scope="module")  # while it is open no other test can have an event loop of its own
def browser(chromium: dict[str, Any]) -> "Iterator[Browser]":
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(**chromium)
        yield opened
        opened.close()


KINDS = ("администрация", "школа", "библиотека", "поликлиника")
TOWNS = ("Глуховетский район", "Тихореченск", "Малые Ключи", "Заречный округ")


@pytest.fixture(scope="session")
def seed() -> Any:
    """What fills a store with a region that does not exist."""
    return seed_region


def seed_region(store: "Store", pages: int = 16, days: int = 210) -> None:
    """Fill a store with a region that does not exist: scores and counts are drawn at random, no post has a text."""
    from model import Post, Score
    from model.score import CHECKLIST, TYPES
    from service.store import Page
    from service.store import pages as described

    chance = random.Random(7)
    end = datetime(2026, 3, 12, 15, tzinfo=UTC)
    told: list[tuple[Post, Score]] = []
    for number in range(1, pages + 1):
        level = 55 - 9 * (number % len(KINDS)) + chance.gauss(0, 4)
        for day in range(days):
            if number == 6 and day < 40:  # fell silent
                continue
            for _ in range(chance.choice((0, 0, 1, 1, 2))):
                mean = level + (18 if number == 3 and day < 90 else 0)
                usefulness = round(min(99.0, max(1.0, chance.gauss(mean, 22))), 1)
                moment = end - timedelta(days=day, minutes=chance.randrange(600))
                post = Post(
                    "", platform="vk", page_id=str(9000 + number), post_id=str(len(told) + 1), date=moment.isoformat(),
                    likes=chance.randrange(60), comments=chance.randrange(4), reposts=chance.randrange(6),
                    views=chance.randrange(200, 4000),
                )  # fmt: skip
                checklist = {name: chance.choice((True, True, False, None)) for name in CHECKLIST}
                told.append((post, _score(Score, chance.choice(TYPES), usefulness, checklist)))
    with store.writing() as connection:
        described.describe(
            connection,
            [
                Page(
                    platform="vk", page_id=str(9000 + number), kind=KINDS[number % len(KINDS)], region="Озёрный край",
                    name=f"{KINDS[number % len(KINDS)].capitalize()} № {number}",
                    municipality=TOWNS[number % 3 if number % 5 else 3], zone="Asia/Novosibirsk",
                )
                for number in range(1, pages + 1)
            ],
        )  # fmt: skip
    store.add(told)


def _score(make: Any, kind: str, usefulness: float, checklist: dict[str, bool | None]) -> Any:
    return make(
        usefulness=usefulness,
        usefulness_low=max(0.0, usefulness - 12),
        usefulness_high=min(100.0, usefulness + 12),
        engagement=50.0,
        engagement_likes=50.0,
        engagement_comments=50.0,
        engagement_reposts=50.0,
        engagement_general=50.0,
        memory_posts=0,
        type=kind,
        checklist=checklist,
        status="ok",
        model="synthetic",
    )
