"""What else is made of archives: a comparison with the training posts, canonical rows, a report."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from service.cli.given import FormatOption, InputsArgument, MapOption, ModelOption, load, read_settings
from service.cli.program import OPTIONS, SOME_REFUSED, command
from service.complaint import Complaint


@command(no_args_is_help=True)
def drift(
    inputs: InputsArgument = None,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="Числа как JSON", rich_help_panel=OPTIONS)
    ] = False,
    columns: MapOption = None,
    format: FormatOption = None,
    model: ModelOption = None,
) -> None:
    """Сравнить архив с постами, на которых училась модель, и сказать, можно ли ей там верить.

    Примеры:

    merilo drift стена.json

    merilo drift выгрузки/ --json
    """
    if not inputs:
        raise Complaint("no_input", "Не указано, что сравнивать: merilo drift INPUT…")
    from model.drift import measure_drift
    from service import batch, rows, terminal
    from service.archive.reading import parse

    with ExitStack() as stack:
        taken = batch.collect(inputs, sys.stdin.buffer, stack, reading=parse(format, columns or []))
        terminal.show_columns(taken.headers())
        scorer = load(model)
        if "reference" not in scorer.manifest:
            raise Complaint("no_reference", "Эта модель не помнит, на чём училась. Обучите её заново: make train.")
        with terminal.progress(taken.size(), "Сравниваю", by_rows=False) as meter:
            found = measure_drift(scorer, rows.posts(taken.records(meter.read if meter else None)))
    if not found.posts:
        raise Complaint("no_records", "Нет ни одного поста: сравнивать нечего.")
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps({**asdict(found), "verdict": found.verdict}, ensure_ascii=False, indent=2))
    else:
        terminal.show_drift(found)


@command(no_args_is_help=True)
def convert(
    inputs: InputsArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT", help="Куда писать: имя.jsonl; - — в вывод.", rich_help_panel=OPTIONS
        ),
    ] = None,
    columns: MapOption = None,
    format: FormatOption = None,
) -> None:
    """Перевести любые архивы в канонические строки JSON: для обучения и для других программ.

    Примеры:

    merilo convert wall.json result.json -o посты.jsonl

    merilo convert выгрузки/ -o - | gzip > посты.jsonl.gz
    """
    if not inputs:
        raise Complaint("no_input", "Не указано, что переводить: merilo convert INPUT… -o OUT")
    if out is None or out != Path("-") and out.suffix.lower() != ".jsonl":
        raise Complaint(
            "no_output", "Канонические строки пишутся в имя.jsonl или в вывод: добавьте -o имя.jsonl или -o -"
        )
    from service import batch, terminal
    from service.archive import check_output, open_output
    from service.archive.reading import parse

    check_output(out)
    with ExitStack() as stack:
        taken = batch.collect(inputs, sys.stdin.buffer, stack, out, parse(format, columns or []))
        terminal.show_columns(taken.headers())
        with open_output(out) as writer, terminal.progress(taken.size(), "Перевожу", by_rows=False) as meter:
            tally = batch.convert(taken.records(meter.read if meter else None), writer.write)
    terminal.show_tally(tally, str(out), taken.skipped, "Переведено", taken.silent)
    raise typer.Exit(SOME_REFUSED if tally.refused else 0)


@command(no_args_is_help=True)
def report(
    inputs: InputsArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT",
            help="Куда писать: имя.html (открыть, напечатать, переслать) или имя.xlsx (с графиками Excel).",
            rich_help_panel=OPTIONS,
        ),
    ] = None,
    norm: Annotated[
        float | None,
        typer.Option(
            "--norm", metavar="N", min=0.1, max=1000,
            help="Норма постов страницы в неделю. По умолчанию MERILO_NORM или 5.", rich_help_panel=OPTIONS,
        ),
    ] = None,
    zone: Annotated[
        str,
        typer.Option(
            "--zone", metavar="ПОЯС", help="Часовой пояс дней и часов, по умолчанию Europe/Moscow.",
            rich_help_panel=OPTIONS, show_default=False,
        ),
    ] = "Europe/Moscow",
    columns: MapOption = None,
    format: FormatOption = None,
    model: ModelOption = None,
) -> None:  # fmt: skip
    """Написать отчёт об архиве: сначала выводы словами, потом графики и посты.

    HTML — один файл, который ничего не просит у сети.

    Примеры:

    merilo report wall.json -o отчёт.html

    merilo report выгрузки/ -o отчёт.xlsx --norm 3 --zone Asia/Novosibirsk
    """
    if not inputs:
        raise Complaint("no_input", "Не указано, о чём отчёт: merilo report INPUT… -o OUT")
    if out is None:
        raise Complaint("no_output", "Не указано, куда писать: добавьте -o имя.html или -o имя.xlsx")
    from datetime import date

    from service import batch, terminal
    from service.archive.reading import parse
    from service.report import reading

    reading.check(out)
    account = reading.make_account(zone, norm or read_settings().norm)
    with ExitStack() as stack:
        taken = batch.collect(inputs, sys.stdin.buffer, stack, out, parse(format, columns or []))
        terminal.show_columns(taken.headers())
        with terminal.progress(taken.size()) as meter:
            reading.read(account, load(model), taken.records(meter.read if meter else None))
    reading.write(out, account, Path(inputs[0]).name, date.today())
    terminal.show_report(account, str(out), taken.skipped)
    raise typer.Exit(SOME_REFUSED if account.refused else 0)
