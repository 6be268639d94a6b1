"""Ceilings: what chance and the same words allow, told of posts whose truth was drawn."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from model.heads import REACTION_HEADS
from model.post import Post
from training.ceiling import auc_of_text, find_twins, measure_chance, measure_one_text, shared_variance
from training.dataset import Reacted, fingerprint

START = datetime(2025, 1, 1, 12, tzinfo=UTC)
WORDS = ("один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять")


def reacted(posts, residual, usual=3.0):
    count, heads = len(posts), len(REACTION_HEADS)
    return Reacted(
        posts,
        np.tile(np.asarray(residual, float)[:, None], (1, heads)),
        np.full((count, heads), usual),
        np.full((count, 3), np.nan),
        np.ones(count, bool),
        np.zeros(count),
        np.array([f"vk:{post.page_id}" for post in posts]),
    )


def post(page, text, days=0.0):
    date = (START + timedelta(days=days)).isoformat()
    return Post(text, platform="vk", page_id=page, page_kind="culture", date=date)


def sentence(number):
    """Fourteen words that tell the number: as many as a fingerprint has."""
    return " ".join(WORDS[int(digit)] for digit in f"{number:014d}")


def test_auc_of_text_is_that_of_who_knows_the_shared_part():
    rng = np.random.default_rng(0)
    for shared in (0.1, 0.3, 0.6):
        known, rest = rng.normal(0, np.sqrt(shared), 200_000), rng.normal(0, np.sqrt(1 - shared), 200_000)
        assert auc_of_text(shared) == pytest.approx(roc_auc_score(known + rest > 0, known), abs=0.005)
    assert auc_of_text(0) == auc_of_text(-0.2) == 0.5
    assert auc_of_text(1) == 1


def test_shared_variance_is_the_correlation_of_pairs():
    rng = np.random.default_rng(1)
    common = rng.normal(0, 1, 50_000)
    one, other = (common + rng.normal(0, 2, 50_000) for _ in range(2))
    assert shared_variance(one, other, np.ones(50_000)) == pytest.approx(0.2, abs=0.02)
    assert shared_variance(other, one, np.ones(50_000)) == pytest.approx(shared_variance(one, other, np.ones(50_000)))


def marks(posts):
    return [fingerprint(one.text) for one in posts]


def test_twins_are_the_same_opening_on_two_pages():
    text = sentence(123456781)
    posts = [
        post("a", text), post("a", text.upper()), post("b", text + " и дальше"),
        post("b", "Совсем о другом деле"), post("c", "Совсем о другом деле"),
    ]  # fmt: skip
    data = reacted(posts, np.zeros(len(posts)))
    one, other, _ = find_twins(data.groups, np.arange(5), marks(posts))
    assert {*zip(one.tolist(), other.tolist(), strict=True)} == {(0, 2), (1, 2)}  # the short one is a stub


def drawn(shift=0.0):
    """Two pages put up the same hundred texts; half of the variance of each residual belongs to the text."""
    rng = np.random.default_rng(2)
    common = rng.normal(0, 1, 100)
    posts = [post(page, sentence(n)) for page in ("a", "b") for n in range(100)]
    residual = np.concatenate([common + rng.normal(0, 1, 100) - shift, common + rng.normal(0, 1, 100) + shift])
    said = np.tile(np.r_[common, common][:, None], (1, len(REACTION_HEADS)))
    return reacted(posts, residual), marks(posts), said


def test_what_the_same_words_allow():
    rows = measure_one_text(*drawn())
    assert [(row["pages"], row["reaction"]) for row in rows] == [
        (pages, name) for pages in ("official", "all") for name in ("likes", "comments", "reposts")
    ]
    for row in rows:
        assert row["texts"] == 100
        assert row["shared"] == pytest.approx(0.5, abs=0.15)
        assert row["low"] <= row["auc"] <= row["high"]
        assert row["model"] == pytest.approx(row["auc"], abs=0.08)  # who says the common part reaches the ceiling


def test_how_a_page_stands_as_a_whole_is_not_shared():
    """Posts are ranked within pages: what lifts all posts of one page takes nothing from the words."""
    for row, other in zip(measure_one_text(*drawn(shift=2)), measure_one_text(*drawn()), strict=True):
        assert row["shared"] == pytest.approx(other["shared"], abs=1e-3)


def test_posts_that_are_not_labelled_say_nothing():
    data, all_marks, said = drawn()
    data.labelled[:] = np.arange(200) % 100 < 40
    rows = measure_one_text(data, [mark for mark, kept in zip(all_marks, data.labelled, strict=True) if kept], said)
    assert {row["texts"] for row in rows} == {40}


def test_few_texts_say_nothing():
    posts = [post("a", sentence(1)), post("b", sentence(1))]
    assert measure_one_text(reacted(posts, np.zeros(2)), marks(posts), np.zeros((2, len(REACTION_HEADS)))) == []


def test_the_fewer_the_counts_the_lower_the_ceiling_of_chance():
    rng = np.random.default_rng(3)
    posts = [post("a", f"пост {n}", days=n) for n in range(400)]
    residual = rng.normal(0, 0.7, 400)
    few, many = (measure_chance(reacted(posts, residual, usual), 0) for usual in (np.log(2), np.log(200)))
    for name in ("likes", "comments", "reposts"):
        assert 0.5 < few[name] < many[name] < 1
