"""Appeal: what readers expect is read, mixed with what counts teach, and only where it ranks better."""

import gzip
import json

import numpy as np
import pytest

from model.heads import REACTION_HEADS
from training.appeal import EXPERTS, LEANS_ON, SHARES, describe, learn_mix
from training.dataset import APPEALS, EXPECTED, POSTS, reacted_rows, read_appeals, read_rows


def test_ratings_of_each_reader_have_one_scale(tmp_path):
    path = tmp_path / "appeals.jsonl.gz"
    told = enumerate([("a", 1), ("a", 3), ("b", 6), ("b", 8)])
    rows = [
        {
            "source": "s",
            "page_id": "p",
            "post_id": str(n),
            "reader": who,
            "likes": likes,
            "reposts": 5,
            "comments": likes,
        }
        for n, (who, likes) in told
    ]
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    found = read_appeals(path)
    assert [found["s", "p", str(n)].tolist() for n in range(4)] == [[-1, 0, -1], [1, 0, 1], [-1, 0, -1], [1, 0, 1]]


def test_ratings_find_their_posts():
    rows = [*read_rows(POSTS)][:60]
    named = {
        (str(row.get("source")), row["page_id"], row["post_id"]): np.arange(3.0) + n
        for n, row in enumerate(rows)
        if n % 2
    }
    data = reacted_rows(rows, named)
    place = {(row["page_id"], row["post_id"]): n for n, row in enumerate(rows)}
    for post, appeal in zip(data.posts, data.appeal, strict=True):
        n = place[post.page_id, post.post_id]
        np.testing.assert_array_equal(appeal, np.arange(3.0) + n if n % 2 else np.full(3, np.nan))


def test_kept_ratings_have_no_texts():
    with gzip.open(APPEALS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            assert row.keys() == {"source", "page_id", "post_id", "reader", *EXPECTED}
            assert all(0 <= row[name] <= 9 for name in EXPECTED)


@pytest.fixture
def data():
    """Ten pages of sixty posts, of which the rules keep nearly all."""
    rng = np.random.default_rng(0)
    rows = [
        {"text": f"Пост {'а' * (n + 2)} и ещё слова", "platform": "vk", "page_id": str(page), "post_id": str(n),
         "date": f"2025-{1 + n // 28:02d}-{1 + n % 28:02d}T12:00:00Z", "likes": int(likes), "comments": 3, "reposts": 2}
        for page in range(10) for n, likes in enumerate(rng.poisson(20, 60))
    ]  # fmt: skip
    return reacted_rows(rows)


def test_what_readers_expect_is_taken_where_it_ranks_better(data):
    rng, truth = np.random.default_rng(0), np.nan_to_num(data.residual)
    said = rng.normal(size=(len(data), len(EXPERTS)))
    said[:, : len(REACTION_HEADS)] *= 0.1
    likes, expected = REACTION_HEADS.index("likes"), len(REACTION_HEADS) + EXPECTED.index("likes")
    said[:, expected] = truth[:, likes]
    mix = learn_mix(said, data, data.labelled)
    assert mix[expected, likes] / mix[likes, likes] == pytest.approx(SHARES[-1])
    for head, name in enumerate(REACTION_HEADS):
        added = np.flatnonzero(mix[len(REACTION_HEADS) :, head])
        assert {EXPECTED[column] for column in added} <= set(LEANS_ON[name])
        counted = np.flatnonzero(mix[: len(REACTION_HEADS), head])
        assert counted.tolist() == [head]
    said[:, : len(REACTION_HEADS)] = truth
    said[:, len(REACTION_HEADS) :] = -1
    assert not learn_mix(said, data, data.labelled)[len(REACTION_HEADS) :].any()


def test_what_is_mixed_is_the_best_guess_of_the_residual(data):
    """Whatever the experts' own scale is."""
    rng, heads = np.random.default_rng(1), len(REACTION_HEADS)
    said = rng.normal(size=(len(data), len(EXPERTS)))
    said[:, :heads] += np.nan_to_num(data.residual)
    said[:, :heads] *= 7
    known = data.labelled
    mixed = (said @ learn_mix(said, data, known))[known]
    for head in map(REACTION_HEADS.index, ("any", "likes")):  # the other counts are all the same
        assert np.polyfit(mixed[:, head], data.residual[known, head], 1)[0] == pytest.approx(1)


def test_nothing_to_learn_from_adds_nothing(data):
    said, heads = np.ones((len(data), len(EXPERTS))), len(REACTION_HEADS)
    mix = learn_mix(said, data, np.zeros(len(data), bool))
    np.testing.assert_array_equal(mix, np.eye(len(EXPERTS), heads))
    assert describe(mix) == {name: {name: 1.0} for name in REACTION_HEADS}
