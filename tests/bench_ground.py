"""The ground that benchmarks run on: the posts, the cores, the floors that ratios are held to.

Benchmarks are run by `make bench`, not collected by pytest: a timed test on a shared machine
tells of the machine. What counts are ratios of rates taken side by side in one run, which
hold from one machine to another.
"""

import gzip
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "data" / "throughput.jsonl.gz"
MORE = REAL.with_name("engagement.jsonl.gz")
CORPUS = ROOT / "training" / "corpus"
PROGRAMS = Path(sys.executable).parent

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def hold_threads() -> None:
    """Before numpy is imported: one thread for its libraries, here and in the processes to come."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start of a program compiles all of it anew


@contextmanager
def one_core() -> Iterator[None]:
    """One core for this process."""
    import psutil

    process = psutil.Process()
    if not hasattr(process, "cpu_affinity"):  # macOS has none
        yield
        return
    before = process.cpu_affinity()
    process.cpu_affinity(before[-1:])
    try:
        yield
    finally:
        process.cpu_affinity(before)


def texts_of(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row.get("text"):
                yield row["text"]


def read_posts(path: Path | None, count: int) -> tuple[list[str], str]:
    """Texts to read, and words on what they are."""
    if path is None and REAL.is_file():
        path = REAL
    if path is None:
        found = [text for file in sorted(CORPUS.glob("*.jsonl*")) for text in texts_of(file)]
        return list(islice(cycle(found), count)), f"{len(found)} bundled posts over and over, so none is new"
    texts = list(islice(texts_of(path), count))
    return texts, f"{len(texts)} posts of {path.name}"


def read_more(path: Path | None, texts: list[str]) -> list[str]:
    """The texts with as many others as there are: of an archive none comes again. Without data they do, thrice."""
    if path is None and MORE.is_file():
        return [*texts, *texts_of(MORE)]
    return list(islice(cycle(texts), 3 * len(texts)))


def describe() -> str:
    """The machine, and how busy others keep it: what figures have to be read with."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load average {busy}"


def ratio(ones: Iterable[float], others: Iterable[float]) -> float:
    """How many times the one is the other: the median over rounds, for a slow minute hits both of a round."""
    return median(one / other for one, other in zip(ones, others, strict=True))


@dataclass(frozen=True)
class Bound:
    """What a measure has to be; with `least` at least that, with `most` at most. An aim is told and fails nothing."""

    what: str
    found: float
    least: float | None = None
    most: float | None = None
    unit: str = "×"
    aim: bool = False

    @property
    def met(self) -> bool:
        return (self.least is None or self.found >= self.least) and (self.most is None or self.found <= self.most)

    def __str__(self) -> str:
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        told = "  (an aim, not a floor)" if self.aim else ""
        return f"{'✓' if self.met else '✗'} {self.what}: {self.found:.3g} {self.unit}, {bound} {self.unit}{told}"


def judge(bounds: Iterable[Bound]) -> int:
    """Tell every bound; the exit code."""
    told = list(bounds)
    print(*told, describe(), sep="\n", flush=True)
    return 0 if all(bound.met or bound.aim for bound in told) else 1
