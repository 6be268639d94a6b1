"""Precision of the rules of style: every rule has its counts, none is under the least, and the page tells them."""

from pathlib import Path

import pytest

from model import precision
from model.precision import Precision
from model.style import RULES
from service.rules_page import render

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"


def test_every_rule_is_counted():
    assert list(precision.read()) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_often_wrong_is_no_rule(rule):
    share = precision.read()[rule]
    assert 0 <= share.right <= share.labelled
    assert not share.labelled or share.precision >= precision.LEAST


def test_the_interval_is_wilsons():
    assert Precision(20, 18).interval == pytest.approx((0.6990, 0.9721), abs=1e-4)  # Newcombe 1998, by hand
    assert Precision(0, 0).interval == (0.0, 1.0)


def test_the_page_is_written_from_the_counts_and_the_hints():
    assert PAGE.read_text(encoding="utf-8") == render()
