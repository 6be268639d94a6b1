"""What is asked of the store, against the same asked in plain Python, on both databases."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from statistics import fmean, median

import pytest

from model import Post, Score
from model.score import CHECKLIST, TYPES
from service.complaint import Complaint
from service.store import USEFUL, Page, Selection, Store, history, pages, portrait, scores, series
from service.store.cursor import Cursor

START = datetime(2024, 1, 1, tzinfo=UTC)
PLACES = [
    Page(platform="vk", page_id="1", name="Школа", kind="school", region="Край", municipality="Север"),
    Page(platform="vk", page_id="2", name="Музей", kind="culture", region="Край", municipality="Юг"),
    Page(platform="telegram", page_id="1", name="Глава", kind="government", region="Область"),
    Page(platform="vk", page_id="silent", region="Край"),
]


def made(number, chance):
    post = Post(
        text=f"Пост {number}",
        platform=("vk", "vk", "telegram")[number % 3],
        page_id=("1", "2", "1")[number % 3],
        post_id=str(number),
        # Some moments are shared, some are unknown.
        date=None if number % 10 == 9 else (START + timedelta(hours=chance.randrange(0, 24 * 100, 12))).isoformat(),
        likes=chance.choice([None, 0, 1, 2, 50]),
        views=chance.randrange(3),
    )
    score = Score(
        usefulness=chance.choice([0.0, 10.5, USEFUL, 62.4, 99.9, 100.0]),
        usefulness_low=0.0,
        usefulness_high=100.0,
        engagement=round(chance.uniform(0, 100), 1),
        engagement_likes=50.0,
        engagement_comments=50.0,
        engagement_reposts=50.0,
        engagement_general=50.0,
        memory_posts=0,
        type=chance.choice(TYPES),
        checklist=dict.fromkeys(CHECKLIST, False),
        status=chance.choice(["ok", "ok", "ok", "too_short", "unfamiliar"]),
        model="m1",
    )
    return post, score


@pytest.fixture(scope="module")
def told():
    chance = random.Random(7)
    return [made(number, chance) for number in range(300)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory, told):
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('store')}/merilo.sqlite3"
    else:
        address = request.getfixturevalue("postgres").create()
    with Store.open(address) as opened:
        with opened.writing() as connection:
            pages.describe(connection, PLACES)
        opened.add(told)
        # A model that scored a third of the posts before: its scores are asked for by name only.
        with opened.writing() as connection:
            assert pages.find(connection, "vk", "1")
        opened.add([(post, replace(score, model="m0", usefulness=1.0)) for post, score in told[:100]])
        opened.add(told[:100])
        yield opened


@pytest.fixture
def ask(store):
    with store.reading() as connection:
        yield connection


def page(ask, platform, page_id):
    return pages.find(ask, platform, page_id)["page"]


def walk(ask, selection, sort, limit=7):
    """Every row, sheet after sheet."""
    found, cursor = [], None
    while True:
        sheet = scores.read(ask, selection, sort, cursor, limit)
        found += sheet.rows
        if not sheet.more:
            return found
        assert len(sheet.rows) == limit
        cursor = sheet.cursor


def ids(found):
    return Counter(row["post_id"] for row in found)


CASES = {
    "everything": ({}, lambda post, score: True),
    "platform": ({"platform": "telegram"}, lambda post, score: post.platform == "telegram"),
    "kind": ({"kind": "school"}, lambda post, score: (post.platform, post.page_id) == ("vk", "1")),
    "region": ({"region": "Край"}, lambda post, score: post.platform == "vk"),
    "municipality": ({"municipality": "Юг"}, lambda post, score: (post.platform, post.page_id) == ("vk", "2")),
    "type": ({"type": "ad"}, lambda post, score: score.type == "ad"),
    "status": ({"status": "ok"}, lambda post, score: score.status == "ok"),
    "useful": ({"usefulness": (USEFUL, None)}, lambda post, score: score.usefulness >= USEFUL),
    "middling": ({"usefulness": (10.5, 62.4)}, lambda post, score: 10.5 <= score.usefulness <= 62.4),
    "engaging": ({"engagement": (None, 50.0)}, lambda post, score: score.engagement <= 50.0),
    "since": (
        {"since": START + timedelta(days=50)},
        lambda post, score: post.date and post.moment >= START + timedelta(days=50),
    ),
    "until": (
        {"until": START + timedelta(days=50)},
        lambda post, score: post.date and post.moment < START + timedelta(days=50),
    ),
    "model": ({"model": "m0"}, lambda post, score: int(post.post_id) < 100),
    "no such model": ({"model": "m9"}, lambda post, score: False),
    "several": (
        {"region": "Край", "status": "ok", "usefulness": (1.0, None)},
        lambda post, score: post.platform == "vk" and score.status == "ok" and score.usefulness >= 1,
    ),
}


@pytest.mark.parametrize(("asked", "holds"), CASES.values(), ids=CASES)
def test_conditions(ask, told, asked, holds):
    expected = Counter(post.post_id for post, score in told if holds(post, score))
    assert ids(walk(ask, Selection(**asked), "-date", 50)) == expected


def test_pages_are_asked_for_by_number(ask):
    one, two = page(ask, "vk", "1"), page(ask, "vk", "2")
    assert {row["page"] for row in walk(ask, Selection(pages=(one,)), "date")} == {one}
    assert {row["page"] for row in walk(ask, Selection(pages=(one, two)), "date")} == {one, two}


def test_the_same_moment_in_another_zone(ask):
    moment = START + timedelta(days=50)
    there = moment.astimezone(timezone(timedelta(hours=7)))
    assert walk(ask, Selection(since=moment), "date") == walk(ask, Selection(since=there), "date")


@pytest.mark.parametrize("sort", [sign + name for name in scores.SORTS for sign in ("", "-")])
def test_sheets_follow_one_another_in_order(ask, told, sort):
    found = walk(ask, Selection(), sort)
    assert ids(found) == Counter(post.post_id for post, _ in told)
    values = [row[sort.removeprefix("-")] for row in found]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=sort.startswith("-"))


def test_the_last_sheet_says_so(ask):
    sheet = scores.read(ask, Selection(model="m9"))
    assert (sheet.rows, sheet.cursor, sheet.more) == ([], None, False)
    sheet = scores.read(ask, Selection(model="m0"), limit=100)
    assert (len(sheet.rows), sheet.more) == (100, False)
    after = scores.read(ask, Selection(model="m0"), cursor=sheet.cursor, limit=100)
    assert (after.rows, after.cursor, after.more) == ([], sheet.cursor, False)


@pytest.mark.parametrize("sort", ["date", "-date", "usefulness", "-usefulness", "-likes"])
def test_rows_that_arrive_move_nothing(database, told, sort):
    with Store.open(database) as store:
        store.add(told[:100])
        found, cursor, number = [], None, 100
        while True:
            with store.reading() as connection:
                sheet = scores.read(connection, Selection(), sort, cursor, 7)
            found += sheet.rows
            cursor = sheet.cursor
            if not sheet.more:
                break
            store.add(told[number : number + 3])
            number += 3
        assert max(ids(found).values()) == 1
        assert ids(found) >= Counter(post.post_id for post, _ in told[:100])


@pytest.mark.parametrize(
    "cursor",
    [
        "?",
        "курсор",
        "bm90aGluZw",
        "A" * 10_000,
        "W10",
        str(Cursor("-usefulness", 1.0, 1)),
        str(Cursor("-date", 1.0, 1)),
        str(Cursor("-date", None, -1)),
        str(Cursor("-date", None, 2**63)),
        str(Cursor("-date", datetime(2024, 1, 1), 1)),
        str(Cursor("-date", "2024-01-01", 1)),
        str(Cursor("-date", True, 1)),
    ],
)
def test_a_cursor_that_is_none(ask, cursor):
    with pytest.raises(Complaint) as told:
        scores.read(ask, Selection(), "-date", cursor)
    assert told.value.code == "bad_cursor"


@pytest.mark.parametrize("number", [10**400, float("nan"), float("inf"), -(10**30)])
def test_a_cursor_with_an_odd_number(ask, number):
    with pytest.raises(Complaint):
        scores.read(ask, Selection(), "-usefulness", str(Cursor("-usefulness", number, 1)))


@pytest.mark.parametrize("sort", ["", "-", "text", "date desc", "--date"])
def test_a_sort_that_is_none(ask, sort):
    with pytest.raises(Complaint) as told:
        scores.read(ask, Selection(), sort)
    assert told.value.code == "bad_sort"


def test_best_and_worst_posts_of_a_page(ask, told):
    asked = Selection(pages=(page(ask, "vk", "2"),), status="ok")
    expected = sorted(score.usefulness for post, score in told if post.page == ("vk", "2") and score.status == "ok")
    best, worst = (scores.read(ask, asked, sort, limit=5).rows for sort in ("-usefulness", "usefulness"))
    assert [row["usefulness"] for row in best] == expected[:-6:-1]
    assert [row["usefulness"] for row in worst] == expected[:5]
    assert best[0]["missing"] == list(CHECKLIST)


def test_what_pages_come_to(ask, told):
    found = {(row["platform"], row["page_id"]): row for row in pages.read(ask, Selection())}
    assert set(found) == {(place.platform, place.page_id) for place in PLACES}
    assert [row["page"] for row in found.values()] == sorted(row["page"] for row in found.values())
    newest = max(post.moment for post, _ in told if post.date)
    for key in [("vk", "1"), ("vk", "2"), ("telegram", "1")]:
        all_of = [(post, score) for post, score in told if post.page == key]
        good = [score for _, score in all_of if score.status == "ok"]
        dates = [post.moment for post, _ in all_of if post.date]
        row = found[key]
        assert (row["posts"], row["trusted"]) == (len(all_of), len(good))
        for name in ("usefulness", "engagement"):
            assert row[name] == pytest.approx(fmean(getattr(score, name) for score in good))
            assert row[f"{name}_median"] == pytest.approx(median(getattr(score, name) for score in good))
        assert row["useful"] == pytest.approx(fmean(score.usefulness >= USEFUL for score in good))
        types = Counter(score.type for score in good)
        assert row["types"] == pytest.approx({name: types[name] / len(good) for name in TYPES})
        assert (row["first"], row["last"]) == (min(dates), max(dates))
        assert row["posts_per_week"] == pytest.approx(len(dates) / ((newest - min(dates)) / timedelta(days=7)))
        assert row["trend"] == pytest.approx(slope(all_of) * 28)


def slope(told):
    points = [(post.moment.timestamp() / 86400, s.usefulness) for post, s in told if post.date and s.status == "ok"]
    day, score = (fmean(values) for values in zip(*points, strict=True))
    return sum((x - day) * (y - score) for x, y in points) / sum((x - day) ** 2 for x, _ in points)


def test_a_page_that_fell_silent_is_told(ask):
    asked = Selection(region="Край", since=START + timedelta(days=200), until=START + timedelta(days=214))
    found = pages.read(ask, asked)
    assert [row["page_id"] for row in found] == ["1", "2", "silent"]
    for row in found:
        assert (row["posts"], row["trusted"], row["posts_per_week"]) == (0, 0, 0.0)
        assert row["usefulness"] is row["usefulness_median"] is row["useful"] is row["trend"] is row["last"] is None
        assert row["types"] == {}


def test_posts_a_week_are_counted_over_the_period_asked_for(ask, told):
    since, until = START + timedelta(days=14), START + timedelta(days=28)
    (row,) = pages.read(ask, Selection(platform="telegram", since=since, until=until))
    inside = [post for post, _ in told if post.platform == "telegram" and post.date and since <= post.moment < until]
    assert row["posts_per_week"] == pytest.approx(len(inside) / 2)


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_series(ask, told, interval):
    number = page(ask, "telegram", "1")
    found = series.read(ask, Selection(pages=(number,)), interval)
    assert list(found) == [number]
    expected: dict[date, list] = {}
    for post, score in told:
        if post.platform == "telegram" and post.date:
            expected.setdefault(first_day(post.moment.date(), interval), []).append(score)
    assert [row["start"] for row in found[number]] == sorted(expected)
    for row in found[number]:
        good = [score for score in expected[row["start"]] if score.status == "ok"]
        assert (row["posts"], row["trusted"]) == (len(expected[row["start"]]), len(good))
        assert row["usefulness"] == (pytest.approx(fmean(score.usefulness for score in good)) if good else None)


def first_day(day, interval):
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[interval]


def test_days_of_a_series_are_those_of_utc(database):
    with Store.open(database) as store:
        chance = random.Random(1)
        evening = replace(made(0, chance)[0], date="2024-03-01T02:00:00+03:00")
        store.add([(evening, made(0, chance)[1])])
        with store.reading() as connection:
            ((row,),) = series.read(connection, Selection(), "month").values()
            assert row["start"] == date(2024, 2, 1)


def test_an_interval_that_is_none(ask):
    with pytest.raises(Complaint) as told:
        series.read(ask, Selection(), "year; DROP TABLE posts")
    assert told.value.code == "bad_interval"


def test_pages_side_by_side(ask):
    numbers = (page(ask, "telegram", "1"), page(ask, "vk", "silent"), page(ask, "vk", "1"))
    found = series.compare(ask, Selection(pages=numbers), "month")
    assert [row["page"] for row in found] == list(numbers)
    assert found[1]["series"] == []
    assert sum(row["posts"] for row in found[0]["series"]) == 90  # of a hundred, ten are without a date


def test_a_trend_needs_posts_and_time(database):
    with Store.open(database) as store:
        score = replace(made(0, random.Random(1))[1], status="ok")

        def put(page_id, days):
            for number, day in enumerate(days):
                moment = (START + timedelta(days=day)).isoformat()
                post = Post(text="", platform="vk", page_id=page_id, post_id=str(number), date=moment)
                yield post, replace(score, usefulness=20.0 + day)

        store.add([*put("few", range(0, 70, 10)), *put("short", range(8)), *put("grows", range(0, 80, 10))])
        store.add(put("at once", [0] * 9))
        with store.reading() as connection:
            found = {row["page_id"]: row["trend"] for row in pages.read(connection, Selection())}
    assert found == {"few": None, "short": None, "at once": None, "grows": pytest.approx(28.0)}


NOW = START + timedelta(days=100)


def put(store, page_id, days, **told):
    """Store a post of a page on each of some days from the start."""
    score = replace(made(0, random.Random(1))[1], status="ok")
    dates = ((START + timedelta(days=day)).isoformat() for day in days)
    posts = [
        Post(text="", platform="vk", page_id=page_id, post_id=str(n), date=date, likes=1)
        for n, date in enumerate(dates)
    ]
    store.add([(post, replace(score, usefulness=20.0 + n)) for n, post in enumerate(posts)], **told)


def test_a_date_in_the_future_spoils_no_time(database):
    with Store.open(database) as store:
        put(store, "1", range(0, 70, 7))
        put(store, "2", [*range(0, 70, 7), 365 * 36])
        put(store, "3", [101])  # a clock that is a little off
        with store.reading() as connection:
            one, two, three = pages.read(connection, Selection(now=NOW))
            (bounded,) = pages.read(connection, Selection(now=NOW, since=START, pages=(two["page"],)))
            weeks = series.read(connection, Selection(now=NOW))
            reached = portrait.reach(connection, Selection(now=NOW))
            listed = scores.read(connection, Selection(now=NOW, since=START), limit=100).rows
            remembered = history.read(connection, two["page"])
            assert [portrait.count_ahead(connection, Selection(now=NOW, pages=(n,))) for n in (1, 2)] == [0, 1]
    assert [row["ahead"] for row in (one, two, three)] == [0, 1, 0]
    assert [row["posts"] for row in (one, two, bounded)] == [10, 11, 10]
    for name in ("first", "last", "posts_per_week", "trend"):
        assert two[name] == one[name], name
    assert one["posts_per_week"] == pytest.approx(10 / (101 / 7))
    assert len(weeks[two["page"]]) == 10
    assert reached == (START, START + timedelta(days=101))
    assert len(listed) == 22  # it stays, and is shown to who asks for posts
    assert len(remembered) == 10


def test_posts_a_week_do_not_depend_on_the_other_pages(database):
    with Store.open(database) as store:
        put(store, "long", range(0, 98, 7))
        put(store, "late", range(70, 98, 7))
        put(store, "sent early", range(0, 49, 7), counted=START + timedelta(days=49))
        with store.reading() as connection:
            together = pages.glance(connection, Selection(now=NOW, since=START))
            alone = [pages.glance(connection, Selection(now=NOW, pages=(row["page"],)))[0] for row in together]
    rates = [round(row["posts_per_week"], 2) for row in together]
    assert rates == [round(14 / 13, 2), round(4 / 3, 2), 1.0]
    assert [round(row["posts_per_week"], 2) for row in alone] == rates


def test_a_page_that_is_back_from_silence_was_silent(database):
    with Store.open(database) as store:
        put(store, "1", [0, 90])
        with store.reading() as connection:
            since, until = START + timedelta(days=21), START + timedelta(days=91)
            (row,) = pages.glance(connection, Selection(now=NOW, since=since, until=until))
    assert row["posts_per_week"] == pytest.approx(0.1)
