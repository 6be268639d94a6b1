"""What page memory may look at, and how its weights are chosen."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import scipy.sparse as sp

from model.heads import REACTION_HEADS
from model.memory import DAY, MIN_POSTS, RIPE, Kernel, relative_noise
from training.dataset import reacted_rows
from training.memory import KERNELS, WEIGHTS, calibrate, learn_combination, recall_all, within_page_auc

KERNEL = Kernel(likeness=0.5, likeness_life=400, trend=0.1, trend_life=60, noise=0.3)
CLOSE = {"rtol": 0, "atol": 1e-9}
ANY, COMMENTS = REACTION_HEADS.index("any"), REACTION_HEADS.index("comments")
HALF_DAY = timedelta(hours=12)  # so that several posts are younger than 48 hours
START = datetime(2026, 1, 1, tzinfo=UTC)
TOPICS = ("Кот на крыше клуба, раз", "Совещание о графике отпусков, два")


def rows_of(pages=2, posts=70, likes=(40, 5)):
    """Two topics in a random order; one is liked, the other is not."""
    draw = np.random.default_rng(0)
    return [
        {"text": f"{TOPICS[topic]} {'и' * n}", "date": (START + n * HALF_DAY).isoformat(), "page_id": f"page{page}",
         "post_id": f"{n:03}", "likes": int(draw.poisson(likes[topic])), "comments": None}
        for page in range(pages)
        for n, topic in enumerate(draw.integers(0, 2, posts))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return reacted_rows(rows_of())


@pytest.fixture(scope="module")
def design(data):
    """Each topic is a word of its own."""
    topics = [int(post.text.startswith(TOPICS[1])) for post in data.posts]
    return sp.csr_matrix(np.eye(2, dtype=np.float32)[topics])


@pytest.fixture(scope="module")
def told(data, design):
    return recall_all(design, data, KERNEL)


def days_of(data):
    return np.array([post.moment.timestamp() / DAY for post in data.posts])


def everyone(data):
    return np.ones(len(data), bool)


@pytest.mark.parametrize("number", [20, 45, 69, 139])
def test_memory_is_the_mean_of_a_gaussian_process(data, design, told, number):
    """The textbook formula on the ripe posts of the page alone."""
    days = days_of(data)
    ripe = (data.groups == data.groups[number]) & (days <= days[number] - RIPE)
    ripe &= ~np.isnan(data.residual[:, ANY])
    cosine = (design @ design.T).toarray().astype(float)
    covariance = KERNEL(cosine, days, days)
    inner = covariance[np.ix_(ripe, ripe)] + np.diag(KERNEL.noise * relative_noise(data.usual[ripe, ANY]))
    expected = covariance[number, ripe] @ np.linalg.solve(inner, data.residual[ripe, ANY])
    assert told[number, ANY] == pytest.approx(expected, abs=1e-4)


def test_memory_needs_ripe_posts(data, told):
    page = np.flatnonzero(data.groups == data.groups[0])
    first = MIN_POSTS + int(RIPE * 2) - 1  # the first post that has so many posts older than two days
    assert np.isnan(told[page[:first]]).all()
    assert not np.isnan(told[page[first:]]).any()


@pytest.mark.parametrize("number", [45, 60, 69])
def test_later_and_unripe_posts_change_nothing(data, design, told, number):
    days = days_of(data)
    unseen = (days > days[number] - RIPE) | (data.groups != data.groups[number])
    unseen &= np.arange(len(data)) != number
    assert unseen[number - 1]
    changed = data.take(np.arange(len(data)))
    changed.residual[unseen] = 1.5 - changed.residual[unseen]
    changed.usual[unseen] += 1
    other = design.toarray()
    other[unseen] = other[unseen, ::-1]
    after = recall_all(sp.csr_matrix(other), changed, KERNEL)
    np.testing.assert_allclose(told[number], after[number], **CLOSE)
    assert np.nanmax(np.abs(told - after)) > 0.01


def test_own_count_changes_nothing(data, design, told):
    changed = data.take(np.arange(len(data)))
    changed.residual[60] = 1.5 - changed.residual[60]
    np.testing.assert_allclose(told[60], recall_all(design, changed, KERNEL)[60], **CLOSE)


def test_earlier_posts_do_change_what_memory_says(data, design, told):
    changed = data.take(np.arange(len(data)))
    changed.residual[:50] += 1
    assert recall_all(design, changed, KERNEL)[60, ANY] > told[60, ANY] + 0.1


def test_unknown_count_tells_nothing(told):
    known = ~np.isnan(told[:, ANY])
    assert not told[known, COMMENTS].any()


def test_memory_tells_liked_topics(data, told):
    scores = within_page_auc(told[:, ANY], data, ANY, everyone(data))
    assert len(scores) == 2
    assert min(scores.values()) > 0.9


def test_combination_is_learned_the_same_each_time(data, design):
    general = np.zeros_like(data.residual)
    one, other = (learn_combination([recall_all(design, data, kernel) for kernel in KERNELS], data, general)
                  for _ in range(2))  # fmt: skip
    assert one == other
    assert one.kernel in KERNELS
    assert one.weight in WEIGHTS


def test_combination_leans_on_memory_where_it_tells(data, told):
    silent = np.where(np.isnan(told), np.nan, 0.0)
    learned = learn_combination([silent, told], data, np.zeros_like(told))
    assert learned.kernel == KERNELS[1]
    assert set(learned.calibration) == set(REACTION_HEADS)
    assert learned.calibration["any"][0] > 0
    assert learned.calibration["comments"] == (0, 0)  # never known


def test_combination_looks_at_the_chosen_posts_alone(data, told):
    mask = data.groups == data.groups[0]
    changed = data.take(np.arange(len(data)))
    changed.residual[~mask] *= -1
    general = np.zeros_like(told)
    assert learn_combination([told], data, general, mask) == learn_combination([told], changed, general, mask)


def test_calibration_looks_at_the_chosen_posts_alone(data, told):
    mask = data.groups == data.groups[0]
    assert calibrate(told[:, ANY], data, ANY, mask) != calibrate(told[:, ANY], data, ANY, everyone(data))
    assert calibrate(told[:, ANY], data, ANY, ~everyone(data)) == (0, 0)


def test_auc_is_within_the_page(data):
    """One page where the values tell all and one where they tell nothing; levels of pages do not matter."""
    first = data.groups == data.groups[0]
    values = np.where(first, data.residual[:, ANY] - 100, 7.0)
    assert list(within_page_auc(values, data, ANY, everyone(data)).values()) == [1, 0.5]
    assert len(within_page_auc(values, data, ANY, first)) == 1


def test_small_pages_tell_nothing(data):
    assert within_page_auc(data.residual[:, ANY], data, ANY, everyone(data), min_posts=60) == {}
    assert within_page_auc(np.full(len(data), np.nan), data, ANY, everyone(data)) == {}
