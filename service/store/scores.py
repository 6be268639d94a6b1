"""Scores as flat rows: selected, sorted, page after page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Select, literal, select, tuple_

from model.score import CHECKLIST
from service.complaint import Complaint
from service.store.cursor import Cursor, Value, unfit
from service.store.selection import Selection
from service.store.views import SCORES

# What rows can be sorted by, and what tells rows apart where that is equal: the number of the post or of the score,
# whichever is in one index with it. A selection has one score of a post, so either does.
SORTS = {
    "date": "post",
    "likes": "post",
    "comments": "post",
    "reposts": "post",
    "views": "post",
    "usefulness": "score",
    "engagement": "score",
    "scored_at": "score",
}

NEWEST = "-date"
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Sheet:
    """Some rows in order. `cursor` stands after the last of them; `more` tells whether there are others yet."""

    rows: list[dict[str, Any]]
    cursor: str | None
    more: bool


def read(
    connection: Connection, selection: Selection, sort: str = NEWEST, cursor: str | None = None, limit: int = LIMIT
) -> Sheet:
    """Rows of `v_scores` after a cursor; `sort` is a name of SORTS, with a minus the largest stand first.

    Rows where it is not known stand last. Raises Complaint where the sort or the cursor is none.

    Nothing is skipped or given twice while rows are added: a cursor holds a value and a number, not a count of rows.
    """
    column, number = _keys(sort)
    after = Cursor.read(cursor, sort) if cursor else None
    if after is not None and after.value is not None and not isinstance(after.value, column.type.python_type):
        raise unfit()
    down = sort.startswith("-")
    asked = select(SCORES).where(*selection.scores())
    rows: list[RowMapping] = []
    # First the rows where the value is known, then the others: each part can be read along an index.
    if after is None or after.value is not None:
        known = asked.where(column.is_not(None)) if column.nullable else asked
        place: tuple[Value, ...] = () if after is None else (after.value, after.number)
        rows += connection.execute(_part(known, (column, number), place, down).limit(limit + 1)).mappings()
    if column.nullable and len(rows) <= limit:
        beyond = () if after is None or after.value is not None else (after.number,)
        unknown = _part(asked.where(column.is_(None)), (number,), beyond, down)
        rows += connection.execute(unknown.limit(limit + 1 - len(rows))).mappings()
    given = [flat(row) for row in rows[:limit]]
    last = str(Cursor(sort, given[-1][column.name], given[-1][number.name])) if given else cursor
    return Sheet(given, last, len(rows) > limit)


def flat(row: RowMapping) -> dict[str, Any]:
    """A row of `v_scores` with the checklist in the order of the guide, which JSONB forgets."""
    told = row["checklist"]
    ordered = {name: told[name] for name in CHECKLIST if name in told}
    return {**row, "checklist": ordered | told}


def _keys(sort: str) -> tuple[Column[Any], Column[Any]]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise Complaint("bad_sort", f"Так не сортируется. Можно: {', '.join(SORTS)}; с минусом — от большего.")
    return SCORES.c[name], SCORES.c[SORTS[name]]


def _part(asked: Select[Any], keys: Sequence[Column[Any]], place: Sequence[Value], down: bool) -> Select[Any]:
    """Rows in the order of keys, those beyond a place if there is one."""
    if place:
        row = tuple_(*keys)
        bound = tuple_(*(literal(value, key.type) for key, value in zip(keys, place, strict=True)))
        asked = asked.where(row < bound if down else row > bound)
    return asked.order_by(*(key.desc() if down else key for key in keys))
