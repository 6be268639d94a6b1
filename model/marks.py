"""Rules of style about how a thing is written: dates, telephones, addresses, links, marks and what was left by editing.

Each is a pattern and what to write instead. Like those in `model.rules`, they look at the
veiled text, so links, mentions and hashtags are never touched unless the rule is about them.
"""

import re
from collections.abc import Iterator

from model.draft import VEIL, Draft
from model.rules import Place

_PHONE = re.compile(r"(?<![\d.+-])(?:\+7|8)9\d{9}(?![\d-])")


# Eleven digits in a row are dialled with a finger on the screen, and a third of them wrongly.
def phone(draft: Draft) -> Iterator[Place]:
    """Mobile telephone numbers without spaces."""
    for match in _PHONE.finditer(draft.plain):
        head, rest = match.group()[:-10], match.group()[-10:]
        yield *match.span(), f"{head} {rest[:3]} {rest[3:6]}-{rest[6:8]}-{rest[8:]}"


_STREET = re.compile(r"(?<![\w.-])([уУ]л|[пП]ер|[пП]л|[мМ]кр|[нН]аб)(?P<gap>[ \u00a0]{0,2})(?=[А-ЯЁ][а-яё]{3})")


# «ул» without a full stop reads as a slip, and maps do not find it.
def address(draft: Draft) -> Iterator[Place]:
    """Short words of an address without a full stop."""
    for match in _STREET.finditer(draft.plain):
        if match["gap"]:
            yield *match.span(), f"{match[1]}. "


_CLOCK = re.compile(
    r"(?<=\b[вВсС][ \u00a0])([01]?\d|2[0-3])-(00|15|20|30|40|45|50)(?![\d-])(?![ \u00a0]?(?:лет|год"
    r"|г\.|гг|руб|чел|%))"
)


# 18-00 may be a range or a score.
def clock(draft: Draft) -> Iterator[Place]:
    """A time with a hyphen."""
    return ((*match.span(), f"{match[1]}:{match[2]}") for match in _CLOCK.finditer(draft.plain))


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


_ENDING = re.compile(rf"(?<![\d.])([1-9]|[12]\d|3[01])-?(?:го|ого|ое|е)(?=[ \u00a0](?:{'|'.join(_MONTHS)})(?!\w))")


# Read aloud it has the ending anyway.
def date_ending(draft: Draft) -> Iterator[Place]:
    """A day of a month with an ending."""
    return ((*match.span(), match[1]) for match in _ENDING.finditer(draft.plain))


_CASE = re.compile(
    r"(?<![\d.])(\d{1,3})-(?:ти|х|ёх|ех|ми|тью)"
    r"(?=[ \u00a0](?:лет|дней|человек|часов|минут|месяцев|рублей|метров|детей|команд)(?!\w))"
)


# A number in digits needs no ending of its case.
def number_ending(draft: Draft) -> Iterator[Place]:
    """A number with an ending of its case."""
    return ((*match.span(), match[1]) for match in _CASE.finditer(draft.plain))


_UNIT = re.compile(r"(?<![\w.,-])\d{1,9}(?=(?:руб|рублей|тыс|млн|чел|человек|мин|минут|час|часов|лет|км|кг|кв)(?!\w))")


# A number and its word slip together into one.
def glued_unit(draft: Draft) -> Iterator[Place]:
    """A number without a space before its word."""
    return ((match.end(), match.end(), " ") for match in _UNIT.finditer(draft.plain))


_SUM = re.compile(r"(?<![\w.,+№-])\d{5,12}(?=[ \u00a0](?:руб|рубл|человек|тонн|жител|₽))")


# Zeros are counted with a finger.
def long_number(draft: Draft) -> Iterator[Place]:
    """Large numbers without spaces between thousands."""
    return (
        (*match.span(), f"{int(match.group()):,}".replace(",", " "))
        for match in _SUM.finditer(draft.plain)
        if match.group()[0] != "0"
    )


_NUMERO = re.compile(r"(?<!\w)(?:N[oо°]?|No)\.?[ \u00a0]?(?=\d)")


# A Latin letter for a sign that everybody knows.
def numero(draft: Draft) -> Iterator[Place]:
    """N for №."""
    return ((*match.span(), "№ ") for match in _NUMERO.finditer(draft.plain))


_ALIKE = str.maketrans("aceopxyABCEHKMOPTXkm", "асеорхуАВСЕНКМОРТХкм")
_RUSSIAN = re.compile(r"[А-Яа-яЁё]")
_LATIN = re.compile(r"[A-Za-z]")
_WHOLE = re.compile(r"[А-Яа-яЁё]+")


# Search does not find such a word, and a screen reader stumbles over it.
def mixed_alphabet(draft: Draft) -> Iterator[Place]:
    """Latin letters inside Russian words."""
    for number in range(len(draft)):
        word = draft.original(number)
        if word.isascii() or "-" in word or not _LATIN.search(word):
            continue
        latin = _LATIN.findall(word)
        become = word.translate(_ALIKE)
        if len(latin) * 2 < len(word) and len(_RUSSIAN.findall(word)) >= 3 and _WHOLE.fullmatch(become):
            yield draft.starts[number], draft.stops[number], become


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
    r"|(?:[ÐÑ][\u0080-\u00bf]){3,60}|\ufffd{2,60}"
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
    r"https?://(?:clck\.ru|bit\.ly|goo\.gl(?!/forms)|tinyurl\.com|u\.to|is\.gd|qps\.ru|clc\.li|goo\.su)/", re.IGNORECASE
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
