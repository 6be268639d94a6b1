"""Two scored drafts in words."""

from model.comparison import Comparison
from service.wording import interval, number, plural

# Nearer than this to even is no news.
EVEN = 0.03


def word(found: Comparison) -> str:
    """What a comparison says to a person.

    >>> word(Comparison(0.0, 0.51, 1.0, 0.2, 4.0, 20.0, 5.0, 35.0, 0.96, True)).splitlines()[1]
    'Б полезнее на 20 (в 8 случаях из 10 — от 5 до 35).'
    """
    if not found.sure:
        return "Сравнить нельзя: оценке хотя бы одного варианта нельзя верить."
    return "\n".join([_engagement(found), _usefulness(found)])


def _engagement(found: Comparison) -> str:
    if abs(found.likelier - 0.5) < EVEN:
        return "Отклик: варианты равны, разница меньше случайной."
    name, other = ("Б", "А") if found.likelier > 0.5 else ("А", "Б")
    chance = found.likelier if name == "Б" else 1 - found.likelier
    times = [found.ratio, found.ratio_low, found.ratio_high]
    if name == "А":
        times = [1 / found.ratio, 1 / found.ratio_high, 1 / found.ratio_low]
    told = [f"{value:.1f}".replace(".", ",") for value in times]
    cases = plural(round(100 * chance), "случае", "случаях", "случаях")
    return (
        f"{name} скорее соберёт больше реакций, чем {other}: так будет в {cases} из 100. "
        f"Ожидается больше в {told[0]} раза; в 8 случаях из 10 — от {told[1]} до {told[2]}."
    )


def _usefulness(found: Comparison) -> str:
    if abs(found.more_useful - 0.5) < EVEN:
        return "Польза: варианты равны, разница меньше случайной."
    sign = 1 if found.usefulness > 0 else -1
    low, high = sorted((sign * found.useful_low, sign * found.useful_high))
    name, apart = "Б" if sign > 0 else "А", number(abs(found.usefulness))
    if apart == "0":
        return "Польза: варианты равны, разница меньше пункта."
    if round(low) <= 0:  # as it is shown
        return f"Скорее полезнее {name}, но уверенности нет: разница {apart}, {interval(low, high)}."
    return f"{name} полезнее на {apart} ({interval(low, high)})."
