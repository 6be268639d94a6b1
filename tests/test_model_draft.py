"""A draft: its words stand where they stand in the text, and nothing that must not be touched is a word."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.draft import VEIL, read
from model.text import normalise


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="аАёz1 .,:!?[]|#@/-\r\n\u00ad\u0301🎉«»")))
@example("İi\u0307")
@example("пере\u00adнос за\u0301мок")
def test_words_stand_at_their_places(text):
    draft = read(text)
    assert len(draft.plain) == len(text)
    assert len(draft.words) == len(draft.starts) == len(draft.stops) == len(draft.fresh)
    last = 0
    for number, word in enumerate(draft.words):
        assert last <= draft.starts[number] < draft.stops[number] <= len(text)
        assert normalise(draft.original(number)) == word
        last = draft.stops[number]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ждём вас", ["ждем", "вас"]),
        ("https://example.ru/данный дом", ["дом"]),
        ("пишите на mail@example.ru", ["пишите", "на"]),
        ("на сайте госуслуги.рф/данный", ["на", "сайте"]),
        ("[club1|Данный клуб] ждёт", ["ждет"]),
        ("[Афиша] клуба", ["афиша", "клуба"]),
        ("#данный_дом@клуб ждёт", ["ждет"]),
        ("канал @example_club ждёт", ["канал", "ждет"]),
        ("мастер-класс в 5-м доме", ["мастер-класс", "в", "м", "доме"]),
        ("", []),
    ],
)
def test_what_must_not_be_touched_is_veiled(text, words):
    draft = read(text)
    assert draft.words == words
    assert {was for was, now in zip(text, draft.plain, strict=True) if now == VEIL} <= set(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ждём вас. Вход свободный!", ["Ждём", "Вход"]),
        ("Ждём\nвас", ["Ждём", "вас"]),
        ("Ул. Лесная, г. Озёрск и А. С. Пушкин", ["Ул"]),
        ("Ура! сказал он… и ушёл", ["Ура"]),
        ("Ждём вас 🎉 Вход свободный", ["Ждём", "Вход"]),
        ("5 мая. Это вторник", ["мая", "Это"]),
    ],
)
def test_sentences_begin(text, expected):
    draft = read(text)
    assert [draft.original(number) for number, fresh in enumerate(draft.fresh) if fresh] == expected
    assert [first for first, _ in draft.sentences()] == [number for number, fresh in enumerate(draft.fresh) if fresh]


def test_only_spaces_may_stand_before_the_next_word():
    draft = read("раз два, три\nчетыре пять")
    assert [draft.next_word(number) for number in range(len(draft))] == ["два", "", "", "пять", ""]
