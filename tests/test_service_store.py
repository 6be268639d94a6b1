"""What is written into the store and what the views show of it, on both databases."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from model import Post, Score
from model.score import CHECKLIST, TYPES
from service.complaint import Complaint
from service.store import USEFUL, Page, Selection, Store, digest, history, pages, schema, scores, views

SECRET = "Про воду на улице Садовой"


def score(model="m1", **changed):
    told = Score(
        usefulness=70.0,
        usefulness_low=50.1,
        usefulness_high=90.2,
        engagement=40.3,
        engagement_likes=41.4,
        engagement_comments=42.5,
        engagement_reposts=43.6,
        engagement_general=44.7,
        memory_posts=12,
        type="service",
        checklist={name: (True, False, None)[number % 3] for number, name in enumerate(CHECKLIST)},
        status="ok",
        model=model,
    )
    return replace(told, **changed)


def post(**told):
    given = {"text": SECRET, "platform": "vk", "page_id": "1", "post_id": "17", "date": "2024-03-12T10:15:00+03:00"}
    return Post(**(given | told))


@pytest.fixture
def store(database):
    with Store.open(database) as opened:
        yield opened


def rows(store, table):
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]


def flat(store, **asked):
    with store.reading() as connection:
        return scores.read(connection, Selection(**asked), "scored_at").rows


def test_every_field_of_a_score_is_stored(store):
    told = score()
    assert store.add([(post(likes=3, comments=0, page_name="Посёлок", page_kind="school"), told)]) == 1
    (row,) = flat(store)
    for name in told.row():
        assert row[name] == getattr(told, name)
    assert list(row["checklist"]) == list(CHECKLIST)
    assert (row["platform"], row["page_id"], row["page_name"], row["page_kind"]) == ("vk", "1", "Посёлок", "school")
    assert (row["post_id"], row["digest"], row["latest"]) == ("17", digest(SECRET), True)
    assert (row["likes"], row["comments"], row["reposts"], row["views"]) == (3, 0, None, None)
    assert row["date"] == datetime(2024, 3, 12, 7, 15, tzinfo=UTC)
    assert row["date"].tzinfo is UTC
    assert row["scored_at"] <= datetime.now(UTC)


def test_the_same_scores_again_change_nothing(store):
    batch = [(post(likes=3), score())]
    store.add(batch)
    before = rows(store, schema.SCORES), rows(store, schema.PAGES)
    store.add(batch)
    store.add(batch * 3)
    assert (rows(store, schema.SCORES), rows(store, schema.PAGES)) == before
    assert len(rows(store, schema.POSTS)) == 1


def test_the_same_model_is_updated_in_place(store):
    store.add([(post(), score())])
    first = flat(store)[0]
    store.add([(post(), score(usefulness=10.0, type="ad", checklist={"who": False}))])
    (row,) = flat(store)
    assert (row["usefulness"], row["type"], row["missing"], row["score"]) == (10.0, "ad", ["who"], first["score"])
    assert row["scored_at"] > first["scored_at"]


def test_a_new_model_adds_rows(store):
    store.add([(post(), score("m1", usefulness=10.0))])
    store.add([(post(), score("m2", usefulness=20.0))])
    assert [row["usefulness"] for row in flat(store, model="m1")] == [10.0]
    assert [row["usefulness"] for row in flat(store, model="m2")] == [20.0]
    assert [row["model"] for row in flat(store)] == ["m2"]
    store.add([(post(), score("m1", usefulness=10.0))])  # whoever speaks last is the latest
    assert [row["model"] for row in flat(store)] == ["m1"]
    assert len(rows(store, schema.SCORES)) == 2


def test_models_and_posts_may_repeat_within_a_batch(store):
    likes = [(post(likes=1), score("m1")), (post(likes=2), score("m2")), (post(views=9), score("m1"))]
    store.add(likes)
    told = {row["model"]: row["latest"] for row in rows(store, schema.SCORES)}
    assert told == {"m1": True, "m2": False}
    (row,) = rows(store, schema.POSTS)
    assert (row["likes"], row["views"]) == (2, 9)


def test_newer_counts_replace_and_unknown_ones_do_not(store):
    store.add([(post(likes=3, views=100), score())])
    store.add([(post(likes=5, reposts=0), score())])
    store.add([(post(), score())])
    (row,) = rows(store, schema.POSTS)
    assert [row[name] for name in ("likes", "comments", "reposts", "views")] == [5, None, 0, 100]


def test_counts_of_an_older_export_do_not_replace_newer_ones(store):
    may, june = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
    store.add([(post(likes=50), score())], counted=june)
    store.add([(post(likes=30, views=700), score())], counted=may)
    (row,) = rows(store, schema.POSTS)
    assert (row["likes"], row["views"], row["counted_at"]) == (50, 700, june)
    store.add([(post(likes=60), score())])  # without a moment what comes later is newer
    (row,) = rows(store, schema.POSTS)
    assert row["likes"] == 60
    assert row["counted_at"] > june


def test_counts_as_large_as_admission_lets_in(store):
    store.add([(post(views=10**12), score())])
    assert rows(store, schema.POSTS)[0]["views"] == 10**12


def test_a_post_without_an_id_is_told_by_text_and_date(store):
    posts = [
        post(post_id=None),
        post(post_id=None, date="2024-03-12T07:15:00"),  # the same moment
        post(post_id=None, date="2024-03-13"),
        post(post_id=None, date=None),
        post(post_id=None, date="вчера"),
        post(post_id=None, text="Другой"),
        post(post_id=None, page_id="2"),
    ]
    store.add((entry, score()) for entry in posts)
    assert len(rows(store, schema.POSTS)) == 5


def test_ids_are_told_apart_by_page_and_network(store):
    for platform in ("vk", "telegram", None):
        for page_id in ("1", "2", None):
            store.add([(post(platform=platform, page_id=page_id), score())])
    assert len(rows(store, schema.POSTS)) == len(rows(store, schema.PAGES)) == 9
    assert {(row["platform"], row["page_id"]) for row in flat(store)} >= {(None, None), ("vk", None)}


def test_a_name_is_updated_and_not_forgotten(store):
    store.add([(post(page_name="Старое", page_kind="school"), score())])
    store.add([(post(post_id="18", page_name="Новое"), score()), (post(post_id="19"), score())])
    (row,) = rows(store, schema.PAGES)
    assert (row["name"], row["kind"]) == ("Новое", "school")


def test_a_kind_that_is_known_stands_whatever_an_archive_says(store):
    store.add([(post(), score())])
    store.add([(post(post_id="18", page_kind="school"), score())])
    assert [row["kind"] for row in rows(store, schema.PAGES)] == ["school"]
    with store.writing() as connection:
        pages.describe(connection, [Page(platform="vk", page_id="1", kind="museum")])
    for number in ("19", "20"):
        store.add([(post(post_id=number, page_kind="school"), score())])
    assert [row["kind"] for row in rows(store, schema.PAGES)] == ["museum"]


def test_a_page_without_an_id_has_no_name(store):
    store.add([(post(page_id=None, page_name="Чья-то"), score())])
    assert rows(store, schema.PAGES)[0]["name"] is None


def test_texts_are_kept_only_where_told(database):
    with Store.open(database) as store:
        store.add([(post(), score())])
        assert rows(store, schema.POSTS)[0]["text"] is None
    with Store.open(database, keep_texts=True) as store:
        store.add([(post(), score())])
        assert rows(store, schema.POSTS)[0]["text"] == SECRET
    with Store.open(database) as store:
        store.add([(post(likes=1), score())])
        assert rows(store, schema.POSTS)[0]["text"] == SECRET
        store.add([(post(text="Исправлено"), score())])  # what it was before must not stay
        assert rows(store, schema.POSTS)[0]["text"] is None
        assert rows(store, schema.POSTS)[0]["digest"] == digest("Исправлено")


def test_no_view_shows_texts(database):
    with Store.open(database, keep_texts=True) as store:
        store.add([(post(), score())])
        with store.reading() as connection:
            for view in ("v_scores", "v_pages_week"):
                assert SECRET not in str(connection.execute(text(f"SELECT * FROM {view}")).all())


@pytest.mark.parametrize("strange", ["нуль \x00 внутри", "половина \ud83d пары", "😀", "'; DROP TABLE posts; --"])
def test_strange_letters_are_stored(database, strange):
    with Store.open(database, keep_texts=True) as store:
        told = post(text=strange, page_name=strange, page_id=strange, post_id=strange)
        store.add([(told, score())])
        store.add([(told, score())])
        (row,) = rows(store, schema.POSTS)
        assert row["text"].replace("\ufffd", "\x00").replace("?", "\ud83d") == strange


@pytest.mark.parametrize("strange", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_date_that_utc_does_not_know_is_unknown(store, strange):
    store.add([(post(date=strange), score())])
    assert flat(store)[0]["date"] is None


@pytest.mark.parametrize("known", ["9999-12-31", "0001-01-01", "1970-01-01T00:00:00.000001Z"])
def test_far_dates_come_back(store, known):
    store.add([(post(date=known), score())])
    moment = datetime.fromisoformat(known)
    assert flat(store)[0]["date"] == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def test_rows_are_taken_lazily_and_stored_in_batches(store):
    told = []

    def source():
        for number in range(2500):
            if number == 2400:
                told.append(len(flat(store)) and store_size(store))
            yield post(post_id=str(number)), score()

    acknowledged = []
    assert store.add(source(), stored=acknowledged.append) == 2500
    assert acknowledged == [1000, 2000, 2500]
    assert told == [2000]


def store_size(store):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.SCORES)).scalar_one()


def test_what_a_source_raises_is_raised_and_earlier_batches_stay(store):
    def source():
        for number in range(1500):
            yield post(post_id=str(number)), score()
        raise KeyError("of the caller")

    with pytest.raises(KeyError, match="of the caller"):
        store.add(source())
    assert store_size(store) == 1000


def test_nothing_to_store(store):
    assert store.add([]) == 0


def test_pages_are_described(store):
    store.add([(post(page_name="По постам"), score())])
    told = Page(platform="vk", page_id="1", kind="school", region="Край", municipality="Район", followers=10)
    with store.writing() as connection:
        assert pages.describe(connection, [told, Page(platform="vk", page_id="2", zone="Asia/Omsk")]) == 2
        assert pages.describe(connection, [replace(told, region=None, followers=20)] * 2) == 1
        assert pages.describe(connection, []) == 0
    with store.reading() as connection:
        found = pages.find(connection, "vk", "1")
        assert pages.find(connection, "vk", "3") is None
        assert pages.find(connection, "vk", "2")["zone"] == "Asia/Omsk"
    del found["page"]
    assert found == {
        "platform": "vk",
        "page_id": "1",
        "name": "По постам",
        "kind": "school",
        "region": "Край",
        "municipality": "Район",
        "followers": 20,
        "zone": None,
    }
    assert flat(store)[0]["region"] == "Край"


@pytest.mark.parametrize("view", [views.SCORES, views.PAGES_WEEK], ids=lambda view: view.name)
def test_views_are_as_described(store, view):
    with store.reading() as connection:
        assert list(connection.execute(text(f"SELECT * FROM {view.name}")).keys()) == list(view.c.keys())


def test_weeks_of_a_page(store):
    days = {  # the ends of weeks and of years by ISO
        "2024-12-29T23:59:59Z": ("2024-W52", date(2024, 12, 23)),
        "2024-12-30T00:00:00Z": ("2025-W01", date(2024, 12, 30)),
        "2025-01-05T23:59:59Z": ("2025-W01", date(2024, 12, 30)),
        "2021-01-03T12:00:00Z": ("2020-W53", date(2020, 12, 28)),
        "2024-01-01T02:00:00+03:00": ("2023-W52", date(2023, 12, 25)),
    }
    told = [(post(post_id=str(number), date=day), score()) for number, day in enumerate(days)]
    store.add([*told, (post(post_id="undated", date=None), score())])
    with store.reading() as connection:
        found = connection.execute(select(views.PAGES_WEEK)).mappings().all()
    assert {(row["week"], row["monday"]) for row in found} == set(days.values())
    assert sum(row["posts"] for row in found) == len(days)


def test_a_week_is_told_of_trusted_posts(store):
    told = [
        score(usefulness=USEFUL, engagement=10.0, type="alert"),
        score(usefulness=USEFUL - 0.1, engagement=20.0, type="ad"),
        score(usefulness=0.0, engagement=30.0, type="ad"),
        score(usefulness=100.0, status="too_short"),
    ]
    store.add((post(post_id=str(number)), entry) for number, entry in enumerate(told))
    store.add([(post(post_id="0"), score("m2", status="unfamiliar"))])
    with store.reading() as connection:
        found = {row["model"]: row for row in connection.execute(select(views.PAGES_WEEK)).mappings()}
    row = found["m1"]
    assert (row["posts"], row["trusted"]) == (4, 3)
    assert row["usefulness"] == pytest.approx((USEFUL + USEFUL - 0.1) / 3)
    assert row["engagement"] == pytest.approx(20)
    assert row["useful"] == pytest.approx(1 / 3)
    shares = {name: row[f"share_{name}"] for name in TYPES}
    assert shares == pytest.approx({**dict.fromkeys(TYPES, 0), "alert": 1 / 3, "ad": 2 / 3})
    assert (found["m2"]["posts"], found["m2"]["trusted"], found["m2"]["usefulness"]) == (1, 0, None)


def test_history_is_what_a_memory_is_made_of(database):
    with Store.open(database, keep_texts=True) as store:
        told = [post(post_id=str(day), date=f"2024-03-{day:02}T10:00:00Z", likes=day) for day in range(1, 21)]
        rest = [post(post_id="undated", date=None, likes=1), post(post_id="uncounted"), post(page_id="2", likes=1)]
        store.add((entry, score()) for entry in (*told[::-1], *rest))
        with store.reading() as connection:
            number = pages.find(connection, "vk", "1")["page"]
            found = history.read(connection, number)
            assert [(entry.post_id, entry.likes, entry.moment, entry.text) for entry in found] == [
                (entry.post_id, entry.likes, entry.moment, SECRET) for entry in told
            ]
            assert found[0].page == told[0].page
            assert [entry.post_id for entry in history.read(connection, number, limit=2)] == ["19", "20"]
            before = history.read(connection, number, before=datetime(2024, 3, 3, 10, tzinfo=UTC))
            assert [entry.post_id for entry in before] == ["1", "2"]
            stamp = history.stamp(connection, number)
            assert history.stamp(connection, number) == stamp
            numbers = [row["post"] for row in flat(store, pages=(number,))]
            assert history.texts(connection, numbers) == dict.fromkeys(numbers, SECRET)
        store.add([(replace(told[3], likes=100), score())], counted=datetime(2030, 1, 1, tzinfo=UTC))
        with store.reading() as connection:
            counted = history.stamp(connection, number)
        assert counted != stamp
        with store.erasing() as connection:  # as an operator does in the database itself
            connection.execute(text("UPDATE posts SET text = NULL"))
        with store.reading() as connection:
            assert history.stamp(connection, number) != counted


def test_history_without_texts_still_tells_counts(store):
    store.add([(post(likes=3), score())])
    with store.reading() as connection:
        number = pages.find(connection, "vk", "1")["page"]
        (entry,) = history.read(connection, number)
        assert (entry.text, entry.likes) == ("", 3)
        assert history.texts(connection, [1, 2]) == {}


def test_a_page_goes_with_its_posts_and_scores(store):
    store.add([(post(), score()), (post(page_id="2"), score())])
    with store.writing() as connection:
        connection.execute(text("DELETE FROM pages WHERE page_id = '1'"))
    assert [row["page_id"] for row in flat(store)] == ["2"]
    assert len(rows(store, schema.POSTS)) == 1


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(Complaint, match="нарочно"), store.writing() as connection:
        pages.describe(connection, [Page(platform="vk", page_id="1")])
        raise Complaint("test", "нарочно")
    assert rows(store, schema.PAGES) == []


def test_the_file_is_its_owners_and_keeps_a_log(tmp_path):
    path = tmp_path / "новая папка 100%?" / "сто #1.sqlite3"
    with Store.open(f"sqlite:///{str(path).replace('?', '%3F')}") as store:
        assert store.place == str(path)
        store.add([(post(), score())])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with store.reading() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 30_000}


def test_without_an_address_it_is_a_file_of_the_user(tmp_path):
    code = "from service.store import Store; print(Store.open().place)"
    told = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    place = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True)
    if sys.platform == "linux":
        assert place.stdout.strip() == str(tmp_path / "merilo" / "merilo.sqlite3")
    assert Path(place.stdout.strip()).is_file()


@pytest.mark.parametrize(
    "address",
    [
        "merilo.sqlite3",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://merilo:parol@db/merilo",
        "postgresql+asyncpg://merilo:parol@db/merilo",
        "postgresql://merilo:parol@db:port/merilo",
        "://parol",
    ],
)
def test_an_address_that_is_none_is_told_without_repeating_it(address):
    with pytest.raises(Complaint, match="MERILO_DATABASE_URL") as told:
        Store.open(address)
    assert told.value.code == "bad_database"
    assert "parol" not in str(told.value)


def test_the_command_line_stays_light():
    code = "import sys, service.cli; print(sorted({'sqlalchemy', 'alembic', 'platformdirs'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_wheel_holds_the_migrations(root, tmp_path):
    import zipfile

    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    folder = root / "service" / "store" / "migrations"
    wanted = {str(path.relative_to(root)) for path in (*folder.rglob("*.py"), *folder.glob("*.mako"))}
    assert len(wanted) >= 7
    assert wanted <= packed


def test_a_row_goes_into_json(store):
    store.add([(post(), score())])
    assert json.loads(json.dumps(flat(store)[0], default=str))["missing"] == score().missing
