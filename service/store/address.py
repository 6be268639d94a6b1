"""Addresses: which database scores are kept in, and how its address may be shown."""

from pathlib import Path

import platformdirs
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.complaint import Complaint

FILE = "merilo.sqlite3"
POSTGRES = "postgresql+psycopg"

EXAMPLES = "sqlite:////srv/merilo/merilo.sqlite3 или postgresql+psycopg://merilo@db.example/merilo"


def default() -> URL:
    """The file of the user who runs the program, in the folder that the system keeps for data."""
    return URL.create("sqlite", database=str(folder() / FILE))


def folder() -> Path:
    """The folder that the system keeps for data of the user who runs the program."""
    return platformdirs.user_data_path("merilo", appauthor=False)


def read(text: str) -> URL:
    """Read MERILO_DATABASE_URL; an empty one is the default file. Raises Complaint.

    >>> read("postgres://merilo@db.example/merilo").drivername
    'postgresql+psycopg'
    """
    if not text:
        return default()
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # a port that is no number
        raise _unfit("не разбирается") from None
    kind = url.drivername
    if kind in ("sqlite", "sqlite+pysqlite"):
        if url.database in (None, "", ":memory:"):
            raise _unfit("не называет файла")
        return URL.create("sqlite", database=str(Path(str(url.database)).absolute()))
    if kind in ("postgres", "postgresql", POSTGRES):  # most hosts hand out the short names
        return url.set(drivername=POSTGRES)
    raise _unfit("называет базу, с которой Мерило не работает")


def show(url: URL) -> str:
    """An address for people: the path of a file, or a server without user, password and options.

    >>> show(read("postgresql://merilo:secret@db.example:5433/merilo?sslmode=require"))
    'postgresql://db.example:5433/merilo'
    """
    if url.drivername == "sqlite":
        return str(url.database)
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()


def _unfit(why: str) -> Complaint:
    # The address itself may hold a password, so it is not repeated.
    return Complaint("bad_database", f"Адрес базы (MERILO_DATABASE_URL) {why}. Нужен такой: {EXAMPLES}.")
