"""The rating of pages: a mean of what official ratings look at, by weights that the operator sets and everybody sees.

The exact formulas of official ratings are not published, so weights are the operator's
assumptions. Every input is a number of 0-1; one that is not known has no say, and the
other weights grow to make up for it.
"""

import json
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from service import advice
from service.complaint import Complaint, reason
from service.report.account import NORM
from service.wording import number, percent, plural

# Of fewer trusted posts a page has no place: it would be chance.
LEAST = 5

NAMES = {
    "norm": "норма публикаций",
    "freshness": "свежесть",
    "reach": "охват против своего прошлого",
    "reactions": "реакции против своего прошлого",
    "usefulness": "средняя польза",
    "self_reports": "мало отчётов о себе",
    "variety": "разные типы постов",
    "forms": "разные форматы",
}

MEANINGS = {
    "norm": "постов в неделю к норме; норма выполнена — 1",
    "freshness": "1 — пост вышел только что, 0 — прошло столько дней, сколько отведено на молчание",
    "reach": "медиана просмотров этого периода к прошлому: 0,5 — как раньше, 1 — вдвое больше и выше",
    "reactions": "то же для лайков, комментариев и репостов вместе",
    "usefulness": "средняя польза, делённая на 100",
    "self_reports": "доля постов, которые не отчёты о себе",
    "variety": "сколько типов постов на деле (экспонента энтропии) к желаемому числу",
    "forms": "то же для форматов: фото, видео, опрос, статья…, если их называет архив",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator assumes. `norms` are in posts a week by kind of page; `silent` days mean silence."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(NAMES, 1.0))
    norm: float = NORM
    norms: Mapping[str, float] = field(default_factory=dict)
    weeks: int = 13
    silent: int = 14
    types: float = 5.0
    forms: float = 3.0

    def norm_of(self, kind: str | None) -> float:
        """Posts a week that a page of a kind is to make."""
        return self.norms.get(kind or "", self.norm)


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a page: a value of 0-1 or None, and what it stands on, in words."""

    value: float | None
    said: str


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the rating. `points` are 0-100; `moves` are the two inputs that would add most, with what they add.

    What is to be reached is the best quarter of the pages that are ranked: a goal that others have shown to be one.
    `strong` are the inputs that are there already.
    """

    page: dict[str, Any]
    place: int
    points: float
    inputs: dict[str, Input]
    moves: list[tuple[str, float]]
    strong: list[str]


def read(path: str, norm: float = NORM) -> Rules:
    """Read rules from TOML or JSON; an empty path gives the usual ones. Raises Complaint.

    `norm` is that of pages where the file tells none.
    """
    if not path:
        return Rules(norm=norm)
    try:
        text = Path(path).read_text(encoding="utf-8")
        told = json.loads(text) if path.lower().endswith(".json") else tomllib.loads(text)
    except OSError as error:
        raise _unfit(path, f"не читается: {reason(error)}") from None
    except ValueError:
        raise _unfit(path, "не разбирается как TOML или JSON") from None
    return _checked(path, {"norm": norm} | told if isinstance(told, dict) else told)


read_once = lru_cache(maxsize=1)(read)


def _checked(path: str, told: Any) -> Rules:
    known = {"weights", "norm", "norms", "weeks", "silent", "types", "forms"}
    if not isinstance(told, dict) or told.keys() - known:
        raise _unfit(path, f"в нём могут быть только: {', '.join(sorted(known))}")
    tables = {name: told[name] for name in ("weights", "norms") if name in told}
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(map(_is_number, table.values())):
            raise _unfit(path, f"{name} — таблица чисел от нуля")
    weights = tables.get("weights", {})
    if weights.keys() - NAMES.keys():
        raise _unfit(path, f"веса бывают у: {', '.join(NAMES)}")
    for name, value in told.items():
        if name not in tables and (not _is_number(value) or not 0 < value <= 1000):
            raise _unfit(path, f"{name} — число больше нуля и не больше 1000")
    rules = Rules(**{**told, "weights": dict.fromkeys(NAMES, 0.0) | weights} if "weights" in told else told)
    if not sum(rules.weights.values()) or not all(rules.norms.values()):
        raise _unfit(path, "хотя бы один вес и все нормы должны быть больше нуля")
    if not all(isinstance(value, int) for value in (rules.weeks, rules.silent)):
        raise _unfit(path, "weeks и silent — целые числа")
    return rules


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0


def _unfit(path: str, why: str) -> Complaint:
    return Complaint("bad_rating", f"Файл рейтинга {path}: {why}. Поправьте его; пример — в docs/pages.md.")


def weigh(
    rules: Rules,
    page: Mapping[str, Any],
    idle: int | None,
    past: Mapping[str, float],
    now: Mapping[str, float],
    forms: Mapping[str, int],
) -> dict[str, Input]:
    """The inputs of a page.

    `page` is a row of store.pages, `idle` days since its last post, past and now medians, `forms` posts of each form.
    """
    norm = rules.norm_of(page["kind"])
    rate = page["posts_per_week"]
    reports = page["types"].get("report") if page["types"] else None
    kinds = _variety(page["types"])
    return {
        "norm": Input(min(1.0, rate / norm), f"{number(rate, 1)} в неделю при норме {short(norm)}"),
        "freshness": Input(
            None if idle is None else max(0.0, 1 - idle / rules.silent),
            "" if idle is None else f"последний пост {plural(idle, 'день', 'дня', 'дней')} назад",
        ),
        "reach": _ratio(past, now, "views", "просмотров обычно"),
        "reactions": _ratio(past, now, "reactions", "реакций обычно"),
        "usefulness": Input(
            None if page["usefulness"] is None else page["usefulness"] / 100,
            "" if page["usefulness"] is None else f"{number(page['usefulness'])} из 100",
        ),
        "self_reports": Input(
            None if reports is None else 1 - reports,
            "" if reports is None else f"их {percent(reports)}",
        ),
        "variety": Input(
            None if kinds is None else min(1.0, kinds / rules.types),
            "" if kinds is None else f"типов на деле {number(kinds, 1)} из {short(rules.types)}",
        ),
        "forms": _forms(rules, page["posts"], forms),
    }


def _forms(rules: Rules, posts: int, counts: Mapping[str, int]) -> Input:
    """How many forms there are in effect, of the posts whose form the archive told; of fewer than LEAST nothing."""
    known = sum(counts.values())
    if known < LEAST:
        return Input(None, "архив не говорит, что приложено к постам")
    shares = {form: counts[form] / known for form in sorted(counts, key=lambda form: -counts[form])}
    found = _variety(shares) or 0.0
    said = f"форматов на деле {number(found, 1)} из {short(rules.forms)}"
    most = ", ".join(f"{advice.name_of(form)} {percent(share)}" for form, share in list(shares.items())[:3])
    of = "" if known >= posts else f"; известно у {number(known)} из {number(posts)}"
    return Input(min(1.0, found / rules.forms), f"{said}: {most}{of}")


def _ratio(past: Mapping[str, float], now: Mapping[str, float], name: str, said: str) -> Input:
    one, two = past.get(name), now.get(name)
    if not one or two is None:
        return Input(None, "")
    return Input(min(1.0, two / (2 * one)), f"{said} {number(two)}, было {number(one)}")


def _variety(types: Mapping[str, float]) -> float | None:
    """How many types there are in effect: four of equal shares are four, one with some strays is little over one."""
    shares = [share for share in types.values() if share]
    return math.exp(-sum(share * math.log(share) for share in shares)) if shares else None


def rank(rules: Rules, told: Iterable[tuple[dict[str, Any], dict[str, Input]]]) -> list[Place]:
    """Places of pages with their inputs, the first one first; equal points share a place."""
    rows = sorted(
        ((_points(rules, inputs), page, inputs) for page, inputs in told), key=lambda row: (-row[0], row[1]["page"])
    )
    goals = {name: _best_quarter([inputs[name].value for _, _, inputs in rows]) for name in NAMES}
    places: list[Place] = []
    for at, (points, page, inputs) in enumerate(rows, 1):
        place = places[-1].place if places and places[-1].points == points else at
        known = {name: told.value for name, told in inputs.items() if told.value is not None and rules.weights[name]}
        strong = [name for name, value in known.items() if value >= goals[name]]
        places.append(Place(page, place, points, inputs, _moves(rules, known, goals), strong))
    return places


def _best_quarter(values: Sequence[float | None]) -> float:
    """What the best quarter has at the least; nothing where nobody is known."""
    known = sorted(value for value in values if value is not None)
    return known[3 * len(known) // 4] if known else 0.0


def _points(rules: Rules, inputs: Mapping[str, Input]) -> float:
    known = {name: told.value for name, told in inputs.items() if told.value is not None and rules.weights[name]}
    weight = sum(rules.weights[name] for name in known)
    points = sum(rules.weights[name] * value for name, value in known.items())
    return round(100 * points / weight, 1) if weight else 0.0


def _moves(rules: Rules, known: Mapping[str, float], goals: Mapping[str, float]) -> list[tuple[str, float]]:
    weight = sum(rules.weights[name] for name in known)
    gains = [(name, 100 * rules.weights[name] * (goals[name] - value) / weight) for name, value in known.items()]
    return sorted((gain for gain in gains if gain[1] >= 0.05), key=lambda gain: -gain[1])[:2]


def short(value: float) -> str:
    """A number that an operator wrote, with no more digits than it has: up to two.

    >>> short(5.0), short(0.25), short(2.5)
    ('5', '0,25', '2,5')
    """
    return number(value, next(digits for digits in (0, 1, 2) if digits == 2 or value == round(value, digits)))
