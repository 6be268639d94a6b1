"""Charts of many pages: lines side by side, what pulls a region down; and sparklines."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.hints import TYPE_NAMES
from service.report.figures import AMBER, BLUE, Chart, axis, label, layout, lines, rounded, short
from service.report.findings import MONTH_POSTS
from service.site.region import Share
from service.wording import number

_TITLES = {
    "page_kind": ("виды", "По видам учреждений"),
    "municipality": ("муниципалитеты", "По муниципалитетам"),
    "type": ("типы", "По типам постов"),
}

# So many groups are drawn, the worst and the best of more; the table has all.
_DRAWN = 12


def draw_pulls(cuts: Mapping[str, Sequence[Share]]) -> list[Chart]:
    """For each cut of a region with two groups or more, how they pull its mean."""
    return [_draw_pull(by, shares) for by, shares in cuts.items() if len(shares) > 1]


def _draw_pull(by: str, shares: Sequence[Share]) -> Chart:
    name, title = _TITLES[by]
    names = [TYPE_NAMES[share.name or "other"] if by == "type" else share.name or "не указано" for share in shares]
    rows: list[tuple[Any, ...]] = [
        (said, share.posts, rounded(share.mean), rounded(100 * share.useful), rounded(share.pull, 2))
        for said, share in zip(names, shares, strict=True)
    ]
    half = _DRAWN // 2
    drawn = range(len(rows)) if len(rows) <= _DRAWN else [*range(half), *range(len(rows) - half, len(rows))]
    pulls = [shares[at].pull for at in drawn]
    most = max(map(abs, pulls)) or 1
    figure = {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [round(pull, 2) for pull in pulls],
                "y": list(range(len(pulls))),
                "text": [("+" if round(pull, 1) > 0 else "") + number(pull, 1) for pull in pulls],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": [AMBER if pull < 0 else BLUE for pull in pulls]},
                "hoverinfo": "skip",
            }
        ],
        "layout": layout(
            margin={"l": 8, "r": 16, "t": 8, "b": 8},
            xaxis=axis(visible=False, range=[-2 * most, 1.6 * most]),
            yaxis=axis(
                autorange="reversed",
                ticks="",
                showgrid=False,
                tickvals=list(range(len(pulls))),
                ticktext=[short(names[at]) for at in drawn],
            ),
        ),
    }
    note = "Сдвиг средней пользы региона в баллах." + (
        "" if len(drawn) == len(rows) else f" На графике {half} худших и {half} лучших, в таблице все."
    )
    head = ("Группа", "Постов", "Польза", "Полезны, %", "Сдвиг")
    return Chart(name, title, note, head, rows, figure, 30 * len(pulls) + 40)


def draw_comparison(names: Sequence[str], series: Sequence[Sequence[Mapping[str, Any]]]) -> Chart | None:
    """Usefulness of pages by month; a month of a page with few trusted posts is left out."""
    months = sorted({row["start"] for rows in series for row in rows})
    if len(months) < 2:
        return None
    told = [
        {row["start"]: row["usefulness"] for row in rows if row["trusted"] >= MONTH_POSTS and row["usefulness"]}
        for rows in series
    ]
    values = [[rounded(means.get(month)) for month in months] for means in told]
    rows: list[tuple[Any, ...]] = [
        (label("месяц", month), *cells) for month, cells in zip(months, zip(*values, strict=True), strict=True)
    ]
    figure = lines([short(name) for name in names], "месяц", months, values)
    figure["layout"]["legend"] |= {"entrywidth": 0}
    figure["layout"]["margin"] |= {"t": 8 + 22 * len(names)}
    note = f"Средняя за месяц; месяцы, где постов с надёжной оценкой меньше {MONTH_POSTS}, пропущены."
    return Chart("сравнение", "Польза по месяцам", note, ("Месяц", *names), rows, figure, 320 + 22 * len(names))


def draw_spark(
    weeks: Mapping[date, float | None], every: Sequence[date], low: float, high: float
) -> dict[str, str] | None:
    """A sparkline: points of an SVG of 96 x 24 and words that say the same; None of fewer than two weeks.

    `low` and `high` are of all pages that are shown together, so that their lines can be compared.
    """
    known = [(at, value) for at, week in enumerate(every) if (value := weeks.get(week)) is not None]
    if len(known) < 2:
        return None
    across, up = 92 / max(1, len(every) - 1), 20 / max(1.0, high - low)
    points = " ".join(f"{2 + at * across:.1f},{22 - (value - low) * up:.1f}" for at, value in known)
    values = [value for _, value in known]
    return {"points": points, "said": f"Польза по неделям: от {number(min(values))} до {number(max(values))}"}
