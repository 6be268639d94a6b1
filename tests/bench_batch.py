"""What `merilo score` adds to `Scorer.map`, and what a second worker and a second machine bring.

Whole runs, from archive to result, beside the bare scorer: on one core, the scorer in the
same state for all (it has read other posts and meets these for the first time), in turn in
every round. Loading is not in it; `bench_start.py` measures that. Workers are timed between
the first fifth of the rows and the last: processes start and load before.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from bench_ground import PROGRAMS, Bound, describe, hold_threads, judge, one_core, ratio, read_more, read_posts

# Part of the scorer's rate that a whole run keeps; how many times as fast two workers are.
KINDS = {"jsonl": 0.6, "csv": 0.5}
CREW, CLUSTER = 1.8, 1.6

PORT = 18786
PARTITION = 2000


class Clock:
    """A meter that keeps when how many rows were written."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []

    def read(self, at: int) -> None:
        pass

    def stop(self) -> None:
        pass

    def wrote(self, rows: int) -> None:
        self._seen.append((time.perf_counter(), rows))

    def rate(self) -> float:
        """Rows a second once a fifth of them was written."""
        end, rows = self._seen[-1]
        start, before = next(one for one in self._seen if one[1] * 5 >= rows)
        return (rows - before) / (end - start)


def write(path: Path, texts: Sequence[str]) -> Path:
    """An archive as people have them: with whose posts they are, dates and counts."""
    rows = [
        {"platform": "vk", "page_id": str(n % 50), "post_id": str(n), "date": f"2026-03-{n % 28 + 1:02}T09:00:00+03:00",
         "text": text, "likes": n % 40, "comments": n % 5, "reposts": n % 9, "views": n % 1000}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    with path.open("w", encoding="utf-8", newline="") as stream:
        if path.suffix == ".csv":
            table = csv.DictWriter(stream, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        else:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def score(source: Path, out: Path, **how: Any) -> None:
    """As `merilo score` does, in this process."""
    from model import PRETRAINED
    from service import batch, rows, run
    from service.layout import Layout

    with ExitStack() as stack:
        taken = batch.collect([str(source)], sys.stdin.buffer, stack)
        order = run.Order(PRETRAINED, run.kind_of(out), Layout(taken.columns(), rows.COLUMNS), plain=True)
        run.run(order, taken, out, **how)


def runs(folder: Path, texts: Sequence[str], rounds: int) -> Iterator[Bound]:
    """Whole runs on one core beside the scorer."""
    import model

    before, posts = texts[: len(texts) // 3], texts[len(texts) // 3 :]
    sources = {kind: write(folder / f"posts.{kind}", posts) for kind in KINDS}

    def scorer() -> model.Scorer:
        warm = model.load()
        deque(warm.map(map(model.Post, before)), maxlen=0)
        return warm

    def map_posts() -> float:
        warm, entries = scorer(), [model.Post(text) for text in posts]
        return seconds(lambda: deque(warm.map(entries), maxlen=0))

    def whole(kind: str) -> float:
        warm = scorer()
        with mock.patch.object(model, "load", lambda folder: warm):
            return seconds(lambda: score(sources[kind], folder / f"scores.{kind}"))

    rates: dict[str, list[float]] = {"Scorer.map": [], **{kind: [] for kind in KINDS}}
    with one_core():
        for number in range(rounds):
            for name in list(rates) if number % 2 == 0 else reversed(list(rates)):
                spent = map_posts() if name == "Scorer.map" else whole(name)
                rates[name].append(len(posts) / spent)
    yield from tell(rates)
    for kind, least in KINDS.items():
        yield Bound(f"one core, {kind} to {kind} beside Scorer.map", ratio(rates[kind], rates["Scorer.map"]), least)


def seconds(do: Callable[[], object]) -> float:
    """What it takes of the core: not the time in which others have it."""
    start = time.process_time()
    do()
    return time.process_time() - start


def tell(rates: dict[str, list[float]]) -> Iterator[Bound]:
    """Show rates; of bounds there are none."""
    for name, found in rates.items():
        print(
            f"{name:<24}{sorted(found)[len(found) // 2]:>8.0f} posts/s   {min(found):.0f}–{max(found):.0f}", flush=True
        )
    yield from ()


def workers(folder: Path, texts: Sequence[str], rounds: int) -> Iterator[Bound]:
    """Two workers beside one."""
    source = write(folder / "many.jsonl", texts)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for count, found in rates.items():
            clock = Clock()
            score(source, folder / "scores.jsonl", workers=count, meter=clock)
            found.append(clock.rate())
    yield from tell({f"workers: {count}": found for count, found in rates.items()})
    yield Bound("two workers to one", ratio(rates[2], rates[1]), CREW)


def cluster(folder: Path, texts: Sequence[str], rounds: int) -> Iterator[Bound]:
    """A cluster of two workers beside one of a single worker; both stand and have loaded the model."""
    source = folder / "in"
    source.mkdir()
    for start in range(0, len(texts), PARTITION):
        write(source / f"part-{start // PARTITION:04}.parquet", texts[start : start + PARTITION])
    rates: dict[int, list[float]] = {1: [], 2: []}
    with ExitStack() as stack:
        addresses = {count: stack.enter_context(standing(PORT + count, count, folder)) for count in rates}
        for number in range(rounds + 1):
            for count, found in rates.items():
                rate = on_cluster(source, folder / f"out-{number}-{count}", addresses[count])
                if number:  # the first time the model is loaded
                    found.append(rate)
    yield from tell({f"Dask workers: {count}": found for count, found in rates.items()})
    yield Bound("Dask, two workers to one", ratio(rates[2], rates[1]), CLUSTER)


def on_cluster(source: Path, out: Path, address: str) -> float:
    from model import PRETRAINED
    from service import cluster, partition

    tally = cluster.score(partition.make_plan(str(source), str(out), PRETRAINED), address)
    return tally.rows / tally.seconds


@contextmanager
def standing(port: int, count: int, folder: Path) -> Iterator[str]:
    """A scheduler and workers on this machine; their address."""
    address = f"tcp://127.0.0.1:{port}"
    commands = [["scheduler", "--host", "127.0.0.1", "--port", str(port)]]
    commands += [["worker", address, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder)]] * count
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    crew = [subprocess.Popen([PROGRAMS / "dask", *words, "--no-dashboard"], **quiet) for words in commands]  # type: ignore[call-overload]
    try:
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
        yield address
    finally:
        for process in reversed(crew):
            process.terminate()
            process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=Path, help="JSON lines with `text`, plain or gzip")
    parser.add_argument("--count", type=int, default=22_000, help="posts to read at most (22000)")
    parser.add_argument("--rounds", type=int, default=5, help="how many times all of it is done (5)")
    options = parser.parse_args()
    hold_threads()
    texts, source = read_posts(options.posts, options.count)
    print(f"{source}; {describe()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="merilo-bench-") as folder:
        many = read_more(options.posts, texts)
        bounds = [
            *runs(Path(folder), texts, options.rounds),
            *workers(Path(folder), many, options.rounds),
            *cluster(Path(folder), many, options.rounds),
        ]
    print()
    return judge(bounds)


if __name__ == "__main__":
    sys.exit(main())
