"""What befalls databases: locks, kills, losses. What was acknowledged is there, and the user is told what to do."""

import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from model import Post, Score
from model.score import CHECKLIST
from service.complaint import Complaint
from service.store import Selection, Store, failure, jobs, migration, scores
from service.store.ingest import BATCH, Ingest
from service.store.schema import POSTS, SCORES

SECRET = "Тайный текст поста"

WRITER = """
import sys
from model import Post, Score
from model.score import CHECKLIST
from service.store import Store

address, model, start, stop, job = sys.argv[1:]
score = Score(70., 50., 90., 40., 41., 42., 43., 44., 12, "ad", dict.fromkeys(CHECKLIST, True), "ok", model)
posts = (Post(text="Пост", platform="vk", page_id=str(n % 7), post_id=str(n)) for n in range(int(start), int(stop)))
with Store.open(address) as store:
    sys.stdin.readline()
    store.add(((post, score) for post in posts), job=job or None, stored=lambda n: print(n, flush=True))
"""


def put(number, model="m1"):
    score = Score(70.0, 50.0, 90.0, 40.0, 41.0, 42.0, 43.0, 44.0, 12, "ad", dict.fromkeys(CHECKLIST, True), "ok", model)
    return Post(text=SECRET, platform="vk", page_id="1", post_id=str(number), likes=1), score


def writer(address, model, start, stop, job=""):
    command = [sys.executable, "-c", WRITER, address, model, str(start), str(stop), job]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def go(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def count(store, table, *where):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


@pytest.fixture
def store(database):
    with Store.open(database, keep_texts=True, patience=0.3) as opened:
        yield opened


@pytest.fixture
def file(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/merilo.sqlite3", patience=0.3) as opened:
        yield opened


@pytest.fixture
def server(postgres):
    with Store.open(postgres.create(), patience=0.3) as opened:
        yield opened


@contextmanager
def complaint(code, place):
    with pytest.raises(Complaint) as told:
        yield
    assert told.value.code == code, str(told.value)
    assert place in str(told.value)
    assert SECRET not in "".join(traceback.format_exception(told.value))


def test_two_writers_at_once(database):
    with Store.open(database) as store:
        writers = [writer(database, "m1", 0, 4000), writer(database, "m2", 2000, 6000)]
        for process in writers:
            go(process)
        for process in writers:
            out, said = process.communicate(timeout=120)
            assert (process.returncode, said) == (0, "")
            assert out.split()[-1] == "4000"
        assert count(store, POSTS) == 6000
        assert count(store, SCORES, SCORES.c.model == "m1") == count(store, SCORES, SCORES.c.model == "m2") == 4000
        assert count(store, SCORES, SCORES.c.latest) == 6000


@pytest.mark.parametrize("after", [1, 4])
def test_kill_in_the_middle_of_an_ingest(database, after):
    with Store.open(database) as store:
        with store.writing() as connection:
            job = jobs.add(connection, "archive", "wall.json").id
        process = writer(database, "m1", 0, 1_000_000, job)
        go(process)
        acknowledged = [int(process.stdout.readline()) for _ in range(after)][-1]
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        with store.writing() as connection:  # waits until a server has noticed
            connection.execute(text("UPDATE jobs SET state = 'failed'"))
        with store.reading() as connection:
            stored = jobs.find(connection, job).stored
        assert count(store, SCORES) == count(store, POSTS) == stored >= acknowledged >= after * BATCH
        if store.place.endswith(".sqlite3"):
            with store.reading() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        # The same archive again makes whole what was cut, without doubles.
        assert store.add(put(number) for number in range(stored + 10)) == stored + 10


def test_a_reader_does_not_wait_for_a_writer(store):
    store.add([put(1)])
    with store.writing() as connection:
        connection.execute(text("DELETE FROM scores"))
        assert count(store, SCORES) == 1


def test_an_answer_sees_one_state(store):
    store.add([put(1)])
    with store.reading() as connection:
        before = scores.read(connection, Selection()).rows
        store.add([put(2)])
        assert scores.read(connection, Selection()).rows == before
    assert count(store, SCORES) == 2


def test_locked_file(file):
    other = sqlite3.connect(file.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with complaint("database_locked", file.place):
        file.add([put(1)])
    assert count(file, SCORES) == 0  # one may read meanwhile
    other.execute("COMMIT")
    other.close()
    assert file.add([put(1)]) == 1


def test_locked_file_at_the_start(tmp_path):
    path = tmp_path / "merilo.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with complaint("database_locked", str(path)):
        Store.open(f"sqlite:///{path}", patience=0.2)
    other.close()
    Store.open(f"sqlite:///{path}", patience=0.2).close()


def test_locked_table(server):
    with server.writing() as connection:
        connection.execute(text("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE"))
        with complaint("database_locked", server.place):
            server.add([put(1)])
    assert server.add([put(1)]) == 1


def test_lost_file(file):
    path = Path(file.place)
    file.add([put(1)])
    copy = path.with_suffix(".copy")
    back_up(path, copy)
    for part in path.parent.glob("merilo.sqlite3*"):
        part.unlink()
    with complaint("database_gone", file.place):
        file.add([put(2)])
    with complaint("database_gone", file.place):
        count(file, SCORES)
    assert not path.exists()  # nothing empty has come in its place
    shutil.copy(copy, path)
    assert count(file, SCORES) == 1
    assert file.add([put(2)]) == 1
    assert count(file, SCORES) == 2


def back_up(path, copy):
    with sqlite3.connect(path) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()


def test_a_file_lost_while_it_is_written_into(file):
    with complaint("database_gone", file.place), file.writing() as connection:
        connection.execute(text("INSERT INTO pages (platform, page_id) VALUES ('vk', '1')"))
        Path(file.place).unlink()


def test_an_older_file_in_its_place_is_brought_up_to_date(file, tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/older.sqlite3") as older:
        migration.downgrade(older._engine, "0001")
    path = Path(file.place)
    for part in path.parent.glob("merilo.sqlite3*"):
        part.unlink()
    back_up(tmp_path / "older.sqlite3", path)
    assert file.add([put(1)]) == 1
    assert count(file, SCORES) == 1


def test_server_gone_and_back(postgres, server):
    server.add([put(1)])
    postgres.stop()
    try:
        with complaint("database_gone", server.place):
            server.add([put(2)])
        with complaint("database_gone", server.place):
            count(server, SCORES)
        with complaint("database_gone", server.place):
            Store.open(f"postgresql://merilo@/{server.place.rpartition('/')[2]}?host={postgres._folder}")
    finally:
        postgres.start()
    assert server.add([put(2)]) == 1
    assert count(server, SCORES) == 2


def test_server_gone_in_the_middle_of_a_transaction(server):
    kill = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO pages%'")
    with complaint("database_gone", server.place), server.writing() as connection:
        connection.execute(text("INSERT INTO pages (platform, page_id) VALUES ('vk', '1')"))
        with server.reading() as other:
            assert other.execute(kill).all() == [(True,)]
        connection.execute(text("SELECT 1"))
    assert server.add([put(1)]) == 1


def test_a_server_without_the_database_or_the_user(postgres):
    address = postgres.create()
    with complaint("database_absent", "nowhere"):
        Store.open(address.replace("/test_", "/nowhere_"))
    with complaint("database_refused", "test_"):
        Store.open(address.replace("merilo@", "nobody:parol@"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('FATAL: password authentication failed for user "merilo"', "database_refused"),
        ('ВАЖНО: пользователь "merilo" не прошёл проверку подлинности (по паролю)', "database_refused"),
        ('ВАЖНО: база данных "merilo" не существует', "database_absent"),
        ("FATAL: sorry, too many clients already", "database_busy"),
        ("connection refused", "database_gone"),
    ],
)
def test_words_of_servers(said, code):
    class OperationalErrorOfDriver(Exception):
        sqlstate = None

    OperationalErrorOfDriver.__name__ = "OperationalError"
    assert failure.judge(OperationalError("", {}, OperationalErrorOfDriver(said)))[0] == code


def test_two_that_clash_begin_anew(store, monkeypatch):
    class Clash(Exception):
        sqlstate = "40P01"

    write, tries = Ingest.write, []

    def clash(*arguments):
        write(*arguments)
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("", {}, Clash())

    monkeypatch.setattr(Ingest, "write", clash)
    assert store.add([put(1)]) == 1
    assert (len(tries), count(store, SCORES)) == (3, 1)
    monkeypatch.setattr(Ingest, "write", lambda *_: (_ for _ in ()).throw(OperationalError("", {}, Clash())))
    with complaint("database_locked", store.place):
        store.add([put(2)])


def test_full_disk(file):
    file.add([put(1)])
    with file.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with complaint("database_full", file.place):
        file.add(put(number) for number in range(2, 5000))
    assert count(file, SCORES) == 1


def test_a_file_for_reading_only(file):
    file.add([put(1)])
    with file.reading() as connection:  # rights of files do not bind root
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with complaint("database_readonly", file.place):
        file.add([put(2)])
    assert count(file, SCORES) == 1


def test_a_server_for_reading_only(server):
    with complaint("database_readonly", server.place), server.writing() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("DELETE FROM pages"))


@pytest.mark.parametrize("content", [b"no database at all " * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_database(tmp_path, content):
    path = tmp_path / "merilo.sqlite3"
    path.write_bytes(content)
    with complaint("database_damaged", str(path)):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_path_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "merilo.sqlite3", tmp_path / ("x" * 300)):
        with complaint("bad_database", str(path)):
            Store.open(f"sqlite:///{path}")


def test_without_the_driver(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with complaint("no_driver", "pip install"):
        Store.open("postgresql://merilo@localhost/merilo")


def test_tables_of_somebody_else(file):
    with file.writing() as connection:
        connection.execute(text("DROP VIEW v_pages_week"))
        connection.execute(text("DROP VIEW v_scores"))
    with complaint("database_unprepared", file.place), file.reading() as connection:
        scores.read(connection, Selection())


def test_neither_errors_nor_logs_hold_texts(store, caplog):
    caplog.set_level(logging.DEBUG)
    trap = "ALTER TABLE posts ADD CONSTRAINT trap CHECK (post_id <> '13')"  # PostgreSQL quotes the row that fails it
    if store._engine.dialect.name == "sqlite":
        trap = "CREATE TRIGGER trap BEFORE INSERT ON posts WHEN new.post_id = '13' BEGIN SELECT raise(ABORT, 'x'); END"
    store.add([put(1)])
    with store.writing() as connection:
        connection.execute(text(trap))
    with complaint("database_failed", store.place):
        store.add([put(13)])
    with store.reading() as connection:
        assert connection.execute(select(POSTS.c.text)).scalar_one() == SECRET
        with pytest.raises(Exception, match="no_such|no such") as told:
            connection.execute(text("SELECT no_such_column FROM posts WHERE text = :text"), {"text": SECRET})
        assert SECRET not in str(told.value)
    assert SECRET not in caplog.text


def test_every_complaint_says_what_to_do():
    for said in failure.SAID.values():
        assert said.endswith(".")
        assert any(word in said for word in ("Подождите", "Проверьте", "Создайте", "Освободите", "Дайте", "Восстан",
                                             "Перезапустите", "Обновите", "Установите", "Повторите"))  # fmt: skip
