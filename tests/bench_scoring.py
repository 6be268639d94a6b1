"""Posts per second on one core: Merilo beside the tools its users know, on the same posts in one run.

In a round every contestant reads the posts (slow ones an even sample of them, another one
each round) in turn, so that a slow minute of the machine hits them all; the median round is
printed. The warm scorer has read other posts before and meets these for the first time, as
in the middle of an archive.
"""

import argparse
import asyncio
import random
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench_ground import Bound, describe, hold_threads, judge, one_core, ratio, read_posts

OURS = "Scorer.map"
REMEMBERING = "  with page memory"
# How many times as fast as the other one must be; whether that is an aim only.
FLOORS = ((OURS, "natasha", 50.0, False), (OURS, "HashingVectorizer", 0.35, True), (REMEMBERING, OURS, 0.4, False))
# Posts of one page where memory is timed, one every eight hours; counts are drawn, for no page ever had these posts.
PAGE = 2000

# Takes the texts, makes ready what is not to be timed, answers with what is.
Prepare = Callable[[Sequence[str]], Callable[[], object]]


@dataclass
class Contestant:
    """One way to read posts; `most` of them are enough for it in a round, None is all."""

    name: str
    what: str
    prepare: Prepare
    most: int | None = None
    rates: list[float] = field(default_factory=list)

    def read(self, texts: Sequence[str], number: int) -> None:
        step = max(1, len(texts) // (self.most or len(texts)))
        sample = texts[number % step :: step][: self.most]
        run = self.prepare(sample)
        start = time.process_time()  # of the core: not the time in which others have it
        run()
        self.rates.append(len(sample) / (time.process_time() - start))

    @property
    def rate(self) -> float:
        return median(self.rates)


def merilo(before: Sequence[str]) -> Iterator[Contestant]:
    from model import PRETRAINED, Post, load

    def read(texts: Sequence[str], *earlier: Sequence[str]) -> Callable[[], object]:
        scorer, posts = load(PRETRAINED), [Post(text) for text in texts]
        for others in earlier:
            deque(scorer.map(map(Post, others)), maxlen=0)
        return lambda: deque(scorer.map(posts), maxlen=0)

    yield Contestant(OURS, "every score of a post; other posts read before", lambda texts: read(texts, before))
    yield Contestant("  met again", "the same posts a second time", lambda texts: read(texts, texts))
    yield Contestant("  cold", "the first posts after loading", read)
    yield Contestant(REMEMBERING, f"as --history self, pages of {PAGE} posts", lambda texts: remember(texts, before))


def remember(texts: Sequence[str], before: Sequence[str]) -> Callable[[], object]:
    """As `merilo score --history self` does: the memory of all pages is built, then every post is scored with it."""
    from datetime import UTC, datetime, timedelta

    from model import PRETRAINED, Memory, Post, load

    rng, start = random.Random(0), datetime(2024, 1, 1, tzinfo=UTC)  # noqa: S311 (chance, not secrets)
    posts = [
        Post(text, page_id=str(n // PAGE), date=(start + timedelta(hours=8 * (n % PAGE))).isoformat(),
             likes=rng.randint(0, 40), comments=rng.randint(0, 5), reposts=rng.randint(0, 9))
        for n, text in enumerate(texts)
    ]  # fmt: skip
    scorer = load(PRETRAINED)
    deque(scorer.map(map(Post, before)), maxlen=0)
    return lambda: deque(scorer.map(posts, Memory.of(scorer, posts, neighbours=False)), maxlen=0)


def hashing() -> Iterator[Contestant]:
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer()
    yield Contestant("HashingVectorizer", "bare transform", lambda texts: lambda: vectorizer.transform(texts))


def natasha() -> Iterator[Contestant]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
        from natasha import Doc, MorphVocab, NewsEmbedding, NewsMorphTagger, Segmenter

        segmenter, vocab = Segmenter(), MorphVocab()
    tagger = NewsMorphTagger(NewsEmbedding())

    def read(texts: Sequence[str]) -> None:
        for text in texts:
            doc = Doc(text)
            doc.segment(segmenter)
            doc.tag_morph(tagger)
            for token in doc.tokens:
                token.lemmatize(vocab)

    yield Contestant("natasha", "segment + morph + lemma", lambda texts: lambda: read(texts), most=300)


def ruts() -> Iterator[Contestant]:
    from ruts import BasicStats, ReadabilityStats, RutsError

    def read(texts: Sequence[str]) -> None:
        for text in texts:
            try:
                BasicStats(text).get_stats()
                ReadabilityStats(text).get_stats()
            except RutsError:  # a text without words; read all the same
                continue

    yield Contestant("ruTS", "basic + readability statistics", lambda texts: lambda: read(texts), most=300)


def krrkt() -> Iterator[Contestant]:
    from krrkt.engine.pipeline import proofread

    async def read(texts: Sequence[str]) -> None:
        for text in texts:
            await proofread(text, skip_llm=True)

    yield Contestant("krrkt", "dictionary check of style", lambda texts: lambda: asyncio.run(read(texts)), most=80)


def table(contestants: Sequence[Contestant]) -> Iterator[str]:
    rates = {contestant.name: contestant.rate for contestant in contestants}
    yield f"{'':<20}{'posts/s':>9}{'spread':>16}{'× natasha':>11}{'× Hashing':>11}"
    for one in contestants:
        spread = f"{min(one.rates):.0f}–{max(one.rates):.0f}"
        yield (
            f"{one.name:<20}{one.rate:>9.0f}{spread:>16}{one.rate / rates['natasha']:>11.2f}"
            f"{one.rate / rates['HashingVectorizer']:>11.3f}   {one.what}"
        )


def stages(texts: Sequence[str], before: Sequence[str]) -> Iterator[str]:
    """What each stage of scoring costs, in microseconds a post; what it buys stands in the card's ablation."""
    from model import PRETRAINED, Post, load
    from model.familiarity import judge
    from model.features import measure
    from model.scorer import CHUNK

    scorer = load(PRETRAINED)
    heads, vocabulary = scorer.heads, scorer.heads.linear.vocabulary
    deque(scorer.map(map(Post, before)), maxlen=0)
    spent: dict[str, float] = {}

    def timed(name: str, run: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        found = run(*arguments)
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - start
        return found

    for start in range(0, len(texts), CHUNK):
        chunk = list(texts[start : start + CHUNK])
        batch = timed("words: split, look up, learn new ones", scorer.lexicon.read, chunk)
        features = timed("named features", measure, batch)
        timed("lemmas and pairs", lambda b: vocabulary.design(b) @ heads.linear.table, batch)
        timed("letters and senses", lambda b: vocabulary.occurrences(b) @ b.weights, batch)
        inputs, _ = heads.opinions(batch, features)
        timed("trees", heads.trees.predict, inputs)
        timed("status", judge, batch, features, scorer.manifest["min_known_words"])
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        yield f"{name:<40}{1e6 * seconds / len(texts):>7.1f} µs a post"


def bounds(contestants: Sequence[Contestant]) -> Iterator[Bound]:
    rates = {contestant.name: contestant.rates for contestant in contestants}
    for one, other, floor, aim in FLOORS:
        yield Bound(f"{one.strip()} to {other}", ratio(rates[one], rates[other]), least=floor, aim=aim)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=Path, help="JSON lines with `text`, plain or gzip")
    parser.add_argument("--count", type=int, default=22_000, help="posts to read at most (22000)")
    parser.add_argument("--rounds", type=int, default=5, help="how many times all of it is done (5)")
    options = parser.parse_args()

    hold_threads()
    with one_core():
        return compare(options.posts, options.count, options.rounds)


def compare(path: Path | None, count: int, rounds: int) -> int:
    texts, source = read_posts(path, count)
    before, posts = texts[: len(texts) // 3], texts[len(texts) // 3 :]
    contestants = [*merilo(before), *hashing(), *natasha(), *ruts(), *krrkt()]
    for contestant in contestants:  # imports, dictionaries and first-call work are not timed
        contestant.prepare(before[:5])()

    length = sum(map(len, posts)) / len(posts)
    print(f"{source}; timed on the last {len(posts)}, {length:.0f} characters on average, {rounds} rounds")
    print(f"one core; {describe()}\n", flush=True)
    for number in range(rounds):
        # There and back: nobody always comes first.
        for contestant in contestants if number % 2 == 0 else reversed(contestants):
            if sys.stderr.isatty():
                print(f"round {number + 1} of {rounds}: {contestant.name.strip():<20}", end="\r", file=sys.stderr)
            contestant.read(posts, number)
    print(*table(contestants), sep="\n")
    print("\nstages of one Scorer.map, posts met for the first time")
    print(*stages(posts, before), sep="\n")
    print()
    return judge(bounds(contestants))


if __name__ == "__main__":
    sys.exit(main())
