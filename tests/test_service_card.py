import json

import pytest

from model import Scorer
from model.morphology import Morphology
from service import card
from service.terminal import show_card

HEADLINE = [
    {"name": "Польза: Спирмен, страницы вне обучения", "value": 0.8261, "low": 0.81, "high": 0.84, "target": 0.82},
    {"name": "Лайки: AUC внутри страницы", "value": 0.7, "low": 0.69, "high": 0.71, "target": None},
    {"name": "Без интервала", "value": 0.5},
    {"name": "калибровка: ECE отклика без памяти", "value": 0.006, "low": None, "high": None, "target": 0.03},
    {"name": "80-процентный интервал пользы накрывает", "value": 0.798, "low": 0.78, "high": 0.82, "target": 0.8},
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "metrics.json").write_text(json.dumps({"headline": HEADLINE}), encoding="utf-8")
    (tmp_path / "card.md").write_text("# Карточка", encoding="utf-8")
    return tmp_path


def test_a_card_is_read_from_the_folder(folder):
    found = card.read(folder)
    assert (found.headline, found.text) == (HEADLINE, "# Карточка")


@pytest.mark.parametrize("metrics", [None, "", "{}", "[]", '{"headline": null}'])
def test_a_model_that_was_not_measured_has_no_figures(tmp_path, metrics):
    if metrics is not None:
        (tmp_path / "metrics.json").write_text(metrics)
    assert card.read(tmp_path).headline == []
    assert card.read(tmp_path).text == ""


def test_the_terminal_shows_figures_with_intervals_and_targets(folder, scorer, capsys):
    show_card(Scorer(scorer.heads, Morphology(), scorer.manifest, folder))
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert f"Модель {scorer.info['id']}" in said
    assert "Польза: Спирмен, страницы вне обучения 0,826 0,810–0,840 ≥ 0,82" in said
    assert "Лайки: AUC внутри страницы 0,700 0,690–0,710" in said
    assert "Без интервала 0,500" in said
    assert "калибровка: ECE отклика без памяти 0,006 ≤ 0,03" in said
    assert "80-процентный интервал пользы накрывает 0,798 0,780–0,820 ≈ 0,80" in said


def test_an_error_of_the_shipped_model_is_to_be_small(scorer):
    errors = [one for one in card.read(scorer.folder).headline if one["target"] is not None and one["target"] < 0.1]
    assert errors
    assert {card.aim(one) for one in errors} == {"≤"}
