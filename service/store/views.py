"""Views: what people who use SQL read, and what queries here stand on. Made by a migration, so only described here."""

from collections.abc import Iterator

from sqlalchemy import Column, Date, Double, Integer, MetaData, Table, Text

from model.score import ROW, TYPES
from service.store import schema
from service.store.schema import NUMBER

VIEWS = MetaData()

_PAGE = ("platform", "page_id", "page_name", "page_kind", "region", "municipality")


def _numbers(*names: str) -> Iterator[Column[int]]:
    return (Column(name, NUMBER, nullable=False) for name in names)


def _texts(*names: str) -> Iterator[Column[str]]:
    return (Column(name, Text) for name in names)


def _like(table: Table, *names: str) -> Iterator[Column[object]]:
    return (Column(name, table.c[name].type, nullable=table.c[name].nullable) for name in names)


# One row a post and model: page, post, scores. No text.
SCORES = Table(
    "v_scores",
    VIEWS,
    *_numbers("score", "post", "page"),
    *_texts(*_PAGE),
    *_like(schema.PAGES, "followers", "zone"),
    *_like(schema.POSTS, "post_id", "date", "likes", "comments", "reposts", "views", "digest"),
    *_like(schema.SCORES, *ROW, "latest", "scored_at"),
    *_texts("form"),
)

# One row a page, ISO week in UTC and model. Means and shares are over trusted posts (status ok).
PAGES_WEEK = Table(
    "v_pages_week",
    VIEWS,
    *_numbers("page"),
    *_texts(*_PAGE),
    Column("week", Text, nullable=False),
    Column("monday", Date, nullable=False),
    Column("model", Text, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("trusted", Integer, nullable=False),
    *(Column(name, Double) for name in ("usefulness", "engagement", "useful")),
    *(Column(f"share_{name}", Double) for name in TYPES),
)
