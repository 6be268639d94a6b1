"""Series: scores over time, and pages side by side."""

from typing import Any

from sqlalchemy import Connection, func, select

from service.complaint import Complaint
from service.store import pages
from service.store.dialect import INTERVALS, Interval, start
from service.store.selection import USEFUL, Selection
from service.store.views import SCORES


def read(connection: Connection, selection: Selection, interval: Interval = "week") -> dict[int, list[dict[str, Any]]]:
    """By number of page, a row for every interval with posts, in order of time; days begin at midnight UTC.

    `start` is the first day (a Monday where intervals are weeks); the rest is as in `pages.read`. Raises Complaint.
    """
    if interval not in INTERVALS:
        raise Complaint("bad_interval", f"Такого шага нет. Можно: {', '.join(INTERVALS)}.")
    column = SCORES.c
    first = start(connection, interval, column.date).label("start")
    asked = (
        select(
            column.page,
            first,
            func.count().label("posts"),
            func.count().filter(pages.TRUSTED).label("trusted"),
            func.avg(column.usefulness).filter(pages.TRUSTED).label("usefulness"),
            func.avg(column.engagement).filter(pages.TRUSTED).label("engagement"),
            pages.share(column.usefulness >= USEFUL).label("useful"),
        )
        .where(*selection.counted(), column.date < selection.horizon)
        .group_by(column.page, first)
        .order_by(column.page, first)
    )
    told: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(asked).mappings():
        told.setdefault(row["page"], []).append({name: row[name] for name in row if name != "page"})
    return told


def compare(connection: Connection, selection: Selection, interval: Interval = "week") -> list[dict[str, Any]]:
    """The pages of a selection in the order of its `pages`, each with its `series`."""
    told = read(connection, selection, interval)
    rows = {row["page"]: row | {"series": told.get(row["page"], [])} for row in pages.read(connection, selection)}
    return [rows[number] for number in selection.pages or rows if number in rows]
