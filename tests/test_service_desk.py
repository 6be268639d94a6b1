"""The routes of the draft desk: explain, compare, read an archive."""

import json
import logging
import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from model import changes, precision, style
from model.changes import KINDS
from model.comparison import Comparison
from model.score import CHECKLIST, TYPES
from model.style import RULES
from service import advice, comparison
from service.api import create_app
from service.desk import ArchiveAnswer, CompareAnswer, ExplainAnswer
from service.explanation import HEAVY, USEFUL, Units, is_heavy
from service.forms import FORMS
from service.hints import CHANGE_HINTS, STYLE_HINTS
from service.settings import Settings
from service.wording import SPACE

VAGUE = "🎉 Уважаемые жители! Сообщаем, что в целях безопасности в районном Доме культуры состоится концерт!!! 🎉🎊🎈"
OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"


@pytest.fixture(scope="module")
def client(scorer):
    with TestClient(create_app(Settings(), scorer)) as client:
        yield client


def explain(client, text, **more):
    answer = client.post("/v1/explain", json={"post": {"text": text}, **more})
    assert answer.status_code == 200, answer.text
    ExplainAnswer.model_validate(answer.json())
    return answer.json()


def refusal(answer):
    assert answer.status_code == 422, answer.text
    assert answer.json().keys() == {"error"}
    return answer.json()["error"]["code"]


def places(answer):
    yield from answer["findings"]
    yield from answer["contributions"]["phrases"]
    for item in answer["checklist"]:
        yield from item["places"]


def test_a_day_behind_an_opening_has_its_place(client):
    """«Сообщаем, что» tells nothing, the day in the same phrase does."""
    text = f"Уважаемые жители! Сообщаем, что 14 мая {OUTAGE[7:]}"
    items = {item["name"]: item for item in explain(client, text)["checklist"]}
    assert items["when"]["state"] == "found"
    assert [text[place["start"] : place["stop"]] for place in items["when"]["places"]][:1] == ["14 мая"]


def test_the_score_is_that_of_scoring(client):
    answer = explain(client, VAGUE)
    row = client.post("/v1/score", json={"posts": [{"text": VAGUE}], "neighbours": True}).json()["scores"][0]
    assert answer["score"] == row
    assert answer["guessed_type"] == row["type"]
    assert [item["name"] for item in answer["checklist"]] == list(CHECKLIST)


@pytest.mark.parametrize(
    ("text", "status", "items"),
    [
        ("The library is closed on Monday because of repairs in the main reading hall.", "not_russian", ()),
        ("Библиотека закрыта", "too_short", CHECKLIST),
    ],
)
def test_what_is_missing_is_told_of_texts_that_are_understood(client, text, status, items):
    answer = explain(client, text)
    assert answer["score"]["status"] == status
    assert [item["name"] for item in answer["checklist"]] == list(items)


def test_places_are_counted_in_both_units(client):
    answer = explain(client, VAGUE)
    wide = VAGUE.encode("utf-16-le")
    found = list(places(answer))
    assert found
    for place in found:
        quoted = VAGUE[place["start"] : place["stop"]]
        assert wide[2 * place["utf16_start"] : 2 * place["utf16_stop"]].decode("utf-16-le") == quoted


@given(st.text(st.sampled_from("аб 🎉\U0010ffff\uffff"), max_size=20), st.data())
def test_units_turn_any_place(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    place = Units(text).place(start, stop)
    wide = text.encode("utf-16-le")
    assert wide[2 * place["utf16_start"] : 2 * place["utf16_stop"]].decode("utf-16-le") == text[start:stop]


def test_contributions_sum_to_the_score(client):
    answer = explain(client, VAGUE)
    told = answer["contributions"]
    for name, more in (("usefulness", 0), ("engagement", told["memory"])):
        total = told[f"{name}_base"] + sum(phrase[name] for phrase in told["phrases"]) + more
        assert total == pytest.approx(answer["score"][name], abs=0.05)


def test_findings_are_those_of_the_rules(client):
    answer = explain(client, VAGUE)
    found = [(one["rule"], one["start"], one["stop"], one["fix"]) for one in answer["findings"]]
    assert found == [(one.rule, one.start, one.stop, one.fix) for one in style.find(VAGUE)]
    assert all(one["title"] and one["why"] and one["example"] for one in answer["findings"])
    for one, finding in zip(answer["findings"], style.find(VAGUE), strict=True):
        assert (one["edit"] is None) == (one["fix"] is None)
        if one["edit"]:
            put = one["edit"]
            assert VAGUE[: put["start"]] + put["text"] + VAGUE[put["stop"] :] == style.apply(VAGUE, finding)
    measured = precision.read()
    for one in answer["findings"]:
        assert one["proof"] == f"верно {measured[one['rule']].right} из {measured[one['rule']].labelled}"


def test_a_rule_that_was_not_measured_says_so(client):
    found = {one["rule"]: one["proof"] for one in explain(client, "Уважаемый(ая) житель, приходите завтра")["findings"]}
    assert found["double_form"] == "ещё не проверено"


def test_marks_that_speak_against_a_found_item_are_told_beside_it(client):
    """«Простой язык — есть» over a text full of officialese would cost all trust."""
    answer = explain(client, VAGUE)
    items = {item["name"]: item for item in answer["checklist"]}
    assert answer["score"]["checklist"]["plain"] is True
    assert items["plain"]["state"] == "found"
    assert "проще" in items["plain"]["why"]
    assert [VAGUE[one["start"] : one["stop"]] for one in items["plain"]["places"]] == ["в целях"]
    assert not {item["name"]: item for item in explain(client, OUTAGE)["checklist"]}["plain"]["why"]


def test_a_change_gains_what_scoring_its_text_shows(client):
    answer = explain(client, VAGUE)
    assert answer["changes"]
    for change in answer["changes"]:
        row = client.post("/v1/score", json={"posts": [{"text": change["text"]}]}).json()["scores"][0]
        for name in ("usefulness", "engagement"):
            assert change[name] == pytest.approx(row[name] - answer["score"][name], abs=0.06)
            assert (name in change["raises"]) == (change[name] >= changes.LEAST)
        assert change["raises"]


def test_a_formula_answers_nothing_but_whom_it_addresses(client):
    text = "Уважаемые жители! Сообщаем, что в целях безопасности 12 мая в районном ДК состоится концерт!!!"
    items = {item["name"]: item for item in explain(client, text)["checklist"]}
    assert items["action"]["state"] == "found"
    quoted = {name: [text[one["start"] : one["stop"]] for one in item["places"]] for name, item in items.items()}
    assert not any("Сообщаем" in place for places in quoted.values() for place in places if place != "Сообщаем, что")
    assert quoted["lead_first"] == ["Уважаемые жители!", "Сообщаем, что"]  # marks that speak against it
    assert quoted["who"] == ["Уважаемые жители!"]


def test_what_is_missing_has_a_reason_and_an_example(client):
    items = explain(client, "Состоится мероприятие, приглашаем всех желающих, ждём", type="event")["checklist"]
    missing = [item for item in items if item["state"] == "missing"]
    assert {"when", "where"} <= {item["name"] for item in missing}
    assert all(item["why"] and item["example"] and not item["places"] for item in missing)


def test_a_corrected_type_changes_the_advice_and_no_number(client):
    guessed, corrected = explain(client, OUTAGE), explain(client, OUTAGE, type="culture")
    assert corrected["guessed_type"] == guessed["score"]["type"] == "alert"
    assert corrected["score"]["type"] == "culture"
    for name in ("usefulness", "engagement", "engagement_likes"):
        assert corrected["score"][name] == guessed["score"][name]
    assert corrected["form"] != guessed["form"]


def test_an_unknown_type_is_refused(client):
    asked = {"post": {"text": OUTAGE}, "type": "poem"}
    assert refusal(client.post("/v1/explain", json=asked)) == "invalid_request"


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("length", [0, 100, 1000, 20_000])
def test_every_post_has_a_form(kind, length):
    assert all(advice.form(kind, length).values())


@pytest.mark.parametrize("length", [60, 200, 400])
def test_a_short_post_about_anything_is_advised_to_be_a_post(length):
    """A lost dog is no poll."""
    assert advice.form("other", length)["name"] == advice.name_of("text")


def test_every_word_that_may_be_said_is_there():
    assert tuple(CHANGE_HINTS) == KINDS
    assert tuple(STYLE_HINTS) == tuple(RULES)
    assert all(advice.example(name) for name in CHECKLIST[7:])
    assert advice._advice()["needs"].keys() == set(TYPES)
    assert tuple(advice._advice()["forms"]) == FORMS


HEAVY_TEXTS = {
    "by weight": (
        "Завтра, 12 марта, с 9:00 до 17:00 на улице Садовой не будет воды в связи с проведением ремонтных работ. "
        "В целях обеспечения водой осуществляется подвоз. Диспетчер: 5-12-34. "
        "Администрацией принято решение о проведении работ по осуществлению замены данных труб."
    ),
    "by number": (
        "Завтра, 12 марта, с 9-00 до 17-00 на ул Садовой не будет воды - меняют трубу!!! Дедлайн в 17-00 ,звоните "
        "диспетчеру: 89211234567. Воду подвезут к школе N 2 ,берите вёдра."
    ),
}


@pytest.mark.parametrize("text", HEAVY_TEXTS.values(), ids=HEAVY_TEXTS)
def test_a_heavily_marked_text_never_scores_high_in_silence(client, text):
    answer = explain(client, text)
    assert answer["score"]["usefulness"] >= USEFUL
    assert f"{len(answer['findings'])}\u00a0замечан" in answer["note"]
    assert explain(client, OUTAGE)["note"] is None


@pytest.mark.parametrize(
    ("useful", "engaging", "said"),
    [(0, 101, "Польза высокая, но"), (101, 0, "Отклик высокий, но"), (0, 0, "Польза и отклик высокие, но")],
    ids=["useful", "engaging", "both"],
)
def test_the_note_on_marks_names_the_score_that_is_high(client, monkeypatch, useful, engaging, said):
    monkeypatch.setattr("service.explanation.USEFUL", useful)
    monkeypatch.setattr("service.explanation.ENGAGING", engaging)
    note = explain(client, HEAVY_TEXTS["by number"])["note"].replace(SPACE, " ")
    assert note.startswith(f"{said} в тексте")
    assert "чем примерно у 95 % постов" in note


def test_marks_are_heavy_by_weight_or_by_number():
    by_weight, by_number = (style.burden(text, style.find(text)) for text in HEAVY_TEXTS.values())
    assert by_weight.weight >= HEAVY.weight
    assert by_number.weight < HEAVY.weight
    assert by_number.marks >= HEAVY.marks


def test_one_mark_on_a_line_is_not_heavy():
    line = "Данный каток сегодня закрыт, приходите завтра."
    assert not is_heavy(line, style.find(line))


def test_a_doubt_is_said_in_words(client):
    answer = explain(client, "This post is written in English, all of it")
    assert "не русский" in answer["note"]
    assert answer["changes"] == []


def test_history_makes_it_personal_and_names_neighbours(client):
    history = [
        {"text": f"Концерт хора, {day} марта", "date": f"2026-03-{day:02}", "likes": day, "post_id": day}
        for day in range(1, 29)
    ]
    answer = explain(client, VAGUE, history=history)
    assert answer["score"]["memory_posts"] == 26  # those of the last two days are not ripe
    assert len(answer["score"]["neighbours"]) == 3
    assert answer["contributions"]["memory"] != 0


def test_more_history_than_allowed_is_refused(client):
    asked = {"post": {"text": OUTAGE}, "history": [{"text": "а"}] * 501}
    assert refusal(client.post("/v1/explain", json=asked)) == "too_many_posts"


@pytest.mark.parametrize(
    ("post", "code"),
    [({"text": ""}, "empty_text"), ({"text": 5}, "bad_text"), ({"text": "ж" * 20_001}, "text_too_long")],
    ids=["empty", "number", "long"],
)
def test_an_unusable_draft_is_refused(client, post, code):
    assert refusal(client.post("/v1/explain", json={"post": post})) == code
    assert refusal(client.post("/v1/compare", json={"a": {"text": OUTAGE}, "b": post})) == code


def test_the_longest_draft_is_explained(client):
    assert explain(client, ("Завтра на улице Садовой не будет воды. " * 600)[:20_000])["checklist"]


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_text_is_explained_or_refused(client, text):
    answer = client.post("/v1/explain", json={"post": {"text": text}})
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        ExplainAnswer.model_validate(answer.json())


def test_two_drafts_are_compared(client):
    answer = client.post("/v1/compare", json={"a": {"text": VAGUE}, "b": {"text": OUTAGE}}).json()
    CompareAnswer.model_validate(answer)
    assert "Б полезнее" in answer["said"]
    assert "when" in answer["appeared"]
    assert answer["b"]["usefulness"] > answer["a"]["usefulness"]


def test_equal_drafts_are_called_equal(client):
    said = client.post("/v1/compare", json={"a": {"text": VAGUE}, "b": {"text": VAGUE}}).json()["said"]
    assert said.count("равны") == 2


def test_what_cannot_be_trusted_is_not_compared(client):
    said = client.post(
        "/v1/compare", json={"a": {"text": OUTAGE}, "b": {"text": "All of it is English, really"}}
    ).json()
    assert not said["difference"]["sure"]
    assert said["said"].startswith("Сравнить нельзя")
    assert not re.search(r"\d", said["said"])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"likelier": 0.61}, "в 61 случае из 100"),
        ({"likelier": 0.39}, "в 61 случае из 100"),
        ({"likelier": 0.62}, "в 62 случаях из 100"),
        ({"useful_low": 19.8, "useful_high": 20.2}, "Б полезнее на 20 (почти наверняка 20)."),
        ({"useful_low": 0.6}, "Б полезнее на 20 (в 8 случаях из 10 — от 1 до 35)."),
        (
            {"useful_low": -12.0, "useful_high": 53.0},
            "Скорее полезнее Б, но уверенности нет: разница 20, в 8 случаях из 10 — от −12 до 53.",
        ),
        (
            {"usefulness": -20.0, "more_useful": 0.2, "useful_low": -53.0, "useful_high": -0.3},
            "Скорее полезнее А, но уверенности нет: разница 20, в 8 случаях из 10 — от 0 до 53.",
        ),
        ({"usefulness": 0.2, "useful_low": 0.1, "useful_high": 0.3}, "Польза: варианты равны, разница меньше пункта."),
    ],
    ids=["61", "61 the other way", "62", "sure", "barely sure", "unsure", "unsure the other way", "less than a point"],
)
def test_a_comparison_is_said_as_people_say_it(more, told):
    found = Comparison(5.0, 0.6, 1.5, 0.2, 4.0, 20.0, 5.0, 35.0, 0.96, True)
    assert told in comparison.word(replace(found, **more)).replace(SPACE, " ")


def archive(client, raw):
    return client.post("/v1/archive", content=raw, headers={"Content-Type": "application/octet-stream"})


def test_an_archive_becomes_history(client, root):
    answer = archive(client, (root / "service" / "sample" / "wall.json").read_bytes())
    assert answer.status_code == 200, answer.text
    known = ArchiveAnswer.model_validate(answer.json())
    assert len({post["page_id"] for post in known.posts}) == 1
    dates = [post["date"] for post in known.posts]
    assert dates == sorted(dates, reverse=True)
    assert explain(client, OUTAGE, history=known.posts)["score"]["memory_posts"] >= 10


def test_a_table_is_an_archive_too(client):
    lines = ["Текст;Дата;Лайки", *(f"Концерт хора номер {n};{n:02}.03.2026;{n}" for n in range(1, 13)), ";01.04.2026;5"]
    answer = archive(client, "\n".join(lines).encode("cp1251")).json()
    assert (len(answer["posts"]), answer["total"], answer["refused"]) == (12, 12, 1)


def test_an_empty_archive_is_called_empty(client):
    answer = archive(client, b"")
    assert refusal(answer) == "not_an_archive"
    assert "пуст" in answer.json()["error"]["message"]


@pytest.mark.parametrize("raw", [b"%PDF-1.4", b" \n", bytes(range(256)) * 4], ids=["pdf", "blank", "binary"])
def test_what_is_no_archive_is_refused(client, raw):
    assert refusal(archive(client, raw)) == "not_an_archive"


def test_an_archive_leaves_no_file(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    archive(client, json.dumps([{"text": OUTAGE, "date": "2026-01-01", "likes": 1}]).encode())
    archive(client, b"%PDF")
    assert not list(tmp_path.iterdir())


def test_texts_stay_out_of_logs(client, caplog):
    secret = "Секретнейшее слово"
    with caplog.at_level(logging.DEBUG):
        explain(client, secret + " на улице Садовой завтра")
        client.post("/v1/compare", json={"a": {"text": secret}, "b": {"text": 5}})
        archive(client, secret.encode())
    assert secret not in caplog.text


def test_engagement_has_its_interval_in_numbers_and_words(client):
    expected = explain(client, VAGUE)["expected"]
    assert expected["low"] < expected["times"] < expected["high"]
    low, high = (f"{expected[name]:.1f}".replace(".", ",") for name in ("low", "high"))
    assert expected["said"] == f"В 8 случаях из 10 реакций наберётся от {low} до {high} обычного для страницы числа."
    assert explain(client, "This post is written in English, all of it")["expected"] is None
