"""Feedback: what people say a post's grade or type is, kept for training."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, insert, select

from model.score import TYPES
from service.complaint import Complaint
from service.store.ingest import clean
from service.store.moment import now
from service.store.schema import FEEDBACK, POSTS

GRADES = range(5)


def add(
    connection: Connection,
    digest: str,
    who: str,
    grade: int | None = None,
    type: str | None = None,
    text: str | None = None,
) -> None:
    """Keep a judgement of the post whose text has a digest. Raises Complaint where it says nothing.

    `text` only where the operator keeps texts.
    """
    if grade is None and type is None:
        raise Complaint("no_feedback", "Укажите оценку от 0 до 4 или тип поста.")
    if grade is not None and grade not in GRADES:
        raise Complaint("bad_grade", "Оценка — целое число от 0 до 4.")
    if type is not None and type not in TYPES:
        raise Complaint("bad_type", f"Такого типа нет. Можно: {', '.join(TYPES)}.")
    values = {
        "digest": digest,
        "grade": grade,
        "type": type,
        "who": clean(who),
        "created": now(),
        "text": None if text is None else clean(text),
    }
    connection.execute(insert(FEEDBACK).values(values))


def read(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every judgement in the order they came, with the `text` where it is kept, else None."""
    kept = (
        select(POSTS.c.digest, func.min(POSTS.c.text).label("text"))
        .where(POSTS.c.digest.in_(select(FEEDBACK.c.digest)))
        .group_by(POSTS.c.digest)
        .subquery()
    )
    asked = (
        select(
            FEEDBACK.c.digest,
            FEEDBACK.c.grade,
            FEEDBACK.c.type,
            FEEDBACK.c.who,
            FEEDBACK.c.created,
            func.coalesce(FEEDBACK.c.text, kept.c.text).label("text"),
        )
        .outerjoin(kept, kept.c.digest == FEEDBACK.c.digest)
        .order_by(FEEDBACK.c.id)
    )
    for row in connection.execute(asked).mappings():
        yield dict(row)
