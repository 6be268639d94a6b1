"""Rules of style about how a thing is written: dates, telephones, addresses, links, marks and what was left by editing.

Each is a pattern and what to write instead. Like those in `model.rules`, they look at the
veiled text, so links, mentions and hashtags are never touched unless the rule is about them.
"""

import re
from collections.abc import Iterator

from model.draft import VEIL, Draft
from model.rules import LOST, Place

_PHONE = re.compile(r"(?<![\d.+-])(?:\+7|8)9\d{9}(?![\d-])")
_OTHER_NUMBER = re.compile(
    r"(?<!\w)(?:инн|огрн(?:ип)?|кпп|бик|уин|укэп|снилс\w{0,2}|(?:[а-я]+-?)?сч[её]т[а-я]{0,2}|[рл]/сч?|код[а-я]{0,2}"
    r"|полис[а-я]{0,2}|договор[а-я]{0,2}|заказ[а-я]{0,2}|номенклатур[а-я])"
    r"[\s.:–—-]{0,3}(?:(?:№|номер[а-я]{0,2})[\s.:–—-]{0,3})?$"
    r"|(?<!тел )(?<!тел\. )(?<!телефон )(?<!тел\.: )№\s{0,2}$",
    re.IGNORECASE,
)


# Eleven digits in a row are dialled with a finger on the screen, and a third of them wrongly.
def phone(draft: Draft) -> Iterator[Place]:
    """Mobile telephone numbers without spaces."""
    for match in _PHONE.finditer(draft.plain):
        if _OTHER_NUMBER.search(draft.plain[max(0, match.start() - 40) : match.start()]):
            continue
        head, rest = match.group()[:-10], match.group()[-10:]
        yield *match.span(), f"{head} {rest[:3]} {rest[3:6]}-{rest[6:8]}-{rest[8:]}"


_STREET = re.compile(r"(?<![\w.-])([уУ]л|[пП]ер|[пП]л|[мМ]кр|[нН]аб)(?P<gap>[ \u00a0]{0,2})(?=[А-ЯЁ][а-яё]{3})")


# «ул» without a full stop reads as a slip, and maps do not find it.
def address(draft: Draft) -> Iterator[Place]:
    """Short words of an address without a full stop."""
    for match in _STREET.finditer(draft.plain):
        if match["gap"]:
            yield *match.span(), f"{match[1]}. "


_CLOCK = re.compile(r"(?<![\w.,:/+№-])([01]?\d|2[0-3])-([0-5][05])(?![\d-]|[.,:/]\d)")
_AT = re.compile(r"(?<!\w)[вВсС]о?[ \u00a0]$")
_ABOUT_TIME = re.compile(
    r"(?<!\w)(?:до|к|около|после|на|по|ровно|начал[оае]?|сбор|старт|открытие|время|отправление|выезд|ежедневно|пн|вт"
    r"|ср|чт|пт|сб|вс)[.:]?[ \u00a0](?:[вс][ \u00a0])?(?:[–—-][ \u00a0])?$",
    re.IGNORECASE,
)
_COUNTED = re.compile(  # a score, a number of a document or a telephone is no time
    r"(?<!\w)(?:сч[её]т\w{0,3}(?:[ \u00a0]\w{3,12})?|тел\w{0,6}|код\w{0,2}|гост|снип|индекс\w?"
    r"|закон\w{0,2}|приказ\w{0,2}|артикул\w?|звоните|размер\w?)[.:]?[ \u00a0]{0,2}$|№[ \u00a0]?$",
    re.IGNORECASE,
)
# What is counted, of which ten to fifteen there may be: minutes, metres and whatever stands in the plural.
_AMOUNT = re.compile(
    r"[ \u00a0]?(?:(?:лет|год|г\.|гг|руб|р\.|р\b|₽|чел|%|мин|сек|час(?:ах|ами)|дн(?:ей|ях|ями)|сут|недел|месяц"
    r"|раз[аы]?\b|к?м\b|[мк]м\b|см\b|метр|километр|шаг|тыс|млн|процент|градус|кг|г\b|т\b|л\b|класс|квартир|дом(?:ов|ах|ами)\b"
    r"|штук|шт\b|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
    r"|[а-яё]{2,20}(?:[ая]х|[аяь]ми|[ыи]х|[ыи]ми)\b)",
    re.IGNORECASE,
)
_ON_TO = re.compile(
    r"[ \u00a0]?(?:час(?:ов|а)|ч\.?|утра|дня|вечера)?[ \u00a0]?(?:до|и|или|[–—,;/-])[ \u00a0]?(?:с[ \u00a0])?"
)
_IMPOSSIBLE = re.compile(
    r"(?<!\w)(?:в|с|до|к|начало|начала|сбор|время)[:]?[ \u00a0](?:[–—-][ \u00a0])?(?:[вс][ \u00a0])?"
    r"(?P<time>(?P<hours>\d{1,2}):(?P<minutes>\d\d))(?![\d:]|[.,]\d|[ \u00a0]?(?:сч[её]т|мин|сек|в[ \u00a0]польз))",
    re.IGNORECASE,
)


# 18-00 may be a range or a score; to a time that no clock shows nobody can come.
def clock(draft: Draft) -> Iterator[Place]:
    """A time with a hyphen, and one that is not on a clock."""
    found = [*_hyphened(draft), *_off_the_clock(draft)]
    return iter(sorted(found, key=lambda place: place[0]))


def _hyphened(draft: Draft) -> Iterator[Place]:
    linked = -1  # where the time before may lead on to the next one: «с 9-30 до 17-15»
    for match in _CLOCK.finditer(draft.plain):
        if _is_time(draft.plain, match, match.start() == linked):
            on = _ON_TO.match(draft.plain, match.end())
            linked = on.end() if on else -1
            yield *match.span(), f"{match[1]}:{match[2]}"


def _is_time(plain: str, match: re.Match[str], linked: bool) -> bool:
    """Whether hours and minutes are meant; fifteen to twenty of something only look like them."""
    last = match
    on = _ON_TO.match(plain, match.end())
    if on and (further := _CLOCK.match(plain, on.end())):
        last = further  # «с 10-15 до 20-30 человек» is told by its end
    before = plain[max(0, match.start() - 25) : match.start()]
    if _AMOUNT.match(plain, last.end()) or _COUNTED.search(before):
        return False
    if match[2] == "00":
        return True
    rises = int(match[1]) < int(match[2])  # as a range does
    if rises and match[2] not in ("15", "20", "30", "40", "45", "50"):
        return False
    by_month = plain[match.end() :][:4].strip() == "по"  # с 20-05 по 25-05
    return (linked or _AT.search(before) is not None or not (rises or not _ABOUT_TIME.search(before))) and not by_month


LAST_HOUR, LAST_MINUTE = 23, 59


def _off_the_clock(draft: Draft) -> Iterator[Place]:
    for match in _IMPOSSIBLE.finditer(draft.plain):
        hours, minutes = int(match["hours"]), int(match["minutes"])
        midnight = hours == LAST_HOUR + 1 and not minutes
        if (hours > LAST_HOUR or minutes > LAST_MINUTE) and not midnight:
            yield *match.span("time"), None


_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905
_DIGITS = re.compile(
    r"(?<![\d.№])(0?[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])\.(20\d\d)(?![\d.])(?:[ \u00a0]?г(?:ода|\.)?(?!\w))?"
)


# An order is looked up by its date in digits, and nobody plans by it.
_REQUISITE = re.compile(
    r"(?:закон|фз|письм|газет|указ|постановл|распоряж|приказ|решени|принят|протокол|договор"
    r"|п\.)[^.!?]{0,70}$|\(\d{1,2}\.\d\d\.1[89]\d\d[ \u00a0]?[-–—][ \u00a0]?$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:[ \u00a0]?г(?:ода|\.)?)?,?[ \u00a0]?(?:№|N)")


# A month by name is understood without counting.
def digit_date(draft: Draft) -> Iterator[Place]:
    """Whole dates in digits."""
    for match in _DIGITS.finditer(draft.plain):
        before = draft.plain[max(0, match.start() - 80) : match.start()]
        if _REQUISITE.search(before) or _NUMBERED.match(draft.plain, match.end()):
            continue
        yield (
            *match.span(),
            f"{int(match[1])} {_MONTHS[int(match[2]) - 1]} {match[3]}"
            + (" года" if match.group()[-1:] in "га." else ""),
        )


_ENDING = re.compile(rf"(?<![\d.])([1-9]|[12]\d|3[01])-?(?:го|ого|его|ое|е)(?=[ \u00a0](?:{'|'.join(_MONTHS)})(?!\w))")


# Read aloud it has the ending anyway.
def date_ending(draft: Draft) -> Iterator[Place]:
    """A day of a month with an ending."""
    return ((*match.span(), match[1]) for match in _ENDING.finditer(draft.plain))


_CASE = re.compile(
    r"(?<![\d.])(\d{1,3})-(?:ти|х|ёх|ех|ми|тью)"
    r"(?=[ \u00a0](?:лет|дней|человек|часов|минут|месяцев|рублей|метров|детей|команд)(?!\w))"
)


_ORDINAL = re.compile(
    r"(?<![\w.,-])(?P<number>\d{1,4})-(?P<ending>[оыи]е|[аую]ю|ая|[оыи]й|[ое]го|[ое]му|[ыи]х|[оыи]м|[ыи]ми)(?![\w-])"
    rf"(?![ \u00a0](?:{'|'.join(_MONTHS)})(?!\w))"
)


# A number in digits needs no ending of its case, and of an ordinal no more than the last letters.
def number_ending(draft: Draft) -> Iterator[Place]:
    """A number with an ending of its case, and an ordinal with more than its last consonant and vowel."""
    found: list[Place] = [(*match.span(), match[1]) for match in _CASE.finditer(draft.plain)]
    found += ((*match.span(), f"{match['number']}-{match['ending'][1:]}") for match in _ORDINAL.finditer(draft.plain))
    return iter(sorted(found, key=lambda place: place[0]))


_UNIT = re.compile(
    r"(?<![\w.,№-])\d{1,9}(?:руб|рублей|тыс|млн|чел|человек|мин|минут|час|часов|лет|км|кг|кв)(?!\w)"
    r"|(?<![\w.,№/-])\d{2,6}р(?![\w/-])"
    r"|(?<![\w.,№/-])\d{1,2}ч(?![\w/-])"
    r"|(?<![\w.-])(?:\d{1,2}\.\d{1,2}\.\d\d|(?:19|20)\d\d)г(?:ода?)?(?![\w-])"
)
_SEAM = re.compile(r"(?<=\d)(?=[а-я])")


# A number and its word slip together into one.
def glued_unit(draft: Draft) -> Iterator[Place]:
    """A number without a space before its word."""
    return ((*match.span(), _SEAM.sub(" ", match.group())) for match in _UNIT.finditer(draft.plain))


_SUM = re.compile(r"(?<![\w.,+№-])\d{5,12}(?=[ \u00a0](?:руб|рубл|человек|тонн|жител|₽))")


# Zeros are counted with a finger.
def long_number(draft: Draft) -> Iterator[Place]:
    """Large numbers without spaces between thousands."""
    return (
        (*match.span(), f"{int(match.group()):,}".replace(",", " "))
        for match in _SUM.finditer(draft.plain)
        if match.group()[0] != "0"
    )


_NUMERO = re.compile(r"(?<![\w-])(?:N[oо°]?|No)\.?(?P<gap>[ \u00a0]?)(?=\d)")
_MODEL = re.compile(
    r"(?:[A-Za-z][\w-]*|(?:маск|респиратор|модел|смартфон|витамин|уров)\w*)[ \u00a0«\"]{1,2}$", re.IGNORECASE
)
_NUMBERED_THING = re.compile(
    r"(?<!\w)(?:школ|дом|кв|квартир|сад|садик|лице|гимнази|больниц|поликлиник|автобус|маршрут|участ|кабинет|каб|магазин"
    r"|филиал|библиотек|корпус|подъезд|стать|приказ|закон|указ|постановлени|распоряжени|решени|договор|пункт|отделени"
    r"|групп|выпуск|отряд|палат|сош|доу|дши|уик|тик)\w{0,4}[.]?[ \u00a0]$|\d[ \u00a0]?(?:г\.?|года)?,?[ \u00a0]$",
    re.IGNORECASE,
)


# A Latin letter for a sign that everybody knows. N95 is a kind of masks, N8 a telephone.
def numero(draft: Draft) -> Iterator[Place]:
    """N for №, where a number is meant."""
    for match in _NUMERO.finditer(draft.plain):
        before = draft.plain[max(0, match.start() - 25) : match.start()]
        sure = match["gap"] or match.group() != "N"
        if not _MODEL.search(before) and (sure or _NUMBERED_THING.search(before)):
            yield *match.span(), "№ "


_ALIKE = str.maketrans("aceopxyABCEHKMOPTXkm", "асеорхуАВСЕНКМОРТХкм")
_RUSSIAN = re.compile(r"[А-Яа-яЁё]")
_LATIN = re.compile(r"[A-Za-z]")
_WHOLE = re.compile(r"[А-Яа-яЁё]+")


_LONE = frozenset("co")


# Search does not find such a word, and a screen reader stumbles over it.
def mixed_alphabet(draft: Draft) -> Iterator[Place]:
    """Latin letters inside Russian words, and one that stands for a Russian word of a letter."""
    for number in range(len(draft)):
        word = draft.original(number)
        if word in _LONE and _stands_for_russian(draft, number):
            yield draft.starts[number], draft.stops[number], word.translate(_LONE_ALIKE)
        if word.isascii() or "-" in word or not _LATIN.search(word):
            continue
        latin = _LATIN.findall(word)
        become = word.translate(_ALIKE)
        if len(latin) * 2 < len(word) and len(_RUSSIAN.findall(word)) >= 3 and _WHOLE.fullmatch(become):
            yield draft.starts[number], draft.stops[number], become


_LONE_ALIKE = str.maketrans("co", "со")
_RUSSIAN_BEFORE, _RUSSIAN_AFTER = (
    re.compile(r"(?:[а-яё»)]|\d[,;])[,:;]?[ \u00a0]$|(?:^|\n)$", re.IGNORECASE),
    re.compile(r"[ \u00a0](?:[«\"]?[а-яё]{2}|(?P<digit>\d))", re.IGNORECASE),
)


def _stands_for_russian(draft: Draft, number: int) -> bool:
    """Whether a lone Latin letter stands between Russian words: «c 9 до 17», but not the class «5 a»."""
    before = draft.plain[max(0, draft.starts[number] - 3) : draft.starts[number]]
    after = _RUSSIAN_AFTER.match(draft.plain, draft.stops[number])
    return (
        after is not None
        and _RUSSIAN_BEFORE.search(before) is not None
        and (after["digit"] is None or draft.original(number) == "c")
    )


_ENTITIES = {
    "&nbsp;": " ",
    "&quot;": '"',
    "&amp;": "&",
    "&laquo;": "«",
    "&raquo;": "»",
    "&mdash;": "—",
    "&ndash;": "–",
    "&lt;": "<",
    "&gt;": ">",
}
_MARKUP = re.compile(rf"{'|'.join(_ENTITIES)}|</?(?:br|b|i|u|p|strong|em|div|span)[ ]?/?>|(?<!\*)\*\*(?!\*)")


# What another program left is seen as rubbish.
def markup(draft: Draft) -> Iterator[Place]:
    """Tags, entities and asterisks that a network shows as they are."""
    for match in _MARKUP.finditer(draft.plain):
        yield *match.span(), _ENTITIES.get(match.group(), "")


_BROKEN = re.compile(
    r"(?:[РС][\u0080-\u00bf\u0402-\u040f\u0452-\u045f°±µ‚„…†‡€‰‹‘’“”•–—™›]){3,60}"
    rf"|(?:[ÐÑ][\u0080-\u00bf]){{3,60}}|\ufffd{{2,60}}|{LOST}"
)


# Nobody can read it, the writer's own screen may show it well.
def broken_letters(draft: Draft) -> Iterator[Place]:
    """Letters broken by a wrong encoding."""
    return ((*match.span(), None) for match in _BROKEN.finditer(draft.plain))


_RULER = re.compile(r"(?m)^[ \u00a0]{0,20}([=_~*—–-])\1{4,}[ \u00a0]{0,20}$")


# A screen reader reads every mark of it aloud.
def ruler(draft: Draft) -> Iterator[Place]:
    """Lines drawn with marks."""
    return ((*match.span(), "") for match in _RULER.finditer(draft.plain))


_SPACED = re.compile(r"(?<!\w)(?<!\w[ \u00a0])[А-ЯЁ](?:[ \u00a0][А-ЯЁ]){4,30}(?![ \u00a0]?\w)")


# Neither search nor a screen reader takes separate letters for a word.
def spaced_word(draft: Draft) -> Iterator[Place]:
    """Words written with spaces between letters."""
    for match in _SPACED.finditer(draft.plain):
        word = re.sub(r"[ \u00a0]", "", match.group())
        yield *match.span(), word if len(word) <= 10 else None  # more letters may be several words


_DOTS = re.compile(r"(?<!\.)\.{4,}")


# A row of full stops tells no more than three.
def dots(draft: Draft) -> Iterator[Place]:
    """Four full stops and more."""
    return ((*match.span(), "…") for match in _DOTS.finditer(draft.plain))


_DASH = re.compile(r"(?<=[\w»\")])[ \u00a0]-[ \u00a0](?=[\w«\"(])(?!\d)")


_HALF, _OTHER_HALF = (
    re.compile(r"[а-яё]{3}о$"),
    re.compile(r"[а-яё]{3,20}(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ого|его|ых|их)\b"),
)


# A hyphen joins a word, a dash parts a sentence; научно - практический is one word with needless spaces.
def hyphen(draft: Draft) -> Iterator[Place]:
    """A hyphen for a dash."""
    for match in _DASH.finditer(draft.plain):
        before = draft.plain[max(0, match.start() - 20) : match.start()]
        if not before[-1].isdigit() and not (_HALF.search(before) and _OTHER_HALF.match(draft.plain, match.end())):
            yield *match.span(), " — "


_GENDER = re.compile(r"(?<=[а-яё])\([-–]?(?:а|ая|ы|и|ца|цы|ка|ица|ей|ов|ся|лась)\)")


# Read aloud it falls apart.
def double_form(draft: Draft) -> Iterator[Place]:
    """Endings in brackets."""
    return ((*match.span(), None) for match in _GENDER.finditer(draft.plain))


_BRACKETS = re.compile(rf"\([^()\r\n{VEIL}]{{120,600}}\)")


# The sentence around it is forgotten before the bracket closes.
def long_bracket(draft: Draft) -> Iterator[Place]:
    """Brackets of more than 120 characters; where links are, the text between them is what counts."""
    return ((*match.span(), None) for match in _BRACKETS.finditer(draft.plain))


_LINE = re.compile(r"[^\r\n]+")
_ITEM = re.compile(r"(?<![\w.,(])[1-9]\)[ \u00a0]?(?=\w)")


# Items in a heap are lost; a line for each is read at a glance.
def inline_list(draft: Draft) -> Iterator[Place]:
    """Three numbered items and more in one line."""
    for line in _LINE.finditer(draft.plain):
        items = list(_ITEM.finditer(draft.plain, *line.span()))
        if len(items) >= 3:
            yield items[0].start(), items[-1].start() + 2, None


_LINK = re.compile(r"https?://[^\s]+", re.IGNORECASE)
LONG_LINK = 90
_SHORT_LINK = re.compile(
    r"https?://(?:clck\.ru|bit\.ly|goo\.gl(?!/forms)|tinyurl\.com|u\.to|is\.gd|qps\.ru|clc\.li|goo\.su|vk\.cc)/",
    re.IGNORECASE,
)


def _links(draft: Draft) -> Iterator[re.Match[str]]:
    return (match for match in _LINK.finditer(draft.text) if draft.plain[match.start()] == VEIL)


# Three lines of letters and signs say nothing and push the message off the screen.
def long_link(draft: Draft) -> Iterator[Place]:
    """Links of more than LONG_LINK characters."""
    return (
        (*match.span(), None)
        for match in _links(draft)
        if len(match.group()) > LONG_LINK and draft.text[match.start() - 1 : match.start()] != "["
    )


# Swindlers hide behind short links, so a careful resident does not follow them.
def hidden_link(draft: Draft) -> Iterator[Place]:
    """Links through a shortener, which do not tell where they lead."""
    return ((*match.span(), None) for match in _links(draft) if _SHORT_LINK.match(match.group()))


def _tells(line: str) -> bool:
    """Whether a line may say what the link under it opens: it ends with no full stop, or names a thing to look at."""
    return any(map(str.isalnum, line)) and (line.rstrip()[-1] not in f".!{VEIL}" or _SHOWN.search(line) is not None)


_SHOWN = re.compile(
    r"видео|фото|альбом|снимк|запис|ссыл|смотр|чита|слуша|концерт|перей|голос|подроб|источник|регистр"
    r"|здесь|тут|сайт|групп"
    r"|подкаст|выпуск|лекци|курс|тест|опрос|анкет|форм|карт|афиш|новост|стат|интервью|эфир|трансляц"
    r"|страниц|канал|подпис|репортаж|скачат",
    re.IGNORECASE,
)


# A naked link does not tell what opens: a form, a map or a file of forty pages.
def bare_link(draft: Draft) -> Iterator[Place]:
    """A link on a line of its own where the line before does not say what it opens."""
    before, linked = "", False
    for line in _LINE.finditer(draft.plain):
        if not line.group().strip():
            continue
        links = list(re.finditer(rf"{VEIL}+", line.group()))
        if len(links) == 1 and not linked and line.group().strip().strip(VEIL) == "" and not _tells(before):
            start = line.start() + links[0].start()
            if _LINK.match(draft.text, start):
                yield start, line.start() + links[0].end(), None
        before = line.group()
        linked = bool(links) and _LINK.match(draft.text, line.start() + links[-1].start()) is not None
