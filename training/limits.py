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
WHERE = {"two pages": "на двух страницах", "one page": "на одной странице в разные дни"}

INTRO = """
В скобках — 95-процентный интервал: где цель лежит в нём, эти данные не отличают достигнутое от цели. **Половина
данных** — то же, когда учиться можно на половине прочих страниц (для поздних постов — на половине прежних): чем ближе к
целому, тем меньше прибавят новые данные. **Читатель** — языковая модель, читавшая те же посты по руководству и не
видевшая оценок; у реакций — выбиравшая по двум текстам одной страницы, который собрал больше обычного, и не видевшая
чисел. **Одни слова** — AUC того, кто знал бы точно всё, что тексту свойственно: столько общего в реакциях на одни и те
же слова на двух страницах (а с памятью — на одной странице в разные дни). Такие посты часто делят и день, и повод, и
потолок щедрый.
"""


def missed(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the headline that lie below their target; errors of calibration lie above."""
    rows = [row for row in metrics["headline"] if row["target"] is not None and row["value"] is not None]
    return [
        row
        for row in rows
        if row["key"] != "coverage" and (row["value"] > row["target"]) == row["key"].startswith("ece")
        if row["value"] != row["target"]
    ]


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
            number(half.get(row["key"])),
            _by_reader(metrics, row["key"]),
            _words_alone(metrics, row["key"]),
        )
        for row in rows
    )
    header = ("что", "достигнуто", "цель", "половина данных", "читатель", "одни слова")
    return f"### Какие цели не взяты и почему\n\n{INTRO.strip()}\n\n{table(header, lines)}"


def _by_reader(metrics: dict[str, Any], key: str) -> str:
    if key in GUIDE and metrics["reader"]:
        return next(number(row["reader"]["value"]) for row in metrics["reader"]["figures"] if row["name"] == GUIDE[key])
    found = [row for row in metrics["guesses"] if row["reaction"] == key.partition("_")[0]]
    return ranged(found[0]["reader"]) if found and not key.endswith("memory") else "–"


def _words_alone(metrics: dict[str, Any], key: str) -> str:
    where = "one page" if key.endswith("memory") else "two pages"
    of = (where, key.partition("_")[0])
    found = [row for row in metrics["ceiling"]["one_text"] if (row["where"], row["reaction"]) == of]
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
    """What the same words bring twice."""
    lines = table(
        (
            "реакция",
            "те же слова",
            "текстов",
            "общая доля разброса",
            "AUC, которого она позволяет",
            "модель, только текст",
        ),
        (
            (
                REACTIONS[row["reaction"]],
                WHERE[row["where"]],
                str(row["texts"]),
                number(row["shared"]),
                ranged({**row, "value": row["auc"]}),
                number(row["model"]),
            )
            for row in rows
        ),
    )
    return (
        "- Посты, начатые одними словами. Сколько разброса у них общего, столько объясняет текст (и то, что приходит с "
        "ним вместе: день, повод, рубрика); кто знал бы это точно, получил бы такой AUC. Рядом — модель на них же, "
        f"страницы вне обучения.\n\n{lines}\n"
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
        "спрашивают головы, чьи настройки выбраны по остальным: из настройки модели, вдвое меньшей и вдвое большей."
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
        "Кривые обучения: доля прочих страниц (для поздних постов — прежних постов), на которой учились все головы.\n\n"
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
