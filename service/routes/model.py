"""Which model scores, and what its names mean."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from service import card as cards
from service.dependencies import Ready, refusals
from service.hints import CHECKLIST_HINTS, STATUS_NAMES, TYPE_NAMES
from service.schemas import Hints, ModelCard

router = APIRouter()


@router.get(
    "/v1/model", response_model=ModelCard, responses=refusals(503), summary="Модель и её качество", tags=["модель"]
)
def card(scorer: Ready) -> Any:
    """Tell which model scores and how good it was when it was measured."""
    known = cards.read(scorer.folder)
    return {**scorer.info, "metrics": known.metrics, "card": known.text}


@router.get("/v1/hints", response_model=Hints, summary="Русские названия и подсказки", tags=["модель"])
def hints() -> Any:
    """Give Russian names of checklist items, types and statuses, and what to add where an item is missing."""
    return {
        "checklist": {name: asdict(hint) for name, hint in CHECKLIST_HINTS.items()},
        "types": TYPE_NAMES,
        "statuses": STATUS_NAMES,
    }
