"""Where SQLite and PostgreSQL say the same thing in different words."""

from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Connection, Date, Double, Engine, Table, cast, extract, func
from sqlalchemy.dialects import postgresql, sqlite

Interval = Literal["day", "week", "month"]
INTERVALS: tuple[Interval, ...] = ("day", "week", "month")

# `date(x, '-6 days', 'weekday 1')` is the Monday of the week: back six days, then on to a Monday.
_SQLITE_START = {"day": (), "week": ("-6 days", "weekday 1"), "month": ("start of month",)}


def is_postgres(connection: Connection | Engine) -> bool:
    """Whether it is PostgreSQL."""
    return connection.dialect.name == "postgresql"


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say ON CONFLICT."""
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)


def start(connection: Connection, interval: Interval, moment: Column[Any]) -> ColumnElement[Any]:
    """The first day of the interval in which a moment lies, in UTC."""
    if is_postgres(connection):
        return cast(func.date_trunc(interval, func.timezone("UTC", moment)), Date)
    return func.date(moment, *_SQLITE_START[interval], type_=Date)


def days(connection: Connection, moment: Column[Any]) -> ColumnElement[Any]:
    """Days from the beginning of 2020 to a moment: small numbers, whose squares may be summed."""
    if is_postgres(connection):
        return cast(extract("epoch", moment), Double) / 86400 - 18262
    return func.julianday(moment) - 2458849.5
