"""A crew: answers in order, whatever the workers; a dead worker is told of."""

import os
import signal
import time

import pytest

from service.complaint import Complaint
from service.crew import BACKLOG, work


def make(offset):
    """A worker that is slower on even numbers."""

    def answer(number):
        time.sleep(0.02 * (number % 2 == 0))
        return number + offset

    return answer


def make_dying(number):
    def answer(chunk):
        if chunk == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk

    return answer


def pid(_):
    return lambda chunk: (time.sleep(0.05), os.getpid())[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_come_in_order(workers):
    assert list(work(make, (100,), iter(range(20)), workers)) == list(range(100, 120))


def test_work_is_shared():
    assert os.getpid() not in (found := set(work(pid, (0,), range(8), 2)))
    assert len(found) == 2


def test_chunks_are_read_as_they_are_needed():
    read = []

    def chunks():
        for number in range(1000):
            read.append(number)
            yield number

    answers = work(make, (0,), chunks(), 2)
    assert next(answers) == 0
    answers.close()
    assert len(read) <= 2 * (1 + BACKLOG) + 1


def test_dead_worker_is_told_of():
    with pytest.raises(Complaint, match="--resume"):
        list(work(make_dying, (5,), range(20), 2))


def test_nothing_to_do():
    assert list(work(make, (0,), [], 2)) == []
