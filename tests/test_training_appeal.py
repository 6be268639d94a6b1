"""Appeal: what readers expect is read, mixed with what counts teach, and only where it ranks better."""

import gzip
import json

import numpy as np
import pytest

from model.heads import REACTION_HEADS
from training.appeal import EXPERTS, LEANS_ON, SHARES, learn_mix, mixing
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


def test_mixing_adds_shares_of_what_is_expected():
    shares = np.arange(12).reshape(len(REACTION_HEADS), len(EXPECTED)) / 10
    said = np.random.default_rng(0).normal(size=(5, len(EXPERTS)))
    counted, expected = np.hsplit(said, [len(REACTION_HEADS)])
    np.testing.assert_allclose(said @ mixing(shares), counted + expected @ shares.T)


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
    likes, expected = REACTION_HEADS.index("likes"), EXPECTED.index("likes")
    said[:, len(REACTION_HEADS) + expected] = truth[:, likes]
    shares = learn_mix(said, data, data.labelled)
    assert shares[likes, expected] == SHARES[-1]
    for head, name in enumerate(REACTION_HEADS):
        assert {EXPECTED[column] for column in np.flatnonzero(shares[head])} <= set(LEANS_ON[name])
    said[:, : len(REACTION_HEADS)] = truth
    said[:, len(REACTION_HEADS) :] = -1
    np.testing.assert_array_equal(learn_mix(said, data, data.labelled), 0)


def test_nothing_to_learn_from_adds_nothing(data):
    said = np.ones((len(data), len(EXPERTS)))
    np.testing.assert_array_equal(learn_mix(said, data, np.zeros(len(data), bool)), 0)
