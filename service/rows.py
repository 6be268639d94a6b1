"""Output rows: whose post, its scores, its error. One shape for files and for HTTP."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from operator import attrgetter
from typing import Any

from model import Memory, Post, Score, Scorer
from model.post import IDENTITY
from model.score import ROW
from service.admission import LONGEST, admit
from service.record import Refusal, Row

COLUMNS = (*IDENTITY, *ROW, "error")

# What a row tells on demand: the earlier posts that the page memory leant on.
NEIGHBOURS = "neighbours"

_identity = attrgetter(*IDENTITY)

CHUNK = 1000


def score(
    scorer: Scorer,
    records: Iterable[Any],
    memory: Memory | None = None,
    longest: int = LONGEST,
    neighbours: bool = False,
) -> Iterator[dict[str, Any]]:
    """Score records lazily: one output row a record, in their order, refused ones in their place."""
    source = iter(records)
    while chunk := [admitted(record, longest) for record in islice(source, CHUNK)]:
        scores = scorer.map([entry for entry in chunk if isinstance(entry, Post)], memory)
        yield from table(chunk, scores, scorer.info["id"], neighbours)


def table(
    entries: Iterable[Post | Refusal], scores: Iterable[Score], model: str, neighbours: bool = False
) -> Iterator[dict[str, Any]]:
    """The rows of entries, refused ones in their place, out of the scores of the others."""
    left = iter(scores)
    for entry in entries:
        if isinstance(entry, Refusal):
            row, near = refused(entry, model), None
        else:
            found = next(left)
            row, near = scored(entry, found), found.neighbours
        if neighbours:
            row[NEIGHBOURS] = None if near is None else list(map(asdict, near))
        yield row


def scored(post: Post, score: Score) -> dict[str, Any]:
    """The row of a post that was scored."""
    return {**dict(zip(IDENTITY, _identity(post), strict=True)), **score.row(), "error": None}


def refused(refusal: Refusal, model: str) -> dict[str, Any]:
    """The row of a record that was not scored: no numbers, the reason in `error`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    return row | dict(refusal.identity) | {"model": model, "error": refusal.error()}


def admitted(record: Any, longest: int = LONGEST) -> Post | Refusal:
    """Admit a record; it may have been refused or admitted already, an archive may have named its place."""
    if isinstance(record, (Post, Refusal)):
        return record
    entry = admit(record, longest)
    if isinstance(entry, Refusal) and isinstance(record, Row):
        return replace(entry, place=record.place)
    return entry


def posts(records: Iterable[Any], longest: int = LONGEST) -> Iterator[Post]:
    """The posts among records: what a page memory is made of."""
    return (entry for entry in (admitted(record, longest) for record in records) if isinstance(entry, Post))


def pairs(entries: Iterable[Post | Refusal], found: Iterable[dict[str, Any]]) -> Iterator[tuple[Post, Score]]:
    """Posts that were scored with their scores, out of entries and their rows."""
    for entry, row in zip(entries, found, strict=True):
        if isinstance(entry, Post):
            yield entry, Score(**{name: row[name] for name in ROW if name != "missing"})
