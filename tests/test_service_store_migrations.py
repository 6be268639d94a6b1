"""Migrations up and down with data in the tables, on both databases; and whoever starts at once."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from model import Post, Score
from model.score import CHECKLIST
from service.complaint import Complaint
from service.store import Selection, Store, feedback, jobs, keys, migration, scores
from service.store.schema import METADATA

SCORE = Score(70.0, 50.0, 90.0, 40.0, 41.0, 42.0, 43.0, 44.0, 12, "ad", dict.fromkeys(CHECKLIST, True), "ok", "m1")
TABLES = {"pages", "posts", "scores", "keys", "jobs", "feedback", "alembic_version"}
VIEWS = {"v_scores", "v_pages_week"}


@pytest.fixture
def store(database):
    with Store.open(database) as opened:
        opened.add([(Post(text="Пост", platform="vk", page_id="1", post_id=str(n), likes=n), SCORE) for n in range(20)])
        with opened.writing() as connection:
            keys.add(connection, "панель", "read", "0" * 64)
            jobs.add(connection, "archive", "wall.json")
            feedback.add(connection, "0" * 64, "эксперт", grade=3)
        yield opened


def found(store, selection=Selection()):  # noqa: B008 (frozen)
    with store.reading() as connection:
        return scores.read(connection, selection, "usefulness").rows


def names(store):
    with store.reading() as connection:
        inspector = inspect(connection)
        return set(inspector.get_table_names()), set(inspector.get_view_names())


def test_tables_are_those_of_the_schema(store):
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_constraints_are_those_of_the_schema(store):
    """Alembic does not compare checks, nor conditions of indexes."""
    with store.reading() as connection:
        inspector = inspect(connection)
        for table in METADATA.sorted_tables:
            told = {check["name"] for check in inspector.get_check_constraints(table.name)}
            assert told == {check.name for check in table.constraints if isinstance(check, CheckConstraint)}
        query = "SELECT sql FROM sqlite_master WHERE name = :name"
        if connection.dialect.name == "postgresql":
            query = "SELECT indexdef FROM pg_indexes WHERE indexname = :name"
        for name, condition in (("ix_scores_latest", "latest"), ("ix_keys_name", "revoked IS NULL")):
            made = connection.execute(text(query), {"name": name}).scalar_one()
            assert made.startswith("CREATE UNIQUE INDEX")
            assert condition in made.split(" WHERE ")[1]


def test_down_and_up_again_keeps_what_older_revisions_know(store):
    before = found(store)
    migration.downgrade(store._engine, "0002")
    assert names(store) == (TABLES, set())
    with store.reading() as connection:
        assert keys.find(connection, "0" * 64)
        assert connection.execute(text("SELECT count(*) FROM scores")).scalar_one() == 20
    migration.downgrade(store._engine, "0001")
    assert names(store)[0] == TABLES - {"keys", "jobs", "feedback"}
    migration.upgrade(store._engine, store.place)
    assert names(store) == (TABLES, VIEWS)
    assert found(store) == before
    with store.reading() as connection:
        assert keys.read(connection) == []
    assert store.add([(Post(text="Ещё", platform="vk", page_id="1", post_id="new"), SCORE)]) == 1
    assert len(found(store)) == 21


def test_sqlite_reads_a_region_page_by_page(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/merilo.sqlite3") as store, store.reading() as connection:
        question = (
            "EXPLAIN QUERY PLAN SELECT page, count(*) FROM v_scores "
            "WHERE region = 'Край' AND date >= '2026-01-01' AND latest GROUP BY page"
        )
        plan = " | ".join(row.detail for row in connection.execute(text(question)))
    assert "ix_posts_page_date" in plan
    assert "TEMP B-TREE" not in plan  # nothing to sort: a page's posts come together


def test_down_to_nothing_and_up(store):
    migration.downgrade(store._engine, "base")
    assert names(store) == ({"alembic_version"}, set())
    migration.upgrade(store._engine, store.place)
    assert names(store) == (TABLES, VIEWS)
    assert found(store) == []


def test_a_migration_that_fails_leaves_everything_as_it_was(store, monkeypatch):
    migration.downgrade(store._engine, "0001")
    with store.writing() as connection:
        connection.execute(text("CREATE TABLE feedback (id integer)"))  # stands in the way of 0002, after keys and jobs
    with pytest.raises(Exception, match="feedback"):
        migration.upgrade(store._engine, store.place)
    assert names(store)[0] == TABLES - {"keys", "jobs"}
    with store.reading() as connection:
        assert migration.revision(connection) == "0001"
        assert connection.execute(text("SELECT count(*) FROM scores")).scalar_one() == 20


def test_references_are_minded_again_after_a_migration(store):
    migration.downgrade(store._engine, "0002")
    migration.upgrade(store._engine, store.place)
    with store.writing() as connection:
        connection.execute(text("DELETE FROM pages"))
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM scores")).scalar_one() == 0


def test_opening_again_changes_nothing(store, database):
    before = found(store)
    with Store.open(database) as again:
        assert found(again) == before


def test_tables_of_a_newer_program_are_left_alone(store, database):
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Complaint, match="Обновите программу") as told:
        Store.open(database)
    assert told.value.code == "database_newer"


def test_many_may_start_at_once(database):
    code = "import sys; from service.store import Store; sys.stdin.readline(); Store.open(sys.argv[1])"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, database], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        _, said = process.communicate(timeout=120)
        assert (process.returncode, said) == (0, "")
    with Store.open(database) as store:
        assert names(store) == (TABLES, VIEWS)
        with store.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
