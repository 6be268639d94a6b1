"""What people say of posts, kept for training."""

from typing import Annotated, Any

from fastapi import APIRouter

from service.access import Caller, needs
from service.complaint import Complaint
from service.dependencies import Kept, refusals
from service.schemas import Feedback, Heard
from service.store import digest, feedback

router = APIRouter(tags=["хранилище"])


@router.post("/v1/feedback", response_model=Heard, responses=refusals(400, 408, 413, 422, 503),
             summary="Сказать, какова оценка или тип поста")  # fmt: skip
def add(said: Feedback, store: Kept, caller: Annotated[Caller, needs("write")]) -> Any:
    """Keep a person's grade or type of a post. The text itself is kept only where the operator keeps texts."""
    if (said.text is None) == (said.digest is None):
        raise Complaint("no_post", "Укажите пост: или text, или digest.")
    known = said.digest or digest(said.text or "")
    with store.writing() as connection:
        text = said.text if store.keep_texts else None
        feedback.add(connection, known, caller.name, said.grade, said.type, text)
    return {"digest": known}
