"""Recollection: page memory out of the store, made anew when counts have changed."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from model import Memory, Post, Scorer
from service.store import Store, history, ingest, pages

# Pages whose memory is kept ready: a memory of 2,000 posts takes a third of a second to make.
READY = 64

# Pages of which it is kept that the store has no memory of them, while nothing in it changes.
KNOWN = 10_000

Page = tuple[str | None, str | None]


class Recollection:
    """Memories of stored pages. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ready: OrderedDict[tuple[int, str], tuple[Any, Memory | None]] = OrderedDict()
        self._lock = threading.Lock()
        # What was found of pages, by model, in the version of the store that it was found in.
        self._version: Hashable = None
        self._at_hand: OrderedDict[tuple[Page, str], Memory] = OrderedDict()
        self._without: set[tuple[Page, str]] = set()

    def at_hand(self, scorer: Scorer, posts: Iterable[Post]) -> dict[Page, Memory] | None:
        """What `recall` would find for posts that `complete` has nothing to add to; None where the store must be asked.

        Takes microseconds, and does not wait for whoever writes into the store.
        """
        asked = {post.page for post in posts if post.page_id}
        if not all(platform for platform, _ in asked):
            return None
        version, model = self._store.version(), scorer.info["id"]
        found: dict[Page, Memory] = {}
        with self._lock:
            if version is None or version != self._version:
                return None
            for page in asked:
                if (page, model) in self._at_hand:
                    self._at_hand.move_to_end((page, model))
                    found[page] = self._at_hand[page, model]
                elif (page, model) not in self._without:
                    return None
        return found

    def complete(self, posts: Sequence[Post]) -> list[Post]:
        """Posts with the platform of their page where one stored page has their page id. Raises Complaint."""
        if not any(post.page_id and not post.platform for post in posts):
            return list(posts)
        with self._store.reading() as connection:
            return ingest.complete(connection, posts, strict=True)

    def recall(self, scorer: Scorer, posts: Iterable[Post]) -> dict[Page, Memory]:
        """Memories of the pages of posts, of those that the store has. Raises Complaint."""
        found: dict[Page, Memory] = {}
        asked = {post.page for post in posts if post.page_id}
        if not asked:
            return found
        version = self._store.version()  # before anything is read, which may be newer
        with self._store.reading() as connection:
            for page in sorted(asked, key=str):
                known = pages.find(connection, *page)
                memory = None if known is None else self._of(scorer, connection, known["page"])
                self._note(version, (page, scorer.info["id"]), memory)
                if memory is not None:
                    found[page] = memory
        return found

    def _note(self, version: Hashable, key: tuple[Page, str], memory: Memory | None) -> None:
        if version is None:
            return
        with self._lock:
            if version != self._version:
                self._version, self._without = version, set()
                self._at_hand.clear()
            if memory is not None:
                self._at_hand[key] = memory
                while len(self._at_hand) > READY:
                    self._at_hand.popitem(last=False)
            elif len(self._without) < KNOWN:
                self._without.add(key)

    def _of(self, scorer: Scorer, connection: Any, number: int) -> Memory | None:
        key, stamp = (number, scorer.info["id"]), history.stamp(connection, number)
        with self._lock:
            kept = self._ready.get(key)
            if kept is not None and kept[0] == stamp:
                self._ready.move_to_end(key)
                return kept[1]
        earlier = history.read(connection, number)
        memory = Memory.of(scorer, earlier) if earlier else None
        with self._lock:
            self._ready[key] = stamp, memory
            self._ready.move_to_end(key)
            while len(self._ready) > READY:
                self._ready.popitem(last=False)
        return memory
