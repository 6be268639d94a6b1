"""What the store has: judgements, pages, posts to be forgotten."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.given import open_store
from service.cli.program import ARGUMENTS, OPTIONS, command
from service.complaint import Complaint


@command()
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
    with open_store() as store, store.reading() as connection, open_output(out) as writer:
        told = judgements.export(connection, writer.write)
    typer.echo(f"Записано постов: {told.written}. Пропущено без текста: {told.textless}, "
               f"без оценки или без типа: {told.partial}.", err=True)  # fmt: skip
    if told.textless:
        typer.echo("Чтобы тексты были, включите MERILO_KEEP_TEXTS=1 до того, как посты попадут в хранилище.", err=True)


@command(no_args_is_help=True)
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
    with open_store() as store, store.writing() as connection:
        count = described.describe(connection, told)
    typer.echo(f"Записано страниц: {count}", err=True)


@command(no_args_is_help=True)
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

    with open_store() as store, store.erasing() if yes else store.reading() as connection:
        found = described.seek(connection, page)
        amount = (removal.remove if yes else removal.count)(connection, found["page"])
    show_removal(found, amount, yes)
