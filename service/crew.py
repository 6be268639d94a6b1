"""A crew: processes that work on chunks side by side; answers come back in the order of the chunks."""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic, TypeVar

from service.complaint import Complaint

Chunk = TypeVar("Chunk")
Answer = TypeVar("Answer")

# Chunks that wait for a worker or for their turn to be written, for each worker.
BACKLOG = 2

_worker: Any = None


def work(
    make: Callable[..., Callable[[Chunk], Answer]], arguments: tuple[Any, ...], chunks: Iterable[Chunk], workers: int
) -> Iterator[Answer]:
    """Answer chunks in order, a few ahead of the reader. `make(*arguments)` is called once in every process.

    With one worker all is done in this process. Raises Complaint where a process dies.
    """
    if workers == 1:
        worker = make(*arguments)
        yield from map(worker, chunks)
        return
    crew: _Crew[Chunk, Answer] = _Crew(make, arguments, workers)
    with crew:
        yield from crew.answer(chunks)


class _Crew(Generic[Chunk, Answer]):
    def __init__(self, make: Callable[..., Any], arguments: tuple[Any, ...], workers: int) -> None:
        _start_tracker()
        # Spawned, not forked: a fork of a process with threads of OpenMP may hang.
        self._pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(make, arguments)
        )
        self._most = workers * (1 + BACKLOG)

    def __enter__(self) -> "_Crew[Chunk, Answer]":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def answer(self, chunks: Iterable[Chunk]) -> Iterator[Answer]:
        waiting: deque[Future[Answer]] = deque()
        try:
            for chunk in chunks:
                waiting.append(self._pool.submit(_do, chunk))
                if len(waiting) == self._most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise Complaint(
                "worker_died",
                "Рабочий процесс остановлен системой, скорее всего не хватило памяти. "
                "Продолжите с --resume и меньшим числом --workers.",
            ) from None


def _start_tracker() -> None:
    """Start what removes the semaphores of a killed run; without a word, for there is nothing to be done about it."""
    if sys.platform != "win32":
        from multiprocessing.resource_tracker import ensure_running

        quiet = "ignore:resource_tracker:UserWarning"
        sys.warnoptions.append(quiet)  # it is given the options of this process
        try:
            ensure_running()
        finally:
            sys.warnoptions.remove(quiet)


def _begin(make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Make the worker of this process; Ctrl-C is the business of the process that reads and writes."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _worker = make(*arguments)


def _die_with_parent() -> None:
    """Wait for the end of the process that this one works for: killed, it cannot send anybody home."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(chunk: Any) -> Any:
    return _worker(chunk)
