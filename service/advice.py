"""What an editor advises, apart from the model: which form suits a post, what a type of post needs."""

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from model import Score
from model.score import CHECKLIST


@cache
def _advice() -> dict[str, Any]:
    return tomllib.loads(files("service").joinpath("advice.toml").read_text(encoding="utf-8"))


def form(kind: str, length: int) -> dict[str, str]:
    """The form that suits a post of that type and so many characters: its name and why.

    >>> form("alert", 200)["name"]
    'пост'
    """
    for entry in _advice()["form"]:
        if kind in entry["types"].split() and length <= entry.get("most", length):
            return {"name": name_of(entry["form"]), "why": entry["why"]}
    raise LookupError(kind)


def name_of(form: str) -> str:
    """What one of service.forms.FORMS is called.

    >>> name_of("clip")
    'короткое видео'
    """
    return str(_advice()["forms"][form])


def example(item: str) -> str:
    """What a post looks like when an item that speaks of the whole of it is mended; "" for other items."""
    return str(_advice()["examples"].get(item, ""))


def corrected(score: Score, kind: str) -> Score:
    """The score as of a post of another type: the checklist asks what that type needs. No number moves."""
    needs = _advice()["needs"][kind].split()
    checklist = {name: score.checklist[name] or (False if name in needs else None) for name in CHECKLIST}
    return replace(score, type=kind, checklist=checklist)
