"""Two scored drafts in words."""

from model.comparison import Comparison

# Nearer than this to even is no news.
EVEN = 0.03


def word(found: Comparison) -> str:
    """What a comparison says to a person.

    >>> word(Comparison(0.0, 0.51, 1.0, 0.2, 4.0, 20.0, 5.0, 35.0, 0.96, True)).splitlines()[1]
    'Б полезнее на 20 (в 8 случаях из 10 — от 5 до 35).'
    """
    lines = [_engagement(found), _usefulness(found)]
    if not found.sure:
        lines.append("Но хотя бы один текст модель плохо понимает: сравнению верить нельзя.")
    return "\n".join(lines)


def _engagement(found: Comparison) -> str:
    if abs(found.likelier - 0.5) < EVEN:
        return "Отклик: варианты равны, разница меньше случайной."
    name, other = ("Б", "А") if found.likelier > 0.5 else ("А", "Б")
    chance = found.likelier if name == "Б" else 1 - found.likelier
    times = [found.ratio, found.ratio_low, found.ratio_high]
    if name == "А":
        times = [1 / found.ratio, 1 / found.ratio_high, 1 / found.ratio_low]
    told = [f"{value:.1f}".replace(".", ",") for value in times]
    return (
        f"{name} скорее соберёт больше реакций, чем {other}: так будет в {round(100 * chance)} случаях из 100. "
        f"Ожидается больше в {told[0]} раза; в 8 случаях из 10 — от {told[1]} до {told[2]}."
    )


def _usefulness(found: Comparison) -> str:
    if abs(found.more_useful - 0.5) < EVEN:
        return "Польза: варианты равны, разница меньше случайной."
    sign = 1 if found.usefulness > 0 else -1
    low, high = sorted((sign * found.useful_low, sign * found.useful_high))
    told = [f"{value:.0f}".replace("-", "−") for value in (abs(found.usefulness), low, high)]
    name = "Б" if sign > 0 else "А"
    return f"{name} полезнее на {told[0]} (в 8 случаях из 10 — от {told[1]} до {told[2]})."
