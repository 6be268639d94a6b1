"""Scores of posts that are sent along."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from model import Memory, Post, Scorer
from service import rows
from service.dependencies import Limits, Ready, refusals
from service.errors import TooManyPosts
from service.schemas import ScoreAnswer, ScoreRequest
from service.settings import Settings

router = APIRouter()


@router.post(
    "/v1/score",
    response_model=ScoreAnswer,
    response_model_exclude_unset=True,
    responses=refusals(400, 413, 422, 503),
    summary="Оценить посты",
    tags=["оценки"],
)
def score(asked: ScoreRequest, scorer: Ready, limits: Limits) -> Any:
    """Score posts: one entry a post, in their order. A post that cannot be scored has `error` in its entry."""
    _check("posts", asked.posts, limits.max_posts)
    _check("history", asked.history or [], limits.max_history)
    if asked.explain and len(asked.posts) > limits.max_explained:
        raise TooManyPosts(f"С explain оценивается не больше {limits.max_explained} постов. Разделите запрос.")
    entries = [rows.admitted(post, limits.max_characters) for post in asked.posts]
    memory = _memory(scorer, asked, limits)
    scored = list(rows.score(scorer, entries, memory, neighbours=asked.neighbours))
    if asked.explain:
        for row, entry in zip(scored, entries, strict=True):
            row["words"] = _words(scorer, entry) if isinstance(entry, Post) else None
    return {"model": scorer.info, "scores": scored}


def _check(name: str, posts: list[Any], limit: int) -> None:
    if len(posts) > limit:
        raise TooManyPosts(f"Постов в {name} больше {limit}. Разделите их на несколько запросов.")


def _memory(scorer: Scorer, asked: ScoreRequest, limits: Settings) -> Memory | None:
    if not asked.history:
        return None
    return Memory.of(scorer, rows.posts(asked.history, limits.max_characters), asked.neighbours)


def _words(scorer: Scorer, post: Post) -> list[dict[str, Any]]:
    """Words that moved the scores, the strongest first."""
    from model.explain import explain

    words = sorted(explain(scorer, post).words, key=lambda word: -max(abs(word.usefulness), abs(word.engagement)))
    return [asdict(word) for word in words]
