"""What a portrait of a page is drawn from: its scored posts one after another, and how far the store reaches."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select

from service.store.schema import PAGES, POSTS
from service.store.selection import Selection
from service.store.views import SCORES

# Of a text that is kept so much is read: enough to know the post by.
BEGINNING = 440

_SAID = (
    "platform", "page_id", "page_name", "post_id", "date", "likes", "comments", "reposts", "usefulness",
    "usefulness_low", "usefulness_high", "engagement", "type", "checklist", "status", "model",
)  # fmt: skip


def read(connection: Connection, selection: Selection) -> Iterator[RowMapping]:
    """Rows of a selection in order of number, with `beginning`: how the text begins, None where it is not kept.

    They come as they are read, so memory does not grow with their number.
    """
    asked = (
        select(*(SCORES.c[name] for name in _SAID), func.substr(POSTS.c.text, 1, BEGINNING).label("beginning"))
        .join(POSTS, POSTS.c.id == SCORES.c.post)
        .where(*selection.counted())
        .order_by(SCORES.c.post)
    )
    yield from connection.execution_options(yield_per=1000).execute(asked).mappings()


def reach(connection: Connection, selection: Selection) -> tuple[datetime | None, datetime | None]:
    """The moments of the oldest and of the newest post of the pages of a selection, of those whose date is believed."""
    date = POSTS.c.date
    asked = select(func.min(date), func.max(date)).join(PAGES, PAGES.c.id == POSTS.c.page)
    first, last = connection.execute(asked.where(*selection.places(), date < selection.horizon)).one()
    return first, last


def count_ahead(connection: Connection, selection: Selection) -> int:
    """How many posts of the pages of a selection are dated too late to be believed."""
    asked = select(func.count()).select_from(POSTS).join(PAGES, PAGES.c.id == POSTS.c.page)
    asked = asked.where(*selection.places(), POSTS.c.date >= selection.horizon)
    return connection.execute(asked).scalar_one()


def places(connection: Connection) -> dict[str, list[str]]:
    """What pages can be filtered by: the kinds, regions and municipalities that are there, in order."""
    return {
        name: list(
            connection.execute(
                select(PAGES.c[name]).where(PAGES.c[name].is_not(None)).distinct().order_by(PAGES.c[name])
            ).scalars()
        )
        for name in ("kind", "region", "municipality")
    }
