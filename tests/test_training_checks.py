"""Authored checks, held to scorers whose answers are known."""

from types import SimpleNamespace

import pytest

from training.checks import PASSES, STIRRED, TOLERANCE, measure_stability, read_checks, run_checks


def scorer(usefulness):
    """A scorer that says of a text what the function says."""
    return SimpleNamespace(
        map=lambda posts: (SimpleNamespace(usefulness=usefulness(post.text), engagement=50.0) for post in posts)
    )


def check(kind, better, worse):
    return {"kind": kind, "family": "any", "better": {"text": better}, "worse": {"text": worse}}


@pytest.mark.parametrize(
    ("kind", "better", "worse", "passed"),
    [
        ("pair", 51, 50, True),
        ("pair", 50, 50, False),
        ("trap", 40, 50, False),
        ("addition", 50, 50, True),
        ("addition", 49.9, 50, False),
        ("form", 50, 50 + TOLERANCE, True),
        ("form", 50, 49.9 - TOLERANCE, False),
    ],
)
def test_check_passes(kind, better, worse, passed):
    assert PASSES[kind](better, worse) is passed


def test_share_is_told_by_kind_and_family():
    checks = [check("pair", "aaa", "a"), check("pair", "a", "aaa"), check("form", "a", "aa")]
    found = {(row["kind"], row["family"]): row for row in run_checks(scorer(len), checks)}
    assert (found["pair", ""]["checks"], found["pair", "any"]["passed"]) == (2, 0.5)
    assert found["form", ""]["passed"] == 1


def test_there_are_checks_enough():
    kinds = [row["kind"] for row in read_checks()]
    assert set(kinds) == PASSES.keys()
    assert min(kinds.count(kind) for kind in ("pair", "trap", "addition")) >= 60


def test_stability_is_the_share_that_hardly_moves():
    texts = ["Приглашаем жителей", "Приглашаем"]
    moved = {row["change"]: row for row in measure_stability(scorer(lambda text: 2 * STIRRED * ("#" in text)), texts)}
    assert moved["хештеги в конце"]["usefulness"] == 0
    assert moved["хештеги в конце"]["engagement"] == 1
    assert moved["опечатка"]["usefulness"] == 1
