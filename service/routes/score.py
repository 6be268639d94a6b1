"""Scores of posts that are sent along."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import State

from model import Memory, Post, Scorer
from service import body, rows, storage
from service.access import Caller, may_read, needs
from service.dependencies import loaded, open_store, refusals
from service.errors import Refused
from service.metrics import REFUSED, count
from service.recollection import Page, Recollection
from service.record import Refusal
from service.schemas import ScoreAnswer, ScoreRequest
from service.settings import Settings
from service.store import Store

router = APIRouter()

# A request of more posts is answered by a thread of its own: admitting and wording them takes time too.
FEW = 32


@router.post(
    "/v1/score",
    response_model=ScoreAnswer,
    responses=refusals(400, 408, 413, 422, 503),
    summary="Оценить посты",
    tags=["оценки"],
)
async def score(
    asked: ScoreRequest,
    request: Request,
    caller: Annotated[Caller, needs("score")],
    store: Annotated[bool, Query(description="Сохранить оценки; нужен ключ с правами write")] = False,
) -> Any:
    """Score posts: one entry a post, in their order. A post that cannot be scored has `error` in its entry.

    Without `history` the page memory of a stored page comes from the store.
    """
    # Not as dependencies: each takes as long as admitting three posts.
    limits: Settings = request.app.state.settings
    scorer = loaded(request)
    if store or asked.explain or asked.history or len(asked.posts) > FEW:
        return await to_thread.run_sync(_score_at_length, asked, scorer, limits, request, caller, store)
    _check("posts", asked.posts, limits.max_posts)
    entries = _admit(asked, limits)
    posts = [entry for entry in entries if isinstance(entry, Post)]
    state = request.app.state
    memories: Mapping[Page, Memory] | None = {}
    if _may_be_stored(state, posts):
        memories = state.recollection.at_hand(scorer, posts) if state.recollection else None
        if memories is None:  # the store is asked, which may take its time
            entries, memories = await to_thread.run_sync(_recall, state, scorer, entries)
    if memories:
        shown = asked.neighbours and may_read(request)
        scored = await to_thread.run_sync(_score_by_page, scorer, shown, entries, memories)
    else:
        scores = await state.ferry.carry(scorer, posts)
        scored = list(rows.table(entries, scores, scorer.info["id"], asked.neighbours))
    return _give(scorer, scored)


def _score_at_length(
    asked: ScoreRequest, scorer: Scorer, limits: Settings, request: Request, caller: Caller, store: bool
) -> Response:
    """Answer a request that may take long, or wait for the store."""
    kept = _store(request, caller) if store else None
    _check("posts", asked.posts, limits.max_posts)
    _check("history", asked.history or [], limits.max_history)
    if asked.explain and len(asked.posts) > limits.max_explained:
        raise Refused(
            "too_many_posts", f"С explain оценивается не больше {limits.max_explained} постов. Разделите запрос."
        )
    entries = _admit(asked, limits)
    if asked.history:
        memory = Memory.of(scorer, rows.posts(asked.history, limits.max_characters), asked.neighbours)
        scored = list(rows.score(scorer, entries, memory, neighbours=asked.neighbours))
    else:
        entries, memories = _recall(request.app.state, scorer, entries)
        scored = _score_by_page(scorer, asked.neighbours and may_read(request), entries, memories)
    stored = {} if kept is None else {"stored": kept.add(list(rows.pairs(entries, scored)))}
    if asked.explain:
        for row, entry in zip(scored, entries, strict=True):
            row["words"] = _words(scorer, entry) if isinstance(entry, Post) else None
    return _give(scorer, scored, **stored)


def _give(scorer: Scorer, scored: list[dict[str, Any]], **more: Any) -> Response:
    count("http", Counter(row["status"] or REFUSED for row in scored))
    return body.give({"model": scorer.info, "scores": scored, **more})


def _admit(asked: ScoreRequest, limits: Settings) -> list[Post | Refusal]:
    return [rows.admitted(post, limits.max_characters) for post in asked.posts]


def _store(request: Request, caller: Caller) -> Store:
    if "write" not in caller.grants:
        raise Refused(
            "forbidden", "Ключу не разрешено сохранять: нужны права write. Уберите store=true или возьмите другой ключ."
        )
    return open_store(request)


def _may_be_stored(state: State, posts: list[Post]) -> bool:
    """Whether the store may know a page of the posts, or is to be opened."""
    return any(post.page_id for post in posts) if state.store is not None else state.settings.store


def _recall(
    state: State, scorer: Scorer, entries: list[Post | Refusal]
) -> tuple[list[Post | Refusal], dict[Page, Memory]]:
    """The entries, with the platforms that the store knows, and memories of their pages, of those that it has."""
    if storage.connect(state) is None:
        return entries, {}
    recollection: Recollection = state.recollection
    posts = recollection.complete([entry for entry in entries if isinstance(entry, Post)])
    completed = iter(posts)
    entries = [next(completed) if isinstance(entry, Post) else entry for entry in entries]
    return entries, recollection.recall(scorer, posts)


def _score_by_page(
    scorer: Scorer, neighbours: bool, entries: list[Post | Refusal], memories: Mapping[Page, Memory]
) -> list[dict[str, Any]]:
    """Rows of entries, page by page: each with its memory, those without one together."""
    places: dict[Page | None, list[int]] = {}
    for place, entry in enumerate(entries):
        page = entry.page if isinstance(entry, Post) and entry.page in memories else None
        places.setdefault(page, []).append(place)
    scored: list[dict[str, Any]] = [{}] * len(entries)
    for page, of_page in places.items():
        memory = None if page is None else memories[page]
        found = rows.score(scorer, [entries[n] for n in of_page], memory, neighbours=neighbours)
        for place, row in zip(of_page, found, strict=True):
            scored[place] = row
    return scored


def _check(name: str, posts: list[Any], limit: int) -> None:
    if len(posts) > limit:
        raise Refused("too_many_posts", f"Постов в {name} больше {limit}. Разделите их на несколько запросов.")


def _words(scorer: Scorer, post: Post) -> list[dict[str, Any]]:
    """Words that moved the scores, the strongest first."""
    from model.explain import explain

    words = sorted(explain(scorer, post).words, key=lambda word: -max(abs(word.usefulness), abs(word.engagement)))
    return [asdict(word) for word in words]
