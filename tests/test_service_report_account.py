"""The account of a report: what is counted, against the same counted in plain Python."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import fmean, median
from zoneinfo import ZoneInfo

import pytest

from model.score import CHECKLIST, TYPES
from service.report.account import REACTIONS, SPARED, USEFUL, Account, Middle
from service.store import USEFUL as STORED_USEFUL

NOVOSIBIRSK = ZoneInfo("Asia/Novosibirsk")


def make_row(**told):
    usefulness = told.get("usefulness", 50.0)
    return {
        "platform": "vk",
        "page_id": "5",
        "page_name": "Музей",
        "post_id": "1",
        "date": "2026-03-12T22:30:00+00:00",
        "usefulness": usefulness,
        "usefulness_low": max(0.0, usefulness - 10),
        "usefulness_high": min(100.0, usefulness + 10),
        "engagement": 50.0,
        "type": "event",
        "checklist": dict.fromkeys(CHECKLIST, True),
        "status": "ok",
        "model": "m1",
        "error": None,
    } | told


def made(number):
    chance = random.Random(number)
    moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 400))
    return make_row(
        post_id=str(number),
        page_id=str(number % 3),
        date=None if number % 10 == 9 else moment.isoformat(),
        usefulness=round(chance.uniform(0, 100), 1),
        engagement=round(chance.uniform(0, 100), 1),
        type=chance.choice(TYPES),
        status=chance.choice(["ok", "ok", "ok", "too_short"]),
        checklist={name: chance.choice([True, False, None]) for name in CHECKLIST},
        **{name: chance.choice([None, 0, 3, 4000]) for name in REACTIONS},
    )


@pytest.fixture(scope="module")
def rows():
    return [made(number) for number in range(500)]


@pytest.fixture(scope="module")
def account(rows):
    found = Account(zone=NOVOSIBIRSK)
    for row in rows:
        found.add(row)
    return found


def test_a_post_is_useful_from_where_the_store_says():
    assert USEFUL == STORED_USEFUL


def test_totals(account, rows):
    trusted = [row for row in rows if row["status"] == "ok"]
    assert (account.posts, account.total.trusted) == (len(rows), len(trusted))
    assert account.total.mean() == pytest.approx(fmean(row["usefulness"] for row in trusted))
    assert account.total.useful == sum(row["usefulness"] >= USEFUL for row in trusted)
    assert account.surely_useful == sum(row["usefulness_low"] >= USEFUL for row in trusted)
    assert account.surely_not == sum(row["usefulness_high"] < USEFUL for row in trusted)
    assert account.spread.median == pytest.approx(median(row["usefulness"] for row in trusted))
    assert {kind: part.posts for kind, part in account.types.items()} == Counter(row["type"] for row in rows)


def test_checklist(account, rows):
    for name in CHECKLIST:
        told = [row["checklist"][name] for row in rows if row["status"] == "ok"]
        assert account.needed[name] == sum(present is not None for present in told)
        assert account.absent[name] == sum(present is False for present in told)


def test_days_and_hours_are_those_of_the_zone(account, rows):
    moments = [datetime.fromisoformat(row["date"]).astimezone(NOVOSIBIRSK) for row in rows if row["date"]]
    assert {day: part.posts for day, part in account.days.items()} == Counter(moment.date() for moment in moments)
    assert account.hours == Counter((moment.weekday(), moment.hour) for moment in moments)


def test_periods_have_no_holes(account, rows):
    months, weeks = account.months(), account.calendar()
    assert all(first.day == 1 for first in months)
    assert all(after - first == timedelta(weeks=1) for first, after in zip(weeks, list(weeks)[1:], strict=False))
    for parts in (months, weeks):
        assert sum(part.posts for part in parts.values()) == sum(row["date"] is not None for row in rows)


def test_reactions(account, rows):
    for kind in TYPES:
        likes = [row["likes"] for row in rows if row["type"] == kind and row["likes"] is not None]
        assert account.reactions[kind, "likes"].median == median(likes)


def test_best_and_worst(account, rows):
    trusted = [row for row in rows if row["status"] == "ok"]
    best = sorted((row["usefulness"] for row in trusted), reverse=True)[:5]
    worst = sorted(row["usefulness"] for row in trusted if row["type"] not in SPARED)[:5]
    assert [post.usefulness for post in account.best] == best
    assert [post.usefulness for post in account.worst] == worst


def test_of_equals_the_first_stands():
    account = Account()
    for number in range(20):
        account.add(make_row(post_id=str(number)))
    assert [post.number for post in account.best] == ["0", "1", "2", "3", "4"]
    assert [post.number for post in account.worst] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("given", "day", "hours"),
    [
        ("2026-03-12T22:30:00+00:00", date(2026, 3, 13), {(4, 5): 1}),
        ("2026-03-12T22:30:00", date(2026, 3, 13), {(4, 5): 1}),
        ("2026-03-12", date(2026, 3, 12), {}),
        (datetime(2026, 3, 12, 22, 30, tzinfo=UTC), date(2026, 3, 13), {(4, 5): 1}),
        ("вчера", None, {}),
        (None, None, {}),
        ("1970-01-01T00:00:00+00:00", None, {}),
        ("9999-12-31T23:59:59-12:00", None, {}),
        ("2062-03-12", None, {}),
    ],
)
def test_dates(given, day, hours):
    account = Account(zone=NOVOSIBIRSK)
    account.add(make_row(date=given))
    assert (account.first, dict(account.hours)) == (day, hours)


def test_dates_in_the_future_count_as_none():
    account = Account(now=datetime(2026, 3, 12, tzinfo=UTC))
    for given in ("2026-03-01", "2026-03-13", "2026-03-15", "2062-03-01T10:00:00+03:00"):
        account.add(make_row(date=given))
    assert (account.posts, account.ahead, account.total.posts) == (4, 2, 4)
    assert (account.last, account.silence()) == (date(2026, 3, 13), (12, date(2026, 3, 1)))
    assert len(account.calendar()) == 3


def test_refused_rows_are_counted_apart():
    account = Account()
    account.add({"error": {"code": "empty_text", "message": "Нет текста"}})
    assert (account.posts, dict(account.refused)) == (0, {"empty_text": 1})


def test_weeks_that_kept_the_norm():
    account = Account(norm=2)
    # Thursdays of six weeks; 1 + 2 + 0 + 3 + 1 + 9 posts. The first and the last week may not be whole.
    for week, posts in enumerate((1, 2, 0, 3, 1, 9)):
        for _ in range(posts):
            account.add(make_row(date=(datetime(2026, 1, 1) + timedelta(weeks=week)).isoformat()))
    assert account.weeks_kept() == (2, 4)
    assert account.silence() == (14, date(2026, 1, 8))


def test_memory_does_not_grow_with_posts():
    account = Account()
    for number in range(3000):
        account.add(make_row(post_id=str(number), usefulness=number % 1000 / 10, likes=number))
    small = len(account.days) + len(account.weeks) + len(account.hours) + len(account.best) + len(account.worst)
    assert small <= 14
    assert len(account.reactions["", "likes"].values) <= 1000 + 201


def test_median_of_large_counts_is_near():
    middle, values = Middle(), [random.Random(1).randrange(10**6) for _ in range(101)]
    for value in values:
        middle.add(value)
    assert middle.median == pytest.approx(median(values), rel=0.005)
