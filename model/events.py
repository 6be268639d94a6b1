"""What an announcement lacks: its day, its place, the price, whom to ask; and whether it begins with the matter.

Each rule looks first for an announcement: a sentence with a verb of what will be and a thing
to come to. A rule keeps silent where anything in the text may be what it looks for.
"""

import re
from collections.abc import Iterator

from model.draft import VEIL, Draft
from model.rules import Place, words_of

_INVITES, _EXACT = words_of("event", "invites"), words_of("event", "things_exact")
_THINGS, _PAST = tuple(words_of("event", "things")), tuple(words_of("event", "past"))
_FURTHER = words_of("event", "further")

_DAY = re.compile(
    r"(?<!\d)\d{1,2}(?:-?(?:го|ого|е|ое))?[ \u00a0]{0,2}(?:янв|фев|мар|апр|ма[яй]|июн|июл|авг|сен|окт|ноя|дек)"
    r"|(?<![\d.])\d{1,2}[./](?:0[1-9]|1[0-2])(?!\d)"
    r"|(?<!\w)(?:сегодня|завтра|послезавтра|понедельник|вторник|сред[ауые]|четверг|пятниц|суббот(?!ник)|воскресен(?!ск)"
    r"|выходн|ежедневн|каждый день|будн|январ|феврал|(?-i:март(?:а|е|у|ом|овск\w+)?\b|Март\b|МАРТ[АЕ]?\b)|апрел"
    r"|ма[йея]\b|июн|июл|август(?!ин)|сентябр|октябр|ноябр|декабр|(?-i:недел)(?!\w{1,3}[ \u00a0](?:добр|книг|детск"
    r"|музе|здоров|наук|театр|памят|психол|безопасн|профор|молод|моды|кино|экол|дорожн|финанс)))",
    re.IGNORECASE,
)
_SOMETIME = re.compile(
    r"(?<!\w)(?:скоро|подробн|следите|анонс|дат[аыу]|расписан|график|афиш|опро|голосу|каникул"
    r"|лет[ое]м?\b|осень|зим[аоы]|весн|кажд"
    r"|круглый год|через|телевиз|фильм|конца|голос|подписк|журнал|новая группа|перенос|отмен"
    r"|перв\w{2,3} числ|всегда|постоянн|уже|сейчас|открыт[аоы]?\b|запис)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?<!\w)(?:ул\b|улиц|пр\b|пр-т|проспект|пер\b|переул|площад|пл\b|наб\b|набереж|шоссе|бульвар"
    r"|адрес|мкр|микрорайон|дом[еау]?\b|кабинет|каб\b|ауд"
    r"|этаж|зал|[а-я]{0,6}центр|библиотек|муз[её]|клуб|школ|парк|сквер|стадион|театр|двор|площадк|сад"
    r"|храм|церк|собор|монастыр|поликлин|больниц"
    r"|дк\b|рдк\b|цнк\b|кдк\b|галере|филармон|кино|филиал|усадьб|остров|лес|берег|озер|пляж"
    r"|администрац|гимнази|лице|колледж|институт|университет"
    r"|вокзал|остановк|станци|метро|ворот|вход|мастерск|студи|сел[оеа]\b|комплекс|деревн|пос[её]л|г\."
    r"|д\.|с\.|п\.|город|онлайн|on-?line|zoom|эфир|трансляц|вебинар"
    r"|дистанц|сайт|ссылк|групп|страниц|чат|канал|приложени|конкурс|марафон|акци|платформ|экран"
    r"|телеви|радио|у нас|к нам|здесь|тут|место|мест[ае])",
    re.IGNORECASE,
)
_NAMED_PLACE = re.compile(r"(?<!\w)(?:[Вв]о?|[Нн]а|[Уу]|[Кк]о?)[ \u00a0][«\"А-ЯЁA-Z]")
_PRICE = re.compile(
    r"\d[ \u00a0]{0,2}(?:р\b|руб|₽|т\.? ?р)|бесплат|(?<!\w)(?:цен[аыуе]|стоимост|свободн|пушкинск"
    r"|льгот|безвозмезд|даром|рубл|донат|подарок|входно|розыгр|выигра|приз)"
    r"|вход:?[ \u00a0]?[-–—]?[ \u00a0]?\d",
    re.IGNORECASE,
)
_TICKETS = re.compile(
    r"(?<!\w)(?:билеты (?:в кассе|в кассах|можно|уже|продаются|в продаже|приобр)|купить билет"
    r"|приобрести билет|билеты:|продажа билетов|заказ билетов)\w*",
    re.IGNORECASE,
)
_SIGN_UP = re.compile(
    r"(?<!\w)(?:(?:нужна|требуется|обязательна|необходима|открыта|ведется|ведётся|идёт"
    r"|идет)?[ \u00a0]?(?:предварительн\w{2,3}[ \u00a0](?:запис[ьи]|регистраци\w))"
    r"|запись обязательна|регистрация обязательна|обязательна (?:запись|регистрация)"
    r"|успейте записаться|спешите записаться|записывайтесь|запишитесь|регистрируйтесь|заявки принима\w{2,4})",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    rf"{VEIL}|\d[\d()\- \u00a0]{{3,}}\d|(?<!\w)(?:комментари|личн|сообщени|директ|лс\b|л\.с|ссылк|сайт"
    rf"|касс|директор|администратор|кабинет|каб\b|педагог"
    r"|руководител|учител|воспитател|тренер|госуслуг|портал|форм[аеуы]\b|групп|бот\b|чат|кнопк|почт"
    r"|лично|адрес|мфц|у нас|стойк)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?<!\d)(?<!от )\d{1,2}(?:-?(?:го|ого|е|ое))?[ \u00a0]{0,2}(?:янв|фев|мар|апр|ма[яй]|июн|июл|авг"
    r"|сен|окт|ноя|дек)"
    r"|(?<![\d.])(?<!от )\d{1,2}\.(?:0[1-9]|1[0-2])(?!\d)",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<![\d.:])(?:[01]?\d|2[0-3])[:.][0-5]\d(?![\d.])|(?<!\w)в \d{1,2} час")


def _comes(words: list[str]) -> bool:
    """Whether a sentence of these words invites to something."""
    return any(word in _INVITES for word in words) and any(_is_thing(word) for word in words)


def _is_thing(word: str) -> bool:
    return word in _EXACT or word.startswith(_THINGS)


def _announced(draft: Draft) -> tuple[int, int] | None:
    """The first and the last word of the first sentence that invites somebody to something, with no past around."""
    for first, after in draft.sentences():
        words = draft.words[first:after]
        if any(word.startswith(_PAST) for word in words):
            return None
        if _comes(words) and "?" not in draft.gap(after - 1) and "отмен" not in draft.text and "не" not in words:
            return first, after - 1
    return None


def _marked(draft: Draft) -> Iterator[Place]:
    """The verb and the thing of the announcement, with what stands between."""
    announced = _announced(draft)
    if announced is not None:
        numbers = range(announced[0], announced[1] + 1)
        verb = next(number for number in numbers if draft.words[number] in _INVITES)
        thing = next(number for number in numbers if _is_thing(draft.words[number]))
        yield draft.starts[min(verb, thing)], draft.stops[max(verb, thing)], None


# Whoever does not find the day does not come.
def event_day(draft: Draft) -> Iterator[Place]:
    """An announcement without a day, an hour or a word on when it will be known."""
    if not (_DAY.search(draft.text) or _HOUR.search(draft.text) or _SOMETIME.search(draft.text)):
        yield from _marked(draft)


# A post is shared outside its page, and there nobody knows where «here» is.
def event_place(draft: Draft) -> Iterator[Place]:
    """An announcement with a day and nothing that may be a place."""
    if _DAY.search(draft.text) and not (_PLACE.search(draft.text) or _NAMED_PLACE.search(draft.text)):
        yield from _marked(draft)


# «Tickets in the box office»: for how much is the first question under the post.
def event_price(draft: Draft) -> Iterator[Place]:
    """Tickets without a price."""
    found = _TICKETS.search(draft.plain)
    if found and not _PRICE.search(draft.text):
        yield *found.span(), None


# An obligatory registration nobody knows how to pass keeps people at home.
def event_contact(draft: Draft) -> Iterator[Place]:
    """A call to sign up without a telephone, a link or a word on where."""
    found = _SIGN_UP.search(draft.plain)
    if found and not _CONTACT.search(draft.plain):
        start = found.start() + len(found[0]) - len(found[0].lstrip(" \u00a0"))
        yield start, found.end(), None


LATE = 300  # characters


# A reader leaves after two sentences; what they need has to stand in them.
def late_lead(draft: Draft) -> Iterator[Place]:
    """The sentence with the day of an announcement, where it stands after the second and after LATE characters."""
    sentences = draft.sentences()
    if len(sentences) < 4 or any(word.startswith(_PAST) for word in draft.words):
        return
    for number, (first, after) in enumerate(sentences):
        start = draft.starts[first]
        stop = draft.starts[after] if after < len(draft) else len(draft.text)
        words = draft.words[first:after]
        if number < 2 and (_DAY.search(draft.text, start, stop) or _comes(words)):
            return
        if _comes(words) and _DATED.search(draft.text, start, stop):
            if start - draft.starts[0] > LATE and words[0] not in _FURTHER:
                yield start, draft.stops[after - 1], None
            return
