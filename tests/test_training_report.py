"""The report: measured on posts that no head saw, worded in Russian, drawn."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from model.heads import REACTION_HEADS
from training import report, stack, statistics, tuning
from training.ablation import without
from training.card import FAMILIES, write_card
from training.checks import read_checks
from training.dataset import EXPECTED, POSTS, graded_rows, reacted_rows, read_rows
from training.figures import draw
from training.heldout import (
    LATER,
    HeldGrades,
    ask_reactions,
    grades_left_out,
    interval_coverage,
    items_present,
    later_grades,
    recall_kernels,
    rounds_later,
    rounds_left_out,
)
from training.limits import CURVES, missed, word_limits
from training.material import prepare
from training.statistics import bootstrap

MANIFEST = {"id": "test", "trained_at": "2026-01-01", "seed": 0, "data": {"reacted": 1, "graded": 2, "pages": 3}}


@pytest.fixture(scope="module", autouse=True)
def few_trees():
    """What is looked at here is who learns from whom, not how well."""
    with pytest.MonkeyPatch.context() as patch:
        for trees, most in ((stack.GRADE_TREES, 40), (stack.OUTCOME_TREES, 8)):
            patch.setitem(trees, "max_iter", most)
            patch.setitem(trees, "max_bins", 8)  # where rows have weights, each bin of each column is sorted for
        yield


@pytest.fixture(scope="module")
def rows():
    return list(read_rows(POSTS))


@pytest.fixture(scope="module")
def reacted(rows):
    """With what readers expect of two posts in three: ratings drawn by chance."""
    rng = np.random.default_rng(0)
    identities = [(str(row.get("source")), row["page_id"], row["post_id"]) for row in rows]
    return reacted_rows(rows, {identity: rng.normal(size=3) for n, identity in enumerate(identities) if n % 3})


@pytest.fixture(scope="module")
def material(reacted, rows):
    return prepare(reacted, graded_rows(rows))


@pytest.fixture(scope="module")
def metrics(material):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "ROUNDS", 5)
        return report.measure(material, [(3, 4), (1, 1), (2, 2)] * 20)


def test_what_is_said_of_a_page_does_not_hang_on_its_grades(material, reacted):
    """The grades of one fold are turned upside down: only what is said of the other folds may change."""
    held = material.grade_folds == 0
    turned = replace(material.graded, grade=np.where(held, 4 - material.graded.grade, material.graded.grade))
    said, other = (grades_left_out(m).grade for m in (material, prepare(reacted, turned)))
    np.testing.assert_array_equal(other[held], said[held])
    assert np.abs(other[~held] - said[~held]).max() > 0.1


def said_of(m, told, rounds):
    held = ask_reactions(m, told, rounds)
    return np.stack([held.general, held.personal, held.chance_general, held.chance])


def test_what_is_said_of_later_posts_does_not_hang_on_their_counts(material, reacted):
    late = reacted.place >= LATER
    turned = replace(reacted, residual=np.where(late[:, None], -3 * reacted.residual, reacted.residual))
    told = recall_kernels(material)
    said = [said_of(m, told, rounds_later(m)) for m in (material, prepare(turned, material.graded))]
    asked = late & reacted.labelled
    assert asked.any()
    assert np.isnan(said[0][:, ~late]).all()
    np.testing.assert_array_equal(said[0][:, asked], said[1][:, asked])


def test_what_is_said_of_a_page_does_not_hang_on_its_counts(material, reacted):
    """Not through calibration and the gains of memory either; what memory itself heard is told apart."""
    held = np.zeros(len(reacted), bool)
    held[material.rows] = material.reaction_folds == 0
    turned = replace(reacted, residual=np.where(held[:, None], -3 * reacted.residual, reacted.residual))
    told = recall_kernels(material)
    said = [said_of(m, told, rounds_left_out(m)) for m in (material, prepare(turned, material.graded))]
    np.testing.assert_array_equal(said[0][:, held], said[1][:, held])
    rest = reacted.labelled & ~held
    assert np.abs(said[0] - said[1])[:, rest].max() > 0.01


def test_later_grades_are_the_last_fifth_of_each_page(material):
    later = later_grades(material)
    for page in np.unique(material.graded.groups):
        mine = np.flatnonzero(material.graded.groups == page)
        dates = np.array([material.graded.posts[n].moment.timestamp() for n in mine])
        assert later[mine].mean() == pytest.approx(1 - LATER, abs=0.03)
        assert dates[later[mine]].min() >= dates[~later[mine]].max()


def test_what_is_expected_of_a_page_left_out_teaches_nothing_about_it(material, reacted, monkeypatch):
    """Readers' ratings of its posts are turned upside down: of the other pages other things are said."""
    mix = np.vstack([np.eye(len(REACTION_HEADS)), np.full((len(EXPECTED), len(REACTION_HEADS)), 0.5)])
    monkeypatch.setattr("training.heldout.learn_mix", lambda *_: mix)
    held = np.zeros(len(reacted), bool)
    held[material.rows] = material.reaction_folds == 0
    turned = replace(reacted, appeal=np.where(held[:, None], -reacted.appeal, reacted.appeal))
    told = recall_kernels(material)
    said = [said_of(m, told, rounds_left_out(m)) for m in (material, prepare(turned, material.graded))]
    np.testing.assert_array_equal(said[0][:, held], said[1][:, held])
    assert np.abs(said[0] - said[1])[:, reacted.labelled & ~held].max() > 0.01


def test_interval_and_thresholds_are_learned_on_other_folds(material):
    """One fold of nonsense is judged by the others: its truth is not learned."""
    graded, odd = material.graded, material.grade_folds == 0
    chosen = np.random.default_rng(0).normal(size=(len(graded), 27))
    chosen[:, 10:20] = np.where(graded.present > 0, 3, -3) * np.where(odd[:, None], -1, 1)
    held = HeldGrades(graded.grade, np.where(odd, 4 - graded.grade, graded.grade), chosen)
    assert interval_coverage(material, held)[~odd].all()
    assert interval_coverage(material, held)[odd & (graded.grade != 2)].mean() < 0.1
    found = items_present(material, held) == (graded.present > 0)
    assert found[~odd].mean() > 0.9
    assert found[odd].mean() < 0.1


def test_family_left_out_says_nothing(material):
    blocks = material.grade_blocks
    for family in ("lemmas", "letters", "senses", "form"):
        less = without(blocks, family)
        assert not np.abs(getattr(less, family)).sum()
        assert getattr(less, family).shape == getattr(blocks, family).shape
        assert np.abs(blocks.lemmas).sum() > 0


def test_bootstrap_draws_whole_pages():
    groups = np.array(["a"] * 3 + ["b"] * 5)
    drawn = []
    bootstrap(lambda rows: drawn.append(rows) or 0.0, groups)
    assert len(drawn) == statistics.ROUNDS
    for rows in drawn:
        times = np.bincount(rows, minlength=8)
        assert set(times[:3]) == {times[0]}
        assert set(times[3:]) == {times[3]}
        assert times[0] + times[3] == 2


def test_bootstrap_of_nothing_is_not_a_number():
    assert np.isnan(bootstrap(lambda rows: 1.0, np.zeros(0, str))).all()


def test_every_figure_has_its_interval_or_none(metrics):
    assert len(metrics["headline"]) > 15
    for row in metrics["headline"]:
        assert {"name", "value", "low", "high", "target"} <= row.keys()
        assert (row["low"] is None) == (row["high"] is None)
        if row["low"] is not None:
            assert row["low"] <= row["high"]


def test_figures_are_plain_json(metrics):
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
    assert [row["name"] for row in metrics["baselines"]][0] == "постоянное число"
    assert metrics["raters"]["posts"] == 60
    assert metrics["steps"]
    assert {curve["key"] for curve in metrics["learning_curve"]} == set(CURVES)
    for curve in metrics["learning_curve"]:
        assert [point["share"] for point in curve["points"]] == [0.25, 0.5, 1]
    assert {row["of"] for row in metrics["ablation"]} == {
        "польза, Спирмен",
        "лайки по тексту, AUC",
        "лайки с памятью, AUC",
    }
    assert {row["slice"] for row in metrics["slices"]} <= {"длина, знаков", "сеть", "вид страницы", "год"}
    for row in metrics["errors"]:
        assert 0 <= row["far"] <= 1
        assert 0 <= row["recall"] <= 1


def test_card_tells_every_figure(metrics):
    card = write_card(MANIFEST, {**metrics, "checks": [], "stability": []})
    for row in (*metrics["headline"], *metrics["baselines"]):
        assert row["name"] in card
    for row in metrics["headline"]:
        if row["value"] is not None:
            assert f"{row['value']:.3f}".replace(".", ",") in card


def test_whole_of_a_curve_is_the_headline(metrics):
    told = {row["key"]: row["value"] for row in metrics["headline"]}
    for curve in metrics["learning_curve"]:
        assert curve["points"][-1]["value"] == told[curve["key"]]


def test_tuning_tells_what_the_headline_tells(metrics):
    told = {row["key"]: row["value"] for row in metrics["headline"]}
    assert [row["key"] for row in metrics["tuning"]][0] == "usefulness_left_out"
    for row in metrics["tuning"]:
        assert row["whole"] == told[row["key"]]
        assert row["tuned"] == pytest.approx(row["whole"], abs=0.1)
        assert row["chosen"]


def test_settings_are_chosen_without_the_page_left_out(material, reacted):
    held = material.grade_folds == 0
    turned = replace(material.graded, grade=np.where(held, 4 - material.graded.grade, material.graded.grade))
    other = prepare(reacted, turned)
    assert tuning._choose(material, ~held) == tuning._choose(other, ~held)
    ask = [tuning._grade(m, ~held, held, 2.0, 50) for m in (material, other)]
    np.testing.assert_array_equal(*ask)
    assert np.abs(ask[0] - grades_left_out(material).grade[held]).max() > 0  # other settings say other things


def test_every_missed_target_is_told_with_what_limits_it(metrics):
    words, lost = word_limits(metrics), missed(metrics)
    assert lost
    assert {row["name"] for row in lost} == {
        row["name"] for row in metrics["headline"] if f"| {row['name']} |" in words
    }
    met = [{**row, "value": row["target"]} for row in metrics["headline"]]
    assert word_limits({**metrics, "headline": met}) == ""
    wide = [{**row, "value": 0.99} for row in met if row["key"] == "coverage"]
    assert missed({**metrics, "headline": wide}) == wide


def test_limits_tell_readers_and_ceilings():
    told = {"value": 0.7, "low": 0.6, "high": 0.8}
    metrics = {
        "headline": [
            {"key": "likes_left_out", "name": "лайки", "value": 0.65, "low": 0.6, "high": 0.7, "target": 0.73},
            {"key": "type_left_out", "name": "тип", "value": 0.6, "low": None, "high": None, "target": 0.66},
            {"key": "likes_left_out_memory", "name": "память", "value": 0.7, "low": None, "high": None, "target": 0.77},
        ],
        "remembering": [{"from": 50, "likes_memory": 0.66}, {"from": 200, "likes_memory": 0.75}],
        "learning_curve": [
            {"key": "likes_left_out", "points": [{"share": 0.5, "value": 0.64}, {"share": 1, "value": 0.65}]}
        ],
        "reader": {"figures": [{"name": "тип поста: макро-F1", "reader": {**told, "value": 0.84}}]},
        "guesses": [{"reaction": "likes", "reader": told}],
        "ceiling": {"one_text": [{"pages": "official", "reaction": "likes", **told, "auc": 0.75}]},
    }
    likes, kind, memory = word_limits(metrics).splitlines()[-3:]
    assert likes == "| лайки | 0,650 (0,600–0,700) | 0,730 | 0,640 | 0,700 (0,600–0,800) | 0,750 (0,600–0,800) |"
    assert kind == "| тип | 0,600 | 0,660 | – | 0,840 | – |"
    assert memory == "| память | 0,700 | 0,770 | 0,660 при 50–199 прежних постах, 0,750 при 200–999 | – | – |"


def test_card_holds_the_notes_of_a_person(metrics):
    measured = {**metrics, "checks": [], "stability": []}
    assert "### Читано глазами" in write_card(MANIFEST, measured, "### Читано глазами\n\nНичего.")
    assert "### Читано глазами" not in write_card(MANIFEST, measured)


def test_few_pages_have_no_interval(metrics):
    told = {row["name"]: row for row in metrics["headline"]}
    for row in told.values():
        if "pages" in row:
            assert (row["low"] is None) == (row["pages"] < report.FEWEST_PAGES)
        if "ECE" in row["name"]:
            assert row["low"] is None
    assert any(row["low"] is not None for row in told.values())


def test_near_duplicates_of_asked_posts_do_not_teach(material):
    """Every grade of a page left out is learned from its twin elsewhere, unless twins are kept apart."""
    held = material.grade_folds == 0
    marks = np.array(material.grade_marks)
    twin = np.flatnonzero(~held)[0]
    seen = replace(material, grade_marks=marks.tolist())
    seen.grade_marks[twin] = marks[held][0]
    said, other = (grades_left_out(m).grade for m in (material, seen))
    assert np.abs(said[held] - other[held]).max() > 0


def test_card_of_a_model_that_was_not_measured_says_so():
    assert "ещё не измерена" in write_card(MANIFEST, {})


@pytest.mark.parametrize(("more", "said"), [({"invented": 2}, True), ({"invented": 0}, False), ({}, False)])
def test_card_tells_how_many_pages_were_invented(more, said):
    card = write_card({**MANIFEST, "data": {**MANIFEST["data"], **more}}, {})
    assert ("3 страниц, из которых 2 выдуманы" in card) == said


def test_figures_are_drawn_the_same_each_time(metrics, tmp_path):
    names = draw(metrics, tmp_path / "one")
    assert {"reliability.svg", "learning.svg"} <= set(names)
    assert draw(metrics, tmp_path / "two") == names
    for name in names:
        first, second = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert ElementTree.fromstring(first).tag.endswith("svg")
        assert first == second


def test_every_family_of_checks_has_a_name():
    assert {check["family"] for check in read_checks()} == set(FAMILIES)
