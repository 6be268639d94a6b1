"""The score as a row."""

import dataclasses

import pytest

from model import Score
from model.score import CHECKLIST, REACTIONS, ROW, STATUSES, TYPES

SCORE = Score(
    usefulness=62.5,
    usefulness_low=40.0,
    usefulness_high=80.0,
    engagement=55.0,
    engagement_likes=54.0,
    engagement_comments=30.0,
    engagement_reposts=41.0,
    engagement_general=50.0,
    memory_posts=12,
    type="event",
    checklist={**dict.fromkeys(CHECKLIST, True), "when": False, "how": False, "contact": None},
    status="ok",
    model="m-1",
)


def test_row_has_its_keys_in_order():
    assert tuple(SCORE.row()) == ROW


def test_row_says_what_the_score_says():
    row = SCORE.row()
    assert {name: row[name] for name in ROW} == {name: getattr(SCORE, name) for name in ROW}


def test_row_holds_every_field_but_the_neighbours():
    fields = {field.name for field in dataclasses.fields(Score)}
    assert set(ROW) == fields - {"neighbours"} | {"missing"}


def test_missing_is_what_applies_and_is_absent():
    assert SCORE.missing == ["when", "how"]


def test_score_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SCORE.usefulness = 100.0


@pytest.mark.parametrize("names", [CHECKLIST, TYPES, STATUSES, REACTIONS, ROW], ids=lambda names: names[0])
def test_names_are_different(names):
    assert len(set(names)) == len(names)


def test_reactions_have_columns():
    assert {f"engagement_{name}" for name in REACTIONS} < set(ROW)
