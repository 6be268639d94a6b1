"""Earlier posts that the page memory leant on, in words."""

from collections.abc import Mapping
from typing import Any

from service.hints import REACTION_NAMES

# Nearer to the page's usual than this is chance.
USUAL = 1.1


def word_lift(lift: float) -> str:
    """How many times the page's usual a post's reactions were.

    >>> word_lift(1.84), word_lift(0.5), word_lift(1.02)
    ('в 1,8 раза больше обычного', 'в 2 раза меньше обычного', 'как обычно')
    """
    times = max(lift, 1 / lift)
    if times < USUAL:
        return "как обычно"
    return f"в {times:.1f} раза {'больше' if lift > 1 else 'меньше'} обычного".replace(".", ",").replace(",0 ", " ")


def word_counts(neighbour: Mapping[str, Any]) -> str:
    """The counts that are known.

    >>> word_counts({"likes": 12, "comments": None, "reposts": 0})
    'лайки 12, репосты 0'
    """
    return ", ".join(f"{name} {neighbour[key]}" for key, name in REACTION_NAMES.items() if neighbour[key] is not None)


def word(neighbour: Mapping[str, Any]) -> str:
    """One earlier post as a line: which, when, what it got, how that was for the page."""
    which = " ".join(filter(None, (neighbour["post_id"], (neighbour["date"] or "")[:10])))
    return f"{which}: {word_counts(neighbour)} ({word_lift(neighbour['lift'])})"
