"""Pages of HTML: templates that escape whatever they are given, and the report as one file."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.hints import FAULTS, LACK_NAMES, TYPE_NAMES
from service.report.account import Account
from service.report.figures import draw
from service.report.findings import find
from service.report.progress import praise
from service.wording import day, listed, number, plural

LOOK = Path(__file__).parent / "look"
PAGE = Path(__file__).parents[1] / "page"


def environment(*folders: Path) -> Environment:
    """Templates of some folders and of this package; autoescape always, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader([*folders, LOOK]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "points": lambda value: number(value),
        "number": number,
        "cell": cell,
        "day": day,
        "lack": lack,
    }
    made.globals["types"] = TYPE_NAMES
    return made


def cell(value: str | float | int | date | None) -> str:
    """A cell of a table as people read it.

    >>> cell(None), cell(12.5), cell(12), cell("пн")
    ('—', '12,5', '12', 'пн')
    """
    if value is None:
        return "—"
    if isinstance(value, (int, float)):
        return number(value, 1 if isinstance(value, float) else 0)
    return day(value) if isinstance(value, date) else value


def lack(missing: Sequence[str]) -> str:
    """What a post lacks and what is wrong with it, in a sentence or two; empty where nothing is.

    >>> lack(["when", "where", "not_self_report"]), lack(["plain"]), lack([])
    ('Не сказано: когда, где. Мешает: самоотчёт.', 'Мешает: казённый язык.', '')
    """
    untold = [LACK_NAMES[name] for name in missing if name not in FAULTS]
    faults = [LACK_NAMES[name] for name in missing if name in FAULTS]
    said = (f"{head}: {', '.join(names)}." for head, names in (("Не сказано", untold), ("Мешает", faults)) if names)
    return " ".join(said)


def title(account: Account, name: str) -> str:
    """What a report is called: by its pages, or by its file where they are many or one has no name."""
    names = list(dict.fromkeys(part.name for part in account.pages.values()))
    return listed(names) if 0 < len(names) <= 3 and all(names) else name


def about(account: Account, today: date) -> str:
    """What was counted, in a line."""
    said = [plural(account.posts, "пост", "поста", "постов")]
    if len(account.pages) > 1:
        said.append(plural(len(account.pages), "страница", "страницы", "страниц"))
    if account.first and account.last:
        said.append(f"{day(account.first)} — {day(account.last)}")
    return f"{', '.join(said)}. Отчёт сделан {day(today)}."


def render(account: Account, name: str, today: date) -> str:
    """The report as one file of HTML that asks nothing of anybody."""
    style = "\n".join((folder / file).read_text("utf-8") for folder, file in ((PAGE, "page.css"), (LOOK, "charts.css")))
    told: Mapping[str, Any] = {
        "title": title(account, name),
        "told": about(account, today),
        "account": account,
        "findings": find(account),
        "better": praise(account),
        "charts": draw(account),
        "models": sorted(account.models),
        # Files of this program and of plotly, not of users.
        "style": Markup(style),  # noqa: S704
        "plotly": Markup(plotly().read_text("utf-8")),  # noqa: S704
        "script": Markup((LOOK / "charts.js").read_text("utf-8")),  # noqa: S704
    }
    return environment().get_template("report.html").render(told)


def plotly() -> Path:
    """The script of plotly, as its package brings it."""
    from importlib.util import find_spec

    found = find_spec("plotly")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "package_data" / "plotly.min.js"
