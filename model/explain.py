"""Which words moved the scores of a post: each is taken out, and the rest is scored again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.lexicon import surface
from model.memory import Memory
from model.post import Post
from model.score import Score
from model.scorer import TRUST, Scorer
from model.text import Token, locate

# How many pieces of text one explanation may read: some tenths of a second on one core. A
# post of 700 words is asked about whole, a longer one about its most frequent words.
BUDGET = 500_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a post, `text[start:stop]` in code points, and how it moved the scores.

    `usefulness` and `engagement` are points (0-100) that the post has because the word
    stands there, less than zero where the word hurts. A word that stands n times is asked
    about once, all its places together, and each place bears one nth of the move.
    """

    start: int
    stop: int
    text: str
    usefulness: float
    engagement: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score of a post and its words in the order of the text."""

    score: Score
    words: tuple[Word, ...]


def explain(scorer: Scorer, post: Post, memory: Memory | None = None) -> Explanation:
    """Tell how many points each word moved the scores of a post.

    Words are links, dates, phones and marks too; all dates count as one word, all phones as
    another, for the model sees no difference. With a memory the score is personal, but words
    move the general engagement, for memory looks at whole posts. Where the status is not `ok`
    the moves are as small as the score's own doubt makes them. A word of a very long post that
    was not asked about is left out: its move is not known.
    """
    score = scorer(post, memory)
    places = _places(post.text)
    asked = _frequent(places)
    points = _points(scorer, [post.text, *(_without(post.text, places[name]) for name in asked)])
    moves = (points[0] - points[1:]) * (1.0 if score.status == "ok" else TRUST)
    words = [
        Word(place.start, place.stop, place.text, *(move / len(places[name])).tolist())
        for name, move in zip(asked, moves, strict=True)
        for place in places[name]
    ]
    return Explanation(score, tuple(sorted(words, key=lambda word: word.start)))


def _places(text: str) -> dict[str, list[Token]]:
    """Where each different word of a text stands."""
    places: dict[str, list[Token]] = {}
    for token in locate(text):
        places.setdefault(surface(token.text), []).append(token)
    return places


def _frequent(places: dict[str, list[Token]]) -> list[str]:
    """The words worth asking about, as many as BUDGET allows: the most frequent, of equals the earlier.

    All places of a word go out at once, so a frequent word moves more. Weights of the linear
    heads were tried in place of counts and chose no better.
    """
    most = BUDGET // max(1, sum(map(len, places.values())))
    return sorted(places, key=lambda name: -len(places[name]))[:most]


def _without(text: str, places: Iterable[Token]) -> str:
    """The text with a space in the place of each token, so that its neighbours do not grow together."""
    kept, last = [], 0
    for place in places:
        kept.append(text[last : place.start])
        last = place.stop
    return " ".join([*kept, text[last:]])


def _points(scorer: Scorer, texts: list[str]) -> npt.NDArray[np.float64]:
    """Usefulness and engagement of some texts before rounding: (texts × 2), 0-100."""
    said = scorer.predict([Post(text) for text in texts])
    return np.column_stack([25 * said.grade, 100 * said.chance["any"]])
