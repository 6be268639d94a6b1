"""What many scored posts come to, counted one by one: memory does not grow with their number."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from model.score import CHECKLIST
from service.archive.summary import Spread
from service.dates import AHEAD

# From here up a post is useful to a resident, as in service.store.selection (which would take SQLAlchemy to ask).
USEFUL = 62.5

# Posts a week, as `norm` of service.settings; regions set other norms, see docs/pages.md.
NORM = 5

ZONE = "Europe/Moscow"

SHOWN = 5

# There were no networks before; an earlier date is a slip of a table.
_FIRST_YEAR = 2004

# A greeting or a story is not a failed announcement, so the least useful posts are not looked for among them.
SPARED = ("greeting", "culture")

REACTIONS = ("likes", "comments", "reposts")


class Shown(NamedTuple):
    """A post that is shown. `missing` are names of the checklist; `beginning` is "" where the text is not at hand."""

    page: str
    number: str
    link: str | None
    moment: datetime | None
    type: str
    usefulness: float
    low: float
    high: float
    missing: tuple[str, ...]
    beginning: str


@dataclass(slots=True)
class Part:
    """Posts of a day, a type or a page: all, those with status ok, and sums over these."""

    name: str = ""
    posts: int = 0
    trusted: int = 0
    useful: int = 0
    usefulness: float = 0.0
    squares: float = 0.0
    engagement: float = 0.0

    def add(self, row: Mapping[str, Any], trusted: bool) -> None:
        """Count one post."""
        self.posts += 1
        if trusted:
            self.trusted += 1
            self.useful += row["usefulness"] >= USEFUL
            self.usefulness += row["usefulness"]
            self.squares += row["usefulness"] ** 2
            self.engagement += row["engagement"]

    def join(self, other: "Part") -> None:
        """Add another part."""
        self.posts += other.posts
        self.trusted += other.trusted
        self.useful += other.useful
        self.usefulness += other.usefulness
        self.squares += other.squares
        self.engagement += other.engagement

    def mean(self, score: str = "usefulness") -> float | None:
        """The mean of a score, None of nothing."""
        return getattr(self, score) / self.trusted if self.trusted else None


@dataclass(slots=True)
class Middle:
    """The median of counts of any size: exact to 999, beyond that to three digits."""

    values: Counter[int] = field(default_factory=Counter)

    def add(self, value: int) -> None:
        """Count one value."""
        step = 10 ** max(0, len(str(value)) - 3)
        self.values[round(value / step) * step] += 1

    @property
    def total(self) -> int:
        """How many values there are."""
        return self.values.total()

    @property
    def median(self) -> float | None:
        """The median, None of nothing.

        >>> middle = Middle()
        >>> for value in (1, 3, 4, 12345):
        ...     middle.add(value)
        >>> middle.median, max(middle.values)
        (3.5, 12300)
        """
        total, passed, found = self.total, 0, []
        places = [(total - 1) // 2, total // 2]
        for value in sorted(self.values):
            passed += self.values[value]
            while places and passed > places[0]:
                found.append(value)
                places.pop(0)
        return sum(found) / len(found) if total else None


@dataclass
class Account:
    """Counts over output rows (`service.rows`) or rows of the store.

    Means and shares are over posts with status ok. Days and hours are those of `zone`; a date
    without an offset is in UTC, as everywhere; a day without an hour stands as it was written.
    `norm` is in posts a week. `ahead` posts are dated too long after `now` to be believed: they
    count as posts without a date.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(ZONE))
    norm: float = NORM
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    posts: int = 0
    ahead: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    surely_useful: int = 0
    surely_not: int = 0
    total: Part = field(default_factory=Part)
    spread: Spread = field(default_factory=Spread)
    types: dict[str, Part] = field(default_factory=dict)
    days: dict[date, Part] = field(default_factory=dict)
    pages: dict[tuple[str, str], Part] = field(default_factory=dict)
    weeks: Counter[tuple[tuple[str, str], int]] = field(default_factory=Counter)
    hours: Counter[tuple[int, int]] = field(default_factory=Counter)
    needed: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    held: dict[date, Counter[tuple[str, bool]]] = field(default_factory=dict)
    reactions: dict[tuple[str, str], Middle] = field(default_factory=dict)
    _best: list[tuple[float, int, Shown]] = field(default_factory=list)
    _worst: list[tuple[float, int, Shown]] = field(default_factory=list)

    def add(self, row: Mapping[str, Any], beginning: str = "") -> None:
        """Count one row; `beginning` is how its text begins, to know it by."""
        if row.get("error") is not None:
            self.refused[row["error"]["code"]] += 1
            return
        self.posts += 1
        self.statuses[row["status"]] += 1
        self.models[row["model"]] += 1
        trusted = row["status"] == "ok"
        moment = self._moment(row["date"])
        page = row["platform"] or "", row["page_id"] or ""
        part = self.pages.setdefault(page, Part())
        part.name = row["page_name"] or part.name
        for counted in (self.total, part, self.types.setdefault(row["type"], Part())):
            counted.add(row, trusted)
        if moment is not None:
            self.days.setdefault(moment.date(), Part()).add(row, trusted)
            self.weeks[page, week(moment)] += 1
            if moment.tzinfo is not None:
                self.hours[moment.weekday(), moment.hour] += 1
        self._count_reactions(row)
        if trusted:
            self._judge(row, moment, beginning)

    def _moment(self, given: datetime | str | None) -> datetime | None:
        """When a post came out, in the zone; a day without an hour has no zone either."""
        try:
            told = datetime.fromisoformat(given) if isinstance(given, str) else given
            moment = told and (told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC))
            if moment is None or moment.year < _FIRST_YEAR:
                return None
            if moment >= self.now + AHEAD:
                self.ahead += 1
                return None
            return moment.replace(tzinfo=None) if _is_day(given) else moment.astimezone(self.zone)
        except (ValueError, OverflowError):
            return None

    def _count_reactions(self, row: Mapping[str, Any]) -> None:
        for name in REACTIONS:
            if row.get(name) is not None:
                self.reactions.setdefault((row["type"], name), Middle()).add(row[name])
                self.reactions.setdefault(("", name), Middle()).add(row[name])

    def _judge(self, row: Mapping[str, Any], moment: datetime | None, beginning: str) -> None:
        self.spread.add(row["usefulness"])
        self.surely_useful += row["usefulness_low"] >= USEFUL
        self.surely_not += row["usefulness_high"] < USEFUL
        for name, present in row["checklist"].items():
            if present is not None:
                self.needed[name] += 1
                self.absent[name] += not present
                if moment is not None:
                    self.held.setdefault(moment.date().replace(day=1), Counter())[name, present] += 1
        self._offer(self._best, row["usefulness"], row, moment, beginning)
        if row["type"] not in SPARED:
            self._offer(self._worst, -row["usefulness"], row, moment, beginning)

    def _offer(
        self,
        heap: list[tuple[float, int, Shown]],
        value: float,
        row: Mapping[str, Any],
        moment: datetime | None,
        beginning: str,
    ) -> None:
        if len(heap) == SHOWN and value <= heap[0][0]:  # of equals the first one stays
            return
        name = row["page_name"] or " ".join(filter(None, (row["platform"], row["page_id"])))
        post = Shown(
            page=name,
            number=row["post_id"] or "",
            link=link(row["platform"], row["page_id"], row["post_id"]),
            moment=moment and moment.replace(tzinfo=None),
            type=row["type"],
            usefulness=row["usefulness"],
            low=row["usefulness_low"],
            high=row["usefulness_high"],
            missing=tuple(item for item in CHECKLIST if row["checklist"].get(item) is False),
            beginning=beginning,
        )
        # The number of the post keeps posts themselves from being compared.
        (heapq.heappush if len(heap) < SHOWN else heapq.heappushpop)(heap, (value, -self.posts, post))

    @property
    def best(self) -> list[Shown]:
        """The most useful posts, the best first."""
        return [post for _, _, post in sorted(self._best, reverse=True)]

    @property
    def worst(self) -> list[Shown]:
        """The least useful posts among those that are to be of use, the worst first."""
        return [post for _, _, post in sorted(self._worst, reverse=True)]

    @property
    def first(self) -> date | None:
        """The day of the earliest post."""
        return min(self.days, default=None)

    @property
    def last(self) -> date | None:
        """The day of the latest post."""
        return max(self.days, default=None)

    def months(self) -> dict[date, Part]:
        """Months from the first to the last, those without posts too, by their first days."""
        return self._periods(lambda day: day.replace(day=1), lambda day: (day + timedelta(days=32)).replace(day=1))

    def calendar(self) -> dict[date, Part]:
        """Weeks from the first to the last, those without posts too, by their Mondays."""
        return self._periods(lambda day: day - timedelta(days=day.weekday()), lambda day: day + timedelta(days=7))

    def weeks_kept(self) -> tuple[int, int]:
        """How many weeks kept the norm, of how many: of every page, from its first whole week to the last of all."""
        begun: dict[tuple[str, str], int] = {}
        for page, number in self.weeks:
            begun[page] = min(number, begun.get(page, number))
        end = max((number for _, number in self.weeks), default=0)  # the last week may not be over
        kept = sum(begun[page] < number < end and count >= self.norm for (page, number), count in self.weeks.items())
        return kept, sum(max(0, end - start - 1) for start in begun.values())

    def silence(self) -> tuple[int, date] | None:
        """The longest time between two posts, in days, and the day it began."""
        days = sorted(self.days)
        return max((((after - day).days, day) for day, after in zip(days, days[1:], strict=False)), default=None)

    def _periods(self, start: Any, after: Any) -> dict[date, Part]:
        periods: dict[date, Part] = {}
        if not self.days:
            return periods
        at, last = start(min(self.days)), max(self.days)
        while at <= last:
            periods[at] = Part()
            at = after(at)
        for day, part in self.days.items():
            periods[start(day)].join(part)
        return periods


def week(day: date) -> int:
    """The number of a week that begins on Monday.

    >>> week(date(2024, 1, 7)) - week(date(2024, 1, 1)), week(date(2024, 1, 8)) - week(date(2024, 1, 7))
    (0, 1)
    """
    return (day.toordinal() - 1) // 7


def _is_day(given: datetime | str | None) -> bool:
    return isinstance(given, str) and len(given) <= len("2026-03-12")


def link(platform: str | None, page: str | None, post: str | None) -> str | None:
    """The address of a post where one can be told for certain; pages of VK are taken for communities.

    >>> link("vk", "5", "7"), link("telegram", "museum", "7"), link("telegram", "1001", "7"), link("vk", "5", None)
    ('https://vk.com/wall-5_7', 'https://t.me/museum/7', None, None)
    """
    if not page or not post or not post.isascii() or not post.isdigit() or not page.isascii():
        return None
    if platform == "vk" and page.isdigit():
        return f"https://vk.com/wall-{page}_{post}"
    if platform == "telegram" and page.isidentifier():
        return f"https://t.me/{page}/{post}"
    return None
