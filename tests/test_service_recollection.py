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


def test_of_another_model_nothing_is_at_hand(file, scorer):
    class Other:
        info = {"id": "another"}

    memories = Recollection(file)
    memories.recall(scorer, ASKED)
    assert memories.at_hand(Other, ASKED[:1]) is None
    assert memories.at_hand(Other, ASKED[1:2]) is None
    assert memories.at_hand(Other, ASKED[2:]) == {}


def test_pages_that_were_asked_for_last_are_at_hand_and_no_more_than_there_is_room_for(file, scorer, monkeypatch):
    file.add((post(n, page=str(page)), SCORE) for page in range(1, 5) for n in range(20))
    pages = {page: [post(60, page=str(page))] for page in (*range(1, 5), 11, 12)}
    monkeypatch.setattr(recollection, "READY", 2)
    monkeypatch.setattr(recollection, "KNOWN", 1)
    memories = Recollection(file)
    memories.recall(scorer, [*pages[1], *pages[2]])
    assert memories.at_hand(scorer, pages[1]) is not None  # so the other one goes first
    memories.recall(scorer, pages[3])
    assert [page for page in pages if memories.at_hand(scorer, pages[page]) is not None] == [1, 3]
    memories.recall(scorer, [*pages[11], *pages[12]])
    assert [page for page in pages if memories.at_hand(scorer, pages[page]) is not None] == [1, 3, 11]


def test_a_version_never_comes_again(file, scorer):
    """The file goes, is changed elsewhere and comes back: it is the same file, of another content."""
    memories = Recollection(file)
    memories.recall(scorer, ASKED)
    before, folder = file.version(), file.folder
    names = [path.name for path in folder.iterdir() if path.name.startswith("merilo")]
    (folder / "away").mkdir()
    for name in names:
        (folder / name).rename(folder / "away" / name)
    assert memories.at_hand(scorer, ASKED) is None
    with Store.open(f"sqlite:///{folder}/away/merilo.sqlite3") as other:
        other.add([(post(5, likes=500), SCORE)])
    for path in [*(folder / "away").iterdir()]:
        path.rename(folder / path.name)
    assert file.version()[0] == before[0]
    assert file.version() != before
    assert memories.at_hand(scorer, ASKED) is None


def test_a_store_that_is_closed_tells_no_version_and_holds_no_file(file):
    assert file.version() is not None
    file.close()
    assert file.version() is None
    assert not [
        link for link in os.listdir("/proc/self/fd") if str(file.folder) in os.path.realpath(f"/proc/self/fd/{link}")
    ]


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
