"""Sixty pairs of authored drafts, worse and better, of all types. Never trained on, never tuned to.

What is asked of the shipped model is the share of right pairs, not any one of them.
"""

import json

import pytest

from model import Post
from model.changes import LEAST, rank
from model.score import TYPES


@pytest.fixture(scope="module")
def drafts(root):
    with (root / "tests" / "drafts.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_there_are_pairs_of_every_type(drafts):
    assert len(drafts) == 60
    assert {pair["type"] for pair in drafts} == set(TYPES)


def test_drafts_are_not_in_the_corpus(drafts, corpus):
    known = {row["text"] for row in corpus}
    assert not known & {pair[side] for pair in drafts for side in ("worse", "better")}


def test_the_better_draft_is_more_useful_in_nine_pairs_of_ten(scorer, drafts):
    worse, better = (list(scorer.map(Post(pair[side]) for pair in drafts)) for side in ("worse", "better"))
    right = [after.usefulness > before.usefulness for before, after in zip(worse, better, strict=True)]
    assert sum(right) >= 0.9 * len(right)


def test_applying_the_first_suggestion_raises_the_score_of_nineteen_worse_drafts_in_twenty(scorer, drafts):
    """Of all of them: a draft without a suggestion is one that was not helped."""
    raised = [_raises(scorer, pair["worse"]) for pair in drafts]
    assert sum(map(bool, raised)) >= 0.95 * len(raised)


def test_no_first_suggestion_disappoints(scorer, drafts):
    """Better drafts are mostly complete, so few get one; what is suggested raises a score there as well."""
    raised = [_raises(scorer, pair[side]) for pair in drafts for side in ("worse", "better")]
    told = [one for one in raised if one is not None]
    assert sum(told) >= 0.95 * len(told)


def _raises(scorer, text):
    """Whether the first suggestion raises a score when its text is scored anew; None where there is none."""
    before = scorer(Post(text))
    changes = rank(scorer, Post(text), before)
    if not changes:
        return None
    after = scorer(Post(changes[0].text))
    return after.usefulness > before.usefulness or after.engagement > before.engagement


def test_the_first_suggestion_makes_a_useless_draft_more_useful(scorer, drafts):
    useless = [pair["worse"] for pair in drafts if scorer(Post(pair["worse"])).usefulness < 37.5]
    gains = [change.usefulness for text in useless for change in rank(scorer, Post(text), scorer(Post(text)))[:1]]
    assert sum(gain >= LEAST for gain in gains) >= 0.95 * len(useless) > 0
