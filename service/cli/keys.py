"""Keys of those who ask the service."""

from typing import Annotated

import typer

from service.cli.given import open_store
from service.cli.program import COMMANDS, OPTIONS, Command, Commands, app

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
            "сохранять, отправлять архивы, забывать посты; admin — всё.", rich_help_panel=OPTIONS,
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
    with open_store() as store, store.writing() as connection:
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

    with open_store() as store, store.reading() as connection:
        show_keys(keys.read(connection))


@keys_app.command("revoke", cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")
def revoke_key(name: NameOption) -> None:
    """Отозвать ключ: с этого мгновения он ничего не открывает.

    Пример:

    merilo keys revoke --name дашборд
    """
    from service.store import keys

    with open_store() as store, store.writing() as connection:
        keys.revoke(connection, name)
    typer.echo(f"Ключ {name} отозван.", err=True)
