"""The card: what a model is, how good it is and what it is not for, in plain Russian."""

from collections.abc import Iterable, Sequence
from typing import Any


def write_card(manifest: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Word the card of a model from its manifest and figures (see `training.report`), as Markdown."""
    parts = [_head(manifest), _figures(metrics) if metrics.get("headline") else NOT_MEASURED, PURPOSE, LIMITS, DATA]
    return "\n\n".join(part.strip() for part in parts) + "\n"


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
- Отклик зависит не только от текста: от картинки, часа, повода. Часть разброса текст не объясняет (см. «Потолок»).
"""

DATA = """
## Данные и условия

Посты собраны из открытых репозиториев для исследования: `componavt/sns4human` (Карелия, VK; Unlicense),
`Sandrro/sloyka` (MIT), `iduprojects/values_class` (лицензия не указана), `NKTKLN/telegram-news-classifier` (MIT),
`owlengineer/vtb_data_track_2022`, `novikovresearch/swaggy-parser-to-db`, `SeriousPetrovich/Super_Courses`,
`valkon29/lingvo_dataset_vk` (лицензия не указана). Лицензии относятся к репозиториям, не обязательно к постам их
авторов; текстов в модели нет, только веса слов, встреченных не на одной странице. Оценки пользы поставили языковые
модели, читая по одному посту по руководству; часть оценок (`training/corpus/labels.jsonl.gz`, без текстов) поставлена
для Мерила так же, в одно чтение. Пары «хуже — лучше» и бандл-корпус написаны для Мерила. Страницы в данных — в
основном Карелия, Петербург и Москва: на других краях модель не проверена.
"""


def _head(manifest: dict[str, Any]) -> str:
    data = manifest["data"]
    return (
        f"# Карточка модели {manifest['id']}\n\n"
        f"Обучена {manifest['trained_at'][:10]} на {data['reacted']} постах с реакциями и {data['graded']} оценённых "
        f"постах {data['pages']} страниц; начальное число {manifest['seed']}. Ничего, кроме текста поста и, если дана, "
        "истории самой страницы, модель не видит."
    )


def _figures(metrics: dict[str, Any]) -> str:
    return "\n\n".join(
        [
            "## Качество\n\nВсё измерено на постах, которых головы не видели: страницы целиком вне обучения (5 частей) "
            "или последняя пятая часть постов каждой страницы. AUC — среднее по официальным страницам внутри страницы; "
            "в скобках 95-процентный интервал бутстрепа по страницам.",
            _table(
                ("что", "значение", "цель"),
                (
                    (
                        row["name"],
                        f"{_number(row['value'])} ({_number(row['low'])}–{_number(row['high'])})",
                        _number(row["target"]),
                    )
                    for row in metrics["headline"]
                ),
            ),
            "### Рядом: простые способы на тех же постах",
            _table(
                ("способ", "польза, Спирмен", "лайки, поздние", "лайки, вне обучения"),
                (
                    (row["name"], *(_number(row[key]) for key in ("usefulness", "likes_later", "likes_left_out")))
                    for row in metrics["baselines"]
                ),
            ),
            _checks(metrics),
            "### Потолок и разметка",
            _ceiling(metrics),
            "### Где лучше и где хуже: польза, страницы вне обучения",
            _table(
                ("срез", "значение", "постов", "Спирмен"),
                (
                    (name, value, str(found["posts"]), _number(found["spearman"]))
                    for name, values in metrics["slices"].items()
                    for value, found in values.items()
                ),
            ),
            "### Сколько строк отсеяно при подготовке",
            _table(
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
        (kinds[row["kind"]], str(row["checks"]), _number(row["passed"]))
        for row in metrics["checks"]
        if not row["family"]
    ]
    stirred = [
        (
            f"{row['change']}: сдвиг меньше 5 пунктов (польза / отклик)",
            "",
            f"{_number(row['usefulness'])} / {_number(row['engagement'])}",
        )
        for row in metrics["stability"]
    ]
    return "### Проверки, написанные вручную\n\n" + _table(("проверка", "случаев", "доля верных"), [*rows, *stirred])


def _ceiling(metrics: dict[str, Any]) -> str:
    likes, reposts = (_number(metrics["ceiling"].get(name)) for name in ("likes", "reposts"))
    lines = [
        "- Если бы модель знала об ожидаемых реакциях каждого поста всё (и картинку, и час, и повод), AUC был бы "
        f"{likes} у лайков и {reposts} у репостов: остальное — случай при малых числах (моделирование Пуассона с "
        "настоящими средними)."
    ]
    if metrics["raters"]:
        raters = metrics["raters"]
        lines.append(
            f"- Две независимые оценки одного поста согласны со Спирменом {_number(raters['spearman'])}, "
            f"квадратичной каппой {_number(raters['kappa_quadratic'])} ({raters['posts']} постов)."
        )
    curve = ", ".join(
        f"{step['share_of_pages']:.0%} страниц — {_number(step['spearman'])}" for step in metrics["learning_curve"]
    )
    lines.append(f"- Кривая обучения (Спирмен пользы, линейная голова): {curve}.")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace(".", ",")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
