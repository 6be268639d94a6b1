"""Changes: nothing is promised that scoring the changed text does not show."""

import re
from dataclasses import replace

import pytest

from model import Memory, Post
from model.changes import KINDS, LEAST, MOST, example, propose, rank
from model.score import CHECKLIST, TYPES

VAGUE = (
    "Уважаемые жители! Сообщаем, что в целях безопасности в районном Доме культуры состоится концерт!!! 🎉🎊🎈\n"
    "Ведущий расскажет о хоре, который поёт уже сорок лет, и о его солистах, поэтому приходите всей семьёй и друзей "
    "возьмите с собой.\n#ДК #концерт #хор #праздник #район"
)
GREETING = "Поздравляем с Новым годом! Пусть сбудутся все мечты!"
LATE = "Хор наш любят все. Он поёт сорок лет. Солисты у него свои. Концерт 12 мая в 18:00 в клубе на Мира, 3."


@pytest.fixture(scope="module")
def ranked(scorer):
    score = scorer(Post(VAGUE))
    return score, rank(scorer, Post(VAGUE), score)


def trials(scorer, text, **changed):
    return {trial.kind: trial for trial in propose(text, replace(scorer(Post(text)), **changed))}


def test_a_gain_is_what_scoring_shows(scorer, ranked):
    score, changes = ranked
    assert 0 < len(changes) <= MOST
    for change in changes:
        after = scorer(Post(change.text))
        assert change.usefulness == pytest.approx(after.usefulness - score.usefulness, abs=0.06)
        assert change.engagement == pytest.approx(after.engagement - score.engagement, abs=0.06)


def test_only_changes_that_pay_are_shown_the_best_first(ranked):
    gains = [change.gain for change in ranked[1]]
    assert gains == sorted(gains, reverse=True)
    for change in ranked[1]:
        assert change.gain >= LEAST
        assert min(change.usefulness, change.engagement) > -change.gain
        assert change.kind in KINDS


def test_a_gain_is_personal_with_a_memory(scorer):
    earlier = [Post(f"Концерт хора, {day} марта", date=f"2026-03-{day:02}", likes=day) for day in range(1, 29)]
    memory = Memory.of(scorer, earlier)
    score = scorer(Post(VAGUE), memory)
    for change in rank(scorer, Post(VAGUE), score, memory):
        assert change.engagement == pytest.approx(
            scorer(Post(change.text), memory).engagement - score.engagement, abs=0.06
        )


def test_a_text_that_is_not_understood_gets_no_advice(scorer):
    text = "This post is written in English, all of it"
    assert rank(scorer, Post(text), scorer(Post(text))) == ()


def test_every_kind_is_tried_where_there_is_something_to_change(scorer):
    found = trials(scorer, VAGUE, checklist=dict.fromkeys(CHECKLIST, False)).keys() | trials(scorer, LATE).keys()
    assert set(KINDS) <= found | trials(scorer, GREETING).keys()


def test_a_useless_greeting_is_asked_where_people_meet_and_no_practical_post(scorer):
    assert "Собираемся 12 июня" in trials(scorer, GREETING)["invite"].text
    assert "invite" not in trials(scorer, trials(scorer, GREETING)["invite"].text)
    assert "invite" not in trials(scorer, GREETING, usefulness=70.0)
    assert "invite" not in trials(scorer, VAGUE)


FUNERAL = (
    "Прощание с Марией Ивановной Лукиной — в четверг, 3 декабря, в 11:00 в доме культуры. Автобус от школы в 12:30."
)
UNNEEDED = {"checklist": dict.fromkeys(CHECKLIST), "usefulness": 20.0}


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_post_does_not_need_is_not_added_but_plain_facts_of_practical_ones(scorer, kind):
    added = {name for name in trials(scorer, FUNERAL, type=kind, **UNNEEDED) if name.startswith("add_")}
    practical = kind in ("alert", "service", "event", "explain", "news", "ad")
    assert added == ({"add_when", "add_where", "add_contact"} if practical else set())
    assert not any(
        name.startswith("add_") for name in trials(scorer, FUNERAL, type=kind, **UNNEEDED | {"usefulness": 70.0})
    )


@pytest.mark.parametrize("text", ["Объявление", "🎉🎉🎉", "Завтра"])
def test_a_text_without_numbers_is_promised_nothing(scorer, text):
    score = scorer(Post(text))
    assert score.status == "too_short"
    assert rank(scorer, Post(text), score) == ()


@pytest.mark.parametrize("kind", TYPES)
def test_facts_that_may_be_untrue_are_examples(scorer, kind):
    """A person replaces what stands in the examples: a number, a day, a price outside would be published unawares."""
    for name, trial in trials(scorer, VAGUE, type=kind, checklist=dict.fromkeys(CHECKLIST, False)).items():
        if name == "invite" or name.startswith("add_"):
            outside = trial.text
            for start, stop in reversed(trial.examples):
                outside = outside[:start] + outside[stop:]
            added = outside[len(VAGUE) - len(VAGUE.rpartition("\n")[2]) - 1 :].partition("#")[0]
            assert not re.search(r"\d|бесплатн|паспорт", added), added


def test_the_opening_goes(scorer):
    assert trials(scorer, VAGUE)["cut_opening"].text.startswith("В целях безопасности")


def test_decoration_goes(scorer):
    told = trials(scorer, VAGUE)["tidy"].text
    assert "!!!" not in told
    assert told.count("#") < VAGUE.count("#")


def test_officialese_is_replaced(scorer):
    assert "для безопасности" in trials(scorer, VAGUE)["replace"].text


def test_a_long_sentence_is_cut_where_a_new_one_may_begin(scorer):
    assert "солистах. Поэтому приходите" in trials(scorer, VAGUE)["split"].text


def test_the_line_with_the_date_goes_first(scorer):
    told = trials(scorer, LATE)["move_up"].text
    assert told.startswith("Концерт 12 мая в 18:00 в клубе на Мира, 3.\n\nХор наш")
    assert sorted(told.split()) == sorted(LATE.split())


def test_a_date_that_stands_first_stays(scorer):
    assert "move_up" not in trials(scorer, "Концерт 12 мая в 18:00. Ждём. Вход свободный. Сбор в 17:00.")


ABOUT = "Дорогие друзья! Наш клуб любят все. "


@pytest.mark.parametrize(
    "text",
    [
        f"{ABOUT}Мы справились:\n- новая сцена\n- новый свет\n- первый концерт 12 декабря в 18:00",
        f"{ABOUT}Поэтому ждём вас 12 декабря в 18:00.",
        f"{ABOUT}Туда же можно прийти 12 декабря.",
        f"{ABOUT}Во-вторых, 12 декабря выходной.",
        f"{ABOUT}«Придём 12 декабря», — ответили в школе.",
    ],
    ids=["item", "therefore", "there", "second", "said"],
)
def test_a_sentence_that_leans_on_others_stays(scorer, text):
    assert "move_up" not in trials(scorer, text)


def test_a_short_word_with_a_full_stop_ends_no_sentence(scorer):
    told = trials(scorer, f"{ABOUT}Приём на ул. Садовой, д. 5, каб. 12, с 9:00 до 14:00. Приходите.")["move_up"].text
    assert told.startswith("Приём на ул. Садовой, д. 5, каб. 12, с 9:00 до 14:00.\n\nДорогие")
    told = trials(scorer, f"{ABOUT}Концерт в ДК им. Горького 12 декабря в 18:00. Приходите.")["move_up"].text
    assert told.startswith("Концерт в ДК им. Горького 12 декабря в 18:00.\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "Если вы хотите заниматься в студии танца при нашем доме культуры вечером, но не знаете, с чего начать "
        "и кому об этом сказать, позвоните",
        "В кружке лепят не только дети младшего школьного возраста вместе со мамами и друзьями, но и бабушки, "
        "которые пришли впервые",
    ],
    ids=["if", "not only"],
)
def test_a_sentence_whose_halves_lean_on_each_other_stays_whole(scorer, text):
    assert "split" not in trials(scorer, text)


def test_an_example_stands_where_it_is_said_and_before_the_hashtags(scorer):
    trial = trials(scorer, VAGUE, checklist=dict.fromkeys(CHECKLIST, False))["add_when"]
    assert [trial.text[start:stop] for start, stop in trial.examples] == ["15 июня, с 11:00 до 13:00"]
    assert "Когда: 15 июня, с 11:00 до 13:00." in trial.text
    assert trial.text.endswith("#район")
    assert not set("[]") & set(trial.text)


@pytest.mark.parametrize("kind", TYPES)
def test_no_line_is_added_twice(scorer, kind):
    """Not even where a person has written their own words into it and the model still misses it."""
    missing = {"checklist": dict.fromkeys(CHECKLIST, False), "type": kind}
    for name, trial in trials(scorer, VAGUE, **missing).items():
        if name.startswith("add_"):
            assert name not in trials(scorer, trial.text, **missing)
            start, stop = trial.examples[0]
            own = trial.text[:start] + "наше" + trial.text[stop:]
            line = trial.text[:start].rpartition("\n")[2]
            assert not line or name not in trials(scorer, own, **missing)


def test_a_question_is_not_asked_twice(scorer):
    assert "ask" not in trials(scorer, "Концерт в субботу. А вы придёте?")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_a_question_and_examples(scorer, kind):
    assert trials(scorer, VAGUE, type=kind)["ask"].text != VAGUE
    assert all(example(item, kind) for item in CHECKLIST[:7])
