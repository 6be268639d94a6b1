"""The ferry: posts of requests that come together are scored together.

A batch costs little more than one post, and Python runs one thread at a time, so threads that
score side by side only wait for each other. Here whoever comes while others are taken across
waits for the next crossing, and all who wait are taken at once. A crossing is a few
milliseconds on the event loop itself: going to a thread and back would cost each of them a
fifth of a millisecond, and the loop more in waiting for its turn at the interpreter.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from anyio import to_thread

from model import Post, Score, Scorer

# What one crossing takes: so many characters; a post costs as much as some of them before its first one is read.
LOAD = 30_000
EACH = 500


class Ferry:
    """Scores posts of concurrent requests in common batches. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[_Passenger] = []

    async def carry(self, scorer: Scorer, posts: Sequence[Post]) -> list[Score]:
        """The scores of posts, in their order, as `scorer.map` gives them and whatever it fails with."""
        if not posts:
            return []
        if _weight(posts) > LOAD:  # would keep all others waiting
            return await to_thread.run_sync(_score, scorer, posts)
        passenger = _Passenger(scorer, posts)
        if not self._waiting:
            passenger.arrival.get_loop().call_soon(self._cross)
        self._waiting.append(passenger)
        return await passenger.arrival

    def _cross(self) -> None:
        """Take the first of those who wait, with all who fit beside it and have the same model."""
        scorer, room = self._waiting[0].scorer, LOAD
        aboard: list[_Passenger] = []
        for passenger in self._waiting:
            room -= passenger.weight
            if passenger.scorer is not scorer or (room < 0 and aboard):
                break
            aboard.append(passenger)
        del self._waiting[: len(aboard)]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._cross)
        _take([passenger for passenger in aboard if not passenger.arrival.done()])


class _Passenger:
    """The posts of a request on their way to their scores."""

    def __init__(self, scorer: Scorer, posts: Sequence[Post]) -> None:
        self.scorer = scorer
        self.posts = posts
        self.weight = _weight(posts)
        self.arrival: asyncio.Future[list[Score]] = asyncio.get_running_loop().create_future()


def _take(aboard: Sequence[_Passenger]) -> None:
    """Give each its scores; where a batch fails, each goes alone, so that only the one at fault is told of it."""
    try:
        scores = iter(_score(aboard[0].scorer, chain.from_iterable(one.posts for one in aboard)) if aboard else ())
    except Exception as error:
        if len(aboard) == 1:
            aboard[0].arrival.set_exception(error)
        else:
            for one in aboard:
                _take([one])
        return
    for one in aboard:
        one.arrival.set_result(list(islice(scores, len(one.posts))))


def _score(scorer: Scorer, posts: Iterable[Post]) -> list[Score]:
    return list(scorer.map(posts))


def _weight(posts: Iterable[Post]) -> int:
    return sum(EACH + len(post.text) for post in posts)
