"""What the command line shows: progress, summary, one explained draft, the card in short."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service import card, neighbours
from service.archive.columns import is_known
from service.batch import Tally
from service.hints import (
    DRIFT_NAMES,
    FIELD_NAMES,
    MEASURE_NAMES,
    REACTION_NAMES,
    SCORE_NAMES,
    STATUS_NAMES,
    TYPE_NAMES,
)
from service.record import REASONS, SILENT
from service.rows import NEIGHBOURS
from service.wording import interval, number, plural

if TYPE_CHECKING:
    from model import Scorer
    from model.drift import Drift
    from service.archive.columns import Header
    from service.report.account import Account
    from service.store.keys import Key
    from service.store.removal import Amount

BAR = 30
WORDS = 8

# Columns that were not used are named as far as they are few.
UNUSED = 20

# A pace is told of so many rows.
PACE = 1000

# Findings shown of one draft.
MARKS = 12

# A phrase that moves a score by less is not worth a line.
LEAST = 0.05


class Meter:
    """How far a run has come, on a bar."""

    def __init__(self, bar: Any, total: int, by_rows: bool) -> None:
        self._by_rows = by_rows
        self._bar = bar
        self._task = bar.add_task("", total=total, posts="0", rate="…")
        self._at = 0
        self._first: tuple[int, float] | None = None

    def stop(self) -> None:
        """Say that the run is about to stop."""
        self._bar.console.print("Останавливаюсь: дописываю начатое. Ещё раз Ctrl-C — бросить его.", highlight=False)

    def read(self, at: int) -> None:
        """So many bytes are read."""
        self._at = at
        if not self._by_rows:
            self._bar.update(self._task, completed=at)

    def wrote(self, rows: int) -> None:
        """So many rows are written."""
        # What is read ahead is not done yet, and how long the model took to load says nothing of the pace.
        self._bar.update(self._task, completed=self._at, posts=number(rows))
        if self._first is None:
            self._first = rows, time.perf_counter()
        else:
            before, start = self._first
            rate = (rows - before) / max(time.perf_counter() - start, 1e-9)
            self._bar.update(self._task, rate=number(rate))


@contextmanager
def progress(total: int, doing: str = "Оцениваю", by_rows: bool = True) -> Iterator[Meter | None]:
    """Show a progress bar on a terminal; elsewhere nothing. It goes on as rows are written, or as bytes are read."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    told = TextColumn("постов {task.fields[posts]}, в секунду {task.fields[rate]}, осталось")
    left = (told,) if by_rows else (TextColumn("осталось"),)
    columns = (TextColumn(doing), BarColumn(), TaskProgressColumn(), *left, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Meter(bar, total, by_rows)


def show_tally(
    tally: Tally,
    out: str,
    skipped: list[str],
    done: str = "Оценено",
    silent: Mapping[str, int] | None = None,
    history: str = "",
) -> None:
    """Show what came of a batch.

    `silent` are its records that are no posts, by keys of SILENT; `history` is the file with
    earlier posts.
    """
    console = Console(stderr=True, highlight=False)
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_row("Строк", number(tally.rows))
    table.add_row(done, number(tally.scored))
    for status, count in tally.doubtful.most_common():
        table.add_row(f"  {STATUS_NAMES[status]}", number(count))
    if tally.remembered:
        table.add_row("  с памятью страницы", number(tally.remembered))
    table.add_row("Отклонено", number(tally.refused.total()))
    for code, count in tally.refused.most_common():
        table.add_row(f"  {REASONS[code]}", number(count))
    # Of fewer rows it would be the time that the model takes to load.
    if tally.rows - tally.earlier >= PACE:
        table.add_row("Постов в секунду", number(tally.rate))
    console.print(table)
    if history and tally.scored and not tally.remembered:
        console.print(
            f"История {history} не подошла ни одному посту, отклик у всех общий. Соцсеть и id страницы в ней должны "
            "быть теми же, что у постов, а прежних постов страницы — с датой и реакциями — не меньше десяти.",
            markup=False,
            soft_wrap=True,
        )
    if silent:
        told = ", ".join(f"{SILENT[name]} — {number(count)}" for name, count in silent.items())
        console.print(f"Не посты, их нет среди строк: {told}.", soft_wrap=True)
    if tally.undated:
        console.print(
            f"Дата не понята: {number(tally.undated)}. Такие посты не входят в память страницы и в графики по времени. "
            "Понятны, например, 2026-03-12 10:15, 12.03.2026 10:15 и 12 марта 2026.",
            soft_wrap=True,
        )
    if tally.unread:
        told = ", ".join(f"{FIELD_NAMES[name]} — {number(count)}" for name, count in tally.unread.most_common())
        console.print(
            f"Числа не поняты: {told}. Такое число считается неизвестным, сам пост не пропущен. "
            "Понятны, например, 1 200, 12,0, 1,2 тыс. и 1,5K.",
            soft_wrap=True,
        )
    for complaint in skipped:
        console.print(f"Пропущено. {complaint}", markup=False, soft_wrap=True)
    if out != "-":
        console.print(f"Записано: {out}", markup=False, soft_wrap=True)


def show_columns(found: Mapping[str, list["Header"]]) -> None:
    """Show what the columns of tables were taken for; once where the tables are alike."""
    console = Console(stderr=True, highlight=False)
    told: dict[str, list[str]] = {}
    for name, headers in found.items():
        for header in headers:
            sheet = f", лист «{header.sheet}»" if header.sheet else ""
            told.setdefault(_word_header(header), []).append(f"{name}{sheet}")
    for said, names in told.items():
        other = f" и ещё {len(names) - 1}" if len(names) > 1 else ""
        where = f" ({names[0]}{other})" if len(told) > 1 else ""
        console.print(f"Столбцы{where}: {said}", markup=False, soft_wrap=True)
    if any(header.nameless for headers in found.values() for header in headers):
        console.print(
            "Строки с названиями столбцов в таблице нет: столбцы названы по порядку, текстом считается самый длинный, "
            'первая строка — тоже пост. Скажите об остальных, например: --map "дата=Столбец 1".',
            soft_wrap=True,
        )


def _word_header(header: "Header") -> str:
    taken = {name: header.names[number] for name, number in header.fields.items() if name in FIELD_NAMES}
    matched = ", ".join(f"{FIELD_NAMES[name]} ← «{taken[name]}»" for name in FIELD_NAMES if name in taken)
    used = set(header.fields.values())
    unused = [f"«{name}»" for number, name in enumerate(header.names) if number not in used and not is_known(name)]
    rest = f", … всего {len(unused)}" if len(unused) > UNUSED else ""
    return f"{matched}; не использованы: {', '.join(unused[:UNUSED])}{rest}" if unused else matched


def show_report(account: "Account", out: str, skipped: list[str]) -> None:
    """Show what a report says first, and where it is."""
    from service.report.findings import find

    console = Console(stderr=True, highlight=False)
    for finding in find(account):
        console.print(f"{finding.head}. {finding.text}", markup=False, soft_wrap=True)
    for complaint in skipped:
        console.print(f"Пропущено. {complaint}", markup=False, soft_wrap=True)
    console.print(f"Записано: {out}", markup=False, soft_wrap=True)


def show_explanation(text: str, explained: dict[str, Any], personal: bool) -> None:
    """Show one draft as the page does: a doubt instead of numbers, or the numbers.

    `explained` is that of `service.explanation`, `personal` with a memory.
    """
    console = Console(highlight=False)
    row = explained["score"]
    trusted = row["status"] == "ok"
    doubt = f"Оценки не показаны: {STATUS_NAMES[row['status']].split(':')[0]}."
    if said := explained["note"] if trusted else doubt:
        console.print(f"! {said}", style="yellow", markup=False)
    if trusted:
        _show_numbers(console, row, explained["expected"])
    if personal:
        _show_memory(console, row)
    console.print(f"Похоже на: {TYPE_NAMES[row['type']]}")
    if explained["checklist"]:
        _section(console, "Чего не хватает", _checklist(text, explained["checklist"]))
    if explained["findings"]:
        _section(console, "В тексте", _findings(text, explained["findings"]))
        console.print(_proofs(explained["findings"]), style="dim", markup=False)
    if explained["changes"]:
        _section(console, "Что если (каждый вариант уже оценён)", _changes(explained["changes"]))
    if trusted:
        _show_phrases(console, text, explained["contributions"]["phrases"])
    form = explained["form"]
    console.print(f"\nФормат (совет редактора, не модели): {form['name']}. {form['why']}", markup=False)


def _show_numbers(console: Console, row: dict[str, Any], expected: dict[str, Any] | None) -> None:
    for name, label in SCORE_NAMES.items():
        console.print(_bar(label, row[name]))
    console.print(f"  польза: {interval(row['usefulness_low'], row['usefulness_high'])}")
    parts = ", ".join(f"{label} {number(row[f'engagement_{name}'])}" for name, label in REACTION_NAMES.items())
    console.print(f"  отклик: {parts}; 50 — как у обычного поста страницы")
    if expected is not None:
        console.print(f"  {expected['said']}")


def _show_phrases(console: Console, text: str, phrases: list[dict[str, Any]]) -> None:
    _section(console, "Что дают фразы (вместе с оценкой пустого поста — вся оценка)", None)
    for name, label in SCORE_NAMES.items():
        console.print(_moved(f"{label}: подняли", text, phrases, name, 1), style="green", markup=False)
        console.print(_moved(f"{label}: снизили", text, phrases, name, -1), style="red", markup=False)


def _section(console: Console, title: str, table: Table | None) -> None:
    console.print(f"\n{title}", style="bold")
    if table is not None:
        console.print(table)


def _show_memory(console: Console, row: dict[str, Any]) -> None:
    """Show what the page's own posts had to say."""
    if not row["memory_posts"]:
        console.print("  отклик общий: в истории нет десяти прежних постов с датой и реакциями, или текст неясен")
        return
    general = number(row["engagement_general"])
    console.print(f"  отклик личный: по {row['memory_posts']} прежним постам страницы; без них было бы {general}")
    for near in row[NEIGHBOURS]:
        console.print(f"    похожий пост {neighbours.word(near)}", markup=False)


def _bar(label: str, value: float) -> Text:
    filled = round(value / 100 * BAR)
    return Text.assemble((f"{label:<8}", "bold"), ("█" * filled, "green"), "░" * (BAR - filled), f" {number(value):>3}")


def _checklist(text: str, items: list[dict[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 1))
    marks = {"found": ("✓", "green"), "missing": ("✗", "red"), "unneeded": ("–", "dim")}
    for item in items:
        quoted = "; ".join(_quoted(text, place) for place in item["places"])
        said = " ".join(filter(None, (item["why"], item["example"] and f"Например: {item['example']}", quoted)))
        if item["state"] == "unneeded":
            said = "здесь не нужно"
        mark, style = marks[item["state"]]
        table.add_row(Text(mark, style), Text(item["title"]), Text(said, "" if item["state"] == "missing" else "dim"))
    return table


def _findings(text: str, findings: list[dict[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 1))
    for finding in findings[:MARKS]:
        fix = finding["fix"]
        mended = finding["why"] if fix is None else f"→ {fix}" if fix else "→ убрать"
        table.add_row(Text(_quoted(text, finding), "yellow"), Text(finding["title"], "dim"), Text(mended))
    if len(findings) > MARKS:
        table.add_row(Text(f"и ещё {len(findings) - MARKS}", "dim"))
    return table


def _proofs(findings: list[dict[str, Any]]) -> str:
    """How often the rules that are shown are right, each once."""
    told = {finding["title"]: finding["proof"] for finding in findings[:MARKS]}
    return f"Правила на настоящих постах: {', '.join(f'{title} — {proof}' for title, proof in told.items())}"


def _changes(changes: list[dict[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 1))
    for change in changes:
        gains = ", ".join(
            f"{label.lower()} {_signed(change[name])}"
            for name, label in SCORE_NAMES.items()
            if abs(change[name]) >= LEAST
        )
        examples = "; ".join(change["text"][place["start"] : place["stop"]] for place in change["examples"])
        said = f"{change['title']}: впишите своё вместо «{examples}»" if examples else change["title"]
        table.add_row(Text(gains, "green"), Text(said))
    return table


def _quoted(text: str, place: dict[str, Any], most: int = 40) -> str:
    line = " ".join(text[place["start"] : place["stop"]].split())
    return f"«{line if len(line) <= most else line[:most].rstrip() + '…'}»"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value), 1)}"


def _moved(title: str, text: str, phrases: list[dict[str, Any]], score: str, sign: int) -> str:
    moved = sorted((one for one in phrases if one[score] * sign >= LEAST), key=lambda one: -one[score] * sign)
    shown = ", ".join(f"{_quoted(text, one)} {_signed(one[score])}" for one in moved[:WORDS])
    return f"{title}: {shown or 'нет'}"


def show_drift(found: "Drift") -> None:
    """Show an archive beside the training posts: the verdict in words first, then the measures."""
    console = Console(highlight=False)
    console.print(word_verdict(found), markup=False, soft_wrap=True)
    console.print()
    table = Table("", "Здесь", "В обучении", "PSI", "", box=None, pad_edge=False)
    few = found.verdict == "few"  # then the index is chance
    for measure in found.measures:
        told = (_middle(measure.name, value) for value in (measure.middle, measure.usual))
        apart = ("–", "") if few else (number(measure.index, 2), DRIFT_NAMES[measure.level])
        table.add_row(MEASURE_NAMES[measure.name], *told, *apart)
    console.print(table)
    console.print(
        "Числа — медианы, слова — самое частое; польза и отклик — до поправки за статус. PSI — индекс устойчивости "
        "долей: до 0,1 различий нет, от 0,25 они сильны.",
        style="dim",
    )


def word_verdict(found: "Drift") -> str:
    """Whether the model may be trusted on an archive, in a few sentences."""
    from model.drift import SAID

    strange = (
        f"Постов {number(found.posts)}, из них модель не ручается за {number(100 * found.strange, 1)} % "
        f"(в обучении {number(100 * found.strange_usual, 1)} %)."
    )
    said = ", ".join(MEASURE_NAMES[name] for name in found.drifted if name in SAID)
    unlike = ", ".join(MEASURE_NAMES[name] for name in found.drifted if name not in SAID)
    other = f" Другие здесь и {said}: это о самих страницах, а не об ошибке модели." if said else ""
    return {
        "few": f"Постов {number(found.posts)}: мало, чтобы судить. Дайте хотя бы сто.",
        "trust": f"Модели можно верить: посты похожи на те, на которых она училась. {strange}{other}",
        "caution": f"Верьте с оговоркой: от обучения отличаются {unlike}. Сравнивайте посты между собой, но не с "
        f"другими страницами. {strange}{other}",
        "distrust": f"Верить нельзя: таких постов модель не видела. {strange}",
    }[found.verdict]


def _middle(name: str, value: float | str) -> str:
    """A median or the commonest name as people read it."""
    if isinstance(value, str):
        return TYPE_NAMES[value] if name == "type" else STATUS_NAMES[value].split(":")[0]
    return number(value, 2) if name == "known_words" else number(value)


def show_card(scorer: "Scorer") -> None:
    """Show the card of a model in short."""
    console = Console(highlight=False)
    table = Table.grid(padding=(0, 2))
    table.add_row("Модель", scorer.info["id"])
    table.add_row("Протокол", str(scorer.info["protocol"]))
    table.add_row("Обучена", scorer.info["trained_at"])
    table.add_row("Папка", str(scorer.folder))
    console.print(table)
    if headline := card.read(scorer.folder).headline:
        console.print()
        console.print(_figures(headline))
    console.print(f"Подробно: {scorer.folder / 'card.md'}", markup=False, soft_wrap=True)


def _figures(headline: list[dict[str, Any]]) -> Table:
    """What a model was measured at: each figure with its interval and what was aimed at."""
    table = Table("Измерено", "Значение", "95 %", "Цель", box=None, pad_edge=False)
    for figure in headline:
        low, high, target = figure.get("low"), figure.get("high"), figure.get("target")
        table.add_row(
            figure["name"],
            number(figure["value"], 3),
            f"{number(low, 3)}–{number(high, 3)}" if low is not None and high is not None else "",
            f"{card.aim(figure)} {number(target, 2)}" if target is not None else "",
        )
    return table


def show_keys(keys: "list[Key]") -> None:
    """Show keys, the oldest first; none of them can be shown itself."""
    if not keys:
        Console(highlight=False).print("Ключей нет. Сделать: merilo keys add --name имя --scope score")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("имя", "права", "сделан", "действует до", "последнее обращение", "отозван"):
        table.add_column(title, overflow="fold")
    for key in keys:
        moments = (key.created, key.expires, key.last_used, key.revoked)
        created, expires, used, revoked = (f"{one:%Y-%m-%d %H:%M}" if one else "—" for one in moments)
        table.add_row(Text(key.name), key.scope, created, expires, used, revoked)
    Console(highlight=False, width=max(120, Console().width)).print(table)


def show_removal(page: Mapping[str, Any], amount: "Amount", removed: bool) -> None:
    """Show how much of a page there was, and whether it is gone."""
    name = "/".join(filter(None, (page["platform"], page["page_id"]))) or "страница без id"
    name = f"{page['name']} ({name})" if page["name"] else name
    posts, scores = plural(amount.posts, "пост", "поста", "постов"), plural(amount.scores, "оценка", "оценки", "оценок")
    said = (
        "Удалять нечего."
        if not amount.posts
        else "Удалено. В копиях базы и в присланных архивах (MERILO_ARCHIVES) эти посты могли остаться."
        if removed
        else "Ничего не удалено. Чтобы удалить, повторите команду с --yes; вернуть можно будет только из архива."
    )
    Console(highlight=False).print(f"{name}: {posts}, {scores}.\n{said}", markup=False, soft_wrap=True)
