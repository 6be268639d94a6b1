"""The card of a model: what it was measured at and what it is for, as its folder tells."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The other figures are better the larger they are; `training.report` names these so.
_WAYS = {"ECE": "≤", "накрывает": "≈"}


@dataclass(frozen=True, slots=True)
class Card:
    """`metrics` as in metrics.json, `text` as in card.md; empty where the folder has none."""

    metrics: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def headline(self) -> list[dict[str, Any]]:
        """The figures that stand first: name, value, low, high, target."""
        figures = self.metrics.get("headline")
        return figures if isinstance(figures, list) else []


def aim(figure: dict[str, Any]) -> str:
    """Which way the target of a figure goes: an error is to be small, a share that an interval covers is to be met.

    >>> aim({"name": "калибровка: ECE отклика"}), aim({"name": "лайки: AUC"})
    ('≤', '≥')
    """
    name = figure["name"]
    return next((way for mark, way in _WAYS.items() if mark in name), "≥")


def read(folder: Path) -> Card:
    """Read the card of a model folder. A model trained but not yet evaluated has no figures."""
    metrics = json.loads(_text(folder / "metrics.json") or "{}")
    return Card(metrics if isinstance(metrics, dict) else {}, _text(folder / "card.md"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
