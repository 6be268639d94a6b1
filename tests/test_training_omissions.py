"""Omissions: what is taken out, what stays, and who may learn from it."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from model.heads import CALLS, GRADE_HEADS, STACK
from model.score import TYPES
from training import omissions
from training.dataset import graded_rows
from training.material import ask_out_of_fold
from training.omissions import FACTS, cut_posts, look_at, without_dates, without_phones, without_places
from training.ridge import GradeRidge, build_blocks
from training.stack import GRADE_TREES, OUTCOME_TREES, fit_upper
from training.vocabulary import build_vocabulary


@pytest.fixture(scope="module", autouse=True)
def single():
    """One thread: for so few rows more of them only wait for each other, long where the machine is busy."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Концерт 14 мая в 18:00. Вход свободный", "Концерт. Вход свободный"),
        ("Прививки ставят с 5, 6 и 7 июня 2026 года, приходите с паспортом", "Прививки ставят, приходите с паспортом"),
        ("Сбор заявок до 12.03, список у вахтёра на первом этаже", "Сбор заявок, список у вахтёра на первом этаже"),
        ("Воды не будет до 17 часов, сделайте запас", "Воды не будет, сделайте запас"),
        ("Ждём всех на концерт", None),
        ("14 мая в 18:00", None),  # nothing would be left
    ],
)
def test_dates_are_taken_out(text, left):
    assert without_dates(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Приём заявок по адресу: Лесная, 5, каб. 12. Возьмите паспорт", "Приём заявок. Возьмите паспорт"),
        ("Мастер-класс пройдёт в библиотеке. Приводите детей", "Мастер-класс пройдёт. Приводите детей"),
        ("Авария на улице Садовой, 7. Воды не будет до вечера", "Авария. Воды не будет до вечера"),
        ("Прививки ставят в каб. 7, приходите с паспортом", "Прививки ставят, приходите с паспортом"),
        ("Просим соблюдать тишину", None),
    ],
)
def test_places_are_taken_out(text, left):
    assert without_places(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Завтра не будет воды на Садовой. Диспетчер: 5-12-34.", "Завтра не будет воды на Садовой."),
        ("Приём ведёт педиатр из области.\nЗапись: 8 (800) 000-11-22", "Приём ведёт педиатр из области."),
        ("Звоните 112, если увидели дым.", "Звоните , если увидели дым."),  # a sentence that is all of it stays
        ("Завтра не будет воды. Диспетчер: 5-12-34. Подробности: https://example.ru", None),
        ("Завтра не будет воды на Садовой.", None),
    ],
)
def test_phones_are_taken_out(text, left):
    assert without_phones(text) == left


@pytest.fixture(scope="module")
def graded(corpus):
    return graded_rows(corpus)


@pytest.fixture(scope="module")
def cut(graded):
    return cut_posts(graded)


def test_a_cut_post_is_the_whole_one_without_a_fact(graded, cut):
    posts, source = cut
    assert {int(item) for item in np.argwhere(posts.present != graded.present[source])[:, 1]} == {
        fact.item for fact in FACTS
    }
    prices = {fact.item: fact.price for fact in FACTS}
    for n, row in enumerate(source):
        (item,) = np.flatnonzero(posts.present[n] != graded.present[row])
        assert (graded.present[row, item], posts.present[n, item]) == (1, 0)
        assert posts.grade[n] == max(graded.grade[row] - prices[item], 0)
        assert len(posts.posts[n].text) < len(graded.posts[row].text)
        assert posts.posts[n].page == graded.posts[row].page
    assert set(posts.kind) <= set(CALLS)
    for name in ("kind", "applies", "groups"):
        assert np.array_equal(getattr(posts, name), getattr(graded, name)[source])
    assert posts.added.all()
    assert not posts.natural.any()


def test_cut_posts_are_no_more_than_asked_for_and_from_all_over(graded, monkeypatch):
    many = cut_posts(graded)[1]
    monkeypatch.setattr(omissions, "FACTS", [replace(fact, most=5) for fact in FACTS])
    few, source = cut_posts(graded)
    assert len(few) == 15
    assert set(source) <= set(many)
    assert len({few.groups[n] for n in range(15)}) > 5


def test_what_nobody_acts_on_is_not_cut(graded):
    graded = replace(graded, kind=np.full(len(graded), TYPES.index("greeting")))
    posts, source = cut_posts(graded)
    assert (len(posts), len(source)) == (0, 0)


@pytest.fixture(scope="module")
def parts(graded):
    """A ridge over graded posts, and the posts themselves as omissions from themselves."""
    from types import SimpleNamespace

    from training.morphology import parse

    dictionary = SimpleNamespace(parse=parse)
    vocabulary = build_vocabulary(graded.posts, dictionary)
    blocks = build_blocks(graded.posts, vocabulary, dictionary)
    targets = np.random.default_rng(0).normal(size=(len(graded), len(GRADE_HEADS))).astype(np.float32)
    ridge = GradeRidge(blocks, targets)
    source = np.arange(len(graded))[::3]
    same = graded.take(source)
    return ridge, look_at(same, source, build_blocks(same.posts, vocabulary, dictionary, blocks), ridge)


def test_heads_say_of_a_cut_post_what_they_would_say_of_its_text_and_never_saw_its_page(graded, parts):
    ridge, same = parts
    folds = np.arange(len(graded)) % 4
    rows = np.flatnonzero(np.arange(len(graded)) % 5 > 0)
    opinions, asked = ask_out_of_fold(ridge, same, folds, rows)
    told = np.isin(same.source, rows)
    np.testing.assert_allclose(asked.opinions[told], opinions[same.source[told]], atol=2e-3)
    assert not asked.opinions[~told].any()
    assert asked.inputs.shape == (len(same), len(STACK))
    whole = ridge.out_of_fold(folds)
    everything, _ = ask_out_of_fold(ridge, same, folds, np.arange(len(graded)))
    np.testing.assert_allclose(everything, whole, atol=1e-5)


def test_only_those_whose_posts_are_learned_from(graded, parts):
    _, same = parts
    train = np.arange(len(graded)) % 2 == 0
    some = same.of(train)
    assert train[some.source].all()
    assert len(some) == train[same.source].sum()
    assert len(same.of(np.zeros(len(graded), bool))) == 0


def test_trees_learn_from_omissions_and_mind_them_less(graded, parts, monkeypatch):
    monkeypatch.setattr("training.stack.GRADE_TREES", {**GRADE_TREES, "max_iter": 30, "learning_rate": 0.2})
    monkeypatch.setattr("training.stack.OUTCOME_TREES", {**OUTCOME_TREES, "max_iter": 2})
    ridge, same = parts
    opinions, same = ask_out_of_fold(ridge, same, np.arange(len(graded)) % 4, np.arange(len(graded)))
    inputs = np.concatenate([opinions, same.inputs[:1, len(GRADE_HEADS) :].repeat(len(graded), axis=0)], axis=1)
    worthless = replace(same, graded=replace(same.graded, grade=np.zeros(len(same))))

    def mean(omitted):
        return fit_upper(inputs, graded, 0, omitted).trees.predict(inputs).mean()

    without, little = mean(None), mean(worthless)
    monkeypatch.setattr("training.stack.WEIGHT", 1.0)
    assert mean(worthless) < little < without
    assert mean(same.of(np.zeros(len(graded), bool))) == without
