"""Engines: how connections are made and transactions begun."""

import logging
import os
import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from service.complaint import Complaint, reason
from service.store.failure import complain

# A connection that is about to write says so, see `_begin_file`.
WRITES = "merilo_writes"

_PRAGMAS = (
    "foreign_keys = ON",
    # With a write-ahead log it keeps the file whole; a power cut may cost the last transactions, a kill none.
    "synchronous = NORMAL",
    # Fewer and longer copies of the log into the file (every 32 MiB), and pages of indexes kept at hand (64 MiB).
    "wal_autocheckpoint = 8192",
    "cache_size = -65536",
)


def make(url: URL, patience: float) -> Engine:
    """An engine; `patience` is how many seconds to wait for another program's lock. Raises Complaint."""
    # A log of everything would hold rows, and rows hold texts.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    return _of_file(Path(str(url.database)), patience) if url.drivername == "sqlite" else _of_server(url, patience)


def _of_file(path: Path, patience: float) -> Engine:
    def connect() -> sqlite3.Connection:
        # Without an isolation level the driver begins no transactions by itself: `_begin_file` does.
        connection = sqlite3.connect(
            _address(path), uri=True, timeout=patience, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
    event.listen(engine, "begin", _begin_file)
    return engine


def watch(path: Path) -> sqlite3.Connection:
    """A connection that only asks whether others have changed the file, and waits for nobody. Raises sqlite3.Error."""
    return sqlite3.connect(_address(path), uri=True, timeout=0, isolation_level=None, check_same_thread=False)


def _begin_file(connection: Connection) -> None:
    # A transaction that reads first and writes then cannot wait for a lock, it fails at once; so who is
    # going to write takes the lock from the start.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# Times go and come in UTC: in another zone the driver could not hold the last days of the year 9999.
_CONNECTING = {"connect_timeout": 10, "options": "-c timezone=UTC"}


def _of_server(url: URL, patience: float) -> Engine:
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,  # a server that was restarted is met with a new connection
            connect_args={name: value for name, value in _CONNECTING.items() if name not in url.query},
        )
    except ImportError:
        raise complain("no_driver", "") from None

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(patience * 1000)}")

    event.listen(engine, "begin", begin)
    return engine


def create_file(path: Path) -> None:
    """Make the file of a database where there is none, readable by its owner alone. Raises Complaint."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except PermissionError:
        raise complain("database_readonly", str(path)) from None
    except OSError as error:
        raise Complaint(
            "bad_database", f"База {path} не открывается: {reason(error)}. Поправьте MERILO_DATABASE_URL."
        ) from None


def keep_log(path: Path, patience: float) -> None:
    """Give the file a write-ahead log, so that readers and a writer do not wait for each other."""
    connection = sqlite3.connect(_address(path), uri=True, timeout=patience)
    until = time.monotonic() + patience
    try:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                # Two that change the mode at once do not wait for each other by themselves.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)
    finally:
        connection.close()


def _address(path: Path) -> str:
    return path.as_uri() + "?mode=rw"  # a file that has gone must not come back empty
