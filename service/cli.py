"""The command line. What takes time to import is imported inside commands."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from service.complaint import Complaint, reason
from service.suffixes import listed

if TYPE_CHECKING:
    from model import Memory, Scorer
    from service.archive.reading import Reading
    from service.settings import Settings
    from service.store import Store

UNUSABLE = 2
SOME_REFUSED = 1
INTERRUPTED = 130
TERMINATED = 143

ARGUMENTS = "Что дать"
OPTIONS = "Параметры"
COMMANDS = "Команды"

# The base of every error of usage; typer itself exports only this child of it.
UsageError: Any = typer.BadParameter.__base__


class _Russian:
    """Typer's own words, in Russian."""

    def get_usage(self, ctx: Any) -> str:
        return str(super().get_usage(ctx)).replace("Usage:", "Как вызвать:", 1)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.help, option.metavar, option.rich_help_panel = "Показать эту справку", "", OPTIONS
        return option

    def get_params(self, ctx: Any) -> Any:
        params = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if param.param_type_name == "argument":
                param.display_type_rich = lambda ctx: ""  # <list[str]> says nothing to a user
        return params


class Command(_Russian, TyperCommand):
    """A command that helps in Russian."""


class Commands(_Russian, TyperGroup):
    """All commands; the one place where a user's mistake becomes a message and an exit code."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Parse what stands before the command."""
        try:
            return super().make_context(*args, **kwargs)
        except UsageError as error:
            raise _stop(_say(error)) from None

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Complaint as complaint:
            raise _stop(str(complaint)) from None
        except UsageError as error:
            raise _stop(_say(error)) from None
        except BrokenPipeError:  # `| head` has had enough; typer knows what to do
            raise
        except OSError as error:  # a file vanished, a disk is full
            raise _stop(f"{error.filename or 'Файл'}: {reason(error)}.") from None
        except KeyboardInterrupt:
            raise _stop("Прервано.", INTERRUPTED) from None


def _stop(message: str, code: int = UNUSABLE) -> typer.Exit:
    if message:
        typer.echo(message, err=True)
    return typer.Exit(code)


def _say(error: Any) -> str:
    """An error of usage in Russian."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
        return ""
    where = error.ctx.command_path if error.ctx else "merilo"
    option = getattr(error, "option_name", None) or _parameter(error)
    said = {
        "NoSuchOption": f"Нет такого параметра: {option}",
        "BadOptionUsage": f"После {option} нужно значение",
        "MissingParameter": f"Не указано: {option}",
        "BadParameter": f"Значение не подходит: {option}",
        "UsageError": f"Нет такой команды, или лишнее слово: {_quoted(error.message)}",
    }.get(kind, "Не понимаю, что вызвать или что дать")
    return f"{said}. Подробнее: {where} --help"


def _quoted(message: str) -> str:
    """What the user typed, out of an English message: in quotes or in brackets."""
    found = re.search(r"'(.*?)'|\(([^()]*)\)$", message)
    return (found[1] or found[2]) if found else ""


def _parameter(error: Any) -> str:
    param = getattr(error, "param", None)
    return str(param.opts[-1]) if param is not None and param.opts else ""


app = typer.Typer(
    name="merilo",
    cls=Commands,
    help="Мерило оценивает русскоязычные посты: польза жителю и отклик читателей, от 0 до 100.",
    epilog="Коды возврата: 0 — оценено всё, 1 — часть строк отклонена, 2 — негодный вход или параметры.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    options_metavar="[ПАРАМЕТРЫ]",
    subcommand_metavar="КОМАНДА …",
    context_settings={"help_option_names": ["-h", "--help"]},
)

InputsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT", help="Архивы постов, как у score; - — стандартный ввод.", rich_help_panel=ARGUMENTS
    ),
]

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="ПАПКА",
        help="Папка модели вместо поставляемой. Загружайте только те, которым доверяете: модель исполняет код.",
        rich_help_panel=OPTIONS,
    ),
]


MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="ПОЛЕ=СТОЛБЕЦ",
        help="Какой столбец таблицы — какое поле, например --map text=Описание; можно несколько раз. Поля: text, "
        "date, likes, comments, reposts, views, link, page_name, page_id, post_id, platform, page_kind.",
        rich_help_panel=OPTIONS,
    ),
]

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="ФОРМАТ",
        help="Читать как csv, jsonl, json, xlsx, parquet или как выгрузку vk, telegram, max; обычно узнаётся само.",
        rich_help_panel=OPTIONS,
    ),
]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"merilo {version('merilo')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, metavar="", help="Показать версию", rich_help_panel=OPTIONS
        ),
    ] = False,
) -> None:
    """Prepare the terminal: a console that lacks a letter shows a question mark, it does not fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]", no_args_is_help=True)
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
        if history not in ("self", "none"):
            earlier = batch.collect([history], sys.stdin.buffer, stack, out, reading, finishing)
        terminal.show_columns(taken.headers() | earlier.headers())
        kind = "jsonl" if out == Path("-") else runs.kind_of(out)
        order = runs.Order(
            model=_checked(model),
            kind=kind,
            layout=Layout(taken.columns(whole=kind != "jsonl"), ours),
            plain=plain,
            neighbours=neighbours,
            pairs=store,
            history={} if history == "none" else earlier.files(),
            reading=reading,
        )
        kept = stack.enter_context(_store()) if store else None
        sink = (lambda scored, _: kept.add(scored.pairs)) if kept else None
        if out == Path("-"):
            tally = runs.pour(order, taken, sys.stdout.buffer, workers, sink)
        else:
            try:
                with terminal.progress(taken.size()) as meter:
                    tally = runs.run(order, taken, out, workers, resume, meter, sink)
            except runs.Stopped as stopped:
                raise _stop(str(stopped), 128 + stopped.signal) from None
    terminal.show_tally(tally, str(out), taken.skipped)
    if kept:
        typer.echo(f"Оценки сохранены в базе {kept.place}", err=True)
    if tally.refused and out != Path("-"):
        typer.echo(f"Отклонённые строки: {runs.rejects_of(out)}", err=True)
    raise typer.Exit(SOME_REFUSED if tally.refused else 0)


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
        plan = partition.make_plan(inputs[0], out, _checked(model), neighbours, earlier.files(), reading)
        try:
            with terminal.progress(cluster.size(plan)) as meter:
                tally = cluster.score(plan, scheduler, meter)
        except KeyboardInterrupt:
            raise _stop("Остановлено. Чтобы продолжить, повторите ту же команду.", INTERRUPTED) from None
    terminal.show_tally(tally, out, [])
    if tally.refused:
        typer.echo(f"Отклонённые строки: файлы .rejects.jsonl в {out}", err=True)
    raise typer.Exit(SOME_REFUSED if tally.refused else 0)


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def explain(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Файл с черновиком; - или ничего — стандартный ввод.", rich_help_panel=ARGUMENTS,
            show_default=False,
        ),
    ] = "-",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", metavar="", help="Всё это как JSON: тот же ответ, что у адреса /v1/explain",
            rich_help_panel=OPTIONS,
        ),
    ] = False,
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="ФАЙЛ",
            help="Архив прежних постов вашей страницы, с датами и реакциями: отклик станет личным.",
            rich_help_panel=OPTIONS,
        ),
    ] = None,
    model: ModelOption = None,
) -> None:  # fmt: skip
    """Объяснить оценки одного черновика: чего не хватает, что исправить, что это даст, какие фразы помогли.

    Примеры:

    merilo explain черновик.txt

    echo "Завтра не будет воды на улице Садовой" | merilo explain -

    merilo explain черновик.txt --history стена.json
    """
    from service import draft, explanation, terminal

    if file == history == "-":
        raise Complaint("no_history", "И черновик, и история — стандартный ввод. Дайте что-то одно файлом.")
    post = draft.read(file, sys.stdin.buffer)
    scorer = _load(model)
    memory = _history(scorer, history) if history else None
    explained = explanation.explain(scorer, post, memory)
    if as_json:
        import json

        typer.echo(json.dumps({"model": scorer.info, **explained}, ensure_ascii=False, indent=2))
    else:
        terminal.show_explanation(post.text, explained, personal=memory is not None)


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]", no_args_is_help=True)
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
        scorer = _load(model)
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


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]", no_args_is_help=True)
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
    terminal.show_tally(tally, str(out), taken.skipped, "Переведено")
    raise typer.Exit(SOME_REFUSED if tally.refused else 0)


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]", no_args_is_help=True)
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
    from service.report import reading

    reading.check(out)
    account = reading.make_account(zone, norm or _settings().norm)
    with ExitStack() as stack:
        taken = batch.collect(inputs, sys.stdin.buffer, stack, out)
        with terminal.progress(taken.size()) as meter:
            reading.read(account, _load(model), taken.records(meter.read if meter else None))
    reading.write(out, account, Path(inputs[0]).name, date.today())
    terminal.show_report(account, str(out), taken.skipped)
    raise typer.Exit(SOME_REFUSED if account.refused else 0)


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="АДРЕС", help="По умолчанию MERILO_HOST или 127.0.0.1", rich_help_panel=OPTIONS),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="ПОРТ", min=0, max=65535, help="По умолчанию MERILO_PORT или 8000",
            rich_help_panel=OPTIONS,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", min=1, max=256, help="Сколько процессов отвечают (MERILO_WORKERS или 1)",
            rich_help_panel=OPTIONS,
        ),
    ] = None,
    open: Annotated[
        bool,
        typer.Option(
            "--open", metavar="", help="Отвечать без ключей всем, кто достанет до адреса.", rich_help_panel=OPTIONS
        ),
    ] = False,
    model: ModelOption = None,
) -> None:  # fmt: skip
    """Запустить HTTP и страницу для черновиков.

    На 127.0.0.1 служба отвечает без ключей, на других адресах — только по ключам, см. merilo keys.
    Сигнал SIGHUP загружает модель заново, не прерывая запросов.

    Примеры:

    merilo serve

    merilo serve --host 0.0.0.0 --port 80 --workers 2
    """
    import signal
    from dataclasses import replace

    if hasattr(signal, "SIGHUP"):  # whoever asks for a reload before there is a model must not end the program
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from service.server import serve as serve_forever
    from service.site import rating

    settings = _settings()
    settings = replace(
        settings,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers or settings.workers,
        open=open or settings.open,
        model=model or settings.model,
        store=True,
    )
    rating.read(settings.rating, settings.norm)  # a slip in it is told now, not to those who look at a page
    serve_forever(settings, _load(settings.model))


@app.command("model", cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def card(model: ModelOption = None) -> None:
    """Показать карточку модели вкратце.

    Пример:

    merilo model
    """
    from service.terminal import show_card

    show_card(_load(model))


keys_app = typer.Typer(
    cls=Commands, no_args_is_help=True, options_metavar="[ПАРАМЕТРЫ]", subcommand_metavar="КОМАНДА …",
    help="Ключи тех, кто обращается к службе: сделать, перечислить, отозвать.",
)  # fmt: skip
app.add_typer(keys_app, name="keys", rich_help_panel=COMMANDS)

NameOption = Annotated[str, typer.Option("--name", metavar="ИМЯ", help="Чей это ключ", rich_help_panel=OPTIONS)]


@keys_app.command("add", cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def add_key(
    name: NameOption,
    scope: Annotated[
        str,
        typer.Option(
            "--scope", metavar="ПРАВА", help="score — оценивать; read — читать хранилище; write — и то и другое, "
            "сохранять и отправлять архивы; admin — всё.", rich_help_panel=OPTIONS,
        ),
    ],
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", min=1, max=36500, help="Сколько дней действует; иначе без срока.",
                     rich_help_panel=OPTIONS),
    ] = None,
) -> None:  # fmt: skip
    """Сделать ключ и показать его один раз: хранится только его отпечаток.

    Пример:

    merilo keys add --name дашборд --scope read --days 365
    """
    from datetime import timedelta

    from service import access
    from service.store import keys
    from service.store.moment import now

    key = access.make()
    expires = None if days is None else now() + timedelta(days=days)
    with _store() as store, store.writing() as connection:
        keys.add(connection, name, scope, access.hash_of(key), expires)
    typer.echo(key)
    typer.echo("Сохраните ключ: больше он не покажется. Передавайте его так: Authorization: Bearer КЛЮЧ", err=True)


@keys_app.command("list", cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def list_keys() -> None:
    """Перечислить ключи: чьи, с какими правами, когда сделаны, до какого времени и когда ими пользовались.

    Пример:

    merilo keys list
    """
    from service.store import keys
    from service.terminal import show_keys

    with _store() as store, store.reading() as connection:
        show_keys(keys.read(connection))


@keys_app.command("revoke", cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def revoke_key(name: NameOption) -> None:
    """Отозвать ключ: с этого мгновения он ничего не открывает.

    Пример:

    merilo keys revoke --name дашборд
    """
    from service.store import keys

    with _store() as store, store.writing() as connection:
        keys.revoke(connection, name)
    typer.echo(f"Ключ {name} отозван.", err=True)


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def feedback(
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUT", help="Куда писать: имя.jsonl", rich_help_panel=OPTIONS)
    ],
) -> None:
    """Выгрузить оценки и типы, которые поставили люди, строками для обучения.

    Строка — пост с текстом, usefulness (средняя оценка людей, 0–4) и type. Посты без текста, без оценки или без типа
    остаются в хранилище: учиться на них нельзя.

    Пример:

    merilo feedback -o оценки-людей.jsonl
    """
    from service import judgements
    from service.archive import check_output, open_output

    check_output(out)
    if out.suffix.lower() not in (".jsonl", ".ndjson"):
        raise Complaint("no_output", "Оценки людей пишутся строками JSON: назовите файл имя.jsonl")
    with _store() as store, store.reading() as connection, open_output(out) as writer:
        told = judgements.export(connection, writer.write)
    typer.echo(f"Записано постов: {told.written}. Пропущено без текста: {told.textless}, "
               f"без оценки или без типа: {told.partial}.", err=True)  # fmt: skip


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]", no_args_is_help=True)
def pages(
    table: Annotated[
        Path | None,
        typer.Argument(
            metavar="ТАБЛИЦА",
            help="CSV: «площадка», «id страницы» и, что известно, «название», «вид», «регион», «муниципалитет», "
            "«подписчики», «пояс».",
            rich_help_panel=ARGUMENTS, show_default=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Рассказать хранилищу о страницах: вид, регион, муниципалитет, часовой пояс.

    Пустая ячейка оставляет то, что было известно.

    Пример:

    merilo pages страницы.csv
    """
    if table is None:
        raise Complaint("no_input", "Не указана таблица: merilo pages ТАБЛИЦА")
    from service import register
    from service.store import pages as described

    told = register.read(table)
    with _store() as store, store.writing() as connection:
        count = described.describe(connection, told)
    typer.echo(f"Записано страниц: {count}", err=True)


@app.command(cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]", no_args_is_help=True)
def forget(
    page: Annotated[
        str | None,
        typer.Argument(
            metavar="СТРАНИЦА", help="Номер из адреса /pages/НОМЕР или площадка и id: vk/5, telegram/1234567890.",
            rich_help_panel=ARGUMENTS, show_default=False,
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", metavar="", help="Удалить; без него — только сказать сколько",
                           rich_help_panel=OPTIONS)
    ] = False,
) -> None:  # fmt: skip
    """Удалить из хранилища посты страницы и их оценки. Сведения о самой странице остаются.

    Примеры:

    merilo forget vk/5

    merilo forget vk/5 --yes
    """
    if not page:
        raise Complaint("no_input", "Не указана страница: merilo forget СТРАНИЦА")
    from service.store import pages as described
    from service.store import removal
    from service.terminal import show_removal

    with _store() as store, store.writing() as connection:
        found = described.seek(connection, page)
        amount = (removal.remove if yes else removal.count)(connection, found["page"])
    show_removal(found, amount, yes)


def _history(scorer: "Scorer", name: str) -> "Memory":
    """The memory of one page from an archive of its posts."""
    from service import batch

    with ExitStack() as stack:
        memory = batch.remember(scorer, batch.collect([name], sys.stdin.buffer, stack).records())
    if len(memory.pages) > 1:
        raise Complaint(
            "many_pages",
            f"В {name} посты {len(memory.pages)} страниц, и неясно, чей черновик. Оставьте в архиве одну страницу.",
        )
    return memory


def _checked(folder: Path | None) -> Path:
    """The folder of the model, found fit before hours of work."""
    from model import ModelError
    from model.folder import check

    path = folder or _settings().model
    try:
        check(path)
    except ModelError as error:
        raise Complaint(error.code, str(error)) from None
    return path


def _settings() -> "Settings":
    from service.settings import Settings

    return Settings.from_env()


def _store() -> "Store":
    """Open the store that the environment names."""
    from service.store import Store

    settings = _settings()
    return Store.open(settings.database_url, settings.keep_texts)


def _load(folder: Path | None) -> "Scorer":
    """Load the model that the option, the environment or the installation names."""
    from model import ModelError, load

    try:
        return load(folder or _settings().model)
    except ModelError as error:
        raise Complaint(error.code, str(error)) from None
