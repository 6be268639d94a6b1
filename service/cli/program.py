"""The program: its language, its exit codes, the one place where mistakes become messages."""

import re
import sys
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from service.complaint import Complaint, reason

UNUSABLE = 2
SOME_REFUSED = 1
INTERRUPTED = 130

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

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help; the words that Typer takes from a module of its own are put right there."""
        from typer import rich_utils  # it takes time to import

        rich_utils.REQUIRED_LONG_STRING = "[обязательно]"
        super().format_help(ctx, formatter)


class Commands(_Russian, TyperGroup):
    """All commands; the one place where a user's mistake becomes a message and an exit code."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Parse what stands before the command."""
        try:
            return super().make_context(*args, **kwargs)
        except UsageError as error:
            raise stop(_say(error)) from None

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Complaint as complaint:
            raise stop(str(complaint)) from None
        except UsageError as error:
            raise stop(_say(error)) from None
        except BrokenPipeError:  # `| head` has had enough; typer knows what to do
            raise
        except OSError as error:  # a file vanished, a disk is full
            raise stop(f"{error.filename or 'Файл'}: {reason(error)}.") from None
        except KeyboardInterrupt:
            raise stop("Прервано.", INTERRUPTED) from None


def stop(message: str, code: int = UNUSABLE) -> typer.Exit:
    """The end of the program, after a message."""
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

command = partial(app.command, cls=Command, rich_help_panel=COMMANDS, options_metavar="[ПАРАМЕТРЫ]")


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
