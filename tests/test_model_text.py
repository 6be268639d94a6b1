"""Pieces of text: each is what stands at its place in the original, whatever the original is."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.text import SHAPES, chunks, locate, normalise, pieces, shape

POST = (
    "Ждём вас!\r\n\r\nПрие\u0301м ведёт [club1|ДК «Ладья»], пере\u00adнос на 12.03.2026 в 18:30 🎉👨‍👩‍👧\r\n"
    "Пишите: mail@example.ru, vk.com/dk_1, https://example.ru/a?b=[1] #афиша@dk_1 Ещё вопросы?! 8(800)000-12-34"
)


def texts():
    """Anything, and above all what posts are made of."""
    return st.one_of(st.text(), st.text(alphabet="аёЯz1 .,:-–—!?[]|#@/\r\n\u00ad\u0301\u200d\ufeff🎉№«»%+()"))


def words(text):
    return [token.text for token in locate(text)]


@settings(max_examples=60, deadline=None)
@given(texts())
@example(POST)
@example("\u00ad")
@example("İi\u0307")  # its lower case is longer than it
def test_piece_is_what_stands_at_its_place(text):
    last = 0
    for token in locate(text):
        assert text[token.start : token.stop] == token.text != ""
        assert token.start >= last  # in order, none inside another
        last = token.stop


@settings(max_examples=60, deadline=None)
@given(texts())
@example(POST)
@example("-.ru _.ru")
@example("слово\x1cслово\x85слово\u2028слово\u3000слово")
def test_cutting_and_locating_agree(text):
    assert [piece for chunk in chunks(text) for piece in pieces(chunk)] == words(text)


@settings(max_examples=60, deadline=None)
@given(texts())
@example(POST)
@example("½ м²")
def test_piece_has_a_shape_or_is_a_word(text):
    for token in locate(text):
        kind = shape(token.text)
        assert kind in SHAPES or (kind is None and token.text[0].isalnum())  # ½ and ² pass for letters


@settings(max_examples=60, deadline=None)
@given(texts())
def test_normalising_twice_changes_nothing(text):
    for token in locate(text):
        if shape(token.text) is None:
            once = normalise(token.text)
            assert normalise(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[club1|имя]", ["[club1|", "имя"]),
        ("[id42|Иван Петров], добрый", ["[id42|", "Иван", "Петров", "добрый"]),
        ("[Афиша] города", ["Афиша", "города"]),  # brackets alone are not a mention
        ("#мойгород@dk_1,#афиша", ["#мойгород@dk_1", "#афиша"]),
        ("(https://example.ru/a?b=1)", ["https://example.ru/a?b=1"]),
        ("на vk.com/dk_1 и госуслуги.рф", ["на", "vk.com/dk_1", "и", "госуслуги.рф"]),
        ("mail@example.ru", ["mail@example.ru"]),
        ("раз\r\nдва", ["раз", "два"]),
        ("#8марта@dk", ["#8марта@dk"]),
        ("@dk_sadovy,@biblioteka.5!", ["@dk_sadovy", "@biblioteka.5", "!"]),
        ("1️⃣Паспорт", ["1️⃣", "Паспорт"]),
        ("пере\u00adнос", ["пере\u00adнос"]),
        ("за\u0301мок", ["за\u0301мок"]),
        ("Ещё ёлка", ["Ещё", "ёлка"]),
        ("мастер-класс", ["мастер-класс"]),
        ("вход - свободный", ["вход", "свободный"]),
        ("Ура!!! Что?!", ["Ура", "!!!", "Что", "?!"]),
        ("🎉🎊", ["🎉", "🎊"]),
        ("10:00-18:00, 9.30–17.00", ["10:00-18:00", "9.30–17.00"]),
        ("тел.5-12-34", ["тел", "5-12-34"]),
        ("+7(800)000-12-34", ["+7(800)000-12-34"]),
        ("с 1,5 до 15%", ["с", "1,5", "до", "15%"]),
        ("", []),
        ("… — «»", []),
    ],
)
def test_text_is_cut(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("https://example.ru", "link"),
        ("vk.com/dk_1", "link"),
        ("госуслуги.рф", "link"),
        ("[club1|", "mention"),
        ("#афиша", "hashtag"),
        ("mail@example.ru", "mail"),
        ("10:00-18:00", "hours"),
        ("9.30–17.00", "hours"),
        ("18:30", "time"),
        ("18.30", "time"),  # no month is the thirtieth
        ("12.03", "date"),
        ("12.03.26", "date"),
        ("12.03.2026", "date"),
        ("5-12-34", "phone"),
        ("8(800)000-12-34", "phone"),
        ("89000001234", "phone"),
        ("15%", "percent"),
        ("1987", "year"),
        ("2026", "year"),
        ("3026", "number"),
        ("7", "digit"),
        ("12", "digits"),
        ("1,5", "number"),
        ("!", "exclamation"),
        ("?", "question"),
        ("?!", "shout"),
        ("🎉", "emoji"),
        ("1️⃣", "emoji"),
        ("@dk_sadovy", "mention"),
        ("#8марта", "hashtag"),
        ("мост", None),
        ("мастер-класс", None),
        ("hello", None),
    ],
)
def test_shape_is_named(piece, expected):
    assert shape(piece) == expected


def test_every_shape_is_met():
    """A shape that no piece can have would be a dead feature."""
    text = POST + " 10:00-18:00 15% 1987 7 12 1500 ! ?"
    assert {shape(word) for word in words(text)} - {None} == set(SHAPES)


@pytest.mark.parametrize("word", ["Ёлка", "е\u0308лка", "ЁЛКА", "ёл\u00adка", "ё\u0301лка", "ёл\u200bка"])
def test_spellings_of_a_word_are_one(word):
    assert normalise(word) == "елка"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_short_i_is_kept(form):
    """Й is и with a mark in some texts; it must not become и."""
    assert normalise(unicodedata.normalize(form, "Йод")) == "йод"


@pytest.mark.parametrize(
    "unit", ["а.б.", "а-", "1.", "a@b.", "#а@", "@a.", "1️", "а\u0301", "8(", "http", "a.ru/", "!?"]
)
def test_no_text_makes_cutting_slow(unit):
    """A pattern whose work grows with the square of the length would sit over this for an hour."""
    text = unit * (300_000 // len(unit))
    assert sum(map(len, words(text))) <= len(text)


@pytest.mark.parametrize("hyphen", ["-", "\u2010", "\u2011"])
def test_a_phone_is_one_piece_whatever_its_hyphen(hyphen):
    for phone in ("5-12-34", "8(800)555-12-34", "8-800-555-12-34"):
        typed = phone.replace("-", hyphen)
        assert pieces(typed) == [typed]
        assert shape(typed) == "phone"
