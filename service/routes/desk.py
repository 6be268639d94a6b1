"""Routes of the draft desk: explain a draft, compare two, read an archive of one's own page."""

import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request

from model import Memory, Post, Scorer
from model.comparison import compare as set_apart
from model.memory import MIN_POSTS
from model.post import FIELDS
from model.usual import known_sum
from service import body, comparison, forms, rows, storage
from service.access import may_read, needs
from service.batch import Batch
from service.complaint import Complaint
from service.dependencies import Limits, Ready, refusals
from service.desk import ArchiveAnswer, CompareAnswer, CompareRequest, ExplainAnswer, ExplainRequest
from service.errors import Refused
from service.explanation import explain as explain_post
from service.recollection import Recollection
from service.record import Refusal
from service.settings import Settings

_NEVER = datetime.min.replace(tzinfo=UTC)

router = APIRouter(tags=["черновик"], dependencies=[needs("score")])


@router.post(
    "/v1/explain",
    response_model=ExplainAnswer,
    responses=refusals(400, 408, 413, 422, 503),
    summary="Объяснить черновик",
)
def explain(asked: ExplainRequest, scorer: Ready, limits: Limits, request: Request) -> Any:
    """Score one draft and say what is missing and where, what moved the scores, what to mend and what that gains.

    Without `history` the page memory of a stored page comes from the store. Nothing is
    stored. The draft is refused where it cannot be scored.
    """
    (post,), memory = _remember(scorer, asked.history, [_draft(asked.post, limits)], limits, request)
    answer = explain_post(scorer, post, memory, asked.type)
    if not asked.history and not may_read(request):  # ids and counts of stored posts
        answer["score"][rows.NEIGHBOURS] = []
    return body.give({"model": scorer.info, **answer})


@router.post(
    "/v1/compare",
    response_model=CompareAnswer,
    responses=refusals(400, 408, 413, 422, 503),
    summary="Сравнить два варианта",
)
def compare(asked: CompareRequest, scorer: Ready, limits: Limits, request: Request) -> Any:
    """Score two drafts of one page and say which is likelier to do better, by how much and how sure that is."""
    drafts = [_draft(asked.a, limits, "a"), _draft(asked.b, limits, "b")]
    posts, memory = _remember(scorer, asked.history, drafts, limits, request)
    a, b = scorer.map(posts, memory)
    found = set_apart(scorer, a, b)
    has = [{name for name, present in score.checklist.items() if present} for score in (a, b)]
    answer = {
        "model": scorer.info,
        "a": rows.scored(posts[0], a),
        "b": rows.scored(posts[1], b),
        "difference": asdict(found),
        "said": comparison.word(found),
        "appeared": [name for name in a.checklist if name in has[1] - has[0]],
        "vanished": [name for name in a.checklist if name in has[0] - has[1]],
    }
    return body.give(answer)


@router.post(
    "/v1/archive", response_model=ArchiveAnswer, responses=refusals(408, 413, 422), summary="Прочитать архив страницы"
)
def archive(limits: Limits, file: Annotated[bytes, Body(media_type="application/octet-stream")] = b"") -> Any:
    """Turn an archive of any known format into canonical posts for `history`. Nothing of it is kept."""
    records, refused = _records(file)
    known = [post for post in records if post.moment is not None and known_sum(post, "any") is not None]
    pages = Counter(post.page for post in known)
    page = pages.most_common(1)[0][0] if pages else None
    own = [post for post in known if post.page == page]
    kept = sorted(own, key=lambda post: post.moment or _NEVER, reverse=True)[: limits.max_history]
    said = f"Постов в архиве {len(records)}, с датой и реакциями {len(known)}; взяты последние {len(kept)}."
    if len(pages) > 1:
        said += f" Страниц в архиве {len(pages)}: взята та, где постов больше."
    if len(kept) < MIN_POSTS:
        said += f" Для личного отклика нужно хотя бы {MIN_POSTS}."
    told = ({**{name: getattr(post, name) for name in FIELDS}, "form": forms.of(post)} for post in kept)
    posts = [{name: value for name, value in post.items() if value is not None} for post in told]
    return body.give({"posts": posts, "total": len(records), "refused": refused, "said": said})


# What a page of one's own has at most, in posts and in letters of all of them.
_MOST, _LETTERS = 100_000, 50_000_000


def _records(file: bytes) -> tuple[list[Post], int]:
    posts, refused = [], 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merilo-")))
        path = folder / "archive"
        path.write_bytes(file)
        batch = Batch()
        try:
            batch.add(path, "Файл", stack)
        except Complaint as complaint:
            raise Refused("not_an_archive", str(complaint)) from None
        letters = 0
        try:
            for entry in map(rows.admitted, batch.records()):
                if isinstance(entry, Refusal):
                    refused += 1
                else:
                    posts.append(entry)
                    letters += len(entry.text)
                if (
                    len(posts) + refused > _MOST or letters > _LETTERS
                ):  # five megabytes may unpack to a thousand times that
                    raise Refused(
                        "body_too_large", "В архиве слишком много постов. Сохраните только последние пятьсот."
                    )
        except Complaint as complaint:
            raise Refused("not_an_archive", str(complaint)) from None
    return posts, refused


def _draft(given: Any, limits: Settings, name: str = "post") -> Post:
    """The post to look at. Raises Refused."""
    entry = rows.admitted(given, limits.max_characters)
    if isinstance(entry, Refusal):
        raise Refused(entry.code, f"{name}: {entry.message[0].lower()}{entry.message[1:]}.")
    return entry


def _remember(
    scorer: Scorer, history: list[Any] | None, drafts: list[Post], limits: Settings, request: Request
) -> tuple[list[Post], Memory | None]:
    """The drafts with the memory that was sent along, or as the store knows their page with the memory of the first."""
    if history:
        if len(history) > limits.max_history:
            raise Refused("too_many_posts", f"Постов в history больше {limits.max_history}. Дайте последние.")
        return drafts, Memory.of(scorer, rows.posts(history, limits.max_characters))
    if storage.connect(request.app.state) is None:
        return drafts, None
    recollection: Recollection = request.app.state.recollection
    known = recollection.complete(drafts)
    return known, recollection.recall(scorer, known[:1]).get(known[0].page)
