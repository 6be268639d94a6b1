"""Hints: whatever a rule of style may find has Russian words, and its example is of that rule."""

import re

import pytest

from model import style
from service.hints import STYLE_HINTS

# Only a person can write what comes after the arrow, or the words there are not the only ones.
BY_HAND = {
    "noun_chain", "genitive_chain", "passive", "long_sentence", "long_paragraph", "bare_law", "title", "praise",
    "vague_time", "self_report", "urgency", "vague_agent", "foreign", "filler", "officials", "repeated_word",
    "event_day", "event_place", "event_price", "event_contact", "broken_letters", "ruler",
    "double_form", "inline_list", "hidden_link", "bare_link",
}  # fmt: skip
NO_TEXT = {
    "long_sentence",
    "long_paragraph",
    "long_bracket",
    "long_link",
    "wall",
    "late_lead",
}  # the example speaks of the text and is none


def test_every_rule_has_a_hint_in_the_same_order():
    assert tuple(STYLE_HINTS) == tuple(style.RULES)


@pytest.mark.parametrize("rule", STYLE_HINTS)
def test_a_hint_is_short_and_russian(rule):
    hint = STYLE_HINTS[rule]
    for words in (hint.name, hint.why, hint.example):
        assert re.search("[а-яё]", words)
        assert words == words.strip()
    assert len(hint.name) <= 40
    assert hint.why.endswith(".")
    assert len(hint.why) <= 120
    assert hint.example.count(" → ") == 1


@pytest.mark.parametrize("rule", sorted(set(STYLE_HINTS) - NO_TEXT))
def test_an_example_shows_the_rule(rule):
    before, after = STYLE_HINTS[rule].example.split(" → ")
    assert rule in {finding.rule for finding in style.find(before)}
    assert rule not in {finding.rule for finding in style.find(after)}
    if rule not in BY_HAND:
        assert style.mend(before) == after
