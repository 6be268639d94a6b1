"""What page memory may look at, and how its weights are chosen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import scipy.sparse as sp

from model.heads import REACTION_HEADS
from model.memory import DAY, MIN_POSTS, RIPE, Kernel, Posterior, Shelf
from training.dataset import reacted_rows
from training.memory import KERNELS, Told, calibrate, fit_gain, learn_combination, recall_all, within_page_auc

KERNEL = Kernel(likeness=0.5, likeness_life=400, trend=0.1, trend_life=60, noise=0.3)
CLOSE = {"rtol": 0, "atol": 1e-9}
ANY, COMMENTS = REACTION_HEADS.index("any"), REACTION_HEADS.index("comments")
HALF_DAY = timedelta(hours=12)  # so that several posts are younger than 48 hours
START = datetime(2026, 1, 1, 6, tzinfo=UTC)
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
    return recall_all(design, data, KERNEL).residuals


def days_of(data):
    return np.array([post.moment.timestamp() / DAY for post in data.posts])


def with_posts(data, rows, change):
    """The same data with some posts changed."""
    changed = data.take(np.arange(len(data)))
    changed.posts = [change(post) if chosen else post for post, chosen in zip(data.posts, rows, strict=True)]
    return changed


def everyone(data):
    return np.ones(len(data), bool)


@pytest.mark.parametrize("number", [20, 45, 69, 139])
def test_memory_is_the_mean_of_a_gaussian_process(data, design, told, number):
    """The textbook formula on the ripe posts of the page alone."""
    days = days_of(data)
    ripe = np.flatnonzero((data.groups == data.groups[number]) & (days <= days[number] - RIPE))
    shelf = Shelf.of([data.posts[n] for n in ripe], design[ripe])
    cosine = (design @ design.T).toarray().astype(float)
    covariance = KERNEL(cosine, days, days)
    inner = covariance[np.ix_(ripe, ripe)] + np.diag(KERNEL.noise * shelf.noise)
    expected = covariance[number, ripe] @ np.linalg.solve(inner, shelf.residuals[:, ANY])
    assert told[number, ANY] == pytest.approx(expected, abs=1e-4)


def test_memory_needs_ripe_posts(data, told):
    page = np.flatnonzero(data.groups == data.groups[0])
    first = MIN_POSTS + int(RIPE * 2) - 1  # the first post that has so many posts older than two days
    assert not told[page[:first]].any()
    assert told[page[first:], ANY].all()


@pytest.mark.parametrize("number", [14, 45, 60, 69])
def test_later_and_unripe_posts_change_nothing(data, design, told, number):
    days = days_of(data)
    unseen = (days > days[number] - RIPE) | (data.groups != data.groups[number])
    unseen &= np.arange(len(data)) != number
    assert unseen[number - 1]
    other = design.toarray()
    other[unseen] = other[unseen, ::-1]
    changed = with_posts(data, unseen, lambda post: replace(post, likes=3 * post.likes + 7))
    after = recall_all(sp.csr_matrix(other), changed, KERNEL).residuals
    np.testing.assert_allclose(told[number], after[number], **CLOSE)
    assert np.abs(told - after).max() > 0.01


def test_own_count_changes_nothing(data, design, told):
    changed = with_posts(data, np.arange(len(data)) == 60, lambda post: replace(post, likes=999))
    after = recall_all(design, changed, KERNEL).residuals
    np.testing.assert_allclose(told[60], after[60], **CLOSE)
    assert np.abs(told - after)[61:].max() > 0.01


def test_midnight_may_be_any_time_of_its_day(data, design):
    """A date without an hour says that the post was out by the end of the day."""
    posts = [replace(post, date=post.date[:10]) for post in data.posts]
    dated = with_posts(data, everyone(data), lambda post: replace(post, date=post.date[:10]))
    told = recall_all(design, dated, KERNEL).residuals
    number = 60
    unseen = np.array([post.date > posts[number].date for post in posts])
    on_the_day = np.array([post.date == data.posts[number - 4].date[:10] for post in data.posts])  # two days before
    for rows, heard in ((unseen, False), (on_the_day, False), (~unseen & ~on_the_day, True)):
        changed = recall_all(design, with_posts(dated, rows, lambda post: replace(post, likes=999)), KERNEL).residuals
        assert np.allclose(told[number], changed[number], **CLOSE) != heard


def test_memory_is_linear_in_residuals(data, design):
    """So its words above a centre follow from two askings, as from a shelf that is centred itself."""
    told = recall_all(design, data, KERNEL)
    centres = dict(zip(REACTION_HEADS, (0.3, -0.2, 0.1, 0.0), strict=True))
    number = 60
    ripe = np.flatnonzero((data.groups == data.groups[number]) & (days_of(data) <= days_of(data)[number] - RIPE))
    shelf = Shelf.of([data.posts[n] for n in ripe], design[ripe]).centred(centres)
    cosine = np.asarray((shelf.design @ design[number].T).todense(), float)
    expected = Posterior(shelf, KERNEL).expect(cosine, days_of(data)[[number]], np.array([len(ripe)]))[0]
    np.testing.assert_allclose(told.above(np.array([*centres.values()]))[number], expected, atol=1e-6)
    assert abs(told.residuals[number, ANY] - expected[ANY]) > 0.05


def test_unknown_count_tells_nothing(told):
    assert not told[:, COMMENTS].any()


def test_memory_tells_liked_topics(data, told):
    scores = within_page_auc(told[:, ANY], data, ANY, everyone(data))
    assert len(scores) == 2
    assert min(scores.values()) > 0.9


def test_combination_is_learned_the_same_each_time(data, design):
    told = [recall_all(design, data, kernel) for kernel in KERNELS]
    one, other = (learn_combination(told, data, np.zeros_like(data.residual), everyone(data)) for _ in range(2))
    assert one == other
    assert one.kernel in KERNELS


def test_combination_leans_on_memory_where_it_tells(data, told):
    silent, odds = np.zeros_like(told), np.zeros_like(told)
    learned = learn_combination([Told(silent, silent), Told(told, silent)], data, odds, everyone(data))
    assert learned.kernel == KERNELS[1]
    assert set(learned.gains) == set(REACTION_HEADS)
    assert learned.gains["any"] > 0.5
    assert learned.gains["comments"] == 0  # never known


def test_combination_looks_at_the_chosen_posts_alone(data, told):
    mask = data.groups == data.groups[0]
    changed = data.take(np.arange(len(data)))
    changed.residual[~mask] *= -1
    odds = np.zeros_like(told)
    said = [Told(told, np.zeros_like(told))]
    assert learn_combination(said, data, odds, mask) == learn_combination(said, changed, odds, mask)


def test_gain_is_that_of_the_draw(data):
    """Outcomes drawn with a known gain beside known odds; memory that points the wrong way gets none."""
    draw = np.random.default_rng(0)
    many = data.take(np.arange(len(data)).repeat(50))
    odds, said = draw.normal(size=len(many)), draw.normal(size=len(many))
    many.labelled[:] = True
    many.residual[:, ANY] = np.where(draw.random(len(many)) < 1 / (1 + np.exp(-odds - 1.7 * said)), 1.0, -1.0)
    assert fit_gain(odds, said, many, ANY, everyone(many)) == pytest.approx(1.7, abs=0.15)
    assert fit_gain(odds, -said, many, ANY, everyone(many)) == pytest.approx(0, abs=0.01)


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
