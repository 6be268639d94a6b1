"""Scores of posts that are sent along."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from model import Memory, Post, Scorer
from service import body, rows, storage
from service.access import Caller, needs
from service.dependencies import Limits, Ready, open_store, refusals
from service.errors import Refused
from service.metrics import POSTS, STATUSES
from service.record import Refusal
from service.schemas import ScoreAnswer, ScoreRequest
from service.settings import Settings
from service.store import Store

router = APIRouter()


@router.post(
    "/v1/score",
    response_model=ScoreAnswer,
    responses=refusals(400, 408, 413, 422, 503),
    summary="Оценить посты",
    tags=["оценки"],
)
def score(
    asked: ScoreRequest,
    scorer: Ready,
    limits: Limits,
    request: Request,
    caller: Annotated[Caller, needs("score")],
    store: Annotated[bool, Query(description="Сохранить оценки; нужен ключ с правами write")] = False,
) -> Any:
    """Score posts: one entry a post, in their order. A post that cannot be scored has `error` in its entry.

    Without `history` the page memory of a stored page comes from the store.
    """
    kept = _store(request, caller) if store else None
    _check("posts", asked.posts, limits.max_posts)
    _check("history", asked.history or [], limits.max_history)
    if asked.explain and len(asked.posts) > limits.max_explained:
        raise Refused(
            "too_many_posts", f"С explain оценивается не больше {limits.max_explained} постов. Разделите запрос."
        )
    entries = [rows.admitted(post, limits.max_characters) for post in asked.posts]
    scored = _score(scorer, asked, entries, limits, request)
    stored = {} if kept is None else {"stored": kept.add(list(rows.pairs(entries, scored)))}
    POSTS.labels("http").inc(sum(row["error"] is None for row in scored))
    for row in scored:
        STATUSES.labels(row["status"] or "refused").inc()
    if asked.explain:
        for row, entry in zip(scored, entries, strict=True):
            row["words"] = _words(scorer, entry) if isinstance(entry, Post) else None
    return body.give({"model": scorer.info, "scores": scored, **stored})


def _store(request: Request, caller: Caller) -> Store:
    if "write" not in caller.grants:
        raise Refused(
            "forbidden", "Ключу не разрешено сохранять: нужны права write. Уберите store=true или возьмите другой ключ."
        )
    return open_store(request)


def _score(
    scorer: Scorer, asked: ScoreRequest, entries: list[Post | Refusal], limits: Settings, request: Request
) -> list[dict[str, Any]]:
    """Rows of entries: with the memory that was sent along, or page by page with that of the store."""
    if asked.history or storage.connect(request.app.state) is None:
        memory = _memory(scorer, asked, limits)
        return list(rows.score(scorer, entries, memory, neighbours=asked.neighbours))
    memories = request.app.state.recollection.recall(scorer, (entry for entry in entries if isinstance(entry, Post)))
    places: dict[Any, list[int]] = {}
    for place, entry in enumerate(entries):
        page = entry.page if isinstance(entry, Post) and entry.page in memories else None
        places.setdefault(page, []).append(place)
    scored: list[dict[str, Any]] = [{}] * len(entries)
    for page, of_page in places.items():
        found = rows.score(scorer, [entries[n] for n in of_page], memories.get(page), neighbours=asked.neighbours)
        for place, row in zip(of_page, found, strict=True):
            scored[place] = row
    return scored


def _check(name: str, posts: list[Any], limit: int) -> None:
    if len(posts) > limit:
        raise Refused("too_many_posts", f"Постов в {name} больше {limit}. Разделите их на несколько запросов.")


def _memory(scorer: Scorer, asked: ScoreRequest, limits: Settings) -> Memory | None:
    if not asked.history:
        return None
    return Memory.of(scorer, rows.posts(asked.history, limits.max_characters), asked.neighbours)


def _words(scorer: Scorer, post: Post) -> list[dict[str, Any]]:
    """Words that moved the scores, the strongest first."""
    from model.explain import explain

    words = sorted(explain(scorer, post).words, key=lambda word: -max(abs(word.usefulness), abs(word.engagement)))
    return [asdict(word) for word in words]
