"""Charts: for each a figure of plotly as plain data, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from model.score import CHECKLIST, TYPES
from service.archive.summary import BINS
from service.hints import LACK_NAMES, TYPE_NAMES
from service.report.account import USEFUL, Account, Part
from service.report.findings import MONTH_POSTS, PAGE_POSTS
from service.wording import number

# Told apart without colours too: by place, by pattern of the line, by words.
BLUE, AMBER, GREEN, GREY = "#3b6fb6", "#b7791f", "#2e8555", "#9aa6b5"
BLUES = [[0, "rgba(59,111,182,0)"], [1, BLUE]]

WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
MONTHS = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")

# Over less than this, weeks say more than months.
_WEEKS = 26

Cell = str | float | int | date | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. `name` is that of its files; `rows` under `head` are what it shows; `figure` is {data, layout}."""

    name: str
    title: str
    note: str
    head: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    figure: dict[str, Any]
    height: int = 300


def draw(account: Account) -> list[Chart]:
    """The charts of an account, those with nothing to show left out."""
    makers = (_time, _spread, _missing, _types, _weeks, _hours, _reactions, _pages)
    return [chart for make in makers if (chart := make(account)) is not None]


def layout(**told: Any) -> dict[str, Any]:
    """What every chart has in common; colours of text and lines are the page's, see charts.js."""
    return {
        "margin": {"l": 44, "r": 16, "t": 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "separators": ", ",
        "hovermode": "closest",
        "dragmode": False,
        "bargap": 0.25,
        "showlegend": False,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    } | told


def axis(**told: Any) -> dict[str, Any]:
    """An axis that nobody moves by accident with a finger."""
    return {"fixedrange": True, "automargin": True, "zeroline": False} | told


def said(text: str) -> dict[str, Any]:
    """The title of an axis."""
    return {"text": text, "font": {"size": 12}, "standoff": 4}


def periods(account: Account) -> tuple[str, dict[date, Part]]:
    """The name of the step, and parts by their first days: weeks where most of a few have posts enough, else months."""
    weeks = account.calendar()
    enough = sum(part.trusted >= MONTH_POSTS for part in weeks.values())
    return ("неделя", weeks) if len(weeks) <= _WEEKS and 2 * enough > len(weeks) else ("месяц", account.months())


def label(step: str, first: date) -> str:
    """A period on an axis."""
    return f"{first.day} {MONTHS[first.month - 1]}" if step == "неделя" else f"{MONTHS[first.month - 1]} {first.year}"


def rounded(value: float | None, digits: int = 1) -> float | None:
    """A number for a chart or a table."""
    return None if value is None else round(value, digits)


def lines(
    names: Sequence[str], step: str, dates: Sequence[date], series: Sequence[Sequence[float | None]]
) -> dict[str, Any]:
    """Lines over time, 0-100, with a line where posts become useful."""
    colours, dashes = (BLUE, AMBER, GREEN, "#8e4b9e", "#b3455f"), ("solid", "dash", "dot", "dashdot", "longdash")
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": [first.isoformat() for first in dates],
            "y": list(values),
            "line": {"color": colours[place], "dash": dashes[place], "width": 2},
            "marker": {"size": 6},
            "hovertemplate": f"{name}: %{{y:.0f}}<extra></extra>",
        }
        for place, (name, values) in enumerate(zip(names, series, strict=True))
    ]
    ticks = list(dates)[:: -(-len(dates) // 4)]
    return {
        "data": data,
        "layout": layout(
            showlegend=True,
            hovermode="x unified",
            xaxis=axis(
                showgrid=False,
                tickangle=0,
                tickvals=[first.isoformat() for first in ticks],
                ticktext=[label(step, first) for first in ticks],
            ),
            yaxis=axis(range=[0, 100]),
        ),
    }


def bars(
    names: Sequence[str], values: Sequence[float], ends: Sequence[str], colour: str = BLUE, room: float = 1.35
) -> dict[str, Any]:
    """Bars that lie, the first one on top, with words at their ends, for which there is `room`."""
    most = max(values, default=1) or 1
    data = {
        "type": "bar",
        "orientation": "h",
        "x": list(values),
        "y": list(range(len(names))),  # two pages may have one name
        "text": list(ends),
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": colour},
        "hoverinfo": "skip",
    }
    return {
        "data": [data],
        "layout": layout(
            margin={"l": 8, "r": 16, "t": 8, "b": 8},
            xaxis=axis(visible=False, range=[0, most * room]),
            yaxis=axis(
                autorange="reversed", ticks="", showgrid=False, tickvals=list(range(len(names))), ticktext=list(names)
            ),
        ),
    }


def _time(account: Account) -> Chart | None:
    step, parts = periods(account)
    enough = {first: part for first, part in parts.items() if part.trusted >= MONTH_POSTS}
    if len(enough) < 2:
        return None
    series = [
        [rounded(part.mean(score)) if first in enough else None for first, part in parts.items()]
        for score in ("usefulness", "engagement")
    ]
    rows: list[tuple[Cell, ...]] = [
        (label(step, first), part.posts, rounded(part.mean()), rounded(part.mean("engagement")))
        for first, part in parts.items()
    ]
    note = (
        f"Средние; {step}, где постов с надёжной оценкой меньше {MONTH_POSTS}, на графике пропущен"
        f"{'а' if step == 'неделя' else ''}. Отклик — ожидаемый по тексту: 50 — как у обычного поста страницы."
    )
    return Chart(
        "по-времени",
        "Польза и отклик по времени",
        note,
        (step.capitalize(), "Постов", "Польза", "Отклик"),
        rows,
        lines(("Польза", "Отклик"), step, list(parts), series),
        320,
    )


def _spread(account: Account) -> Chart | None:
    if not account.total.trusted:
        return None
    counts = account.spread.bins
    width = 100 // BINS
    names = [f"{n * width}–{(n + 1) * width}" for n in range(BINS)]
    figure = {
        "data": [
            {
                "type": "bar",
                "x": [(n + 0.5) * width for n in range(BINS)],
                "y": counts,
                "customdata": names,
                "marker": {"color": BLUE},
                "hovertemplate": "%{customdata}: %{y}<extra></extra>",
            }
        ],
        "layout": layout(
            bargap=0.06,
            xaxis=axis(range=[0, 100], dtick=20, showgrid=False, title=said("польза, баллы")),
            yaxis=axis(title=said("постов")),
            shapes=[
                {
                    "type": "line", "xref": "x", "yref": "paper", "x0": USEFUL, "x1": USEFUL, "y0": 0, "y1": 1,
                    "line": {"width": 2, "dash": "dash", "color": GREEN},
                }
            ],
        ),
    }  # fmt: skip
    note = f"Пунктир — {number(USEFUL, 1)}: правее него посты, которые полезны жителю."
    return Chart("распределение", "Сколько постов какой пользы", note, ("Баллы", "Постов"),
                 list(zip(names, counts, strict=True)), figure)  # fmt: skip


def _missing(account: Account) -> Chart | None:
    names = [name for name in CHECKLIST if account.needed[name]]
    if not names:
        return None
    names.sort(key=lambda name: -account.absent[name] / account.needed[name])
    shares = [round(100 * account.absent[name] / account.needed[name], 1) for name in names]
    rows: list[tuple[Cell, ...]] = [
        (LACK_NAMES[name], account.needed[name], account.absent[name], share)
        for name, share in zip(names, shares, strict=True)
    ]
    ends = [f"{number(100 * account.absent[name] / account.needed[name])} %" for name in names]
    figure = bars([str(row[0]) for row in rows], shares, ends, AMBER)
    note = "Доля постов среди тех, к которым это относится: поздравлению не нужен адрес."
    head = ("Чего нет или что мешает", "Относится к постам", "Из них", "Доля, %")
    return Chart("чего-не-хватает", "Чего не хватает и что мешает", note, head, rows, figure, 36 * len(rows) + 30)


def _types(account: Account) -> Chart | None:
    total = account.total.trusted
    names = sorted((name for name in TYPES if name in account.types and account.types[name].trusted),
                   key=lambda name: -account.types[name].trusted)  # fmt: skip
    if not names:
        return None
    parts = [account.types[name] for name in names]
    shares = [round(100 * part.trusted / total, 1) for part in parts]
    rows: list[tuple[Cell, ...]] = [
        (TYPE_NAMES[name], part.trusted, share, rounded(part.mean()))
        for name, part, share in zip(names, parts, shares, strict=True)
    ]
    ends = [f"{number(100 * part.trusted / total)} % · {number(part.mean() or 0)}" for part in parts]
    figure = bars([str(row[0]) for row in rows], shares, ends, room=2.2)
    note = "Доля типа и, за точкой, его средняя польза. Тип узнаёт модель и порой путает соседние."
    return Chart("типы", "О чём пишут", note, ("Тип", "Постов", "Доля, %", "Польза"), rows, figure, 36 * len(rows) + 30)


def _weeks(account: Account) -> Chart | None:
    parts = account.calendar()
    if len(account.pages) != 1 or len(parts) < 4:
        return None
    dates, counts = list(parts), [part.posts for part in parts.values()]
    ticks = dates[:: -(-len(dates) // 4)]
    step = "неделя" if len(dates) <= _WEEKS else "месяц"
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": account.norm, "y1": account.norm,
            "line": {"width": 1.5, "dash": "dash", "color": GREY}}  # fmt: skip
    figure = {
        "data": [
            {
                "type": "bar",
                "x": [first.isoformat() for first in dates],
                "y": counts,
                "marker": {"color": [BLUE if count >= account.norm else AMBER for count in counts]},
                "hovertemplate": "%{y}<extra></extra>",
            }
        ],
        "layout": layout(
            shapes=[line],
            xaxis=axis(
                showgrid=False,
                tickangle=0,
                tickvals=[first.isoformat() for first in ticks],
                ticktext=[label(step, first) for first in ticks],
            ),
            yaxis=axis(title=said("постов"), rangemode="tozero"),
        ),
    }
    norm = number(account.norm, 0 if account.norm == int(account.norm) else 1)
    note = f"Пунктир — норма: {norm} в неделю. Это допущение, его можно поменять."
    rows: list[tuple[Cell, ...]] = list(zip((first.isoformat() for first in dates), counts, strict=True))
    return Chart("по-неделям", "Постов в неделю", note, ("Неделя с", "Постов"), rows, figure)


def _hours(account: Account) -> Chart | None:
    if sum(account.hours.values()) < 2:
        return None
    counts = [[account.hours[weekday, hour] for hour in range(24)] for weekday in range(7)]
    figure = {
        "data": [
            {
                "type": "heatmap",
                "x": list(range(24)),
                "y": list(WEEKDAYS),
                "z": counts,
                "colorscale": BLUES,
                "showscale": False,
                "xgap": 1,
                "ygap": 1,
                "hovertemplate": "%{y}, %{x}:00 — %{z}<extra></extra>",
            }
        ],
        "layout": layout(
            xaxis=axis(tickvals=list(range(0, 24, 3)), title=said("час"), showgrid=False),
            yaxis=axis(autorange="reversed", showgrid=False),
        ),
    }
    rows: list[tuple[Cell, ...]] = [(WEEKDAYS[n], *counts[n]) for n in range(7)]
    note = f"Чем темнее, тем больше постов вышло в этот час. Время — {account.zone.key}."
    return Chart("дни-и-часы", "Когда публикуют", note, ("День", *map(str, range(24))), rows, figure)


def _reactions(account: Account) -> Chart | None:
    if len(account.pages) != 1:
        return None
    kinds = {
        kind: middle
        for (kind, name), middle in account.reactions.items()
        if name == "likes" and kind and middle.total >= MONTH_POSTS
    }
    if len(kinds) < 2:
        return None
    names = sorted(kinds, key=lambda kind: -(kinds[kind].median or 0))
    medians = [float(kinds[kind].median or 0) for kind in names]
    rows: list[tuple[Cell, ...]] = [
        (TYPE_NAMES[kind], kinds[kind].total, middle) for kind, middle in zip(names, medians, strict=True)
    ]
    figure = bars([str(row[0]) for row in rows], medians, [number(value) for value in medians], GREEN)
    note = f"Медиана лайков; типы, где постов с известным числом лайков меньше {MONTH_POSTS}, не показаны."
    head = ("Тип", "Постов", "Лайков обычно")
    return Chart("отклик", "Что собирает лайки", note, head, rows, figure, 36 * len(rows) + 30)


def _pages(account: Account) -> Chart | None:
    parts = sorted(
        (part for part in account.pages.values() if part.trusted >= PAGE_POSTS), key=lambda part: -(part.mean() or 0)
    )
    if len(account.pages) < 2 or len(parts) < 2:
        return None
    rows: list[tuple[Cell, ...]] = [
        (part.name or "без названия", part.posts, rounded(part.mean()), round(100 * part.useful / part.trusted, 1))
        for part in parts
    ]
    shown = parts if len(parts) <= 20 else [*parts[:10], *parts[-10:]]
    means = [part.mean() or 0.0 for part in shown]
    ends = [f"{number(mean)}" for mean in means]
    figure = bars([short(part.name or "без названия") for part in shown], means, ends)
    which = "" if len(shown) == len(parts) else " На графике десять первых и десять последних."
    note = f"Средняя польза страниц, где от {PAGE_POSTS} постов с надёжной оценкой.{which}"
    return Chart("страницы", "Страницы", note, ("Страница", "Постов", "Польза", "Полезны, %"), rows, figure,
                 36 * len(shown) + 30)  # fmt: skip


def short(name: str, longest: int = 24) -> str:
    """A name that fits beside a bar.

    >>> short("Администрация Заречного муниципального округа")
    'Администрация Заречного…'
    """
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"
