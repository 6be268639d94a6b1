"""Contributions: they sum to the score, whatever the text, and stand where they say."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Memory, Post
from model.contributions import MOST, contribute, phrases
from model.score import CHECKLIST

OUTAGE = (
    "Завтра, 12.03, с 9:00 до 17:00\r\nна ул. Садо\u00adвой не будет воды: воды нет 🎉. [id1|Диспетчер]: 5-12-34 🎉"
)


def total(given_, name):
    return getattr(given_, f"{name}_base") + sum(getattr(phrase, name) for phrase in given_.phrases)


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), st.just(OUTAGE)))
def test_contributions_sum_to_the_score(scorer, text):
    score = scorer(Post(text))
    found = contribute(scorer, text, score)
    assert total(found, "usefulness") == pytest.approx(score.usefulness, abs=1e-6)
    assert total(found, "engagement") + found.memory == pytest.approx(score.engagement, abs=1e-6)


@pytest.mark.parametrize("text", [OUTAGE, "Приходите в клуб. " * 40, "🎉"])
def test_the_base_is_the_score_of_nothing(scorer, text):
    """Not a remainder that hides what was not told."""
    score = scorer(Post(text))
    if score.status == "ok":
        nothing = scorer.predict([Post("")])
        found = contribute(scorer, text, score)
        assert found.usefulness_base == pytest.approx(25 * nothing.grade[0], abs=0.06)
        assert found.engagement_base == pytest.approx(100 * nothing.chance["any"][0], abs=0.06)


def test_memory_has_a_part_of_its_own(scorer):
    earlier = [Post(f"Концерт хора, {day} марта", date=f"2026-03-{day:02}", likes=day) for day in range(1, 29)]
    score = scorer(Post(OUTAGE), Memory.of(scorer, earlier))
    found = contribute(scorer, OUTAGE, score)
    assert found.memory == score.engagement - score.engagement_general != 0


def test_a_phrase_is_given_what_it_changes(scorer):
    one, other = "Завтра до вечера не будет воды, ", "придёт цистерна к школе на Садовой"
    score = scorer(Post(one + other))
    assert score.status == "ok"
    first = contribute(scorer, one + other, score).phrases[-1]
    texts = ("", one + other[: -len("на Садовой")], "на Садовой", one + other)
    said = 25 * scorer.predict([Post(text) for text in texts]).grade
    assert first.usefulness == pytest.approx(((said[2] - said[0]) + (said[3] - said[1])) / 2)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("аб в,.!?\n🎉#1:«»"), max_size=200))
def test_phrases_stand_in_order_and_never_overlap(text):
    found = phrases(text)
    last = 0
    for phrase in found:
        assert last <= phrase.start < phrase.stop <= len(text)
        assert phrase.text == text[phrase.start : phrase.stop]
        last = phrase.stop


def test_a_long_post_has_no_more_phrases_than_a_short_one_may():
    assert 0 < len(phrases("Завтра, в среду, на площади. " * 700)) <= MOST


def test_two_prepositions_make_one_phrase():
    assert [phrase.text for phrase in phrases("Ждём и в клубе")] == ["Ждём", "и в клубе"]


def test_places_are_those_of_items_that_were_found(scorer):
    text = "Завтра, 12 марта, с 9:00 до 17:00 на улице Садовой не будет воды: меняют трубу. Диспетчер: 5-12-34"
    score = scorer(Post(text))
    found = contribute(scorer, text, score)
    assert set(found.places) <= {name for name in CHECKLIST[:7] if score.checklist[name]}
    told = {name: " ".join(text[start:stop] for start, stop in places) for name, places in found.places.items()}
    assert "Садовой" in told["where"]
    assert "5-12-34" in told["contact"]
    assert any(word in told["when"] for word in ("Завтра", "марта", "9:00", "17:00"))


def test_what_cannot_be_an_answer_is_no_place_of_one(scorer):
    """Its evidence may be the strongest all the same: numbers often stand beside answers."""
    text = "Теперь вт–пт с 11 до 18, сб с 10 до 15. Запись: 4-15-22, на Полевой, Семён."
    score = replace(scorer(Post(text)), checklist=dict.fromkeys(CHECKLIST, True))
    places = contribute(scorer, text, score).places
    told = {name: [text[start:stop] for start, stop in found] for name, found in places.items()}
    assert not {"action", "who"} & told.keys()
    assert told["where"] == ["на Полевой"]
    assert told["contact"] == ["4-15-22"]
    assert all(re.search("[а-яё]{4}", place) for place in told.get("what_changes", []))


def test_nothing_has_no_phrases(scorer):
    assert contribute(scorer, "", scorer(Post(""))).phrases == ()


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Ждём на ул. Мира, 5, каб. 12.", ["Ждём", "на ул. Мира, 5", "каб. 12"]),
        ("Итого 5. Далее", ["Итого 5", "Далее"]),  # a number ends a sentence
        ("Приём 5, 6 и 7 июня", ["Приём 5", "6", "и 7 июня"]),
        ("В субботу, 14 мая", ["В субботу", "14 мая"]),
        ("Стоит мало, 2.50 рубля", ["Стоит мало", "2.50 рубля"]),
    ],
)
def test_an_address_is_one_phrase(text, cut):
    assert [phrase.text for phrase in phrases(text)] == cut
