"""Findings: what stands first in a report, in words. Each rests on counts that stand in the report too.

A finding that the posts are too few for is not made.
"""

import math
from dataclasses import dataclass

from service.hints import CHECKLIST_HINTS, FAULTS, LACK_NAMES, STATUS_NAMES, TYPE_NAMES
from service.record import REASONS
from service.report.account import REACTIONS, SPARED, Account, Part
from service.report.change import CHANCE, Group, compare_counts, compare_means, stand_out
from service.wording import SPACE, day, listed, number, percent, plural

# Of fewer posts shares and means are chance.
FEW = 20

# A month counts from so many posts up; a trend wants so many months.
MONTH_POSTS = 5
MONTHS = 6

# A page is told apart from others by so many posts.
PAGE_POSTS = 10

_REACTION_NAMES = {"likes": "лайков", "comments": "комментариев", "reposts": "репостов"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence or two under a heading of a word or two."""

    head: str
    text: str


def find(account: Account) -> list[Finding]:
    """The findings of an account, what matters most first."""
    if account.total.trusted < FEW:
        few = plural(account.total.trusted, "посте", "постах", "постах")
        return [
            Finding("Мало постов", f"Судить можно только о {few}: выводы делают от {FEW}. Ниже то, что посчитано."),
            *_trust(account),
        ]
    makers = (_usefulness, _missing, _types, _trend, _rhythm, _reactions, _pages, _trust)
    return [finding for make in makers for finding in make(account)]


def among(share: float) -> str:
    """A share with its preposition.

    >>> [among(share).replace(SPACE, " ") for share in (0.001, 0.43, 0.999)]
    ['меньше чем в 1 %', 'в 43 %', 'больше чем в 99 %']
    """
    said = percent(share)
    return f"{said.replace(' ', ' чем в ', 1)}" if said[0].isalpha() else f"в {said}"


def _usefulness(account: Account) -> list[Finding]:
    total = account.total
    share, low = total.useful / total.trusted, account.surely_useful / total.trusted
    high = 1 - account.surely_not / total.trusted
    text = (
        f"Полезны жителю {percent(share)} постов. Модель ошибается, поэтому с оговоркой: не меньше "
        f"{number(low * 100)}{SPACE}% и не больше {number(high * 100)}{SPACE}% "
        "(для этих границ оценка каждого поста взята на краю его интервала). "
        f"Средняя польза — {number(total.mean() or 0)} из 100."
    )
    return [Finding("Польза", text)]


def _missing(account: Account) -> list[Finding]:
    shares = sorted(
        ((account.absent[name] / needed, name) for name, needed in account.needed.items() if needed >= FEW),
        key=lambda told: -told[0],
    )
    top = [(share, name) for share, name in shares if share >= 0.2 and name not in FAULTS][:3]
    if not top:
        return []
    (share, name), *others = top
    text = f"Чаще всего не сказано, {LACK_NAMES[name]}: этого нет {among(share)} постов, где оно нужно."
    if others:
        text += f" Дальше — {listed([f'{LACK_NAMES[name]} ({percent(share)})' for share, name in others])}."
    advice = CHECKLIST_HINTS[name].missing.split(": ", 1)[-1]
    return [Finding("Чего не хватает", f"{text} Начните с первого: {advice}")]


def _types(account: Account) -> list[Finding]:
    types = sorted(account.types, key=lambda name: -account.types[name].trusted)
    top = [name for name in types if account.types[name].trusted >= FEW][:3]
    if not top:
        return []
    parts = [_share_of_type(account, name) for name in top]
    text = f"Чаще всего пишут так: {'; '.join(parts)}."
    report = account.types.get("report", Part())
    if report.trusted >= FEW and report.useful * 2 < report.trusted:
        text += (
            f" Из отчётов о себе жителю полезны {percent(report.useful / report.trusted)}: "
            "скажите в них, что это даёт людям и как этим воспользоваться."
        )
    return [Finding("О чём пишут", text)]


def _share_of_type(account: Account, name: str) -> str:
    part = account.types[name]
    share = percent(part.trusted / account.total.trusted)
    return f"{TYPE_NAMES[name]} — {share}, средняя польза {number(part.mean() or 0)}"


def _trend(account: Account) -> list[Finding]:
    """A line through the means of months; its slope with the 95 % interval of Student."""
    months = list(account.months().values())
    means = [(place, part.mean() or 0.0) for place, part in enumerate(months) if part.trusted >= MONTH_POSTS]
    if len(account.pages) > 1 or len(means) < MONTHS:  # of several pages the mixture changes, not only the posts
        return []
    change, margin = _change(means)
    span = f"За {plural(len(months), 'месяц', 'месяца', 'месяцев')}"
    if abs(change) <= margin:
        text = (
            f"{span} ясного сдвига пользы нет: с уверенностью 95 % он лежит между {number(change - margin)} и "
            f"+{number(change + margin)}."
        )
    else:
        low, high = sorted((abs(change) - margin, abs(change) + margin))
        grown = "выросла" if change > 0 else "упала"
        text = (
            f"{span} средняя польза {grown} примерно на {number(abs(change))} {_points(abs(change))} "
            f"(от {number(low)} до {number(high)} с уверенностью 95 %)."
        )
    return [Finding("Как меняется", text)]


def _points(value: float) -> str:
    return plural(abs(round(value)), "балл", "балла", "баллов").split()[-1]


def _change(means: list[tuple[int, float]]) -> tuple[float, float]:
    """How much the line through the means rises from the first to the last, and the half of its 95 % interval."""
    from scipy.stats import t

    n = len(means)
    x0, y0 = sum(x for x, _ in means) / n, sum(y for _, y in means) / n
    spread = sum((x - x0) ** 2 for x, _ in means)
    slope = sum((x - x0) * (y - y0) for x, y in means) / spread
    rest = sum((y - y0 - slope * (x - x0)) ** 2 for x, y in means)
    error = math.sqrt(rest / (n - 2) / spread)
    span = means[-1][0] - means[0][0]
    return slope * span, float(t.ppf(0.975, n - 2)) * error * span


def _rhythm(account: Account) -> list[Finding]:
    kept, weeks = account.weeks_kept()
    if weeks < 4:
        return []
    of = "недель" if len(account.pages) == 1 else "недель всех страниц"
    norm = number(account.norm, 0 if account.norm == int(account.norm) else 1)
    text = f"Норма {norm} в неделю выполнена {among(kept / weeks)} {of} ({number(kept)} из {number(weeks)})."
    quiet = account.silence()
    if len(account.pages) == 1 and quiet and quiet[0] > 14:
        text += f" Дольше всего молчали {plural(quiet[0], 'день', 'дня', 'дней')}, с {day(quiet[1])}."
    return [Finding("Как часто", text)]


def _reactions(account: Account) -> list[Finding]:
    """What readers did, of one page alone: readers of another page like more or less whatever is posted."""
    if len(account.pages) > 1:
        return []
    for name in REACTIONS:
        whole = account.reactions.get(("", name))
        types = {
            kind: middle
            for (kind, reaction), middle in account.reactions.items()
            if kind and reaction == name and middle.total >= FEW
        }
        usual = whole.median if whole else None
        if whole is None or not usual or len(types) < 2:
            continue
        chances = [compare_counts(middle.values, whole.values - middle.values) for middle in types.values()]
        real = [kind for kind, out in zip(types, stand_out(chances), strict=True) if out]
        best = max(real, key=lambda kind: types[kind].median or 0, default=None)
        if best is None or (types[best].median or 0) <= usual:
            return []
        text = (
            f"Больше всего {_REACTION_NAMES[name]} у таких постов: {TYPE_NAMES[best]} — обычно "
            f"{number(types[best].median or 0)}, а у всех вместе {number(usual)} (медианы; это не случайность)."
        )
        if best in SPARED:
            text += " Отклик и польза — разное: их не стоит складывать."
        return [Finding("На что откликаются", text)]
    return []


def _pages(account: Account) -> list[Finding]:
    told = sorted(
        (part for part in account.pages.values() if part.name and part.trusted >= PAGE_POSTS),
        key=lambda part: part.mean() or 0,
    )
    if len(told) < 2:
        return []
    worst, best = told[0], told[-1]
    groups = [Group(part.trusted, part.usefulness, part.squares) for part in (worst, best)]
    pairs = len(told) * (len(told) - 1) / 2  # the farthest of so many pairs is far by chance too
    if compare_means(*groups) * pairs > CHANCE:
        return []
    text = (
        f"Средняя польза выше всего у страницы «{best.name}» ({number(best.mean() or 0)}), ниже всего у «{worst.name}» "
        f"({number(worst.mean() or 0)}). Задачи у страниц разные, так что это повод посмотреть, а не оценка работы."
    )
    return [Finding("Страницы", text)]


def _trust(account: Account) -> list[Finding]:
    said = []
    doubtful = account.total.posts - account.total.trusted
    if doubtful:
        reasons = [
            f"{STATUS_NAMES[status].split(':')[0]} — {number(count)}"
            for status, count in account.statuses.most_common()
            if status != "ok"
        ]
        said.append(
            f"За {plural(doubtful, 'пост', 'поста', 'постов')} из {number(account.posts)} модель не ручается, "
            f"в средние они не вошли: {'; '.join(reasons)}."
        )
    if account.refused:
        reasons = [f"{REASONS[code]} — {number(count)}" for code, count in account.refused.most_common()]
        said.append(f"Не оценено строк: {number(account.refused.total())} ({'; '.join(reasons)}).")
    if account.ahead:
        posts = plural(account.ahead, "поста", "постов", "постов")
        said.append(f"У {posts} дата в будущем: в сроки, ритм и графики по времени такие посты не входят.")
    return [Finding("Что не вошло", " ".join(said))] if said else []
