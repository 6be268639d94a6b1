"""The scorer: posts in, scores out, one path for one and for many."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from model.familiarity import judge
from model.folder import PRETRAINED, read
from model.heads import Heads, Predictions
from model.lexicon import Lexicon
from model.memory import Memory, Recall
from model.morphology import Morphology
from model.post import Post
from model.score import CHECKLIST, REACTIONS, TYPES, Score

CHUNK = 1000
CHARACTERS = 500_000  # nobody else reads meanwhile

# What the answers to an item of the checklist mean: does not apply, is missing, is there.
_ANSWERS = np.array([None, False, True], object)


class Scorer:
    """Scores posts with one loaded model. Safe to share between threads.

    `manifest` is the model's description, `folder` where its card and figures lie.
    """

    def __init__(self, heads: Heads, morphology: Morphology, manifest: dict[str, Any], folder: Path) -> None:
        self.heads = heads
        self.manifest = manifest
        self.folder = folder
        self.lexicon = Lexicon(morphology.parse, heads.linear)

    @property
    def info(self) -> dict[str, Any]:
        """What names this model in an answer: id, protocol, time of training."""
        return {name: self.manifest[name] for name in ("id", "protocol", "trained_at")}

    def map(self, posts: Iterable[Post], memory: Memory | None = None) -> Iterator[Score]:
        """Score posts lazily, in order. With a memory, engagement is personal where it has evidence."""
        for chunk in _chunks(posts):
            yield from self._score(chunk, memory)

    def __call__(self, post: Post, memory: Memory | None = None) -> Score:
        """Score one post."""
        return next(self.map([post], memory))

    def predict(self, posts: list[Post]) -> Predictions:
        """The heads' own words on some posts, before rounding and wording."""
        return self.heads.predict(self.lexicon.read([post.text for post in posts]))

    def _score(self, posts: list[Post], memory: Memory | None) -> Iterator[Score]:
        batch = self.lexicon.read([post.text for post in posts])
        said = self.heads.predict(batch)
        statuses = judge(batch, said.features, self.manifest["min_known_words"])
        recalls = memory.recall(posts, said) if memory else None
        yield from self._word(said, statuses, recalls)

    def _word(self, said: Predictions, statuses: list[str], recalls: list[Recall | None] | None) -> Iterator[Score]:
        usual, model = self.manifest["usual"], self.manifest["id"]
        kinds = said.types.argmax(axis=1).tolist()
        thresholds = self.heads.thresholds
        # What stands in the text applies; what does not apply is not missing.
        answers = _ANSWERS[np.where(said.present >= thresholds[0], 2, said.applies >= thresholds[1])].tolist()
        grades = np.array([said.grade, said.grade_low, said.grade_high]) / 4
        # Those that memory may make personal, then the general one.
        chances = np.array([said.chance[name] for name in ("any", *REACTIONS, "any")])
        percents: list[Any] = (np.concatenate([grades, chances]).T * 100).round(1).tolist()
        for n, (numbers, status) in enumerate(zip(percents, statuses, strict=True)):
            recall = recalls[n] if recalls is not None and status == "ok" else None
            if status != "ok":
                numbers = _doubt(numbers, usual)
            elif recall is not None:
                numbers[3:7] = _personal(recall)
            numbers += (
                recall.posts if recall else 0,
                TYPES[kinds[n]],
                dict(zip(CHECKLIST, answers[n], strict=True)),
                status,
                model,
                recall.neighbours if recall else (),
            )
            yield Score(*numbers)  # by place, which takes half as long


def _chunks(posts: Iterable[Post]) -> Iterator[list[Post]]:
    """Posts that are scored at once: CHUNK of them, or CHARACTERS where they are long."""
    chunk: list[Post] = []
    letters = 0
    for post in posts:
        chunk.append(post)
        letters += len(post.text)
        if len(chunk) == CHUNK or letters >= CHARACTERS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


# How much of its distance from the usual a number keeps when it should not be trusted.
TRUST = 0.35


def _doubt(numbers: list[float], usual: dict[str, Any]) -> list[float]:
    """Pull the numbers of a score towards the usual post and open the interval: no confident nonsense."""
    lowest, middle, highest = usual["usefulness"]

    def pull(value: float, centre: float) -> float:
        return round(centre + TRUST * (value - centre), 1)

    useful, low, high, *chances = numbers
    useful = pull(useful, middle)
    return [
        useful,
        round(min(lowest, useful, low), 1),
        round(max(highest, useful, high), 1),
        *(pull(chance, 50) for chance in chances),
    ]


def _personal(recall: Recall) -> list[float]:
    """What the page's memory says in place of the general heads."""
    return [round(100 * recall.chance[name], 1) for name in ("any", *REACTIONS)]


def load(folder: Path = PRETRAINED) -> Scorer:
    """Load a model folder, checked before anything in it is run.

    Raises ModelError with what to do. Load only a folder whose origin you trust: joblib
    files run code.
    """
    contents = read(Path(folder))
    morphology = Morphology.unpack(contents.words)
    return Scorer(Heads(contents.parts, morphology.words), morphology, contents.manifest, Path(folder))
