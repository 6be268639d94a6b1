"""Scoring of archives, here or on a cluster."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.given import FormatOption, MapOption, ModelOption, check_model, open_store
from service.cli.program import ARGUMENTS, INTERRUPTED, OPTIONS, SOME_REFUSED, command, stop
from service.complaint import Complaint
from service.suffixes import listed

if TYPE_CHECKING:
    from service.archive.reading import Reading
    from service.batch import Tally
    from service.run import Scored, Sink
    from service.store import Store


@command(no_args_is_help=True)
def score(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT",
            help="Архивы: выгрузка VK wall.get, Telegram или MAX (JSON), строки JSON, CSV, XLSX, Parquet, "
            "то же в .gz, .zst, .zip. Формат узнаётся по содержимому. Папка — все её файлы, - — стандартный ввод.",
            rich_help_panel=ARGUMENTS,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "-o", "--out", metavar="OUT",
            help=f"Куда писать: {listed('имя')}; - — строки JSON в вывод. CSV и XLSX — для Excel.",
            rich_help_panel=OPTIONS,
        ),
    ] = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", metavar="", help="CSV для программ: UTF-8 без метки, запятые, десятичная точка.",
            rich_help_panel=OPTIONS,
        ),
    ] = False,
    history: Annotated[
        str,
        typer.Option(
            "--history",
            metavar="self|ФАЙЛ|none",
            help="Память страницы для личного отклика: self — из самих архивов, ФАЙЛ — из архива прежних постов, "
            "none — без памяти (по умолчанию).",
            rich_help_panel=OPTIONS,
            show_default=False,
        ),
    ] = "none",
    workers: Annotated[
        int,
        typer.Option(
            "--workers", metavar="N", min=1, max=256, help="Сколько процессов оценивают; порядок строк тот же.",
            rich_help_panel=OPTIONS, show_default=False,
        ),
    ] = 1,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", metavar="", help="Продолжить прерванный прогон: ни одна строка не оценится дважды.",
            rich_help_panel=OPTIONS,
        ),
    ] = False,
    neighbours: Annotated[
        bool,
        typer.Option(
            "--neighbours", metavar="", help="Добавить к строке до трёх похожих прежних постов и что они собрали.",
            rich_help_panel=OPTIONS,
        ),
    ] = False,
    store: Annotated[
        bool,
        typer.Option(
            "--store", metavar="", help="Сохранить оценки и в базу: MERILO_DATABASE_URL или файл в папке пользователя.",
            rich_help_panel=OPTIONS,
        ),
    ] = False,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="АДРЕС",
            help="Оценить папку Parquet (INPUT и OUT — папки или s3://…) на кластере Dask, например tcp://имя:8786.",
            rich_help_panel=OPTIONS,
            show_default=False,
        ),
    ] = None,
    columns: MapOption = None,
    format: FormatOption = None,
    model: ModelOption = None,
) -> None:  # fmt: skip
    """Оценить архивы постов.

    Строка, которую нельзя оценить, остаётся в OUT на своём месте с заполненным error.

    Примеры:

    merilo score wall.json -o оценки.xlsx

    merilo score выгрузки.zip январь.csv -o оценки.csv --history self

    zcat posts.jsonl.gz | merilo score - -o оценки.jsonl

    merilo score s3://посты/2026/ -o s3://оценки/2026/ --dask tcp://планировщик:8786
    """
    if not inputs:
        raise Complaint("no_input", "Не указано, что оценивать: merilo score INPUT… -o OUT")
    if out is None:
        raise Complaint("no_output", f"Не указано, куда писать: добавьте -o и {listed('имя')}")
    if neighbours and history == "none":
        raise Complaint("no_history", "Похожие прежние посты берутся из истории: добавьте --history self или ФАЙЛ")
    if history == "-" and "-" in inputs:
        raise Complaint("no_history", "И архив, и история — стандартный ввод. Дайте что-то одно файлом.")
    from service.archive.reading import parse

    reading = parse(format, columns or [])
    if dask is None:
        _score_here(inputs, Path(out), plain, history, workers, resume, neighbours, store, reading, model)
    elif plain or store or workers != 1:
        raise Complaint(
            "not_for_dask", "С --dask нет --plain, --store и --workers: пишется Parquet, а рабочих даёт кластер."
        )
    else:
        _score_on_cluster(dask, inputs, out, history, neighbours, reading, model)


def _score_here(
    inputs: list[str],
    out: Path,
    plain: bool,
    history: str,
    workers: int,
    resume: bool,
    neighbours: bool,
    store: bool,
    reading: "Reading",
    model: Path | None,
) -> None:
    """Score archives on this machine."""
    from service import batch, rows, terminal
    from service import run as runs
    from service.archive import check_output
    from service.layout import Layout

    check_output(out, plain)
    if out == Path("-") and resume:
        raise Complaint("no_resume", "Вывод продолжить нельзя: укажите файл после -o.")
    ours = (*rows.COLUMNS, rows.NEIGHBOURS) if neighbours else rows.COLUMNS
    with ExitStack() as stack:
        finishing = resume and runs.finishing(out)
        taken = batch.collect(inputs, sys.stdin.buffer, stack, out, reading, finishing)
        earlier = taken
        if _file(history):
            earlier = batch.collect([history], sys.stdin.buffer, stack, out, reading, finishing)
        terminal.show_columns(taken.headers() | earlier.headers())
        kind = "jsonl" if out == Path("-") else runs.kind_of(out)
        order = runs.Order(
            model=check_model(model),
            kind=kind,
            layout=Layout(taken.columns(whole=kind != "jsonl"), ours),
            plain=plain,
            neighbours=neighbours,
            pairs=store,
            history={} if history == "none" else earlier.files(),
            reading=reading,
        )
        if resume and runs.is_done(order, taken, out):
            typer.echo(f"Уже готово: {out}. Вход и параметры те же, оценивать нечего. Заново — без --resume.", err=True)
            raise typer.Exit
        kept = stack.enter_context(open_store()) if store else None
        sink = _keeper(kept) if kept else None
        if out == Path("-"):
            tally = runs.pour(order, taken, sys.stdout.buffer, workers, sink)
        else:
            try:
                with terminal.progress(taken.size()) as meter:
                    tally = runs.run(order, taken, out, workers, resume, meter, sink)
            except runs.Stopped as stopped:
                raise stop(str(stopped), 128 + stopped.signal) from None
            runs.note_done(order, taken, out)
    terminal.show_tally(tally, str(out), taken.skipped, silent=taken.silent, history=_file(history))
    if kept:
        typer.echo(f"Оценки сохранены в базе {kept.place}", err=True)
    if tally.refused and out != Path("-"):
        typer.echo(f"Отклонённые строки: {runs.rejects_of(out)}", err=True)
    raise typer.Exit(SOME_REFUSED if tally.refused else 0)


def _keeper(store: "Store") -> "Sink":
    """What keeps scored posts, and what their rows tell of the followers of their pages."""
    from service.store import Page, pages

    newest: dict[tuple[str, str], tuple[str, int]] = {}

    def keep(scored: "Scored", _: "Tally") -> None:
        store.add(scored.pairs)
        told = {page: now for page, now in scored.followers.items() if now > newest.get(page, ("", -1))}
        if told:
            newest.update(told)
            with store.writing() as connection:
                pages.describe(
                    connection,
                    [Page(platform=platform, page_id=id, followers=many) for (platform, id), (_, many) in told.items()],
                )

    return keep


def _file(history: str) -> str:
    """The archive of earlier posts, where one was named."""
    return "" if history in ("self", "none") else history


def _score_on_cluster(
    scheduler: str,
    inputs: list[str],
    out: str,
    history: str,
    neighbours: bool,
    reading: "Reading",
    model: Path | None,
) -> None:
    """Score the partitions of a data set on a cluster."""
    from service import batch, cluster, partition, terminal

    if len(inputs) > 1 or "-" in (inputs[0], out, history):
        raise Complaint(
            "not_for_dask",
            "С --dask INPUT — одна папка с файлами Parquet, OUT — другая папка, ФАЙЛ истории лежит на диске.",
        )
    if history == "self":
        raise Complaint(
            "no_history",
            "С --dask нет --history self: посты страницы могут лежать в разных частях. Соберите прежние посты в файл "
            "или папку, которые видны всем машинам, и укажите их: --history ФАЙЛ.",
        )
    with ExitStack() as stack:
        earlier = batch.Batch()
        if history != "none":
            earlier = batch.collect([history], sys.stdin.buffer, stack, reading=reading)
        plan = partition.make_plan(inputs[0], out, check_model(model), neighbours, earlier.files(), reading)
        try:
            with terminal.progress(cluster.size(plan)) as meter:
                tally = cluster.score(plan, scheduler, meter)
        except KeyboardInterrupt:
            raise stop("Остановлено. Чтобы продолжить, повторите ту же команду.", INTERRUPTED) from None
    terminal.show_tally(tally, out, [], history=_file(history))
    if tally.refused:
        typer.echo(f"Отклонённые строки: файлы .rejects.jsonl в {out}", err=True)
    raise typer.Exit(SOME_REFUSED if tally.refused else 0)
