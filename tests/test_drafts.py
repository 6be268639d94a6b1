"""Sixty pairs of authored drafts, worse and better, of all types. Never trained on, never tuned to.

What is asked of the shipped model is the share of right pairs, not any one of them.
"""

import json

import pytest

from model import Post
from model.changes import rank
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


def test_the_first_suggestion_raises_a_score_in_nineteen_drafts_of_twenty(scorer, drafts):
    raised = []
    for pair in drafts:
        for side in ("worse", "better"):
            before = scorer(Post(pair[side]))
            changes = rank(scorer, Post(pair[side]), before)
            if changes:
                after = scorer(Post(changes[0].text))
                raised.append(after.usefulness > before.usefulness or after.engagement > before.engagement)
    assert len(raised) >= 60
    assert sum(raised) >= 0.95 * len(raised)


def test_vague_drafts_get_a_suggestion(scorer, drafts):
    """All but greetings, which miss nothing that a line could add."""
    vague = [pair["worse"] for pair in drafts if pair["type"] != "greeting"]
    offered = [bool(rank(scorer, Post(text), scorer(Post(text)))) for text in vague]
    assert sum(offered) >= 0.9 * len(offered)
