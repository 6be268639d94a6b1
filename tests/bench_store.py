"""Scored posts a second into the store, and how long its answers take.

Run by `make bench-store`, not collected by pytest: a timed test on a shared machine tells of the
machine. The contract is 100,000 scored posts in 20 s on SQLite. Posts are made up; MERILO_DATABASE_URL
names another database, which must be an empty one, instead of a file that is thrown away.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from model import Post, Score  # noqa: E402
from model.score import CHECKLIST, STATUSES, TYPES  # noqa: E402
from service.site import region  # noqa: E402
from service.site.rating import Rules  # noqa: E402
from service.store import Page, Selection, Store, pages, scores, series  # noqa: E402

PAGES = 1700
REGION = "Край"
START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 365
ROUNDS = 5

# So many seconds may the ingest of a hundred thousand take on SQLite.
LIMIT = 20.0


def make(count: int, model: str, chance: random.Random) -> list[tuple[Post, Score]]:
    """Scored posts of all pages over a year."""
    words = [f"слово{number}" for number in range(5000)]
    return [(_post(number, words, chance), _score(model, chance)) for number in range(count)]


def _page(number: int) -> Page:
    return Page(platform="vk", page_id=str(number), region=REGION, municipality=f"Район {number % 40}")


def _post(number: int, words: list[str], chance: random.Random) -> Post:
    page = number % PAGES
    return Post(
        text=" ".join(chance.choices(words, k=60)),
        platform="vk",
        page_id=str(page),
        page_name=f"Страница {page}",
        page_kind=("school", "hospital", "government")[page % 3],
        post_id=str(number),
        date=(START + timedelta(seconds=chance.randrange(DAYS * 86400))).isoformat(),
        likes=chance.randrange(100),
        comments=chance.randrange(10),
        reposts=chance.randrange(10),
        views=chance.randrange(10_000),
    )


def _score(model: str, chance: random.Random) -> Score:
    useful, engaging = (round(chance.uniform(0, 100), 1) for _ in range(2))
    return Score(
        usefulness=useful,
        usefulness_low=max(0.0, useful - 20),
        usefulness_high=min(100.0, useful + 20),
        engagement=engaging,
        engagement_likes=engaging,
        engagement_comments=engaging,
        engagement_reposts=engaging,
        engagement_general=engaging,
        memory_posts=chance.randrange(500),
        type=chance.choice(TYPES),
        checklist={name: chance.choice((True, False, None)) for name in CHECKLIST},
        status=chance.choices(STATUSES, (90, 5, 1, 4))[0],
        model=model,
    )


def questions(store: Store) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """What the service asks most."""
    month = {"since": START + timedelta(days=300), "until": START + timedelta(days=330)}
    yield "newest 100 scores", lambda ask: scores.read(ask, Selection())
    yield "100 most useful scores", lambda ask: scores.read(ask, Selection(), "-usefulness")
    yield "best 10 of a page", lambda ask: scores.read(ask, Selection(pages=(5,)), "-usefulness", limit=10)
    yield "all pages, a month", lambda ask: pages.read(ask, Selection(**month))
    yield "all pages, all time", lambda ask: pages.read(ask, Selection())
    yield "weeks of a page", lambda ask: series.read(ask, Selection(pages=(5,)))
    yield "pages at a glance, a month", lambda ask: pages.glance(ask, Selection(**month))
    yield "a region", lambda ask: region.read(ask, Selection(region=REGION), Rules(), START + timedelta(days=DAYS))
    yield "five pages compared", lambda ask: series.compare(ask, Selection(pages=(1, 2, 3, 4, 5)))


def run(address: str, count: int) -> bool:
    """Measure and print; whether the contract holds."""
    with Store.open(address) as store:
        print(f"{count:,} scored posts of {PAGES:,} pages into {store.place}, load {os.getloadavg()[0]:.1f}")
        with store.writing() as connection:
            pages.describe(connection, map(_page, range(PAGES)))
        spent = {}
        for title, model in (("new", "m1"), ("the same again", "m1"), ("by another model", "m2")):
            rows = make(count, model, random.Random(1))
            wall, own = time.perf_counter(), time.process_time()
            store.add(rows)
            spent[title] = wall = time.perf_counter() - wall
            own = time.process_time() - own
            print(f"  {title:<28}{wall:8.1f} s, of them {own:.1f} s of this process{count / wall:10,.0f} posts/s")
        for title, question in questions(store):
            times = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                with store.reading() as connection:
                    question(connection)
                times.append(time.perf_counter() - started)
            print(f"  {title:<28}{1000 * median(times):8.1f} ms")
        file = Path(store.place)
        if file.is_file():
            print(f"  {file.stat().st_size / 2**20:,.0f} MiB")
    return spent["new"] <= LIMIT * count / 100_000


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000, help="how many posts")
    count = parser.parse_args().posts
    if given := os.environ.get("MERILO_DATABASE_URL"):
        run(given, count)
        return
    with tempfile.TemporaryDirectory(prefix="merilo-") as folder:
        held = run(f"sqlite:///{folder}/merilo.sqlite3", count)
    sys.exit(0 if held else f"more than {LIMIT:.0f} s for a hundred thousand")


if __name__ == "__main__":
    main()
