"""History of a page: its posts with their counts, what a page memory is made of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from model.post import COUNTS, Post
from service.dates import AHEAD
from service.store.moment import now
from service.store.schema import PAGES, POSTS

# A post is told by the 500 to 1,000 posts before it, see `model.memory`.
LIMIT = 2000


def read(connection: Connection, page: int, limit: int = LIMIT, before: datetime | None = None) -> list[Post]:
    """The newest posts of a page that have a date and a count, in order of time.

    `text` is empty where the operator keeps no texts: such posts tell the page's usual and
    its trend, but are like no other. Dates to come are left out: the newest date is when a draft is asked for.
    """
    post = POSTS.c
    asked = (
        select(POSTS, PAGES.c.platform, PAGES.c.page_id, PAGES.c.name, PAGES.c.kind)
        .join(PAGES, PAGES.c.id == post.page)
        .where(post.page == page, post.date < now() + AHEAD, or_(*(post[name].is_not(None) for name in COUNTS)))
        .order_by(post.date.desc(), post.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(post.date < before)
    found = [
        Post(
            text=row["text"] or "",
            platform=row["platform"] or None,
            page_id=row["page_id"] or None,
            page_name=row["name"],
            page_kind=row["kind"],
            post_id=row["post_id"],
            date=row["date"].isoformat(),
            **{name: row[name] for name in COUNTS},
        )
        for row in connection.execute(asked).mappings()
    ]
    return found[::-1]


def stamp(connection: Connection, page: int) -> tuple[Any, ...]:
    """What changes when posts come, counts are updated or texts erased: with it the same, a memory is not made anew."""
    counted = func.count(POSTS.c.counted_at), func.max(POSTS.c.counted_at), func.count(POSTS.c.text)
    asked = select(*counted, *(func.sum(POSTS.c[name]) for name in COUNTS)).where(POSTS.c.page == page)
    return tuple(connection.execute(asked).one())


def texts(connection: Connection, posts: Iterable[int]) -> dict[int, str]:
    """Texts of posts by number of post; those that are not kept are absent."""
    asked = select(POSTS.c.id, POSTS.c.text).where(POSTS.c.id.in_(list(posts)), POSTS.c.text.is_not(None))
    return {row.id: row.text for row in connection.execute(asked)}
