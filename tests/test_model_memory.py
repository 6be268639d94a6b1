"""Page memory: only what was known 48 hours before a post has a say in its score."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.preprocessing import normalize

from model import Memory, Post
from model.memory import Kernel, Posterior, Shelf, cosines, fade
from model.score import REACTIONS

CONCERT = "Приглашаем всех на концерт оркестра народных инструментов в субботу в 18:00, вход свободный"
REPAIR = "Рабочие укладывают асфальт на улице Садовой и ставят новые бордюры, движение не закрыто"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAMES = ("engagement", *(f"engagement_{name}" for name in REACTIONS))


def day(number, hours=0):
    return (START + timedelta(days=number, hours=hours)).isoformat()


def page(concert=100, repair=10, days=60, **identity):
    """A post a day, concerts and repairs in turn, with reactions as told."""
    return [
        Post(
            f"{CONCERT if n % 2 else REPAIR}. День {n}",
            date=day(n),
            post_id=str(n),
            likes=(concert if n % 2 else repair) + n % 5,
            comments=n % 3,
            reposts=n % 4,
            **identity,
        )
        for n in range(days)
    ]


@pytest.fixture(scope="module")
def ask(scorer):
    """Scores a post with the memory of earlier ones."""
    return lambda post, earlier: scorer(post, Memory.of(scorer, earlier))


def changed(post):
    """The same post with another text and other reactions."""
    return replace(post, text="Совсем другой пост о другом: выставка картин", likes=9999, comments=777, reposts=555)


@pytest.fixture(scope="module")
def draft():
    return Post(CONCERT, date=day(40))


def test_memory_has_its_say(scorer, ask, draft):
    """Without this the equalities below would hold of a memory that does nothing."""
    personal, general = ask(draft, page()), scorer(draft)
    assert personal.memory_posts == 39  # days 0 to 38: the last is just 48 hours old
    assert personal.engagement != general.engagement
    assert personal.engagement_general == general.engagement
    assert ask(draft, [changed(post) if n < 30 else post for n, post in enumerate(page())]) != personal


def test_memory_moves_reactions_and_nothing_else(scorer, ask, draft):
    aside = {*NAMES, "memory_posts"}
    personal, general = ask(draft, page()).row(), scorer(draft).row()
    assert {name: personal[name] for name in personal.keys() - aside} == {
        name: general[name] for name in general.keys() - aside
    }


def test_own_counts_have_no_say(scorer):
    """Every post of an archive is scored beside itself in memory."""
    posts = page()
    memory = Memory.of(scorer, posts)
    for post, score in zip(posts, list(scorer.map(posts, memory)), strict=True):
        others = [changed(other) if other is post else other for other in posts]
        assert scorer(post, Memory.of(scorer, others)) == score


@pytest.mark.parametrize("what", ["changed", "taken out"])
def test_nothing_later_and_nothing_younger_has_a_say(ask, draft, what):
    known = page()
    expected = ask(draft, known)
    ripe = [post for post in known if post.moment <= draft.moment - timedelta(hours=48)]
    young = known[len(ripe) :]
    assert len(ripe) == 39
    assert len(young) == 21
    assert ask(draft, ripe + ([changed(post) for post in young] if what == "changed" else [])) == expected


@pytest.mark.parametrize(("hours", "ripe"), [(-48, True), (-47.9, False), (0, False), (1, False)])
def test_counts_ripen_in_48_hours(ask, draft, hours, ripe):
    extra = Post(CONCERT, date=day(40, hours), likes=5000, comments=500, reposts=500)
    score = ask(draft, [*page(days=38), extra])
    assert score.memory_posts == 38 + ripe
    assert (score == ask(draft, page(days=38))) != ripe


def test_earlier_scores_do_not_know_what_came_after(scorer):
    """An archive grows; what was said of its old posts stays."""
    old, grown = page(days=40), page(days=60)
    expected = list(scorer.map(old, Memory.of(scorer, old)))
    assert list(scorer.map(old, Memory.of(scorer, grown))) == expected


@pytest.mark.parametrize(("posts", "asked"), [(9, 0), (10, 10), (11, 11)])
def test_ten_earlier_posts_are_needed(ask, draft, posts, asked):
    assert ask(draft, page(days=posts)).memory_posts == asked


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param([], id="nothing"),
        pytest.param(page(days=9), id="few"),
        pytest.param([replace(post, date=None) for post in page()], id="no dates"),
        pytest.param([replace(post, date="вчера") for post in page()], id="unreadable dates"),
        pytest.param(
            [replace(post, likes=None, comments=None, reposts=None, views=9) for post in page()], id="no counts"
        ),
        pytest.param([replace(post, date=day(100 + n)) for n, post in enumerate(page())], id="later"),
    ],
)
def test_memory_without_evidence_is_silent(scorer, ask, draft, earlier):
    assert ask(draft, earlier) == scorer(draft)


def test_posts_that_tell_nothing_change_nothing(ask, draft):
    mute = [replace(post, likes=None, comments=None, reposts=None) for post in page()]
    undated = [replace(changed(post), date=None) for post in page()]
    assert ask(draft, [*mute, *page(), *undated]) == ask(draft, page())


def test_order_of_earlier_posts_does_not_matter(ask, draft):
    assert ask(draft, page()[::-1]) == ask(draft, page())


def test_offsets_of_dates_are_heeded(ask, draft):
    """The same moments written in another zone."""
    shifted = [replace(post, date=f"{post.date[:11]}17:00:00+05:00") for post in page()]
    assert ask(draft, shifted).row() == ask(draft, page()).row()


@pytest.mark.parametrize("undated", [None, "завтра"])
def test_draft_without_a_date_is_asked_right_after_the_last_post(ask, draft, undated):
    """The counts of the last two days are not in."""
    last = ask(replace(draft, date=day(59)), page())
    assert last.memory_posts == 58
    assert ask(replace(draft, date=undated), page()) == last


@pytest.mark.parametrize("given", [{}, {"post_id": None}, {"likes": None, "comments": None, "reposts": None}])
@pytest.mark.parametrize("date", [None, "вчера", day(90)])
def test_copy_in_the_history_has_no_say(scorer, given, date):
    """The date of a row is lost or wrong, and the post itself lies in the history with its counts."""
    known = page()
    post = replace(known[40], date=date, **given)
    if post.moment is not None and post.post_id is None:
        pytest.skip("another post: same words at another time")
    said = [
        scorer(post, Memory.of(scorer, [*known[:40], replace(known[40], likes=likes), *map(changed, known[41:])]))
        for likes in (0, 20, 5000)
    ]
    assert said[0] == said[1] == said[2]
    assert said[0].memory_posts == 39
    assert said[0] != scorer(post)


@pytest.mark.parametrize("date", [None, "вчера"])
def test_row_with_counts_and_no_date_is_not_asked(scorer, ask, date):
    """When it came out nobody knows, so anything on the shelf may be later."""
    post = Post("Выставка картин открыта до пятницы, вход свободный", date=date, likes=5)
    assert ask(post, page()) == scorer(post)


def test_memory_works_from_ten_posts_on(scorer, ask, draft):
    """The first posts have nothing before them; set beside each other they tell already."""
    liked, ignored = (ask(draft, page(*likes, days=10)) for likes in ((100, 10), (10, 100)))
    assert liked.memory_posts == 10
    assert liked.engagement > scorer(draft).engagement > ignored.engagement
    assert len(liked.neighbours) == 3


def test_memory_that_expects_nothing_is_silent_to_the_digit(scorer, ask):
    """Of comments nothing is known; and of readers of another age nothing follows."""
    posts = [replace(post, post_id=None, date=day(100 + n)) for n, post in enumerate([*page(), Post(REPAIR)])]
    uncounted = [replace(post, comments=None) for post in page()]
    old = [replace(post, date=f"19{50 + n % 40}-0{1 + n % 9}-15T10:00") for n, post in enumerate(page())]
    for post in posts:
        general = scorer(post)
        assert ask(post, uncounted).engagement_comments == general.engagement_comments
        assert ask(post, uncounted).engagement != general.engagement
        score = ask(post, old)
        assert score.memory_posts == 60
        assert replace(score, memory_posts=0, neighbours=()) == general


def test_pages_without_an_id_are_told_by_name(scorer, draft):
    liked, ignored = page(100, 10, page_name="Музей"), page(10, 100, page_name="Клуб")
    memory = Memory.of(scorer, [*liked, *ignored])
    of_museum, of_club = (scorer(replace(draft, page_name=name), memory) for name in ("Музей", "Клуб"))
    assert of_museum.engagement > of_club.engagement


def test_bogus_dates_change_nothing_for_others(ask, draft):
    """Somebody's clock stood at 9998, somebody's at 1900: a post of the future is not heard, an old one is but old."""
    posts = {
        date: Post("Пост не ко времени", date=date, likes=50) for date in ("9998-01-01", "1900-01-01", "2001-01-01")
    }
    assert ask(draft, [*page(), posts["9998-01-01"]]) == ask(draft, page())
    ancient, old = (ask(draft, [*page(), posts[date]]) for date in ("1900-01-01", "2001-01-01"))
    assert ancient == old


def test_pages_are_remembered_apart(scorer, draft):
    liked, ignored = page(100, 10, page_id="a"), page(10, 100, page_id="b")
    memory = Memory.of(scorer, [post for both in zip(liked, ignored, strict=True) for post in both])
    of_a, of_b, of_nobody = (scorer(replace(draft, page_id=name), memory) for name in ("a", "b", "c"))
    assert of_a.engagement > of_b.engagement
    assert of_a == scorer(replace(draft, page_id="a"), Memory.of(scorer, liked))
    assert of_nobody == scorer(draft)


def test_another_page_has_no_say(scorer, ask, draft):
    post = replace(draft, platform="vk", page_id="mine")
    assert ask(post, page(platform="vk", page_id="other")) == scorer(post)


@pytest.mark.parametrize("named", ["draft", "page"])
def test_only_page_speaks_where_either_names_none(ask, draft, named):
    """A person pastes a draft without saying where, or an archive without saying whose."""
    name = {"platform": "vk", "page_id": "5"}
    post, earlier = (replace(draft, **name), page()) if named == "draft" else (draft, page(**name))
    assert ask(post, earlier) == ask(draft, page())


def test_of_two_pages_none_speaks_of_a_nameless_draft(scorer, draft):
    memory = Memory.of(scorer, [*page(page_id="a"), *page()])
    assert set(memory.pages) == {(None, "a"), (None, None)}
    assert scorer(draft, memory).memory_posts
    memory = Memory.of(scorer, [*page(page_id="a"), *page(page_id="b")])
    assert scorer(draft, memory) == scorer(draft)


@pytest.mark.parametrize("text", [CONCERT, REPAIR])
def test_what_did_well_is_expected_to_do_well(ask, draft, text):
    post = replace(draft, text=text)
    concerts, repairs = ask(post, page(100, 10)), ask(post, page(10, 100))
    better, worse = (concerts, repairs) if text == CONCERT else (repairs, concerts)
    for name in ("engagement", "engagement_likes"):
        assert getattr(better, name) > getattr(worse, name)
    assert better.engagement_general == worse.engagement_general


def test_unknown_count_is_not_zero(ask, draft):
    """Of comments that are not known nothing follows; of none at all it follows that they are few."""
    unknown = [replace(post, comments=None) if n % 2 else replace(post, comments=9) for n, post in enumerate(page())]
    zero = [replace(post, comments=0) if n % 2 else replace(post, comments=9) for n, post in enumerate(page())]
    assert ask(draft, zero).engagement_comments < ask(draft, unknown).engagement_comments


def test_numbers_are_percents(scorer):
    posts = page(10**9, 0)
    for score in scorer.map(posts, Memory.of(scorer, posts)):
        assert all(0 <= getattr(score, name) <= 100 for name in NAMES)


def test_neighbours_are_the_likest_earlier_posts(ask, draft):
    neighbours = ask(draft, page()).neighbours
    known = {post.post_id: post for post in page()}
    assert 1 <= len(neighbours) <= 3
    likeness = [neighbour.likeness for neighbour in neighbours]
    assert likeness == sorted(likeness, reverse=True)
    for neighbour in neighbours:
        post = known[neighbour.post_id]
        assert post.text.startswith(CONCERT)
        assert post.moment <= draft.moment - timedelta(hours=48)
        assert (neighbour.date, neighbour.likes, neighbour.comments) == (post.date, post.likes, post.comments)
        assert 0 < neighbour.likeness <= 1.001


def test_scores_do_not_hang_on_whether_neighbours_are_told(scorer, draft):
    told, untold = (scorer(draft, Memory.of(scorer, page(), neighbours=tell)) for tell in (True, False))
    assert untold == replace(told, neighbours=())


@pytest.mark.parametrize("life", [60.0, 1000.0])
def test_what_is_left_after_days(life):
    one, other = np.array([0.0, 3.5, 400, 9000, 18_000]), np.array([1.0, 3.5, 17_000])
    expected = np.exp(-np.abs(one[:, None] - other) / life)
    np.testing.assert_allclose(fade(one, other, life), expected, rtol=1e-4, atol=1e-7)


def test_days_of_another_age_are_far_and_no_more():
    assert fade(np.array([0.0]), np.array([1e6, 1e6 + 1]), 60.0).max() < 1e-30


def test_lift_tells_how_neighbours_did(ask, draft):
    assert min(neighbour.lift for neighbour in ask(draft, page(100, 10)).neighbours) > 1
    assert max(neighbour.lift for neighbour in ask(draft, page(10, 100)).neighbours) < 1


def test_lift_is_told_whole(ask, draft):
    """A raffle is cut for what memory expects, not for what a person is told."""
    raffle = Post(CONCERT, date=day(30, 1), post_id="raffle", likes=100_000)
    lifts = {neighbour.post_id: neighbour.lift for neighbour in ask(draft, [*page(), raffle]).neighbours}
    assert lifts["raffle"] > 500


def test_post_like_no_other_has_no_neighbours(ask, draft):
    assert ask(replace(draft, text="Терапевт советует пить больше молока"), page()).neighbours == ()


@pytest.mark.parametrize("text", ["Tomorrow there will be a concert in the park", "Концерт", ""])
def test_memory_does_not_vouch_for_a_doubtful_post(scorer, ask, draft, text):
    post = replace(draft, text=text)
    assert ask(post, page()) == scorer(post)


def test_batch_equals_one_by_one(scorer):
    posts = [*page(), Post(""), Post(CONCERT, page_id="other"), Post(REPAIR)]
    memory = Memory.of(scorer, page())
    assert list(scorer.map(posts, memory)) == [scorer(post, memory) for post in posts]


@pytest.mark.parametrize("earlier", [10, 37, 500, 1000])
def test_company_does_not_change_what_is_expected(earlier):
    chance = np.random.default_rng(earlier)
    design = normalize(sp.random(earlier + 300, 400, 0.05, "csr", np.float32, random_state=1))
    days = np.sort(chance.uniform(0, 900, earlier))
    residuals = chance.normal(size=(earlier, 4))
    residuals[::7, 2] = np.nan
    shelf = Shelf(days, design[:earlier], residuals, np.full(earlier, 0.5), np.ones(earlier))
    posterior = Posterior(shelf, Kernel(0.1, 900, 0.05, 60, 0.5))
    cosine = cosines(shelf.design, design[earlier:])
    asked, ripe = np.full(300, 901.0), chance.integers(10, earlier, 300, endpoint=True)
    together = posterior.expect(cosine, asked, ripe)
    for some in (slice(0, 1), slice(7, 8), slice(1, 3), slice(5, 22), slice(100, 300)):
        apart = posterior.expect(cosine[:, some], asked[some], ripe[some])
        np.testing.assert_allclose(apart, together[some], rtol=0, atol=1e-12)


def test_likenesses_at_hand_are_those_that_would_be_computed():
    chance = np.random.default_rng(0)
    design = normalize(sp.random(60, 400, 0.1, "csr", np.float32, random_state=1)).sorted_indices()
    kernel, texts = Kernel(0.1, 900, 0.05, 60, 0.5), [str(n) for n in range(60)]
    shelf = Shelf(np.arange(60.0), design, chance.normal(size=(60, 4)), np.full(60, 0.5), np.ones(60))
    first = Posterior(shelf.cut(0, 40), kernel)
    computed, at_hand = Posterior(shelf, kernel), Posterior(shelf, kernel, texts, first.latest(40))
    asked = [*texts[::7], "a text that is not there"]
    numbers = np.array([*range(0, 60, 7), 3])
    likeness = at_hand.likeness(asked, design, numbers)
    np.testing.assert_array_equal(likeness, computed.likeness(asked, design, numbers))
    days, ripe = np.full(len(asked), 90.0), np.full(len(asked), 60)
    np.testing.assert_array_equal(at_hand.expect(likeness, days, ripe), computed.expect(likeness, days, ripe))
