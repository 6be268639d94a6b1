"""Removal: what the store has of a page's posts, and how it forgets them."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from service.store.schema import POSTS, SCORES


@dataclass(frozen=True, slots=True)
class Amount:
    """How many posts, and scores of them by every model."""

    posts: int
    scores: int


def count(connection: Connection, page: int) -> Amount:
    """What there is of a page."""
    posts = select(func.count()).where(POSTS.c.page == page)
    scores = posts.select_from(SCORES).join(POSTS, POSTS.c.id == SCORES.c.post)
    return Amount(connection.execute(posts).scalar_one(), connection.execute(scores).scalar_one())


def remove(connection: Connection, page: int) -> Amount:
    """Delete the posts of a page, which takes their scores along; gives what there was. Wants `Store.erasing`.

    The page itself stays with what an operator told of it, and so does what people said of texts.
    """
    amount = count(connection, page)
    connection.execute(delete(POSTS).where(POSTS.c.page == page))
    return amount
