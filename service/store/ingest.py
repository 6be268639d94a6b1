"""Ingest: scored posts become rows, a batch a transaction, whatever was there before."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, true, update

from model.post import COUNTS, Post
from model.score import ROW, Score
from service import forms
from service.complaint import Complaint
from service.store.dialect import insert
from service.store.moment import utc
from service.store.schema import PAGES, POSTS, SCORES

# So many posts are one transaction: long enough to be fast, short enough that another writer waits little.
BATCH = 1000

Scored = tuple[Post, Score]
PageKey = tuple[str, str]

_SAID = tuple(name for name in ROW if name != "model")
_NAMES = ("name", "kind")
_LASTING = ("date", "form")
_FACTS = ("name", "kind", "region", "municipality", "followers", "zone")


def digest(text: str) -> str:
    """The SHA-256 of a text in UTF-8, by which it is known where it is not kept.

    >>> digest("")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def clean(value: str) -> str:
    """A string that both databases take: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


class Ingest:
    """Writes batches; remembers which pages it has met, so it serves one `Store.add`."""

    def __init__(self, keep_texts: bool, counted: datetime | None) -> None:
        self._keep_texts = keep_texts
        self._counted = counted
        self._met: dict[PageKey, tuple[int, dict[str, Any]]] = {}

    def write(self, connection: Connection, batch: Sequence[Scored], moment: datetime) -> None:
        """Write one batch, scored at a moment."""
        told = complete(connection, [post for post, _ in batch])
        batch = [(post, score) for post, (_, score) in zip(told, batch, strict=True)]
        numbers = self._write_pages(connection, _pages(post for post, _ in batch))
        posts: dict[tuple[int, str], dict[str, Any]] = {}
        scores: dict[tuple[int, str], dict[str, Score]] = {}
        for post, score in batch:
            row = self._row(post, numbers[page_key(post)], moment)
            key = row["page"], row["identity"]
            earlier = posts.get(key)
            posts[key] = row if earlier is None else _merged(earlier, row)
            said = scores.setdefault(key, {})
            said.pop(score.model, None)  # so that the model that spoke last stands last
            said[score.model] = score
        # In one order for every writer: two that lock the same rows do not lock each other out.
        found = connection.execute(self._upsert_posts(connection), [posts[key] for key in sorted(posts)])
        named = {(row.page, row.identity): row.id for row in found}
        _write_scores(connection, {named[key]: said for key, said in scores.items()}, moment)

    def forget(self) -> None:
        """Forget the pages it has met: the transaction that wrote them was undone."""
        self._met.clear()

    def _write_pages(self, connection: Connection, pages: Mapping[PageKey, dict[str, Any]]) -> dict[PageKey, int]:
        """Numbers of pages; only what is new is written, so that writers of one page seldom wait for each other."""
        news = {}
        for key, names in pages.items():
            known = self._met[key][1] if key in self._met else None
            if known is None or _is_news(names, known):
                news[key] = names
        for key, number in upsert_pages(connection, news, _NAMES, lasting=("kind",)).items():
            earlier = self._met[key][1] if key in self._met else dict.fromkeys(_NAMES)
            told = news[key]
            names = {"name": told["name"] or earlier["name"], "kind": earlier["kind"] or told["kind"]}
            self._met[key] = number, names
        return {key: self._met[key][0] for key in pages}

    def _row(self, post: Post, page: int, moment: datetime) -> dict[str, Any]:
        row: dict[str, Any] = {name: getattr(post, name) for name in COUNTS}
        known = any(row[name] is not None for name in COUNTS)
        row["counted_at"] = (self._counted or moment) if known else None
        row["page"] = page
        row["date"] = utc(post.moment)
        row["post_id"] = clean(post.post_id) if post.post_id else None
        row["digest"] = digest(post.text)
        row["identity"] = identity(row["post_id"], row["digest"], row["date"])
        row["text"] = clean(post.text) if self._keep_texts else None
        row["form"] = forms.of(post)
        return row

    def _upsert_posts(self, connection: Connection) -> Any:
        put = insert(connection, POSTS)
        given, kept = put.excluded, POSTS.c
        # What comes later is newer, unless the caller knows when the counts were read.
        newer: ColumnElement[bool] = true()
        if self._counted is not None:
            newer = or_(kept.counted_at.is_(None), given.counted_at >= kept.counted_at)
        changes: dict[str, Any] = {
            name: case((newer, func.coalesce(given[name], kept[name])), else_=func.coalesce(kept[name], given[name]))
            for name in COUNTS
        }
        changes["counted_at"] = case(
            (and_(newer, given.counted_at.is_not(None)), given.counted_at), else_=kept.counted_at
        )
        changes |= {name: func.coalesce(given[name], kept[name]) for name in _LASTING}
        changes["digest"] = given.digest
        # A text that was kept and then edited must not outlive the edit.
        same = case((given.digest == kept.digest, kept.text), else_=None)
        changes["text"] = given.text if self._keep_texts else same
        return put.on_conflict_do_update(index_elements=[kept.page, kept.identity], set_=changes).returning(
            kept.id, kept.page, kept.identity
        )


def page_key(post: Post) -> PageKey:
    """The page of a post as the table knows it."""
    return clean(post.platform or ""), clean(post.page_id or "")


def owners(connection: Connection, ids: Collection[str]) -> dict[str, list[str]]:
    """By page id, the platforms of the stored pages that have it; empty where a page names none."""
    asked = select(PAGES.c.page_id, PAGES.c.platform).where(PAGES.c.page_id.in_(ids)).order_by(PAGES.c.platform)
    found: dict[str, list[str]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.page_id, []).append(row.platform)
    return found


def complete(connection: Connection, posts: Sequence[Post], strict: bool = False) -> list[Post]:
    """Posts that tell no platform, with that of the one stored page that has their page id.

    Where several have it they stay as they are; `strict`, it raises Complaint.
    """
    unsaid = {clean(post.page_id) for post in posts if post.page_id and not post.platform}
    if not unsaid:
        return list(posts)
    known = owners(connection, unsaid)
    if strict and any(len(platforms) > 1 for platforms in known.values()):
        raise Complaint(
            "ambiguous_page",
            "Страниц с таким page_id в хранилище несколько. Укажите platform, например vk или telegram.",
        )
    only = {id: platforms[0] for id, platforms in known.items() if len(platforms) == 1}
    return [
        replace(post, platform=only.get(clean(post.page_id)) or None) if post.page_id and not post.platform else post
        for post in posts
    ]


def identity(post_id: str | None, digest: str, date: datetime | None) -> str:
    """What tells a post from others of its page: its id, or else its text and date.

    >>> identity("17", "e3b0c4", None), identity(None, "e3b0c4", datetime.fromisoformat("2024-03-12T10:00:00+00:00"))
    ('id:17', 'text:e3b0c4@2024-03-12T10:00:00+00:00')
    """
    return f"id:{post_id}" if post_id else f"text:{digest}@{date.isoformat() if date else ''}"


def upsert_pages(
    connection: Connection,
    pages: Mapping[PageKey, Mapping[str, Any]],
    facts: Sequence[str] = _FACTS,
    lasting: Sequence[str] = (),
) -> dict[PageKey, int]:
    """Write pages by platform and id, and give their numbers; a fact that is None leaves what was known.

    What was known of a `lasting` fact stays: an archive tells the kind of a page that has none, and never undoes
    what the operator's table says.
    """
    if not pages:
        return {}
    put = insert(connection, PAGES)
    changes = {name: func.coalesce(put.excluded[name], PAGES.c[name]) for name in facts}
    changes |= {name: func.coalesce(PAGES.c[name], put.excluded[name]) for name in lasting}
    write = put.on_conflict_do_update(index_elements=[PAGES.c.platform, PAGES.c.page_id], set_=changes)
    rows = [
        {"platform": key[0], "page_id": key[1], **{name: pages[key][name] for name in facts}} for key in sorted(pages)
    ]
    found = connection.execute(write.returning(PAGES.c.id, PAGES.c.platform, PAGES.c.page_id), rows)
    return {(row.platform, row.page_id): row.id for row in found}


def _is_news(told: Mapping[str, str | None], known: Mapping[str, str | None]) -> bool:
    """Whether a page has another name, or its first kind."""
    return told["name"] not in (None, known["name"]) or (told["kind"] is not None and known["kind"] is None)


def _pages(posts: Iterable[Post]) -> dict[PageKey, dict[str, Any]]:
    """Pages of posts with the last name and kind told of each; a page without an id is many, so it has neither."""
    pages: dict[PageKey, dict[str, Any]] = {}
    for post in posts:
        key = page_key(post)
        names = pages.setdefault(key, dict.fromkeys(_NAMES))
        if key[1]:
            names["name"] = clean(post.page_name) if post.page_name else names["name"]
            names["kind"] = clean(post.page_kind) if post.page_kind else names["kind"]
    return pages


def _merged(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """One row of two of the same post; what the later one does not tell is the earlier one's."""
    told = {
        name: later[name] if later[name] is not None else earlier[name] for name in (*COUNTS, *_LASTING, "counted_at")
    }
    return later | told


def _write_scores(connection: Connection, scores: Mapping[int, Mapping[str, Score]], moment: datetime) -> None:
    """Write scores by number of post and by model; of a post's models the last is its latest."""
    newest: dict[str, list[int]] = {}
    rows = []
    for post in sorted(scores):
        *_, last = scores[post]
        newest.setdefault(last, []).append(post)
        for model, score in scores[post].items():
            row = {name: getattr(score, name) for name in _SAID}
            rows.append(row | {"post": post, "model": model, "latest": model == last, "scored_at": moment})
    step_down = (
        update(SCORES)
        .where(SCORES.c.latest, SCORES.c.post.in_(bindparam("posts", expanding=True)))
        .where(SCORES.c.model != bindparam("newest"))
        .values(latest=False)
    )
    for model, posts in newest.items():
        connection.execute(step_down, {"posts": posts, "newest": model})
    put = insert(connection, SCORES)
    changed = or_(*(SCORES.c[name].is_distinct_from(put.excluded[name]) for name in (*_SAID, "latest")))
    write = put.on_conflict_do_update(
        index_elements=[SCORES.c.post, SCORES.c.model],
        set_={name: put.excluded[name] for name in (*_SAID, "latest", "scored_at")},
        where=changed,  # the same scores again change nothing, not even when they were made
    )
    connection.execute(write, rows)
