"""Run by Alembic for every command: inside the connection it is handed, or, by a developer, on MERILO_DATABASE_URL."""

from alembic import context
from sqlalchemy import Connection

from service.settings import Settings
from service.store import address, engine
from service.store.schema import METADATA


def run(connection: Connection) -> None:
    """Run migrations in one transaction, also in SQLite, which Alembic does not trust with that."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        include_object=lambda thing, name, kind, reflected, other: kind != "table" or not str(name).startswith("v_"),
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine.make(address.read(Settings.from_env().database_url), patience=10).begin() as own:
        run(own)
