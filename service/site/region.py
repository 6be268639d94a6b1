"""A region: where quality is lost, which pages improved, which fell silent, and the rating of pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.report.change import Group, compare_means, stand_out
from service.report.findings import FEW
from service.site import rating
from service.site.rating import Place, Rules
from service.store import Selection, pages, regions
from service.wording import number, percent, plural

WEEK = timedelta(weeks=1)

# Younger posts have not collected their reactions.
RIPE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Share:
    """Posts of one kind, municipality or type. `pull` is by how many points it moves the mean of the region."""

    name: str | None
    posts: int
    mean: float
    useful: float
    pull: float


@dataclass(frozen=True, slots=True)
class Change:
    """A page whose usefulness changed by more than chance."""

    page: dict[str, Any]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Region:
    """What a region comes to over some weeks."""

    since: datetime
    until: datetime
    posts: int
    trusted: int
    mean: float | None
    useful: float | None
    cuts: dict[str, list[Share]]
    better: list[Change]
    worse: list[Change]
    compared: int
    silent: list[dict[str, Any]]
    places: list[Place]
    few: list[dict[str, Any]]

    def findings(self) -> list[str]:
        """The region in a few sentences."""
        if self.mean is None or self.useful is None or self.trusted < FEW:
            return [f"Постов с надёжной оценкой {number(self.trusted)}: мало, чтобы судить."]
        said = [
            f"За {plural(round((self.until - self.since) / WEEK), 'неделю', 'недели', 'недель')} — "
            f"{plural(self.posts, 'пост', 'поста', 'постов')}; по оценке модели полезны жителю {percent(self.useful)}, "
            f"средняя польза {number(self.mean)}."
        ]
        for by, where in (("page_kind", "По видам учреждений"), ("municipality", "По муниципалитетам")):
            worst = min((one for one in self.cuts[by] if one.name), key=lambda one: one.pull, default=None)
            if worst is not None and worst.pull <= -0.5 and worst.posts >= FEW:
                said.append(
                    f"{where} больше всего теряют: {worst.name} — польза {number(worst.mean)}, это тянет среднее "
                    f"вниз на {number(-worst.pull, 1)}."
                )
        if self.compared:
            said.append(
                f"Из {plural(self.compared, 'страницы', 'страниц', 'страниц')}, где постов хватает для сравнения, "
                f"стали полезнее {number(len(self.better))}, хуже {number(len(self.worse))}; "
                "случайные колебания отсеяны."
            )
        if self.silent:
            said.append(f"Замолчали: {plural(len(self.silent), 'страница', 'страницы', 'страниц')}.")
        return said


def read(connection: Connection, selection: Selection, rules: Rules, until: datetime) -> Region:
    """What pages of a selection come to over the weeks of the rules, before a moment, against as many before these."""
    since = until - rules.weeks * WEEK
    now = replace(selection, since=since, until=until)
    before = replace(selection, since=since - rules.weeks * WEEK, until=since)
    rows, past = pages.glance(connection, now), {row["page"]: row for row in pages.glance(connection, before)}
    cuts = regions.cuts(connection, now)
    trusted = sum(group["trusted"] for group in cuts["type"])
    total = sum(group["usefulness"] for group in cuts["type"])
    better, worse, compared = _changes(rows, past)
    return Region(
        since=since,
        until=until,
        posts=sum(row["posts"] for row in rows),
        trusted=trusted,
        mean=total / trusted if trusted else None,
        useful=sum(group["useful"] for group in cuts["type"]) / trusted if trusted else None,
        cuts={by: _shares(groups, total, trusted) for by, groups in cuts.items()},
        better=better,
        worse=worse,
        compared=compared,
        silent=_silent(rows, past, rules, until),
        places=_places(connection, rows, rules, before, now),
        few=[row for row in rows if row["posts"] > 0 and row["trusted"] < rating.LEAST],
    )


def _shares(groups: list[dict[str, Any]], total: float, trusted: int) -> list[Share]:
    """Groups, those that pull the mean down most first; the pulls of all sum up to nothing."""
    shares = [
        Share(
            name=group["name"],
            posts=group["trusted"],
            mean=group["usefulness"] / group["trusted"],
            useful=group["useful"] / group["trusted"],
            pull=(group["usefulness"] - group["trusted"] * total / trusted) / trusted,
        )
        for group in groups
    ]
    return sorted(shares, key=lambda share: share.pull)


def _changes(rows: list[dict[str, Any]], past: Mapping[int, dict[str, Any]]) -> tuple[list[Change], list[Change], int]:
    """Pages that got better and worse, the most changed first, and how many had posts enough to tell."""
    pairs = [(row, _group(past[row["page"]]), _group(row)) for row in rows]
    pairs = [pair for pair in pairs if min(pair[1].posts, pair[2].posts) >= FEW]
    out = stand_out([compare_means(one, two) for _, one, two in pairs])
    changes = [Change(row, one.mean, two.mean) for (row, one, two), real in zip(pairs, out, strict=True) if real]
    changes.sort(key=lambda change: change.before - change.after)
    better = [change for change in changes if change.after > change.before]
    worse = [change for change in reversed(changes) if change.after < change.before]
    return better, worse, len(pairs)


def _group(row: Mapping[str, Any]) -> Group:
    return Group(row["trusted"], row["trusted"] * (row["usefulness"] or 0.0), row["squares"] or 0.0)


def _silent(
    rows: list[dict[str, Any]], past: Mapping[int, dict[str, Any]], rules: Rules, until: datetime
) -> list[dict[str, Any]]:
    """Pages that used to post every week or so and now do not, those that posted most first."""
    edge = until - timedelta(days=rules.silent)
    found = []
    for row in rows:
        last = row["last"] or past[row["page"]]["last"]
        posts = row["posts"] + past[row["page"]]["posts"]
        if last is not None and last < edge and posts >= rules.weeks:
            found.append(row | {"last": last, "before": posts})
    return sorted(found, key=lambda row: (-row["before"], row["page"]))


def _places(
    connection: Connection, rows: list[dict[str, Any]], rules: Rules, before: Selection, now: Selection
) -> list[Place]:
    assert now.until is not None
    ripe = replace(now, until=now.until - RIPE)
    was, are = regions.reactions(connection, before), regions.reactions(connection, ripe)
    forms = regions.forms(connection, now)
    told = [
        (
            row,
            rating.weigh(
                rules,
                row,
                None if row["last"] is None else (now.until - row["last"]).days,
                was.get(row["page"], {}),
                are.get(row["page"], {}),
                forms.get(row["page"], {}),
            ),
        )
        for row in rows
        if row["trusted"] >= rating.LEAST
    ]
    return rating.rank(rules, told)
