"""The service, and the model that it answers with."""

from typing import Annotated

import typer

from service.cli.given import ModelOption, load, read_settings
from service.cli.program import OPTIONS, command


@command()
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

    settings = read_settings()
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
    serve_forever(settings, load(settings.model))


@command("model")
def card(model: ModelOption = None) -> None:
    """Показать карточку модели вкратце.

    Пример:

    merilo model
    """
    from service.terminal import show_card

    show_card(load(model))
