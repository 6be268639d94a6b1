"""Limits in words: what chance, texts, readers and more data allow, and why a target was missed."""

from typing import Any

from training.tables import number, ranged, table

# Headline figures of which a reader of the labelling guide, a curve or a ceiling says something.
GUIDE = {
    "usefulness_left_out": "польза: Спирмен",
    "usefulness_later": "польза: Спирмен",
    "useful_left_out": "польза: AUC «полезен»",
    "type_left_out": "тип поста: макро-F1",
    "checklist_left_out": "чек-лист: средняя F1",
}
# What the learning curves are of.
CURVES = {
    "usefulness_left_out": "польза: Спирмен, страницы вне обучения",
    "usefulness_later": "польза: Спирмен, поздние посты",
    "useful_left_out": "польза: AUC «полезен», страницы вне обучения",
    "type_left_out": "тип: макро-F1, страницы вне обучения",
    "checklist_left_out": "чек-лист: средняя F1, страницы вне обучения",
    "likes_left_out": "лайки: AUC, страницы вне обучения",
    "likes_later": "лайки: AUC, поздние посты",
    "reposts_left_out": "репосты: AUC, страницы вне обучения",
    "reposts_later": "репосты: AUC, поздние посты",
    "comments_later": "комментарии: AUC, поздние посты",
}
REACTIONS = {"likes": "лайки", "reposts": "репосты", "comments": "комментарии"}
WHICH = {"official": "официальные", "all": "все"}

INTRO = """
В скобках — 95-процентный интервал: где цель лежит в нём, эти данные не отличают достигнутое от цели. **Половина
данных** — то же, когда учиться можно на половине прочих страниц (для поздних постов — на половине прежних): чем ближе к
целому, тем меньше прибавят новые данные; у памяти — все посты вместе, по числу прежних постов страницы. **Читатель** —
языковая модель без чисел перед глазами, на своих постах (она и модель на одних и тех же — ниже): у пользы, типа и
чек-листа читавшая по руководству, у реакций выбиравшая по двум текстам официальной страницы, который собрал больше
обычного. **Одни слова** — AUC того, кто знал бы точно всё, что общего в реакциях на посты двух официальных страниц,
начатые одними словами; таких текстов немного.
"""


COVERED = (0.78, 0.84)  # what the 80 % interval should hold


def missed(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the headline that miss their target: errors of calibration lie above it, all else below."""
    rows = [row for row in metrics["headline"] if row["target"] is not None and row["value"] is not None]
    return [row for row in rows if not _met(row)]


def _met(row: dict[str, Any]) -> bool:
    value: float = row["value"]
    target: float = row["target"]
    if row["key"] == "coverage":
        return COVERED[0] <= value <= COVERED[1]
    return value <= target if row["key"].startswith("ece") else value >= target


def word_limits(metrics: dict[str, Any]) -> str:
    """A table of missed targets, as Markdown; empty where all were met."""
    rows = missed(metrics)
    if not rows:
        return ""
    half = {curve["key"]: curve["points"][-2]["value"] for curve in metrics["learning_curve"]}
    lines = (
        (
            row["name"],
            ranged(row),
            number(row["target"]),
            number(half[row["key"]]) if row["key"] in half else _by_memory(metrics, row["key"]),
            _by_reader(metrics, row["key"]),
            _words_alone(metrics, row["key"]),
        )
        for row in rows
    )
    header = ("что", "достигнуто", "цель", "половина данных", "читатель (у реакций — доля верных пар)", "одни слова")
    return f"### Какие цели не взяты и почему\n\n{INTRO.strip()}\n\n{table(header, lines)}"


def _by_reader(metrics: dict[str, Any], key: str) -> str:
    if key in GUIDE and metrics["reader"]:
        return next(number(row["reader"]["value"]) for row in metrics["reader"]["figures"] if row["name"] == GUIDE[key])
    reaction, _, where = key.partition("_")
    asked = not where.endswith("memory") or reaction == "comments"  # which are known of too few pages to be particular
    found = [row for row in metrics["guesses"] if asked and row["reaction"] == reaction]
    return ranged(found[0]["reader"]) if found else "–"


def _by_memory(metrics: dict[str, Any], key: str) -> str:
    """What half of the data is to a memory: fewer earlier posts of the page."""
    reaction, _, where = key.partition("_")
    rows = {row["from"]: row.get(f"{reaction}_memory") for row in metrics["remembering"]}
    few, many = (rows.get(start) for start in (50, 200))
    if where != "left_out_memory" or few is None or many is None:
        return "–"
    return f"{number(few)} при 50–199 прежних постах, {number(many)} при 200–999"


def _words_alone(metrics: dict[str, Any], key: str) -> str:
    """Of pages left out by text alone: to know the page's posts is more than to know the words."""
    reaction, _, where = key.partition("_")
    found = [
        row
        for row in metrics["ceiling"]["one_text"]
        if where == "left_out" and (row["pages"], row["reaction"]) == ("official", reaction)
    ]
    return ranged({**found[0], "value": found[0]["auc"]}) if found else "–"


def word_ceilings(metrics: dict[str, Any]) -> str:
    """What chance, texts and readers allow, as Markdown."""
    chance = metrics["ceiling"]["chance"]
    likes, reposts, comments = (number(chance.get(name)) for name in ("likes", "reposts", "comments"))
    lines = [
        "- Если бы модель знала об ожидаемых реакциях каждого поста всё (и картинку, и час, и повод), AUC был бы "
        f"{likes} у лайков, {reposts} у репостов и {comments} у комментариев: остальное — случай при малых числах "
        "(моделирование Пуассона с настоящими средними)."
    ]
    if metrics["ceiling"]["one_text"]:
        lines.append(_one_text(metrics["ceiling"]["one_text"]))
    if metrics["guesses"] or metrics["expected"]:
        lines.append(_guesses(metrics))
    if metrics["raters"]:
        raters = metrics["raters"]
        lines.append(
            f"- Две независимые оценки одного поста согласны со Спирменом {number(raters['spearman'])}, "
            f"квадратичной каппой {number(raters['kappa_quadratic'])} ({raters['posts']} постов)."
        )
    if metrics.get("reader"):
        lines.append(_reader(metrics["reader"]))
    return "\n".join(lines)


def _one_text(rows: list[dict[str, Any]]) -> str:
    """What the same words bring on two pages."""
    lines = table(
        ("реакция", "страницы", "текстов", "общая доля разброса", "что она позволяет, AUC", "модель, текст"),
        (
            (
                REACTIONS[row["reaction"]],
                WHICH[row["pages"]],
                str(row["texts"]),
                number(row["shared"]),
                ranged({**row, "value": row["auc"]}),
                number(row["model"]),
            )
            for row in rows
        ),
    )
    return (
        "- Посты двух страниц, начатые одними словами (разосланное, перепечатанное). Сколько разброса внутри страниц у "
        "них общего, столько объясняет текст вместе с днём и поводом; кто знал бы это точно, получил бы такой AUC. "
        f"Рядом — модель на этих постах, страницы вне обучения, все посты вместе.\n\n{lines}\n"
    )


def _guesses(metrics: dict[str, Any]) -> str:
    """Readers who did not see the counts, and the model on the same posts."""
    expected = {row["reaction"]: row for row in metrics["expected"]}
    pairs = {row["reaction"]: row for row in metrics["guesses"]}
    lines = table(
        (
            "реакция",
            "пар",
            "читатель",
            "модель, текст",
            "модель с памятью",
            "читатель по одному",
            "модель, те же посты",
        ),
        (
            (
                REACTIONS[name],
                *_of_pairs(pairs.get(name)),
                *(number(expected[name][who] if name in expected else None) for who in ("reader", "text")),
            )
            for name in REACTIONS
            if name in pairs or name in expected
        ),
    )
    return (
        "- Читатели (языковые модели), не видевшие чисел: который из двух постов страницы собрал больше обычного (доля "
        "верных, официальные страницы) и чего ждать от одного поста, по шкале 0–9 (AUC внутри официальных страниц). "
        f"Рядом — модель на тех же постах, страницы вне обучения.\n\n{lines}\n"
    )


def _of_pairs(row: dict[str, Any] | None) -> tuple[str, ...]:
    if row is None:
        return ("–",) * 4
    return (str(row["pairs"]), *(ranged(row[who]) for who in ("reader", "text", "memory")))


def word_tuning(metrics: dict[str, Any]) -> str:
    """What looking at the folds while choosing settings was worth, as Markdown."""
    names = {row["key"]: row["name"] for row in metrics["headline"]}
    lines = table(
        ("что", "настройки модели", "настройки, выбранные внутри"),
        ((names[row["key"]], number(row["whole"]), number(row["tuned"])) for row in metrics["tuning"]),
    )
    return (
        "Настройки модели (сила регуляризации, размер листа) выбирали, глядя на эти же части. Здесь каждую часть "
        "спрашивают головы, чьи настройки выбраны по остальным: из настройки модели, вдвое меньшей и вдвое большей. "
        "Дальше не искали."
        f"\n\n{lines}"
    )


def word_curves(metrics: dict[str, Any]) -> str:
    """What more data brings, and what a longer memory does, as Markdown."""
    shares = [f"{point['share']:.0%}" for point in metrics["learning_curve"][0]["points"]]
    learned = table(
        ("чему учится", *shares),
        (
            (CURVES[curve["key"]], *(number(point["value"]) for point in curve["points"]))
            for curve in metrics["learning_curve"]
        ),
    )
    kinds = ("likes_text", "likes_memory", "reposts_text", "reposts_memory")
    remembered = table(
        ("прежних постов страницы", "постов", "лайки, текст", "с памятью", "репосты, текст", "с памятью"),
        (
            (f"от {row['from']}", str(row["posts"]), *(number(row[kind]) for kind in kinds))
            for row in metrics["remembering"]
        ),
    )
    return (
        "Кривые обучения: доля прочих страниц (для поздних постов — прежних постов), на которой учились головы; один "
        "случайный выбор, доля ожиданий читателей — как у целого.\n\n"
        f"{learned}\n\nСколько даёт память, по числу прежних постов страницы: AUC по всем постам официальных страниц "
        f"вне обучения вместе.\n\n{remembered}"
    )


def _reader(reader: dict[str, Any]) -> str:
    """What the grades allow a reader."""
    lines = table(
        ("согласие с разметкой", "читатель", "модель, страницы вне обучения"),
        ((row["name"], ranged(row["reader"]), ranged(row["model"])) for row in reader["figures"]),
    )
    return (
        f"- Ещё раз по тому же руководству, не видя оценок, прочитано постов: {reader['posts']} (языковыми моделями; "
        f"квадратичная каппа с разметкой {number(reader['kappa_quadratic'])}). Столько разметка позволяет одному "
        "внимательному читателю, и вот сколько на тех же постах достаёт модель; читатель ставит целые оценки, модель — "
        f"дробные.\n\n{lines}\n"
    )
