"""One draft explained."""

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.given import ModelOption, load
from service.cli.program import ARGUMENTS, OPTIONS, command
from service.complaint import Complaint

if TYPE_CHECKING:
    from model import Memory, Scorer


@command()
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
    scorer = load(model)
    memory = _history(scorer, history) if history else None
    explained = explanation.explain(scorer, post, memory)
    if as_json:
        import json

        typer.echo(json.dumps({"model": scorer.info, **explained}, ensure_ascii=False, indent=2))
    else:
        terminal.show_explanation(post.text, explained, personal=memory is not None)


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
