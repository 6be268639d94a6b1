"""Whether the service lives and can score."""

from typing import Any

from fastapi import APIRouter

import model
from service.dependencies import Ready, refusals
from service.schemas import Health

router = APIRouter()


@router.get("/health/live", response_model=Health, response_model_exclude_unset=True, summary="Жива ли служба",
            tags=["здоровье"])  # fmt: skip
def live() -> Any:
    """Answer while the process works."""
    return {"status": "ok", "version": model.__version__}


@router.get("/health/ready", response_model=Health, responses=refusals(503), summary="Готова ли служба",
            tags=["здоровье"])  # fmt: skip
def ready(scorer: Ready) -> Any:
    """Answer 200 when posts can be scored."""
    return {"status": "ok", "version": model.__version__, "model": scorer.info["id"]}
