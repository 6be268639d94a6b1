"""What a score is: two numbers that are never blended, and what stands beside them."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

# Items of the checklist in the order of the labelling guide.
CHECKLIST = (
    "who",
    "what_changes",
    "when",
    "where",
    "action",
    "how",
    "contact",
    "lead_first",
    "plain",
    "not_self_report",
)

TYPES = (
    "alert",
    "service",
    "event",
    "explain",
    "news",
    "report",
    "greeting",
    "culture",
    "ad",
    "other",
)

# `ok`, or why a score should not be trusted.
STATUSES = ("ok", "too_short", "not_russian", "unfamiliar")

REACTIONS = ("likes", "comments", "reposts")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An earlier post of the same page that the page memory leant on.

    `lift` says how many times the page's usual its counts were (1.0 is usual).
    """

    post_id: str | None
    date: str | None
    likes: int | None
    comments: int | None
    reposts: int | None
    lift: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one post. Scores are 0-100, rounded to one decimal.

    `usefulness` is the expected rubric grade / 4 x 100, with its 80 % interval.
    `engagement` is the calibrated probability, in percent, that the post beats its
    page's typical post; personal where the page's memory is at hand, with the general
    one in `engagement_general`. `checklist` maps each name of CHECKLIST to true, false
    or None where the item does not apply.
    """

    usefulness: float
    usefulness_low: float
    usefulness_high: float
    engagement: float
    engagement_likes: float
    engagement_comments: float
    engagement_reposts: float
    engagement_general: float
    memory_posts: int
    type: str
    checklist: dict[str, bool | None]
    status: str
    model: str
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def missing(self) -> list[str]:
        """Names of the checklist that apply to such a post and are absent."""
        return [name for name, present in self.checklist.items() if present is False]

    def row(self) -> dict[str, Any]:
        """The flat row that the command line and the service both give, keys in ROW order."""
        return dict(zip(ROW, _row(self), strict=True))


# Keys of a score in an output row; `error` follows them, filled where a post was refused.
ROW = (
    "usefulness",
    "usefulness_low",
    "usefulness_high",
    "engagement",
    "engagement_likes",
    "engagement_comments",
    "engagement_reposts",
    "engagement_general",
    "memory_posts",
    "type",
    "checklist",
    "missing",
    "status",
    "model",
)

_row = attrgetter(*ROW)
