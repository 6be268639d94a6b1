"""Statuses: which posts the model may speak about."""

import numpy as np
import pytest

from model import Post
from model.familiarity import known_share
from model.score import STATUSES

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param(OUTAGE, "ok", id="russian"),
        pytest.param("Приглашаем на концерт [club1|ДК] 🎉 #афиша https://example.ru", "ok", id="russian with marks"),
        pytest.param("ВНИМАНИЕ! ЗАВТРА НА УЛИЦЕ САДОВОЙ НЕ БУДЕТ ВОДЫ", "unfamiliar", id="capitals"),
        pytest.param("ОТКЛЮЧЕНИЕ ВОДЫ. Завтра с утра на улице Садовой не будет воды", "ok", id="a heading in capitals"),
        pytest.param("Tomorrow there will be no water in the village, please call us", "not_russian", id="english"),
        pytest.param("Huomei koulus pietäh rahvahan pruazniekku, kaikkii kučutah", "not_russian", id="karelian"),
        pytest.param("Иртәгә авылыбызда Сабантуй бәйрәме була, барыгызны да көтәбез", "not_russian", id="tatar"),
        pytest.param("Zavtra s utra na ulice Sadovoy ne budet vody", "not_russian", id="transliteration"),
        pytest.param("фывапр олджэ йцукен гшщзх ячсмит ьбюфыв пролдж эждлор", "not_russian", id="keyboard"),
        pytest.param("вода " * 20, "unfamiliar", id="one word"),
        pytest.param("вода свет " * 10, "unfamiliar", id="two words"),
        pytest.param("Всем привет", "too_short", id="short"),
        pytest.param("🎉🎉🎉 👍👍 🔥", "too_short", id="emoji"),
        pytest.param("https://example.ru/a #афиша 12.03.2026", "too_short", id="no words"),
        pytest.param("Привет", "too_short", id="a word"),
        pytest.param("Hello", "not_russian", id="a foreign word"),
        pytest.param("", "too_short", id="nothing"),
    ],
)
def test_status(scorer, text, status):
    assert scorer(Post(text)).status == status


@pytest.mark.parametrize("language", ["uk", "bg"])
def test_kindred_languages_are_not_taken_for_russian(scorer, language):
    text = {
        "uk": "Завтра з дев'ятої ранку на вулиці Садовій не буде води, просимо набрати воду заздалегідь",
        "bg": "Утре от девет часа на улица Градинска няма да има вода, моля запасете се предварително",
    }[language]
    assert scorer(Post(text)).status in {"not_russian", "unfamiliar"}


def test_ordinary_posts_are_familiar(scorer, corpus):
    """A status that cries wolf is not looked at."""
    statuses = [score.status for score in scorer.map(Post(row["text"]) for row in corpus)]
    assert set(statuses) <= set(STATUSES)
    assert np.mean([status == "ok" for status in statuses]) > 0.95


def test_known_share(scorer):
    batch = scorer.lexicon.read(["завтра воды не будет", "завтра фывапролджэ", "фывапролджэ", "12.03.2026", ""])
    assert known_share(batch).tolist() == [1, 0.5, 0, 0, 0]
