"""Authored checks of a finished model: what must rank right, what must not move a score, what must not fool it.

`corpus/checks.jsonl` is never trained on. Kinds: `pair`, the better draft must score higher
in usefulness; `trap`, the same where the worse one is built to look useful; `addition`, a
date, place or phone added to an announcement must not lower it; `form`, only form differs,
so scores must stay within TOLERANCE points.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from model import Post, Scorer
from training.dataset import CORPUS

TOLERANCE = 7.0  # points that form alone may move usefulness
STIRRED = 5.0  # points that a typo or a link may

CHECKS = CORPUS / "checks.jsonl"

PASSES: dict[str, Callable[[float, float], bool]] = {
    "pair": lambda better, worse: better > worse,
    "trap": lambda better, worse: better > worse,
    "addition": lambda better, worse: better >= worse,
    "form": lambda better, worse: abs(better - worse) <= TOLERANCE,
}


def read_checks() -> list[dict[str, Any]]:
    """Read the authored checks."""
    with CHECKS.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def run_checks(scorer: Scorer, checks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Share of checks passed, by kind and by family within it."""
    sides = [Post(check[side]["text"]) for check in checks for side in ("better", "worse")]
    said = np.array([score.usefulness for score in scorer.map(sides)]).reshape(-1, 2)
    passed: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for check, (better, worse) in zip(checks, said, strict=True):
        held = PASSES[check["kind"]](better, worse)
        passed[check["kind"], ""].append(held)
        passed[check["kind"], check["family"]].append(held)
    return [
        {"kind": kind, "family": family, "checks": len(held), "passed": round(float(np.mean(held)), 3)}
        for (kind, family), held in sorted(passed.items())
    ]


def _typo(text: str, rng: random.Random) -> str:
    """Two neighbouring letters of one word change places."""
    words = list(re.finditer(r"[а-яё]{5,}", text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


STIRS: dict[str, Callable[[str, random.Random], str]] = {
    "опечатка": _typo,
    "другие кавычки": lambda text, _: text.replace("«", '"').replace("»", '"'),
    "ё вместо е": lambda text, _: text.replace("ё", "е"),
    "хештеги в конце": lambda text, _: f"{text}\n#новости #район #мы_вместе",
    "ссылка в конце": lambda text, _: f"{text}\nhttps://example.ru/news/12345",
}


def measure_stability(scorer: Scorer, texts: Sequence[str], seed: int = 0) -> list[dict[str, Any]]:
    """Share of posts whose scores a small change of form moves by less than STIRRED points."""
    plain = _scores(scorer, texts)
    found = []
    for name, stir in STIRS.items():
        rng = random.Random(seed)  # noqa: S311 (chance, not secrets)
        moved = np.abs(_scores(scorer, [stir(text, rng) for text in texts]) - plain)
        usefulness, engagement = (moved < STIRRED).mean(axis=0)
        found.append(
            {"change": name, "usefulness": round(float(usefulness), 3), "engagement": round(float(engagement), 3)}
        )
    return found


def _scores(scorer: Scorer, texts: Sequence[str]) -> Any:
    return np.array(list(_pairs(scorer, texts))).reshape(-1, 2)


def _pairs(scorer: Scorer, texts: Sequence[str]) -> Iterator[tuple[float, float]]:
    for score in scorer.map(Post(text) for text in texts):
        yield score.usefulness, score.engagement
