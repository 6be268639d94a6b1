"""Numbers, shares and dates as Russians write them. Light: nothing is imported that takes time."""

from datetime import date

_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip

# A space that does not break, and a minus as wide as a plus.
SPACE = "\u00a0"
MINUS = "\u2212"


def number(value: float, digits: int = 0) -> str:
    """A number as Russians write it.

    >>> number(12345).split(), number(62.25, 1), number(-0.04, 1)
    (['12', '345'], '62,2', '0,0')
    """
    said = f"{value:,.{digits}f}".replace(",", SPACE).replace(".", ",")
    return said.lstrip("-") if not said.strip("-0,") else said.replace("-", MINUS)


def percent(share: float) -> str:
    """A share of 0-1 in whole percent; what is not nothing does not look like nothing, nor what is not all like all.

    >>> [percent(share).replace(SPACE, " ") for share in (0.0, 0.001, 0.434, 0.999, 1.0)]
    ['0 %', 'меньше 1 %', '43 %', 'больше 99 %', '100 %']
    """
    if 0 < share < 0.005:
        return f"меньше 1{SPACE}%"
    if 0.995 <= share < 1:
        return f"больше 99{SPACE}%"
    return f"{share * 100:.0f}{SPACE}%"


def interval(low: float, high: float) -> str:
    """Bounds in whole numbers that hold 8 cases of 10; where they meet, one number.

    >>> interval(5, 35.2), interval(0, 0.3)
    ('в 8 случаях из 10 — от 5 до 35', 'почти наверняка 0')
    """
    least, most = number(low), number(high)
    return f"почти наверняка {least}" if least == most else f"в 8 случаях из 10 — от {least} до {most}"


def plural(count: int, one: str, few: str, many: str) -> str:
    """A whole number with the form of a noun that stands after it.

    >>> [plural(count, "пост", "поста", "постов").split()[-1] for count in (1, 2, 5, 11, 21, 104, 112)]
    ['пост', 'поста', 'постов', 'постов', 'пост', 'поста', 'постов']
    """
    last, teens = count % 10, count % 100 in range(11, 15)
    form = one if last == 1 and not teens else few if last in (2, 3, 4) and not teens else many
    return f"{number(count)}{SPACE}{form}"


def day(moment: date) -> str:
    """A day in full.

    >>> day(date(2026, 3, 2)).split()
    ['2', 'марта', '2026']
    """
    return f"{moment.day}{SPACE}{_MONTHS[moment.month - 1]} {moment.year}"


def listed(words: list[str]) -> str:
    """Words one after another, the last after «и».

    >>> listed(["контакт"]), listed(["дата", "место", "контакт"])
    ('контакт', 'дата, место и контакт')
    """
    return " и ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
