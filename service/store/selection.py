"""Selections: which scores are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement

from service.dates import AHEAD
from service.store.moment import now
from service.store.schema import PAGES
from service.store.views import SCORES

# From here up a post is useful to a resident: an expected rubric grade of 2.5 of 4.
USEFUL = 62.5

# From and to, both included; None is no bound.
Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that all must hold; None asks for nothing.

    `pages` are numbers of pages of the store. `since` is included, `until` is not; a post
    without a date is in neither. Without `model` every post stands with its latest scores.
    `now` is when it is asked: what is dated after the `horizon` counts as a post without a date.
    """

    pages: tuple[int, ...] = ()
    platform: str | None = None
    kind: str | None = None
    region: str | None = None
    municipality: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    type: str | None = None
    status: str | None = None
    model: str | None = None
    usefulness: Range = (None, None)
    engagement: Range = (None, None)
    now: datetime = field(default_factory=now)

    @property
    def horizon(self) -> datetime:
        """From here on no date is believed."""
        return self.now + AHEAD

    def scores(self) -> Iterator[ColumnElement[bool]]:
        """Conditions on rows of `v_scores`."""
        column = SCORES.c
        if self.pages:
            yield column.page.in_(self.pages)
        for name in ("platform", "region", "municipality", "type", "status"):
            if (asked := getattr(self, name)) is not None:
                yield column[name] == asked
        if self.kind is not None:
            yield column.page_kind == self.kind
        if self.since is not None:
            yield column.date >= self.since
        if self.until is not None:
            yield column.date < self.until
        for name in ("usefulness", "engagement"):
            least, most = getattr(self, name)
            if least is not None:
                yield column[name] >= least
            if most is not None:
                yield column[name] <= most
        yield column.latest if self.model is None else column.model == self.model

    def counted(self) -> Iterator[ColumnElement[bool]]:
        """Conditions on rows that are counted together: within bounds only those whose date is believed."""
        yield from self.scores()
        if self.since is not None or self.until is not None:
            yield SCORES.c.date < self.horizon

    def places(self) -> Iterator[ColumnElement[bool]]:
        """Conditions on rows of `pages`."""
        if self.pages:
            yield PAGES.c.id.in_(self.pages)
        for name in ("platform", "kind", "region", "municipality"):
            if (asked := getattr(self, name)) is not None:
                yield PAGES.c[name] == asked
