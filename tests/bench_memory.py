"""The memory of a million posts and of one huge dump: of all processes together, and whether it goes on growing.

Every post has a word that no other one has, so nothing that is remembered of words is ever
complete, and a leak would show. What processes share is counted once.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from bench_ground import PROGRAMS, Bound, describe, hold_threads, judge, read_posts

# Megabytes at most; how many times the peak of the first half the peak of the second may be.
PEAK, GROWTH = 800, 1.05

_EVERY = 0.2
_SYLLABLES = ("ба", "ве", "ги", "до", "жу", "зы", "ка", "лю", "мо", "ни")


def word(number: int) -> str:
    """A word of its own for every number."""
    return "".join(_SYLLABLES[int(digit)] for digit in str(number))


def write_lines(path: Path, texts: Sequence[str], count: int) -> None:
    """A post a line."""
    with path.open("w", encoding="utf-8") as lines:
        for number, text in enumerate(islice(cycle(texts), count)):
            row = {"platform": "vk", "page_id": str(number % 1000), "post_id": str(number), "likes": number % 40}
            lines.write(json.dumps(row | {"text": f"{text} {word(number)}"}, ensure_ascii=False) + "\n")


def write_wall(path: Path, texts: Sequence[str], size: int) -> None:
    """One answer of `wall.get`, without a line break, of so many bytes."""
    with path.open("w", encoding="utf-8") as dump:
        dump.write('{"response": {"count": 2000000, "items": [')
        for number, text in enumerate(cycle(texts)):
            item = {"id": number, "owner_id": -1 - number % 1000, "date": 1_700_000_000 + number, "post_type": "post",
                    "text": f"{text} {word(number)}", "likes": {"count": number % 40}, "attachments": []}  # fmt: skip
            dump.write((", " if number else "") + json.dumps(item, ensure_ascii=False))
            if number % 1000 == 0 and dump.tell() >= size:
                break
        dump.write("]}}")


def watch(process: subprocess.Popen[bytes], part: Path) -> list[tuple[int, float]]:
    """While a run goes on: bytes written so far and the memory of all its processes in megabytes."""
    import psutil

    seen = []
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        held = 0
        try:
            for one in (parent, *parent.children(recursive=True)):
                info = one.memory_full_info()
                held += getattr(info, "pss", info.rss)
            seen.append((part.stat().st_size if part.exists() else 0, held / 1e6))
        except psutil.NoSuchProcess:  # it has just ended
            continue
        time.sleep(_EVERY)
    return seen


def run(archive: Path, workers: int) -> list[Bound]:
    """Score an archive and tell how much memory that took."""
    out = archive.with_name("scores.jsonl")
    command = [PROGRAMS / "merilo", "score", archive, "-o", out, "--workers", str(workers)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = watch(process, out.with_name(f".{out.name}.part"))
    spent = time.perf_counter() - start
    assert process.returncode in (0, 1), "merilo score has failed"
    whole = out.stat().st_size
    print(f"\n{archive.name}, {archive.stat().st_size / 1e6:.0f} MB, {workers} workers")
    for tenth in range(10):
        held = [held for at, held in seen if tenth <= 10 * at / whole < tenth + 1]
        print(f"{10 * tenth:>3}–{10 * tenth + 10} %: up to {max(held, default=0):.0f} MB")
    with out.open("rb") as rows:
        posts = sum(1 for _ in rows)
    print(f"{posts} posts, {posts / spent:.0f} a second, loading included", flush=True)
    first, second = (max(held for at, held in seen if (at > whole / 2) is late) for late in (False, True))
    return [
        Bound(f"{archive.name}: peak memory of all processes", max(first, second), most=PEAK, unit="MB"),
        Bound(f"{archive.name}: peak of the second half to the first", second / first, most=GROWTH),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=Path, help="JSON lines with `text`, plain or gzip")
    parser.add_argument("--count", type=int, default=1_000_000, help="posts to score (1000000)")
    parser.add_argument("--wall", type=int, default=2000, help="megabytes of the dump of wall.get (2000)")
    parser.add_argument("--workers", type=int, default=2, help="processes that score (2)")
    options = parser.parse_args()
    hold_threads()
    texts, source = read_posts(options.posts, 22_000)
    print(f"{source}; {describe()}", flush=True)
    bounds = []
    for name, write, size in (
        ("posts.jsonl", write_lines, options.count),
        ("wall.json", write_wall, options.wall * 10**6),
    ):
        with tempfile.TemporaryDirectory(prefix="merilo-bench-") as folder:
            archive = Path(folder, name)
            write(archive, texts, size)
            bounds += run(archive, options.workers)
    return judge(bounds)


if __name__ == "__main__":
    sys.exit(main())
