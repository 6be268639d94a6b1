"""A cluster: the partitions of a data set, scored by the workers of a Dask scheduler.

Workers read and write the partitions by themselves; through the scheduler go only their
names and what came of them. A worker that dies costs the partitions it had in hand, which
others take over; after the scheduler or this process has died the same command goes on.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

from service import partition
from service.batch import Tally
from service.complaint import Complaint
from service.partition import Found, Plan, Unfit
from service.run import Meter

# Seconds in which a scheduler must answer, and in which one of its workers must be there.
ANSWER = 10
WORKERS = 60

# How often a partition is tried whose store of files did not do as it was told.
RETRIES = 3

# Partitions named in a message.
_NAMED = 5


@dataclass(frozen=True)
class Answer:
    """What came of a partition; `code` and `message` where it was not scored. A tally of None: it has to be."""

    name: str
    tally: Tally | None = None
    code: str = ""
    message: str = ""
    worker: str = ""


def score(plan: Plan, scheduler: str, meter: Meter | None = None) -> Tally:
    """Score all partitions of a plan, those that are done excepted. Raises Complaint."""
    start = time.perf_counter()
    found = _partitions(plan)
    tally, answers = Tally(), dict[str, Answer]()
    with _connected(scheduler) as client:
        _check_workers(client, plan)
        for answer in _look(client, plan, found):
            answers[answer.name] = answer
        # The largest first, lest one of them be waited for at the end.
        todo = [one.name for one in sorted(found, key=lambda one: -one.size) if not _is_done(answers.get(one.name))]
        sizes, seen = {one.name: one.size for one in found}, 0
        done = [answer for answer in answers.values() if answer.tally]
        for answer in chain(done, _work(client, _score, plan, todo)):
            answers[answer.name] = answer
            seen += sizes[answer.name]
            if answer.tally:
                tally.join(answer.tally)
            if meter:
                meter.read(seen)
                meter.wrote(tally.rows)
    plan.target.clear()
    _complain([answers[one.name] for one in found if answers[one.name].code], len(found))
    if not tally.rows:
        raise Complaint("no_records", "Нет ни одной записи: оценивать нечего.")
    tally.seconds = time.perf_counter() - start
    return tally


def size(plan: Plan) -> int:
    """How many bytes there are to read. Raises Complaint."""
    return sum(one.size for one in _partitions(plan))


def _is_done(answer: Answer | None) -> bool:
    return answer is not None and answer.tally is not None


def _partitions(plan: Plan) -> list[Found]:
    source, target = plan.source, plan.target
    try:
        if target in source or source in target:
            raise Complaint(
                "out_is_input",
                f"{target.address} и {source.address} лежат друг в друге. Укажите другую папку после -o.",
            )
        found = source.partitions()
    except OSError as error:
        raise Complaint("unreadable", f"{source.address} не читается: {partition.told(error)}.") from None
    if not found:
        raise Complaint(
            "no_archives", f"В {source.address} нет ни одного файла Parquet ({', '.join(partition.SUFFIXES)})."
        )
    return found


@contextmanager
def _connected(scheduler: str) -> Iterator[Any]:
    """A client of the scheduler. Raises Complaint, also where the scheduler is lost on the way."""
    try:
        from distributed import Client
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
    except ImportError:
        raise Complaint(
            "no_dask", 'Для --dask нужен Dask, он не установлен: python -m pip install "dask[distributed]"'
        ) from None
    logging.disable()  # what matters of it is said in Russian
    try:
        client = Client(scheduler, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Complaint(
            "no_scheduler",
            f"Планировщик Dask {scheduler} не отвечает ({type(error).__name__}). Нужен адрес вида tcp://имя:8786, "
            "а dask scheduler должен быть запущен и виден с этой машины.",
        ) from None
    try:
        with client:
            yield client
    except (FutureCancelledError, CommClosedError, OSError) as error:
        raise Complaint(
            "scheduler_lost",
            f"Связь с планировщиком {scheduler} потеряна ({type(error).__name__}). Готовые части сохранены: "
            "когда он снова запустится, повторите ту же команду, и она продолжит.",
        ) from None
    finally:
        logging.disable(logging.NOTSET)


def _check_workers(client: Any, plan: Plan) -> None:
    """Say at once that some machine cannot work, before any of them has written. Raises Complaint."""
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except TimeoutError:
        raise Complaint(
            "no_workers", f"У планировщика за {WORKERS} с не нашлось ни одного рабочего. Запустите dask worker."
        ) from None
    for address, error in client.run(_check, plan, on_error="return").items():
        if error is not None:
            _refuse_worker(address, str(error) if isinstance(error, Unfit) else f"{type(error).__name__}: {error}")


def _refuse_worker(address: str, why: str) -> NoReturn:
    raise Complaint(
        "worker_unfit",
        f"Рабочий {address} не годится: {why}. На всех машинах нужны одна версия Мерила и одна модель. "
        "Исправьте и повторите ту же команду.",
    )


def _look(client: Any, plan: Plan, found: Sequence[Found]) -> Iterator[Answer]:
    """What came of the partitions that have a result. Raises Complaint where it is one of another run."""
    try:
        there = {one.name for one in plan.target.partitions()}
    except OSError as error:
        raise Complaint("unreadable", f"{plan.target.address} не читается: {partition.told(error)}.") from None
    for answer in _work(client, _look_at, plan, [one.name for one in found if one.name in there]):
        if answer.code == "another_run":
            raise Complaint(
                "another_run",
                f"{plan.target.address}: {answer.message}. Укажите другую папку после -o или уберите прежние файлы.",
            )
        yield answer


def _work(client: Any, do: Callable[[str, Plan], Answer], plan: Plan, names: Sequence[str]) -> Iterator[Answer]:
    """Have workers do something with partitions; answers come as they are ready. Raises Complaint."""
    from distributed import KilledWorker, as_completed

    if not names:
        return
    # Not pure: a result that was removed since the last time has to be made again.
    futures = client.map(do, names, plan=plan, pure=False, retries=RETRIES)
    name_of = {future.key: name for future, name in zip(futures, names, strict=True)}
    # Without results: as_completed would wait for ever for one that was lost on the way here.
    coming = as_completed(futures, loop=client.loop)
    del futures  # whom nobody holds the scheduler forgets
    for future in coming:
        name = name_of[future.key]
        error = future.exception()
        if error is None:
            answer = future.result()
            if answer.code == "worker_unfit":
                _refuse_worker(answer.worker, answer.message)
            yield answer
        elif isinstance(error, KilledWorker):
            yield Answer(name, code="killed", message=f"{name}: рабочие на ней гибнут, скорее всего не хватает памяти")
        else:
            yield Answer(name, code="failed", message=f"{name}: {partition.told(error)} ({type(error).__name__})")


def _complain(failed: Sequence[Answer], count: int) -> None:
    """Say which partitions have no result. Raises Complaint where there are such."""
    if failed:
        named = "; ".join(answer.message for answer in failed[:_NAMED])
        more = f" и ещё {len(failed) - _NAMED}" if len(failed) > _NAMED else ""
        raise Complaint(
            "partitions_failed",
            f"Не оценены части: {len(failed)} из {count}: {named}{more}. Остальные готовы. "
            "Исправьте это и повторите ту же команду: готовые не оцениваются заново.",
        )


# What workers do; they know these functions by name, so Merilo is installed where they are.


def _check(plan: Plan) -> None:
    partition.check(plan)


def _look_at(name: str, plan: Plan) -> Answer:
    return _answer(name, lambda: partition.look(plan, name))


def _score(name: str, plan: Plan) -> Answer:
    from distributed import get_worker

    def do() -> Tally:
        partition.check(plan)  # a worker may have come after the others were asked
        done = partition.look(plan, name)  # by one that was taken for dead
        return done or partition.score(plan, name, get_worker().local_directory)

    return _answer(name, do)


def _answer(name: str, do: Callable[[], Tally | None]) -> Answer:
    """What came of a partition; what is wrong with it is an answer, what is wrong with a machine may pass."""
    from distributed import get_worker

    try:
        return Answer(name, do())
    except Complaint as complaint:
        return Answer(name, code=complaint.code, message=str(complaint), worker=get_worker().address)
