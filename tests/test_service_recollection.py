"""What the store knows of a page is at hand as long as nothing in it has changed, and no longer."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from model import Post
from model.score import CHECKLIST, Score
from service import recollection
from service.recollection import Recollection
from service.store import Store

TEXT = "Завтра на улице Садовой не будет воды"
SCORE = Score(*[50.0] * 8, 0, "event", dict.fromkeys(CHECKLIST, False), "ok", "m1")


def post(number, page="1", platform="vk", likes=None):
    day = datetime(2026, 3, 2, 7, tzinfo=UTC) + timedelta(days=number)
    likes = number if likes is None else likes
    return Post(f"{TEXT} {number}", platform, page, post_id=str(number), date=day.isoformat(), likes=likes)


ASKED = [post(60), post(61, page="7"), Post(TEXT)]


@pytest.fixture
def store(database):
    with Store.open(database, keep_texts=True) as opened:
        opened.add((post(n), SCORE) for n in range(40))
        yield opened


@pytest.fixture
def file(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/merilo.sqlite3", keep_texts=True) as opened:
        opened.add((post(n), SCORE) for n in range(40))
        yield opened


def test_at_hand_is_what_recall_found_until_the_store_changes(file, scorer):
    memories = Recollection(file)
    assert memories.at_hand(scorer, ASKED) is None
    found = memories.recall(scorer, ASKED)
    assert set(found) == {("vk", "1")}
    assert memories.at_hand(scorer, ASKED) == found  # the very same objects
    assert memories.at_hand(scorer, [Post(TEXT), Post(TEXT)]) == {}
    assert memories.at_hand(scorer, [post(1, page="8")]) is None
    with Store.open(f"sqlite:///{file.folder}/merilo.sqlite3", keep_texts=True) as other:
        other.add([(post(5, likes=500), SCORE)])
    assert memories.at_hand(scorer, ASKED) is None
    newer = memories.recall(scorer, ASKED)
    assert newer[("vk", "1")] is not found[("vk", "1")]
    assert memories.at_hand(scorer, ASKED) == newer
    file.add([(post(1, page="7"), SCORE)])  # by this very store
    assert memories.at_hand(scorer, ASKED) is None
    assert set(memories.recall(scorer, ASKED)) == {("vk", "1"), ("vk", "7")}


def test_what_was_read_while_the_store_changed_is_not_at_hand(file, scorer, monkeypatch):
    memories = Recollection(file)
    find = recollection.pages.find

    def slowly(connection, *page):
        found = find(connection, *page)
        with Store.open(f"sqlite:///{file.folder}/merilo.sqlite3") as other:
            other.add([(post(1, page="9"), SCORE)])
        return found

    monkeypatch.setattr(recollection.pages, "find", slowly)
    memories.recall(scorer, ASKED[:1])
    assert memories.at_hand(scorer, ASKED[:1]) is None


def test_a_post_whose_platform_the_store_may_tell_is_not_at_hand(file, scorer):
    memories = Recollection(file)
    memories.recall(scorer, memories.complete([post(60, platform=None)]))
    assert memories.at_hand(scorer, [post(60)]) is not None
    assert memories.at_hand(scorer, [post(60, platform=None)]) is None


def test_another_model_and_forgotten_pages_are_not_at_hand(file, scorer, monkeypatch):
    class Other:
        info = {"id": "another"}

    memories = Recollection(file)
    memories.recall(scorer, ASKED)
    assert memories.at_hand(Other, ASKED[:1]) is None
    assert memories.at_hand(Other, ASKED[1:2]) == {}  # no page, no memory, whatever the model
    monkeypatch.setattr(recollection, "KNOWN", 2)
    memories.recall(scorer, [post(1, page="11")])
    assert memories.at_hand(scorer, ASKED) is None


def test_a_file_that_went_or_was_replaced_is_not_at_hand(file, scorer):
    memories = Recollection(file)
    memories.recall(scorer, ASKED)
    path = file.folder / "merilo.sqlite3"
    shutil.copy(path, path.with_name("copy"))
    path.rename(path.with_name("away"))
    assert file.version() is None
    assert memories.at_hand(scorer, ASKED) is None
    os.replace(path.with_name("copy"), path)
    assert file.version() is not None
    assert memories.at_hand(scorer, ASKED) is None


def test_a_version_is_another_after_a_change_or_is_not_told(store, database):
    before = store.version()
    assert before == store.version()
    store.add([(post(90), SCORE)])
    assert (before is None) == database.startswith("postgresql")
    assert before is None or store.version() != before


def test_a_server_is_asked_every_time(store, database, scorer):
    memories = Recollection(store)
    memories.recall(scorer, ASKED)
    assert (memories.at_hand(scorer, ASKED) is None) == database.startswith("postgresql")
