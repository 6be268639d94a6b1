"""What docs/store.md says is so: columns, queries, copies."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from model import Post, Score
from model.score import CHECKLIST
from service.store import Page, Selection, Store, pages, schema, scores, views

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "store.md").read_text(encoding="utf-8")


def put(number, model="m1"):
    score = Score(
        70.0, 50.0, 90.0, 40.0, 41.0, 42.0, 43.0, 44.0, 12, "ad", dict.fromkeys(CHECKLIST, False), "ok", model
    )
    return Post(text="Пост", platform="vk", page_id="1", post_id=str(number), date="2024-03-12T10:00:00Z"), score


@pytest.fixture
def store(database):
    with Store.open(database) as opened:
        with opened.writing() as connection:
            pages.describe(connection, [Page(platform="vk", page_id="1", region="Край", kind="school")])
        for model in ("m1", "m2"):
            opened.add(put(number, model) for number in range(30))
        yield opened


def names(cells):
    return re.findall(r"`(\w+)`", cells)


@pytest.mark.parametrize("view", [views.SCORES, views.PAGES_WEEK], ids=lambda view: view.name)
def test_columns_of_views(view):
    section = PAGE.split(f"### {view.name}\n")[1].split("\n#")[0]
    told = [name for line in re.findall(r"^\| (`.+?) \|", section, re.M) for name in names(line)]
    assert told == list(view.c.keys())


def test_columns_of_tables():
    section = PAGE.split("## Tables\n")[1].split("\n## ")[0]
    told = {names(row[0])[0]: names(row[1]) for row in re.findall(r"^\| (`\w+`) \| (`.+) \|$", section, re.M)}
    assert told == {table.name: list(table.c.keys()) for table in schema.METADATA.tables.values()}


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", PAGE, re.S), ids=lambda query: query.split()[1])
def test_queries(store, query):
    with store.reading() as connection:
        assert connection.execute(text(query)).all()


def commands(word):
    return [line for line in re.findall(r"^ *\$ (.+)$", PAGE, re.M) if word in line]


def run(command, folder, database):
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))[-1:]
    path = os.pathsep.join(map(str, (Path(sys.executable).parent, *programs, os.environ["PATH"])))
    told = {**os.environ, "PATH": path, "DATABASE": database, "FILE": database.removeprefix("sqlite:///")}
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=told, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_backup_and_restore(store, database, tmp_path):
    kind = "$FILE" if database.startswith("sqlite") else "copy.dump"
    backup, restore = commands(kind)
    with store.reading() as connection:
        before = scores.read(connection, Selection(), limit=1000).rows
        run(backup, tmp_path, database)  # while it is read
    store.add(put(number) for number in range(100, 200))
    store.close()
    run(restore, tmp_path, database)
    with Store.open(database) as again:
        with again.reading() as connection:
            assert scores.read(connection, Selection(), limit=1000).rows == before
        assert again.add([put(1000)]) == 1


def test_a_user_of_dashboards_reads_views_and_no_tables(postgres):
    database = postgres.create()
    with Store.open(database, keep_texts=True) as store:
        store.add([put(1)])
        with store.writing() as connection:
            connection.execute(text("CREATE ROLE dashboards LOGIN"))
        run(commands("GRANT")[0], "/", database)
        with store.writing() as connection:
            connection.execute(text("SET LOCAL ROLE dashboards"))
            assert connection.execute(text("SELECT count(*) FROM v_scores")).scalar_one() == 1
            assert connection.execute(text("SELECT count(*) FROM v_pages_week")).scalar_one() == 1
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(text("SELECT text FROM posts"))
