"""Train a model and measure it: `python -m training fit`, `evaluate`, `rows`."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from training.dataset import LABELS, POSTS

app = typer.Typer(
    help="Обучение моделей Мерила: из канонических постов — папка модели с отчётом.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Engagement = Annotated[Path, typer.Option(help="Посты с реакциями: канонические строки JSON, можно .gz")]
Usefulness = Annotated[Path, typer.Option(help="Посты с оценками: usefulness 0–4, type, checklist")]
Labels = Annotated[Path, typer.Option(help="Оценки без текстов к постам из --engagement")]
Out = Annotated[Path, typer.Option(help="Папка модели")]
Notes = Annotated[Path | None, typer.Option(help="Что добавить в карточку: прочитанное глазами, Markdown")]
Seed = Annotated[int, typer.Option(help="Начальное число: те же данные и число дают те же оценки")]


@app.command()
def fit(
    out: Out,
    engagement: Engagement = POSTS,
    usefulness: Usefulness = POSTS,
    labels: Labels = LABELS,
    seed: Seed = 0,
    notes: Notes = None,
    report: Annotated[bool, typer.Option(help="Измерить модель и написать отчёт")] = True,
) -> None:
    """Обучить модель, измерить её и записать папку.

    Без файлов берётся поставляемый корпус: он показывает, что обучение работает; числа его ничего не значат.

    python -m training fit --engagement posts.jsonl.gz --usefulness graded.jsonl.gz --out build/model
    """
    from training.fit import fit_material

    said = _read_notes(notes)
    material = _prepare(engagement, usefulness, labels, seed)
    _write(out, fit_material(material))
    if report:
        _report(out, material, usefulness, said)


@app.command()
def evaluate(
    out: Out,
    engagement: Engagement = POSTS,
    usefulness: Usefulness = POSTS,
    labels: Labels = LABELS,
    seed: Seed = 0,
    notes: Notes = None,
) -> None:
    """Измерить способ обучения заново и переписать отчёт в папке модели.

    python -m training evaluate --engagement posts.jsonl.gz --usefulness graded.jsonl.gz --out build/model
    """
    from model import ModelError, load

    said = _read_notes(notes)
    try:
        load(out)
    except ModelError as error:
        raise _stop(str(error)) from None
    _report(out, _prepare(engagement, usefulness, labels, seed), usefulness, said)


@app.command()
def rows(engagement: Engagement = POSTS, usefulness: Usefulness = POSTS, labels: Labels = LABELS) -> None:
    """Показать, сколько строк данных отсеяно на каждом шаге и почему.

    python -m training rows --engagement posts.jsonl.gz --usefulness graded.jsonl.gz
    """
    reacted, graded = _read(engagement, usefulness, labels)
    table = Table("шаг", "почему", "убрано", "осталось")
    for step in (*reacted.steps, *graded.steps):
        table.add_row(step.name, step.why, str(step.removed), str(step.left))
    Console().print(table)


def _stop(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)


def _read(engagement: Path, usefulness: Path, labels: Path) -> Any:
    from training.dataset import APPEALS, read_all

    try:
        return read_all(engagement, usefulness, *(path if path.is_file() else None for path in (labels, APPEALS)))
    except OSError as error:
        raise _stop(f"{error.filename or engagement} не читается. Укажите --engagement и --usefulness.") from None
    except ValueError as error:
        raise _stop(str(error)) from None


def _read_notes(notes: Path | None) -> str:
    """Read before the work begins: it takes half an hour."""
    try:
        return notes.read_text(encoding="utf-8") if notes else ""
    except (OSError, UnicodeDecodeError):
        raise _stop(f"{notes} не читается как текст UTF-8. Укажите --notes.") from None


def _prepare(engagement: Path, usefulness: Path, labels: Path, seed: int) -> Any:
    from training.material import prepare

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("training").setLevel(logging.INFO)
    reacted, graded = _read(engagement, usefulness, labels)
    if not len(reacted) or not len(graded) or not reacted.labelled.any():
        raise _stop(
            "Обучать не на чем: нужны посты с датами и реакциями (больше десяти на страницу) и посты с оценками."
        )
    return prepare(reacted, graded, seed)


def _write(out: Path, fitted: Any) -> None:
    import joblib

    from model.folder import save

    now = datetime.now(UTC).replace(microsecond=0)
    manifest = {
        "id": f"merilo-{now:%Y.%m}-{joblib.hash((fitted.parts, fitted.words, fitted.manifest))[:6]}",
        "trained_at": now.isoformat(),
        **fitted.manifest,
    }
    save(out, manifest, fitted.parts, fitted.words, _texts(manifest, {}))


def _report(out: Path, material: Any, usefulness: Path, notes: str) -> None:
    from model import load
    from model.folder import rewrite_texts
    from training.checks import measure_stability, read_checks, run_checks
    from training.dataset import read_ratings
    from training.figures import draw
    from training.readers import read_guesses, read_readings
    from training.report import measure

    metrics = measure(material, read_ratings(usefulness), read_readings(usefulness), read_guesses())
    scorer = load(out)
    sample = [post.text for post in material.graded.posts if post.platform][:: max(1, len(material.graded) // 2000)]
    metrics["checks"] = run_checks(scorer, read_checks())
    metrics["stability"] = measure_stability(scorer, sample)
    draw(metrics, out / "figures")
    rewrite_texts(out, _texts(scorer.manifest, metrics, notes))
    _show(metrics)


def _texts(manifest: dict[str, Any], metrics: dict[str, Any], notes: str = "") -> dict[str, str]:
    from training.card import write_card

    return {
        "card.md": write_card(manifest, metrics, notes),
        "metrics.json": json.dumps(metrics, ensure_ascii=False, indent=1) + "\n",
    }


def _show(metrics: dict[str, Any]) -> None:
    table = Table("что измерено", "значение", "95 %", "цель")
    for row in metrics["headline"]:
        target = "" if row["target"] is None else str(row["target"])
        interval = "" if row["low"] is None else f"{row['low']}–{row['high']}"
        table.add_row(row["name"], str(row["value"]), interval, target)
    for row in metrics["checks"]:
        if not row["family"]:
            table.add_row(f"проверки: {row['kind']}", str(row["passed"]), f"{row['checks']} шт.", "")
    Console().print(table)


if __name__ == "__main__":
    app(prog_name="python -m training")
