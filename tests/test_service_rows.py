import json

from hypothesis import given, settings
from hypothesis import strategies as st

from model import Memory, Post
from model.post import IDENTITY
from model.score import CHECKLIST
from service import rows
from service.record import Refusal, Row

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"

# What the contract lists, in its order; engagement_general and memory_posts tell of page memory.
CONTRACT = (
    *("platform", "page_id", "page_name", "post_id", "date"),
    *("usefulness", "usefulness_low", "usefulness_high"),
    *("engagement", "engagement_likes", "engagement_comments", "engagement_reposts"),
    *("type", "checklist", "missing", "status", "model", "error"),
)


def test_columns_are_those_of_the_contract_in_its_order():
    assert tuple(name for name in rows.COLUMNS if name not in ("engagement_general", "memory_posts")) == CONTRACT


def test_a_scored_row_has_every_field(scorer):
    record = {"platform": "vk", "page_id": 5, "page_name": "ЖКХ", "post_id": 17, "date": 1710238500, "text": OUTAGE}
    (row,) = rows.score(scorer, [record])
    assert tuple(row) == rows.COLUMNS
    assert [row[name] for name in IDENTITY] == ["vk", "5", "ЖКХ", "17", "2024-03-12T10:15:00+00:00"]
    assert tuple(row["checklist"]) == CHECKLIST
    assert set(map(type, row["checklist"].values())) <= {bool, type(None)}
    assert row["missing"] == [name for name in CHECKLIST if row["checklist"][name] is False]
    scores = [row[name] for name in rows.COLUMNS if name.startswith(("usefulness", "engagement"))]
    assert all(isinstance(value, float) and 0 <= value <= 100 for value in scores)
    assert row["usefulness_low"] <= row["usefulness"] <= row["usefulness_high"]
    assert (row["model"], row["error"], row["memory_posts"]) == (scorer.info["id"], None, 0)


def test_a_refused_row_has_every_field_and_no_number(scorer):
    (row,) = rows.score(scorer, [{"text": "", "post_id": 3}])
    assert tuple(row) == rows.COLUMNS
    assert row["error"] == {"code": "empty_text", "message": "Нет текста"}
    assert {name for name, value in row.items() if value is not None} == {"post_id", "model", "error"}


def test_refused_rows_stand_in_their_place(scorer):
    count = 2 * rows.CHUNK + 3
    records = [
        Refusal("bad_json") if number % 7 == 3 else Row({"text": f"{OUTAGE} {number}", "post_id": number}, "")
        for number in range(count)
    ]
    found = list(rows.score(scorer, records))
    assert len(found) == count
    for number, row in enumerate(found):
        assert (row["error"] is not None) == (number % 7 == 3)
        assert row["post_id"] == (None if row["error"] else str(number))


def test_rows_are_scored_lazily(scorer):
    taken = []

    def records():
        for number in range(3 * rows.CHUNK):
            taken.append(number)
            yield {"text": OUTAGE}

    next(rows.score(scorer, records()))
    assert len(taken) == rows.CHUNK


RECORD = st.fixed_dictionaries(
    {"text": st.text(max_size=80) | st.sampled_from([OUTAGE, "С праздником, дорогие земляки!"]) | st.none()},
    optional={"page_id": st.sampled_from(["a", "b"]), "likes": st.integers(-1, 5)},
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORD | st.none(), max_size=6))
def test_one_by_one_gives_the_same_as_all_at_once(scorer, records):
    together = list(rows.score(scorer, records))
    assert together == [next(rows.score(scorer, [record])) for record in records]
    assert json.loads(json.dumps(together)) == together


def test_with_memory_too(scorer):
    earlier = [
        Post(f"{OUTAGE} Дом {day}", page_id="a", date=f"2026-03-{day:02}", likes=day, comments=1, reposts=2)
        for day in range(1, 31)
    ]
    memory = Memory.of(scorer, earlier)
    records = [{"text": OUTAGE, "page_id": page, "date": "2026-05-01"} for page in ("a", "b", "a")]
    together = list(rows.score(scorer, records, memory))
    assert together == [next(rows.score(scorer, [record], memory)) for record in records]
    assert [bool(row["memory_posts"]) for row in together] == [True, False, True]


def test_posts_are_those_that_can_be_used():
    assert [post.text for post in rows.posts([{"text": "один"}, {"text": ""}, 5, Refusal("bad_json")])] == ["один"]
