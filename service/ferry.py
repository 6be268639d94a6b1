"""The ferry: posts of requests that come together are scored together.

A batch costs little more than one post, and Python runs one thread at a time, so threads that
score side by side only wait for each other. Here one thread scores. Who comes while it takes
others across waits for the next crossing, and all who wait are taken at once.
"""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
        # A thread of its own: the way to it and back takes half as long as to one of anyio's.
        self._boat = ThreadPoolExecutor(1, "ferry")
        self._sailing: asyncio.Task[None] | None = None

    async def carry(self, scorer: Scorer, posts: Sequence[Post]) -> list[Score]:
        """The scores of posts, in their order, as `scorer.map` gives them and whatever it fails with."""
        if not posts:
            return []
        passenger = _Passenger(scorer, posts)
        if passenger.weight > LOAD:  # would keep all others waiting
            return await to_thread.run_sync(_score, scorer, posts)
        self._waiting.append(passenger)
        if self._sailing is None or self._sailing.done():
            self._sailing = asyncio.create_task(self._sail())
        return await passenger.arrival

    async def _sail(self) -> None:
        """Cross until nobody waits."""
        loop = asyncio.get_running_loop()
        while aboard := self._board():
            posts = [one.posts for one in aboard]
            try:
                results = await loop.run_in_executor(self._boat, _take, aboard[0].scorer, posts)
            except Exception as error:  # there is no thread to be had
                results = [error] * len(aboard)
            for one, result in zip(aboard, results, strict=True):
                one.arrive(result)

    def _board(self) -> list["_Passenger"]:
        """The first of those who wait, with all who fit beside it and have the same model."""
        self._waiting = [one for one in self._waiting if not one.arrival.done()]  # without those who have gone
        room, count = LOAD, 0
        for one in self._waiting:
            room -= one.weight
            if room < 0 or one.scorer is not self._waiting[0].scorer:
                break
            count += 1
        aboard, self._waiting = self._waiting[:count], self._waiting[count:]
        return aboard


class _Passenger:
    """The posts of a request on their way to their scores."""

    def __init__(self, scorer: Scorer, posts: Sequence[Post]) -> None:
        self.scorer = scorer
        self.posts = posts
        self.weight = sum(EACH + len(post.text) for post in posts)
        self.arrival: asyncio.Future[list[Score]] = asyncio.get_running_loop().create_future()

    def arrive(self, result: list[Score] | Exception) -> None:
        if self.arrival.done():  # gone meanwhile
            return
        if isinstance(result, Exception):
            self.arrival.set_exception(result)
        else:
            self.arrival.set_result(result)


def _take(scorer: Scorer, requests: Sequence[Sequence[Post]]) -> list[list[Score] | Exception]:
    """The scores of each request; where a batch fails, each goes alone, so that only the one at fault is told of it."""
    try:
        scores = iter(_score(scorer, chain.from_iterable(requests)))
    except Exception as error:
        return [error] if len(requests) == 1 else [_take(scorer, [posts])[0] for posts in requests]
    return [list(islice(scores, len(posts))) for posts in requests]


def _score(scorer: Scorer, posts: Iterable[Post]) -> list[Score]:
    return list(scorer.map(posts))
