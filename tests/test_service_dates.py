from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.dates import iso


@pytest.mark.parametrize(
    ("given_date", "expected"),
    [
        (1710238500, "2024-03-12T10:15:00+00:00"),
        ("1710238500", "2024-03-12T10:15:00+00:00"),
        (1710238500.0, "2024-03-12T10:15:00+00:00"),
        ("1710238500123", "2024-03-12T10:15:00.123000+00:00"),
        ("2024-03-12", "2024-03-12"),
        ("2024-03-12 10:15", "2024-03-12 10:15"),
        ("2024-03-12T10:15:00Z", "2024-03-12T10:15:00Z"),
        ("2024-03-12T10:15:00+03:00", "2024-03-12T10:15:00+03:00"),
        ("12.03.2024", "2024-03-12T00:00:00"),
        ("12.03.24 9:05", "2024-03-12T09:05:00"),
        ("12/03/2024, 10:15:30", "2024-03-12T10:15:30"),
        ("12 мар. 2024 г. 10:15", "2024-03-12T10:15:00"),
        ("5 мая 2024", "2024-05-05T00:00:00"),
        ("5 марта 2024 в 10:15", "2024-03-05T10:15:00"),
        ("5 марта 2024 года", "2024-03-05T00:00:00"),
        ("12.03.2024 10.15", "2024-03-12T10:15:00"),
        ("12-03-2024 10:15:30", "2024-03-12T10:15:30"),
        ("2024/03/12", "2024-03-12T00:00:00"),
        ("2024.03.12 9:05", "2024-03-12T09:05:00"),
        ("2024-03-12 10:15:00 UTC", "2024-03-12 10:15:00+00:00"),
        ("1710238500.5", "2024-03-12T10:15:00.500000+00:00"),
        ("45363", "2024-03-12T00:00:00"),
        ("45363,427083", "2024-03-12T10:15:00"),
        ("12 March 2024 10:15", "2024-03-12T10:15:00"),
        ("12 Mar. 2024, 10:15", "2024-03-12T10:15:00"),
        ("12 Sept 2024", "2024-09-12T00:00:00"),
        ("March 12, 2024", "2024-03-12T00:00:00"),
        ("Mar 12th, 2024 at 10:15 PM", "2024-03-12T22:15:00"),
        ("May 5 2024 12:05 a.m.", "2024-05-05T00:05:00"),
        ("Mar 12, 2024, 12:05PM", "2024-03-12T12:05:00"),
        ("12.03.2024 10:15 МСК", "2024-03-12T10:15:00+03:00"),
        ("12 марта 2024 в 10:15 (мск)", "2024-03-12T10:15:00+03:00"),
        ("12 марта 2024, 10:15 по московскому времени", "2024-03-12T10:15:00+03:00"),
        ("2024-03-12 10:15 MSK", "2024-03-12T10:15:00+03:00"),
        ("12.03.2013 10:15 по Москве", "2013-03-12T10:15:00+04:00"),
        ("12.03.2024 МСК", "2024-03-12T00:00:00"),
    ],
)
def test_a_date_becomes_iso(given_date, expected):
    assert iso(given_date) == expected
    assert iso(iso(given_date)) == expected


@pytest.mark.parametrize("nothing", [None, "", " ", "-", "—", "NaN", "null"])
def test_no_date_is_none(nothing):
    assert iso(nothing) is None


@pytest.mark.parametrize(
    "strange",
    [
        "вчера",
        "31.02.2024",
        "12.13.2024",
        "2024",
        "20240312",
        "99:99",
        "24-03-12",
        "03/25/2024",
        "2024-03-12 UTC",
        "12345",
        "2024-03-12 25:00 UTC",
        "2024-03-12 10:15+03:00 UTC",
        "2024-03-12 10:15+03:00 МСК",
        "МСК",
        "вчера МСК",
        "12 marble 2024",
        "13 Smarch 2024",
        "March 32, 2024",
        "12 ma 2024",
        "12.03.2024 13:15 pm",
        "12.03.2024 0:15 pm",
    ],
)
def test_what_is_not_understood_comes_back_as_it_was(strange):
    assert iso(strange) == strange


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30) | st.integers() | st.floats())
def test_nothing_fails(value):
    assert iso(value) is None or isinstance(iso(value), str)


@settings(max_examples=60, deadline=None)
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)))
def test_russian_writing_is_read_back(moment):
    moment = moment.replace(microsecond=0)
    assert iso(moment.strftime("%d.%m.%Y %H:%M:%S")) == moment.isoformat()
