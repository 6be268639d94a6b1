"""What commands are given: options that many have, and what the environment names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.program import ARGUMENTS, OPTIONS
from service.complaint import Complaint

if TYPE_CHECKING:
    from model import Scorer
    from service.settings import Settings
    from service.store import Store

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
        help="Какой столбец таблицы — какое поле, например --map text=Описание; можно несколько раз. Поля: "
        "text, date, likes, comments, reposts, views, link, page_name, page_id, post_id, platform, page_kind, "
        "followers, form.",
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


def check_model(folder: Path | None) -> Path:
    """The folder of the model, found fit before hours of work."""
    from model import ModelError
    from model.folder import check

    path = folder or read_settings().model
    try:
        check(path)
    except ModelError as error:
        raise Complaint(error.code, str(error)) from None
    return path


def read_settings() -> "Settings":
    """The settings that the environment names."""
    from service.settings import Settings

    return Settings.from_env()


def open_store() -> "Store":
    """Open the store that the environment names."""
    from service.store import Store

    settings = read_settings()
    return Store.open(settings.database_url, settings.keep_texts)


def load(folder: Path | None) -> "Scorer":
    """Load the model that the option, the environment or the installation names."""
    from model import ModelError, load

    try:
        return load(folder or read_settings().model)
    except ModelError as error:
        raise Complaint(error.code, str(error)) from None
