"""Words that moved the scores: what is said of a word is what scoring without it says."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model.explain as module
from model import Post
from model.explain import explain
from model.scorer import TRUST

OUTAGE = "Завтра, 12.03, с 9:00 до 17:00\r\nна ул. Садо\u00adвой не будет воды: воды нет. [id1|Диспетчер]: 5-12-34 🎉"


def points(scorer, text):
    said = scorer.predict([Post(text)])
    return 25 * said.grade[0], 100 * said.chance["any"][0]


def of(explanation, text):
    return next(word for word in explanation.words if word.text == text)


@settings(max_examples=30, deadline=None)
@given(st.one_of(st.text(st.characters(), max_size=80), st.just(OUTAGE)))
def test_words_stand_where_they_say(scorer, text):
    explanation = explain(scorer, Post(text))
    assert explanation.score == scorer(Post(text))
    places = [(word.start, word.stop) for word in explanation.words]
    assert places == sorted(set(places))
    for word in explanation.words:
        assert text[word.start : word.stop] == word.text != ""


def test_every_piece_is_told(scorer):
    told = [word.text for word in explain(scorer, Post(OUTAGE)).words]
    assert {"Завтра", "12.03", "9:00", "Садо\u00adвой", "[id1|", "Диспетчер", "5-12-34", "🎉"} <= set(told)
    assert told.count("воды") == 2


@pytest.mark.parametrize("word", ["Завтра", "12.03", "Садо\u00adвой", "5-12-34"])
def test_move_is_the_score_without_the_word(scorer, word):
    whole, rest = points(scorer, OUTAGE), points(scorer, OUTAGE.replace(word, " "))
    told = of(explain(scorer, Post(OUTAGE)), word)
    assert (told.usefulness, told.engagement) == pytest.approx((whole[0] - rest[0], whole[1] - rest[1]))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (OUTAGE, ["воды", "воды"]),
        (OUTAGE.replace("воды:", "ВОДЫ:"), ["ВОДЫ", "воды"]),
        (OUTAGE, ["9:00", "17:00"]),  # the model sees two hours, not which ones
    ],
)
def test_repeated_word_shares_its_move(scorer, text, same):
    without = text
    for word in same:
        without = without.replace(word, " ", 1)
    whole, rest = points(scorer, text), points(scorer, without)
    told = [word for word in explain(scorer, Post(text)).words if word.text in same]
    assert len(told) == 2
    for word in told:
        assert word.usefulness == pytest.approx((whole[0] - rest[0]) / 2)
        assert word.engagement == pytest.approx((whole[1] - rest[1]) / 2)


def test_neighbours_of_a_word_do_not_grow_together(scorer):
    text = "мост1река ждём всех горожан сегодня"
    whole, rest = points(scorer, text), points(scorer, text.replace("1", " "))
    assert of(explain(scorer, Post(text)), "1").usefulness == pytest.approx(whole[0] - rest[0])


def test_doubtful_score_has_doubtful_words(scorer):
    text = "Вода 5-12-34"
    whole, rest = points(scorer, text), points(scorer, "  5-12-34")
    explanation = explain(scorer, Post(text))
    assert explanation.score.status == "too_short"
    assert of(explanation, "Вода").usefulness == pytest.approx(TRUST * (whole[0] - rest[0]))


@pytest.mark.parametrize("text", ["", " \r\n", "…", "\u00ad"])
def test_text_without_words(scorer, text):
    assert explain(scorer, Post(text)).words == ()


@pytest.fixture
def frugal(scorer, corpus, monkeypatch):
    """A long draft explained with a budget for a few words only; how many texts it read."""
    text = "\n".join(row["text"] for row in corpus[:4])
    full = explain(scorer, Post(text))
    most = 12
    monkeypatch.setattr(module, "BUDGET", most * len(full.words))
    return full, explain(scorer, Post(text)), most


def test_budget_bounds_the_words_that_are_asked_about(frugal):
    full, short, most = frugal
    assert len({module.surface(word.text) for word in short.words}) == most
    assert len({module.surface(word.text) for word in full.words}) > most


def test_budget_changes_no_move(frugal):
    full, short, _ = frugal
    assert short.score == full.score
    assert set(short.words) < set(full.words)  # what was not asked about is left out, never told as zero


def test_budget_is_spent_on_frequent_words(frugal):
    full, short, _ = frugal
    times = Counter(module.surface(word.text) for word in full.words)
    asked = {module.surface(word.text) for word in short.words}
    assert min(times[name] for name in asked) >= max(times[name] for name in times.keys() - asked)
