"""Migrations: the tables are brought to what this program knows, whoever comes first."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from service.store.dialect import is_postgres
from service.store.engine import WRITES
from service.store.failure import complain

FOLDER = Path(__file__).parent / "migrations"

# Any number that no other program locks by.
_LOCK = 0x6D6572696C6F


def upgrade(engine: Engine, place: str) -> None:
    """Bring the tables to the newest revision. Raises Complaint where a newer program made them."""
    scripts = ScriptDirectory.from_config(_config())
    with engine.connect() as connection:
        found = revision(connection)
    if found == scripts.get_current_head():  # the usual case takes no lock and needs no right to write
        return
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise complain("database_newer", place)
    _run(engine, lambda config: command.upgrade(config, "head"))


def downgrade(engine: Engine, to: str) -> None:
    """Go back to a revision; `base` drops everything."""
    _run(engine, lambda config: command.downgrade(config, to))


def revision(connection: Connection) -> str | None:
    """The revision of a database; None where there are no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


def _run(engine: Engine, go: Callable[[Config], None]) -> None:
    with engine.execution_options(**{WRITES: not is_postgres(engine)}).connect() as connection:
        _check_references(connection, False)
        try:
            # One transaction for everything: who comes second waits, then finds nothing left to do.
            with connection.begin():
                if is_postgres(engine):
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                go(_config(connection))
        finally:
            _check_references(connection, True)


def _check_references(connection: Connection, on: bool) -> None:
    """Let SQLite copy a table into a changed one and drop it, without dropping what refers to it."""
    own = connection.connection.driver_connection
    if not is_postgres(connection) and own is not None:  # within a transaction the pragma does nothing
        own.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
