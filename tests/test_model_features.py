"""Every named feature has an example here: a text that has it and one that has it not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.features import FEATURES, LEAD, measure
from model.lexicon import FLAGS, Lexicon
from model.linear import FEW, LinearHeads, Vocabulary
from training.morphology import parse

# For every flag a piece that has it. Features `count.`, `lead.`, `share.`, `lead_share.` are sums of flags.
EXAMPLES = {
    "word.months": "марта",
    "word.days": "субботу",
    "word.deadline": "срока",
    "word.address": "улице",
    "word.venue": "поликлиники",
    "word.territory": "посёлке",
    "word.invite": "приглашаем",
    "word.act": "запишитесь",
    "word.must": "обязательно",
    "word.how": "госуслугах",
    "word.price": "бесплатный",
    "word.contact": "диспетчера",
    "word.people": "пенсионерам",
    "word.self_report": "вручили",
    "word.gathering": "выступили",
    "word.officials": "губернатора",
    "word.bodies": "администрации",
    "word.greetings": "счастья",
    "word.memory": "ветеранов",
    "word.alarm": "мошенники",
    "word.utilities": "отопления",
    "word.benefits": "пособие",
    "word.health": "прививку",
    "word.law": "постановлением",
    "word.jargon": "целях",
    "word.culture": "концерты",
    "word.history": "старинная",
    "word.trade": "скидкой",
    "word.fraud": "пароль",
    "word.advice": "памятка",
    "word.jobs": "вакансии",
    "word.change": "отремонтировали",
    "word.past_time": "вчера",
    "word.function": "чтобы",
    "shape.link": "https://example.ru/a?b=1",
    "shape.mention": "[club1|",
    "shape.hashtag": "#библиотека",
    "shape.mail": "mail@example.ru",
    "shape.hours": "10:00-18:00",
    "shape.time": "18:30",
    "shape.date": "12.03.2026",
    "shape.phone": "8(800)000-12-34",
    "shape.percent": "15%",
    "shape.year": "1987",
    "shape.digit": "7",
    "shape.digits": "12",
    "shape.number": "1500",
    "shape.shout": "!!!",
    "shape.exclamation": "!",
    "shape.question": "?",
    "shape.emoji": "🎉",
    "gram.NOUN": "мост",
    "gram.ADJF": "светлый",
    "gram.ADJS": "светлы",
    "gram.COMP": "светлее",
    "gram.VERB": "идёт",
    "gram.INFN": "идти",
    "gram.PRTF": "читающий",
    "gram.PRTS": "построен",
    "gram.GRND": "читая",
    "gram.NUMR": "двое",
    "gram.ADVB": "быстро",
    "gram.NPRO": "он",
    "gram.PRED": "жаль",
    "gram.PREP": "возле",
    "gram.CONJ": "или",
    "gram.PRCL": "ведь",
    "gram.INTJ": "ой",
    "gram.past": "шёл",
    "gram.pres": "идёт",
    "gram.futr": "придёт",
    "gram.impr": "читай",
    "gram.1per": "иду",
    "gram.2per": "идёшь",
    "gram.3per": "идёт",
    "gram.plur": "мосты",
    "gram.Name": "Иван",
    "gram.Surn": "Иванов",
    "gram.Patr": "Иванович",
    "gram.Geox": "Москва",
    "gram.Orgn": "Роскосмос",
    "gram.Abbr": "МЧС",
    "gram.gent": "моста",
    "gram.datv": "дому",
    "gram.ablt": "мостом",
    "gram.loct": "доме",
    "gram.pssv": "построен",
    "gram.known": "мост",
    "case.upper": "ВНИМАНИЕ",
    "case.title": "Внимание",
    "script.latin": "hello",
    "script.foreign": "ҡала",
    "is.word": "мост",
    "is.single": "я",
    "is.prompt": "инструкции",
}

SUMS = {name: name.split(".", 1) for name in FEATURES if name.startswith(("count.", "lead.", "share.", "lead_share."))}

# Of the other features: a text that has more, a text that has less.
PAIRS = {
    "size.pieces": ("раз два три", "раз два"),
    "size.word": ("водоснабжение", "вода"),
    "text.letters": ("вода…", "вода"),
    "text.quotes": ("«Ладья»", "Ладья"),
    "text.colons": ("приём: врач", "приём врач"),
    "text.brackets": ("приём (врач)", "приём врач"),
    "text.stops": ("Воды нет. Ждём", "Воды нет, ждём"),
    "text.commas": ("раз, два", "раз два"),
    "text.dashes": ("вход — свободный", "вход свободный"),
    "text.bullets": ("• паспорт", "паспорт"),
    "text.numero": ("школа № 5", "школа 5"),
    "text.lines": ("раз\nдва", "раз два"),
    "text.cut": ("Продолжение следует…", "Продолжение следует"),
    "dates": ("концерт 12 марта", "концерт 12 человек"),
    "dates.coming": ("12 марта состоится концерт", "12 марта состоялся концерт"),
    "dates.past": ("12 марта прошёл концерт", "12 марта пройдёт концерт"),
    "dates.bare": ("концерт, 12 марта", "12 марта пройдёт концерт"),
    "dates.placed": ("12 марта, улица Лесная", "12 марта, ария Лизы"),
    "dates.first": ("Ждём всех на концерт 12 марта", "12 марта ждём всех на концерт"),
    "phones.duty": ("Справки по телефону 5-12-34", "Юрий Иванов 5-12-34"),
    "phones.officials": ("Глава района Иванов 5-12-34", "Приём заявок 5-12-34"),
    "phones.share": ("аптека 5-12-34", "аптека 34"),
    "law.numbers": ("постановление № 512", "школа № 512"),
    "officials.named": ("глава района Иван Иванов", "глава книги про любовь"),
    "words.disjoint": ("ремонт окна двери потолки", "ремонт окна и двери и потолки"),
    "verbs.past_lead": ("прошёл концерт", "пройдёт концерт"),
    "verbs.past_share": ("прошёл и закончился", "прошёл и начнётся"),
    "numbers.share": ("школа 5", "школа пять"),
    "repeats": ("вода вода вода", "вода свет газ"),
}


@pytest.fixture(scope="module")
def lexicon():
    """A lexicon that knows nothing beforehand."""
    nothing = Vocabulary((), np.zeros(0, np.int64), np.zeros(0, np.float32))
    return Lexicon(parse, LinearHeads(nothing, (), np.zeros(0), np.zeros((0, 0)), np.zeros((1, 0))))


@pytest.fixture(scope="module")
def value(lexicon):
    """Measures one feature of one text."""
    return lambda name, text: measure(lexicon.read([text]))[0, FEATURES.index(name)]


def filler(flag):
    """A piece without the flag."""
    return "мост" if flag == "shape.digit" else "7"


def test_every_flag_has_an_example():
    assert set(FLAGS) - EXAMPLES.keys() == set()
    assert EXAMPLES.keys() - set(FLAGS) == set()


def test_every_feature_has_an_example():
    covered = PAIRS.keys() | {name for name, (_, flag) in SUMS.items() if flag in EXAMPLES}
    assert set(FEATURES) - covered == set()
    assert PAIRS.keys() - set(FEATURES) == set()


def test_no_feature_is_named_twice():
    assert len(set(FEATURES)) == len(FEATURES)


@pytest.mark.parametrize("flag", EXAMPLES)
def test_example_has_its_flag(lexicon, flag):
    assert flag in {FLAGS[number] for number in lexicon.describe(EXAMPLES[flag])[1]}


@pytest.mark.parametrize("name", SUMS)
def test_flag_is_summed(value, name):
    kind, flag = SUMS[name]
    other = filler(flag)
    assert value(name, f"{other} {EXAMPLES[flag]} {other}") > value(name, f"{other} {other} {other}") == 0


@pytest.mark.parametrize("name", [name for name, (kind, _) in SUMS.items() if kind.startswith("lead")])
def test_lead_ends(value, name):
    kind, flag = SUMS[name]
    opening = f"{filler(flag)} " * (LEAD - 1)
    assert value(name, opening + EXAMPLES[flag]) > 0
    assert value(name, opening + filler(flag) + " " + EXAMPLES[flag]) == 0


@pytest.mark.parametrize("name", [name for name, (kind, _) in SUMS.items() if kind == "share"])
def test_share_falls_as_the_text_grows(value, name):
    _, flag = SUMS[name]
    assert value(name, EXAMPLES[flag]) == 1
    assert value(name, f"{EXAMPLES[flag]} {filler(flag)}") == 0.5


@pytest.mark.parametrize("name", PAIRS)
def test_feature_is_greater(value, name):
    more, less = PAIRS[name]
    assert value(name, more) > value(name, less)


@pytest.mark.parametrize(
    ("name", "text", "neighbour"),
    [
        ("dates.placed", "12 марта", "улица Лесная"),
        ("dates.coming", "12 марта", "приходите"),
        ("phones.officials", "5-12-34", "Глава района Иванов"),
        ("law.numbers", "512", "постановление"),
    ],
)
def test_company_stays_in_its_post(lexicon, name, text, neighbour):
    """What stands at the end of one post is not near the beginning of the next."""
    column = FEATURES.index(name)
    apart = measure(lexicon.read([text, neighbour, text]))[:, column]
    assert apart.tolist() == [0, 0, 0]
    assert measure(lexicon.read([f"{text} {neighbour}"]))[0, column] > 0


def test_month_of_the_next_post_makes_no_date(lexicon):
    assert measure(lexicon.read(["Всего 12", "Марта приехала"]))[:, FEATURES.index("dates")].tolist() == [0, 0]


def test_first_date_is_at_the_end_where_there_is_none(value):
    assert value("dates.first", "Ждём всех на концерт") == 1
    assert value("dates.first", "12.03.2026 концерт") == 0


def test_posts_are_measured_alone(lexicon, corpus):
    texts = ["", *(row["text"] for row in corpus[:40]), "🎉", " \r\n"]
    together = measure(lexicon.read(texts))
    alone = np.concatenate([measure(lexicon.read([text])) for text in texts])
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("texts", [[], [""], ["\u00ad"], ["…"]])
def test_nothing_to_measure_is_measured(lexicon, texts):
    measured = measure(lexicon.read(texts))
    assert measured.shape == (len(texts), len(FEATURES))
    assert np.isfinite(measured).all()


def plain_marks(text):
    """Marks of a text, counted the slow way."""
    return {
        "text.letters": len(text),
        "text.quotes": text.count("«") + text.count('"') / 2,
        "text.stops": text.count(". ") + text.count(".\n") + text.endswith("."),
        "text.commas": text.count(","),
        "text.bullets": sum(map(text.count, ("•", "✅", "▪", "📌", "\n-"))),
        "text.lines": text.count("\n"),
        "text.cut": text.count("[…]") + text.endswith(("…", "...")),
    }


@given(st.lists(st.text(st.sampled_from('а.,…[]«" \n-–•✅(:/№😀\0'), max_size=30), max_size=5))
def test_marks_of_a_batch_are_those_of_each_text(lexicon, texts):
    few, many = (measure(lexicon.read([*texts, *more])) for more in ([], ["а"] * (FEW + 1)))
    assert np.array_equal(few, many[: len(texts)])
    for row, text in zip(few, texts, strict=True):
        for name, count in plain_marks(text).items():
            assert row[FEATURES.index(name)] == pytest.approx(np.log1p(count), abs=1e-5), name


def test_colon_of_an_address_is_no_mark(value):
    told, linked = (value("text.colons", text) for text in ("Приём: врач", "Приём: врач https://example.ru/news"))
    assert told == linked > 0
