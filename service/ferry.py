"""The ferry: posts of requests that come together are scored together.

A batch costs little more than one post, and Python runs one thread at a time, so threads that
score side by side only wait for each other. The event loop itself scores: the way to a thread
and back takes a third as long as a post does. Who comes meanwhile stands at the door, all of
them are let in after it, and taken across at once. While requests come thick, the first one waits
a few milliseconds for as many as lately came together: what each costs alone leaves no room for
the moment when the machine is slower. Where nobody else has come for a while, none is
waited for, until it is looked again. Where a large request holds the lexicon, the loop does not
wait for it: a thread does.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from anyio import CapacityLimiter, to_thread

from model import Post, Score, Scorer

# What one crossing takes: so many characters; a post costs as much as some of them, however short it is.
# Of letters never met before it takes 20 to 40 ms, of emoji alone 60, and nobody else is answered meanwhile.
LOAD = 15_000
EACH = 350

# After so many crossings with one request each there seems to be nobody else. Of so many requests the rest are not made
# to wait for others, if they are small: should they come at once after all, they are no more than one crossing takes.
QUIET = 3
LOOK_AGAIN = 8
SMALL = LOAD // (LOOK_AGAIN - QUIET)

# Who comes first waits so many seconds at most for as many as lately came together, at most so many: four requests
# of five posts cost two thirds of what they cost one by one, more of them hardly less.
HOLD = 0.006
TOGETHER = 4


class Ferry:
    """Scores posts of concurrent requests in common batches. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[_Passenger] = []
        self._called = False
        self._sailing: asyncio.Task[None] | None = None
        self._quiet = 0  # how many crossings in a row took one request
        self._expected = 1  # how many came together lately
        self._hold: asyncio.TimerHandle | None = None
        self._oars = CapacityLimiter(1)  # a thread of its own: those of all may have long work

    async def carry(self, scorer: Scorer, posts: Sequence[Post]) -> list[Score]:
        """The scores of posts, in their order, as `scorer.map` gives them and whatever it fails with."""
        if not posts:
            return []
        passenger = _Passenger(scorer, posts)
        if passenger.weight > LOAD:  # would keep all others waiting
            return await to_thread.run_sync(_score, scorer, posts)
        if self._quiet >= QUIET and not self._called and passenger.weight <= SMALL:
            with scorer.lexicon.spare() as spare:
                if spare:
                    self._quiet = (self._quiet + 1) % LOOK_AGAIN
                    return _score(scorer, posts)
        self._waiting.append(passenger)
        if not self._called:
            self._wait()
        return await passenger.arrival

    def _wait(self) -> None:
        """Cross when as many have come as fit or lately came together, or when the first has waited long enough."""
        full = sum(one.weight for one in self._waiting) >= LOAD
        if full or len(self._waiting) >= self._expected:
            self._call()
        elif self._hold is None:
            self._hold = asyncio.get_running_loop().call_later(HOLD, self._call)

    def _call(self) -> None:
        """Cross as soon as all who are at the door have come in."""
        if self._hold is not None:
            self._hold.cancel()
            self._hold = None
        self._called = bool(self._waiting)
        if self._called:
            asyncio.get_running_loop().call_soon(self._cross)

    def _cross(self) -> None:
        aboard = self._board()
        if aboard:
            came = len(aboard) + len(self._waiting)
            self._expected = min(came, self._expected + 1, TOGETHER)
            self._quiet = self._quiet + 1 if came == 1 else 0
            with aboard[0].scorer.lexicon.spare() as spare:
                if not spare:
                    self._sailing = asyncio.create_task(self._sail(aboard))
                    return
                _land(aboard, _take(aboard[0].scorer, [one.posts for one in aboard]))
        self._call()

    async def _sail(self, aboard: list["_Passenger"]) -> None:
        """Cross by a thread, which may wait; who comes meanwhile is taken next."""
        try:
            posts = [one.posts for one in aboard]
            results = await to_thread.run_sync(_take, aboard[0].scorer, posts, limiter=self._oars)
        except Exception as error:  # there is no thread to be had
            results = [error] * len(aboard)
        _land(aboard, results)
        self._call()

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
        self.weight = sum(max(EACH, len(post.text)) for post in posts)
        self.arrival: asyncio.Future[list[Score]] = asyncio.get_running_loop().create_future()

    def arrive(self, result: list[Score] | Exception) -> None:
        if self.arrival.done():  # gone meanwhile
            return
        if isinstance(result, Exception):
            self.arrival.set_exception(result)
        else:
            self.arrival.set_result(result)


def _land(aboard: Sequence[_Passenger], results: Sequence[list[Score] | Exception]) -> None:
    for one, result in zip(aboard, results, strict=True):
        one.arrive(result)


def _take(scorer: Scorer, requests: Sequence[Sequence[Post]]) -> list[list[Score] | Exception]:
    """The scores of each request; where a batch fails, each goes alone, so that only the one at fault is told of it."""
    try:
        scores = iter(_score(scorer, chain.from_iterable(requests)))
    except Exception as error:
        return [error] if len(requests) == 1 else [_take(scorer, [posts])[0] for posts in requests]
    return [list(islice(scores, len(posts))) for posts in requests]


def _score(scorer: Scorer, posts: Iterable[Post]) -> list[Score]:
    return list(scorer.map(posts))
