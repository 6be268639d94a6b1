"""Judgements: what people say of posts, put together into rows to train on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from sqlalchemy import Connection

from service.store import feedback


@dataclass(slots=True)
class Told:
    """How many posts became rows, and how many could not: their text is not kept, or nobody gave a grade or a type."""

    written: int = 0
    textless: int = 0
    partial: int = 0


def export(connection: Connection, write: Callable[[dict[str, Any]], None]) -> Told:
    """Write a row a post: its text, the mean of grades and the commonest type, of each person the last word."""
    last: dict[str, dict[str, dict[str, Any]]] = {}
    texts: dict[str, str | None] = {}
    for row in feedback.read(connection):
        said = last.setdefault(row["digest"], {}).setdefault(row["who"], {})
        said.update({name: row[name] for name in ("grade", "type") if row[name] is not None})
        texts[row["digest"]] = row["text"] or texts.get(row["digest"])
    told = Told()
    for digest, people in last.items():
        grades = [said["grade"] for said in people.values() if "grade" in said]
        types = Counter(said["type"] for said in people.values() if "type" in said)
        text = texts[digest]
        if text is None:
            told.textless += 1
        elif not grades or not types:
            told.partial += 1
        else:
            (type, _), *_ = types.most_common(1)
            write({"text": text, "usefulness": fmean(grades), "type": type, "picked": "feedback"})
            told.written += 1
    return told
