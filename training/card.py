"""The card: what a model is, how good it is and what it is not for, in plain Russian."""

from typing import Any

from training.limits import word_ceilings, word_curves, word_limits, word_tuning
from training.report import FEWEST_PAGES
from training.tables import number, ranged, table


def write_card(manifest: dict[str, Any], metrics: dict[str, Any], notes: str = "") -> str:
    """Word the card of a model from its manifest and figures (see `training.report`), as Markdown.

    `notes`: what a person who looked at this model has to add, as Markdown.
    """
    figures = _figures(metrics) if metrics.get("headline") else NOT_MEASURED
    parts = [_head(manifest), figures, notes, PURPOSE, LIMITS]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


# Families of checks under this share are named one by one; those of traps always are.
WEAK = 0.9

# What the families of checks are about.
FAMILIES = {
    "keyword_row": "ряд ключевых слов",
    "phone_list": "список телефонов начальства",
    "greeting_dates": "поздравление с датами и адресами",
    "past_event": "событие уже прошло",
    "fraud_urgent": "срочное и похожее на обман",
    "caps_emoji": "добавлены заглавные буквы и эмодзи",
    "illiterate_complete": "грамотное, но пустое против безграмотного и полного",
    "no_subject": "порядок действий ни о чём",
    "negated_expired": "отменённое и давно прошедшее",
    "absurd": "шутка, одетая услугой",
    "calm_fraud": "спокойный обман",
    "village_short": "коротко и по делу против гладкого и пустого",
    "date": "дата",
    "place": "место",
    "phone": "телефон",
    "line_breaks": "переносы строк",
    "caps_heading": "заголовок заглавными буквами",
    "emoji": "эмодзи",
    "quotes": "кавычки",
    "yo": "ё и е",
    "hashtags": "хештеги",
    "typo": "ошибки и опечатки",
    "link_end": "ссылка в конце",
    "empty": "нет сведений",
    "vague": "расплывчато",
    "no_use": "нечего делать",
    "buried": "суть в конце",
    "hype": "шумиха",
    "fragment": "обрывок",
    "officialese": "канцелярит",
    "no_place": "нет места",
    "no_time": "нет времени",
    "no_action": "нет действия",
    "no_contact": "нет контакта",
    "link_only": "одна ссылка",
    "self_report": "отчёт о себе",
    "kasha": "всё вперемешку",
    "long_empty": "длинно и пусто",
    "long_water": "длинно и с водой",
    "long_report": "длинный отчёт",
    "long_greeting": "длинное поздравление",
    "long_official": "длинный официальный текст",
}

# What the baselines are measured by.
BASELINES = {
    "usefulness_left_out": "польза, вне обучения",
    "usefulness_later": "польза, поздние",
    "likes_left_out": "лайки, вне обучения",
    "likes_later": "лайки, поздние",
    "reposts_left_out": "репосты, вне обучения",
    "reposts_later": "репосты, поздние",
}

NOT_MEASURED = """
## Качество

Модель ещё не измерена: `python -m training evaluate` напишет отчёт.
"""

PURPOSE = """
## Для чего

Подсказать до публикации, чего не хватает посту официальной страницы и отзовутся ли её читатели; сравнить два
варианта; просмотреть архив. **Польза** — ожидаемая оценка жителя по рубрике 0–4, умноженная на 25. **Отклик** —
вероятность в процентах, что реакций будет больше, чем у обычного поста этой же страницы (урезанное среднее
логарифмов до ста прежних постов). Это два разных числа: их нельзя складывать.
"""

LIMITS = """
## Для чего не годится

- Не для оценки людей: ни автора, ни ведущего страницу. Не для премий и взысканий.
- Не для сравнения отклика разных страниц: он отсчитан от обычного поста своей страницы.
- Не для проверки правды: модель видит слова, а не факты, картинки и ссылки.
- Не для текстов не на русском языке, очень коротких и непохожих на посты: там стоит `status`, а числа подтянуты к
  обычному и интервал широк.
- Отклик зависит не только от текста: от картинки, часа, повода. Часть разброса текст не объясняет (см. «Потолок,
  читатели и кривые обучения»).
"""


def _head(manifest: dict[str, Any]) -> str:
    data = manifest["data"]
    return (
        f"# Карточка модели {manifest['id']}\n\n"
        f"Обучена {manifest['trained_at'][:10]} на {data['reacted']} постах с реакциями и {data['graded']} оценённых "
        f"постах {data['pages']} страниц{_invented(data)}; начальное число {manifest['seed']}. "
        "Ничего, кроме текста поста и, если дана, истории самой страницы, модель не видит."
    )


def _invented(data: dict[str, Any]) -> str:
    pages = data.get("invented")  # older models do not tell
    return f", из которых {pages} выдуманы для обучения пользе" if pages else ""


def _figures(metrics: dict[str, Any]) -> str:
    return "\n\n".join(
        [
            "## Качество\n\nВсё измерено на постах, которых головы не видели: страницы целиком вне обучения (5 частей) "
            "или последняя пятая часть постов каждой страницы; почти такие же посты других страниц из обучения убраны. "
            "AUC — среднее по официальным страницам внутри страницы; в скобках 95-процентный интервал бутстрепа по "
            f"страницам, если их не меньше {FEWEST_PAGES}.",
            table(
                ("что", "значение", "цель", "страниц"),
                (
                    (row["name"], ranged(row), number(row["target"]), str(row.get("pages", "")))
                    for row in metrics["headline"]
                ),
            ),
            "### Рядом: простые способы на тех же постах",
            table(
                ("способ", *BASELINES.values()),
                ((row["name"], *(number(row[key]) for key in BASELINES)) for row in metrics["baselines"]),
            ),
            _checks(metrics),
            word_tuning(metrics),
            word_limits(metrics),
            "### Потолок, читатели и кривые обучения",
            word_ceilings(metrics),
            word_curves(metrics),
            "Рисунки: [калибровка](figures/reliability.svg), [страницы](figures/pages.svg), [кривые "
            "обучения](figures/learning.svg), [вклад частей](figures/ablation.svg).",
            "### Что даёт каждая часть, страницы вне обучения",
            table(
                ("измерено", "без чего", "целиком", "без этого"),
                (
                    (row["of"], row["family"], number(row["whole"]), number(row["without"]))
                    for row in metrics["ablation"]
                ),
            ),
            "### Где лучше и где хуже, страницы вне обучения",
            "Польза — Спирмен по оценённым постам, лайки — AUC внутри страницы по тексту и с памятью; здесь — все "
            "страницы, не только официальные.",
            table(
                ("срез", "значение", "оценено", "польза", "с реакциями", "лайки", "с памятью"),
                (
                    (
                        row["slice"],
                        row["value"],
                        str(row["graded"]),
                        number(row["usefulness"]),
                        str(row["reacted"]),
                        number(row["likes"]),
                        number(row["likes_memory"]),
                    )
                    for row in metrics["slices"]
                ),
            ),
            "### Где польза ошибается",
            table(
                ("тип", "постов", "сдвиг", "средняя ошибка", "ошибка от 1,5", "тип узнан", "с чем путает"),
                (
                    (
                        row["type"],
                        str(row["posts"]),
                        number(row["bias"]),
                        number(row["mae"]),
                        number(row["far"]),
                        number(row["recall"]),
                        f"{row['taken_for']} ({number(row['taken_for_share'])})",
                    )
                    for row in metrics["errors"]
                ),
            ),
            "### Сколько строк отсеяно при подготовке",
            table(
                ("шаг", "убрано", "осталось"),
                (
                    (step["why"].rstrip("."), str(step["removed"]), str(step["left"]))
                    for step in metrics["steps"]
                    if step["removed"]
                ),
            ),
        ]
    )


def _checks(metrics: dict[str, Any]) -> str:
    kinds = {
        "pair": "лучший вариант пары выше",
        "trap": "приманка не выше честного поста",
        "addition": "дата, место или телефон не снижают пользу",
        "form": "другая форма меняет пользу не больше чем на 7 пунктов",
    }
    rows = [
        (
            f"— {FAMILIES[row['family']]}" if row["family"] else kinds[row["kind"]],
            str(row["checks"]),
            number(row["passed"]),
        )
        for row in metrics["checks"]
        if not row["family"] or row["kind"] == "trap" or row["passed"] < WEAK
    ]
    stirred = [
        (
            f"{row['change']}: сдвиг меньше 5 пунктов (польза / отклик)",
            "",
            f"{number(row['usefulness'])} / {number(row['engagement'])}",
        )
        for row in metrics["stability"]
    ]
    return (
        "### Проверки, написанные вручную, и устойчивость\n\n"
        "Спрошена сама модель; устойчивость — на постах из обучения.\n\n"
        + table(("проверка", "случаев", "доля верных"), [*rows, *stirred])
    )
