"""What people read about a post: names of checklist items, types and statuses, and what to add."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """An item of the checklist: its name and, where it is missing, what to write."""

    name: str
    missing: str


# Order and keys are those of model.score.CHECKLIST.
CHECKLIST_HINTS = {
    "who": Hint(
        "кому",
        "Не видно, кого это касается: назовите улицу, район, возраст или группу жителей.",
    ),
    "what_changes": Hint(
        "что меняется",
        "Не видно, что именно изменится для читателя: скажите, что произойдёт и чем это обернётся для него.",
    ),
    "when": Hint(
        "когда",
        "Нет даты или срока: напишите день и часы, начало и конец.",
    ),
    "where": Hint(
        "где",
        "Нет места: укажите адрес, зал, кабинет или маршрут.",
    ),
    "action": Hint(
        "что делать",
        "Не сказано, что делать читателю: прийти, записаться, проверить, оплатить, позвонить.",
    ),
    "how": Hint(
        "как",
        "Нет способа: дайте ссылку, список документов, цену или порядок шагов.",
    ),
    "contact": Hint(
        "к кому обратиться",
        "Нет контакта: добавьте телефон или имя того, кто ответит на вопросы.",
    ),
    "lead_first": Hint(
        "главное в начале",
        "Главное стоит не в начале: перенесите суть в первое или второе предложение.",
    ),
    "plain": Hint(
        "простой язык",
        "Язык казённый: замените канцелярит обычными словами, раскройте сокращения, объясните номера законов.",
    ),
    "not_self_report": Hint(
        "не самоотчёт",
        "Пост рассказывает о работе учреждения: скажите, что это даёт жителю.",
    ),
}

TYPE_NAMES = {
    "alert": "предупреждение",
    "service": "услуга",
    "event": "анонс",
    "explain": "разъяснение",
    "news": "новость",
    "report": "отчёт о себе",
    "greeting": "поздравление или память",
    "culture": "познавательное",
    "ad": "реклама",
    "other": "другое",
}

STATUS_NAMES = {
    "ok": "оценкам можно верить",
    "too_short": "текст слишком короткий: оценки приблизительны",
    "not_russian": "текст в основном не русский: оценкам верить нельзя",
    "unfamiliar": "пост не похож на те, на которых училась модель: оценки приблизительны",
}

SCORE_NAMES = {
    "usefulness": "Польза",
    "engagement": "Отклик",
}
# Keys are those of model.drift.MEASURES.
MEASURE_NAMES = {
    "length": "длина, знаков",
    "known_words": "доля знакомых слов",
    "usefulness": "польза",
    "engagement": "отклик",
    "type": "типы постов",
    "status": "статусы",
}
DRIFT_NAMES = {
    "none": "как в обучении",
    "moderate": "заметно иначе",
    "strong": "совсем иначе",
}

REACTION_NAMES = {
    "likes": "лайки",
    "comments": "комментарии",
    "reposts": "репосты",
}
