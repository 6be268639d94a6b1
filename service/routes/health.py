"""Whether the service lives and can score."""

from typing import Any

from fastapi import APIRouter, Request

import model
from service import storage
from service.access import needs
from service.dependencies import Ready, refusals
from service.schemas import Health

router = APIRouter(dependencies=[needs("open")])


@router.get("/health/live", response_model=Health, response_model_exclude_unset=True, summary="Жива ли служба",
            tags=["здоровье"])  # fmt: skip
def live() -> Any:
    """Answer while the process works."""
    return {"status": "ok", "version": model.__version__}


@router.get("/health/ready", response_model=Health, responses=refusals(503), summary="Готова ли служба",
            tags=["здоровье"])  # fmt: skip
def ready(scorer: Ready, request: Request) -> Any:
    """Answer 200 when posts can be scored; a store that does not answer is no reason to send nobody here."""
    store = storage.connect(request.app.state)
    kept = "none" if store is None else "texts" if store.keep_texts else "scores"
    return {"status": "ok", "version": model.__version__, "model": scorer.info["id"], "store": kept}
