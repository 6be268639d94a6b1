"""The store: opened once, it writes scored posts and lends connections to everything else in this package."""

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from service.complaint import Complaint
from service.store import address, engine, jobs, migration
from service.store.dialect import is_postgres
from service.store.failure import complain, is_clash, told
from service.store.ingest import BATCH, Ingest, Scored
from service.store.moment import now

# Seconds to wait for another program's lock before complaining.
PATIENCE = 30.0

# How often a transaction is begun anew after a clash of two writers.
TRIES = 5


class Store:
    """Scores, and what the service keeps beside them, in one database.

    Safe to share between threads; a process that was forked opens its own. Whatever goes
    wrong with the database is raised as a Complaint.
    """

    def __init__(self, url: str = "", keep_texts: bool = False, patience: float = PATIENCE) -> None:
        """Prepare; nothing is opened yet. Use `open`."""
        self._url = address.read(url)
        self.keep_texts = keep_texts
        self._patience = patience
        self.place = address.show(self._url)
        self._path = Path(str(self._url.database)) if self._url.drivername == "sqlite" else None
        self._engine = engine.make(self._url, patience)
        self._file: tuple[int, int] | None = None
        self._watch: tuple[tuple[int, int], int, sqlite3.Connection] | None = None
        self._watches = count()
        self._closed = False
        self._watching = threading.Lock()
        self._writer = self._engine.execution_options(**{engine.WRITES: True})
        # All questions of one answer see one state of the tables; SQLite does so by itself.
        still = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(**still) if is_postgres(self._engine) else self._engine

    @classmethod
    def open(cls, url: str = "", keep_texts: bool = False, patience: float = PATIENCE) -> Self:
        """Open the database of an address (see `address.read`), make it if it is a file, bring its tables up to date.

        `keep_texts`: whether texts of posts are kept; else only their digests are. `patience`:
        seconds to wait for another program's lock. Several processes may open at once.
        """
        store = cls(url, keep_texts, patience)
        if store._path is not None:
            engine.create_file(store._path)
        try:
            with told(store.place):
                store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def folder(self) -> Path | None:
        """The folder of the file; None where it is a server."""
        return None if self._path is None else self._path.parent

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        with self._watching:
            self._closed = True
            self._look_away()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def version(self) -> Hashable:
        """What is another after every change of the database, by whatever process; None where it cannot be told.

        Of a file it is told in some microseconds, as a rule without waiting; of a server it cannot be.
        """
        if self._path is None:
            return None
        with self._watching:
            try:
                file = self._inode()
                if self._watch is None or self._watch[0] != file:
                    self._look_away()
                    if self._closed:
                        return None
                    # Each watch counts changes anew, so it matters which one it is.
                    self._watch = file, next(self._watches), engine.watch(self._path)
                _, watch, connection = self._watch
                return file, watch, connection.execute("PRAGMA data_version").fetchone()
            except (Complaint, sqlite3.Error):  # whoever asks a question will be told of it
                self._look_away()
                return None

    def _look_away(self) -> None:
        if self._watch is not None:
            self._watch[2].close()
            self._watch = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for questions: all that are asked through it see one state of the tables."""
        with told(self.place):
            self._look()
            with self._reader.connect() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection for changes: one transaction, undone if anything is raised."""
        with told(self.place), self._begin() as connection:
            yield connection

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """As `writing`, for what must not be read in a file any more: neither in its place nor in the log."""
        with self.writing() as connection:
            if self._path is not None:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            yield connection
        if self._path is not None:
            with told(self.place), closing(self._engine.raw_connection()) as file:  # outside of any transaction
                file.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def add(
        self,
        rows: Iterable[Scored],
        *,
        job: str | None = None,
        counted: datetime | None = None,
        stored: Callable[[int], None] | None = None,
    ) -> int:
        """Store scored posts, in batches as they come; gives how many.

        The same post and model again is updated in place, another model is added. A count
        that is not known leaves the one that was. `counted` is when the counts were read,
        if known: older ones do not replace newer ones; otherwise what comes later is newer.
        `job` counts what is stored in the same transaction, so the two always agree; `stored`
        is told the number after every transaction. What was stored before an error stays.
        """
        ingest = Ingest(self.keep_texts, counted)
        source = iter(rows)
        total = 0
        while batch := list(islice(source, BATCH)):
            with told(self.place):
                self._write(ingest, batch, job)
            total += len(batch)
            if stored is not None:
                stored(total)
        return total

    def _write(self, ingest: Ingest, batch: Sequence[Scored], job: str | None) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                with self._begin() as connection:
                    ingest.write(connection, batch, now())
                    if job is not None:
                        jobs.count(connection, job, len(batch))
                return
            except DBAPIError as error:
                ingest.forget()
                if attempt == TRIES or not is_clash(error):
                    raise

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        self._look()
        with self._writer.begin() as connection:
            yield connection
        if self._path is not None and self._inode() != self._file:  # it went while it was written into
            raise complain("database_gone", self.place)

    def _look(self) -> None:
        """See that the file is still the one that was opened: SQLite itself goes on writing into a deleted one."""
        if self._path is None or self._inode() == self._file:
            return
        self._engine.dispose()  # another file has come in its place, a restored copy
        self._prepare()

    def _inode(self) -> tuple[int, int]:
        assert self._path is not None
        try:
            found = self._path.stat()
        except OSError:
            raise complain("database_gone", self.place) from None
        return found.st_dev, found.st_ino

    def _prepare(self) -> None:
        if self._path is not None:
            engine.keep_log(self._path, self._patience)
            self._file = self._inode()
        migration.upgrade(self._engine, self.place)
