"""Jobs: archives that are being scored, and what became of them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from service.complaint import Complaint
from service.store.ingest import clean
from service.store.moment import now
from service.store.schema import JOBS, STATES

UNFINISHED = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `state` is one of STATES; `error` is a sentence for people, never a text of a post."""

    id: str
    kind: str
    state: str
    file_name: str | None
    received: int
    refused: int
    stored: int
    error: str | None
    created: datetime
    updated: datetime
    size: int | None = None
    read: int | None = None
    asked: str | None = None
    skipped: str | None = None


_COLUMNS = [JOBS.c[field.name] for field in fields(Job)]
_CHANGING = ("state", "received", "refused", "error", "size", "read", "skipped")


def add(
    connection: Connection,
    kind: str,
    file_name: str | None = None,
    id: str | None = None,
    size: int | None = None,
    asked: str | None = None,
) -> Job:
    """Queue a job; `asked` is for who does it. An `id` may have been given before, to the folder of its files."""
    moment = now()
    name = clean(file_name) if file_name else None
    job = Job(id or uuid.uuid4().hex, kind, "queued", name, 0, 0, 0, None, moment, moment, size, 0, asked)
    connection.execute(insert(JOBS).values({column.name: getattr(job, column.name) for column in _COLUMNS}))
    return job


def find(connection: Connection, id: str) -> Job | None:
    """A job by its id."""
    row = connection.execute(select(*_COLUMNS).where(JOBS.c.id == id)).one_or_none()
    return None if row is None else Job(*row)


def read(connection: Connection, states: Collection[str] = STATES, limit: int = 100) -> list[Job]:
    """The newest jobs in some states; UNFINISHED are what a restart has to take up or give up."""
    asked = select(*_COLUMNS).where(JOBS.c.state.in_(list(states)))
    return [Job(*row) for row in connection.execute(asked.order_by(JOBS.c.created.desc(), JOBS.c.id).limit(limit))]


def change(connection: Connection, id: str, **facts: Any) -> None:
    """Change some of `_CHANGING`. Raises Complaint where there is no such job."""
    unknown = facts.keys() - set(_CHANGING)
    if unknown:
        raise TypeError(f"a job has no {', '.join(sorted(unknown))} to change")
    _change(connection, id, facts)


def count(connection: Connection, id: str, stored: int) -> None:
    """Add to what a job has stored, in the transaction that stores it. Raises Complaint where there is no such job."""
    _change(connection, id, {"stored": JOBS.c.stored + stored})


def restart(connection: Connection, id: str, stored: int) -> None:
    """Take a job up again, of whose rows so many are surely stored: what follows is stored and counted anew."""
    _change(connection, id, {"state": "running", "stored": stored})


def _change(connection: Connection, id: str, facts: dict[str, Any]) -> None:
    done = connection.execute(update(JOBS).where(JOBS.c.id == id).values(**facts, updated=now()))
    if not done.rowcount:
        raise Complaint("no_job", "Такой работы нет: она не начиналась или удалена.")


def tally(connection: Connection) -> dict[str, int]:
    """How many jobs there are in each state."""
    found = connection.execute(select(JOBS.c.state, func.count()).group_by(JOBS.c.state))
    return dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in found}
