"""Keys, jobs and feedback, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from model import Post, Score
from model.score import CHECKLIST
from service.complaint import Complaint
from service.store import Store, digest, feedback, jobs, keys, pages, removal

HASH = "0" * 64


@pytest.fixture
def store(database):
    with Store.open(database, keep_texts=True) as opened:
        yield opened


def test_a_key_is_found_by_its_hash(store):
    expires = datetime.now(UTC) + timedelta(days=1)
    with store.writing() as connection:
        made = keys.add(connection, "панель", "read", HASH, expires)
    with store.reading() as connection:
        assert keys.find(connection, HASH) == made
        assert keys.find(connection, "1" * 64) is None
        assert keys.read(connection) == [made]
    now = datetime.now(UTC)
    assert made.valid(now)
    assert not made.valid(expires)


def test_a_revoked_key_frees_its_name(store):
    with store.writing() as connection:
        keys.add(connection, "панель", "read", HASH)
        keys.revoke(connection, "панель")
        keys.add(connection, "панель", "write", "1" * 64)
    with store.reading() as connection:
        old, new = keys.read(connection)
    assert not old.valid(datetime.now(UTC))
    assert (new.scope, new.valid(datetime.now(UTC))) == ("write", True)


def test_keys_that_cannot_be(store):
    with store.writing() as connection:
        keys.add(connection, "панель", "read", HASH)
    with pytest.raises(Complaint, match="панель") as told, store.writing() as connection:
        keys.add(connection, "панель", "read", "1" * 64)
    assert told.value.code == "key_exists"
    with pytest.raises(Complaint) as told, store.writing() as connection:
        keys.add(connection, "другой", "root", "1" * 64)
    assert told.value.code == "bad_scope"
    with pytest.raises(Complaint) as told, store.writing() as connection:
        keys.revoke(connection, "другой")
    assert told.value.code == "no_key"


def test_a_last_use_is_written_now_and_then(store):
    with store.writing() as connection:
        key = keys.add(connection, "панель", "read", HASH)
        assert key.stale(datetime.now(UTC))
        keys.touch(connection, HASH)
    with store.reading() as connection:
        key = keys.find(connection, HASH)
    assert not key.stale(key.last_used + timedelta(seconds=30))
    assert key.stale(key.last_used + timedelta(minutes=2))


def test_a_job_from_beginning_to_end(store):
    with store.writing() as connection:
        job = jobs.add(connection, "archive", "выгрузка.json")
        other = jobs.add(connection, "archive")
        jobs.change(connection, job.id, state="running", received=10, refused=1)
        jobs.count(connection, job.id, 5)
        jobs.count(connection, job.id, 4)
    with store.reading() as connection:
        now = jobs.find(connection, job.id)
        assert (now.state, now.file_name, now.received, now.refused, now.stored) == (
            "running", "выгрузка.json", 10, 1, 9,
        )  # fmt: skip
        assert now.created == job.created <= now.updated
        assert {found.id for found in jobs.read(connection, jobs.UNFINISHED)} == {job.id, other.id}
    with store.writing() as connection:
        jobs.change(connection, job.id, state="failed", error="Пришлите ещё раз.")
    with store.reading() as connection:
        assert [found.id for found in jobs.read(connection, jobs.UNFINISHED)] == [other.id]
        assert jobs.find(connection, job.id).error == "Пришлите ещё раз."
        assert jobs.find(connection, "нет") is None


def test_a_job_that_is_none(store):
    with pytest.raises(Complaint) as told, store.writing() as connection:
        jobs.change(connection, "нет", state="done")
    assert told.value.code == "no_job"
    with pytest.raises(Complaint) as told:
        store.add([(Post(text="Пост"), score())], job="нет")
    assert told.value.code == "no_job"
    with store.writing() as connection, pytest.raises(TypeError, match="stored"):
        jobs.change(connection, "нет", stored=1)


def test_a_state_that_is_none(store):
    with store.writing() as connection:
        job = jobs.add(connection, "archive")
    with pytest.raises(Complaint) as told, store.writing() as connection:
        jobs.change(connection, job.id, state="lost")
    assert told.value.code == "database_failed"


def score():
    return Score(70.0, 50.0, 90.0, 40.0, 41.0, 42.0, 43.0, 44.0, 12, "ad", dict.fromkeys(CHECKLIST, True), "ok", "m1")


def test_feedback_comes_back_with_the_text_where_it_is_kept(store):
    known, unknown = digest("Пост"), digest("Другой")
    store.add([(Post(text="Пост", page_id=str(page)), score()) for page in range(2)])  # a text of two pages
    with store.writing() as connection:
        feedback.add(connection, known, "эксперт", grade=3)
        feedback.add(connection, known, "эксперт", type="event")
        feedback.add(connection, unknown, "редактор", grade=0, type="ad")
    with store.reading() as connection:
        told = [
            (row["digest"], row["text"], row["grade"], row["type"], row["who"]) for row in feedback.read(connection)
        ]
    assert told == [
        (known, "Пост", 3, None, "эксперт"),
        (known, "Пост", None, "event", "эксперт"),
        (unknown, None, 0, "ad", "редактор"),
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [({}, "no_feedback"), ({"grade": 5}, "bad_grade"), ({"grade": -1}, "bad_grade"), ({"type": "x"}, "bad_type")],
)
def test_feedback_that_says_nothing(store, given, code):
    with pytest.raises(Complaint) as told, store.writing() as connection:
        feedback.add(connection, HASH, "эксперт", **given)
    assert told.value.code == code


def test_a_forgotten_text_is_not_in_the_file_any_more(tmp_path):
    secret = "Секретнейшее слово на улице Садовой"
    path = tmp_path / "merilo.sqlite3"
    with Store.open(f"sqlite:///{path}", keep_texts=True) as store:
        store.add([(Post(f"{secret} {n}", platform="vk", page_id="1", post_id=str(n)), score()) for n in range(50)])
        assert any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())
        with store.erasing() as connection:
            assert removal.remove(connection, pages.find(connection, "vk", "1")["page"]) == removal.Amount(50, 50)
        # While the service runs: neither in the file, nor in what is to be copied into it.
        assert not any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize("said", ["1", "vk/5", "/"])
def test_a_page_is_named_by_number_or_by_network_and_id(store, said):
    store.add([(Post("Пост", platform="vk", page_id="5"), score()), (Post("Пост"), score())])
    with store.reading() as connection:
        number = pages.find(connection, *said.split("/"))["page"] if "/" in said else 1
        assert pages.seek(connection, said)["page"] == number


@pytest.mark.parametrize("said", ["3", "vk/6", "vk", "", "-1", "1.0", "٣", str(2**70)])
def test_a_page_that_is_none(store, said):
    store.add([(Post("Пост", platform="vk", page_id="5"), score())])
    with store.reading() as connection, pytest.raises(Complaint, match="в базе нет"):
        pages.seek(connection, said)
