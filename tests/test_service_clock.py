"""The clock of the machine jumps, forward and back: what was acknowledged is there, and nobody is kept out by it."""

import json
import time
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from service import access, intake
from service.api import create_app
from service.errors import Refused
from service.settings import Settings
from service.store import Selection, Store, keys, scores
from service.store.moment import now

TEXT = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды"
JUMP = timedelta(days=400)


@pytest.fixture
def jump(monkeypatch):
    """What sets the clock of this process forward, or back."""
    real = time.time

    def set_clock(by):
        monkeypatch.setattr(time, "time", lambda: real() + by.total_seconds())

    return set_clock


@pytest.fixture
def store(database):
    with Store.open(database) as opened:
        yield opened


@pytest.fixture
def client(store, scorer, tmp_path, monkeypatch):
    monkeypatch.setattr(intake.Intake, "start", lambda self: None)  # the test takes turns itself
    settings = Settings(archives=str(tmp_path / "archives"), keys=True, database_url=store._url.render_as_string(False))
    with TestClient(create_app(settings, scorer, store)) as client:
        client.headers["Authorization"] = f"Bearer {make_key(store, 'admin')}"
        yield client


def make_key(store, name, **told):
    key = access.make()
    with store.writing() as connection:
        keys.add(connection, name, "admin", access.hash_of(key), **told)
    return key


def put(client, numbers, likes=1):
    posts = [{"text": TEXT, "page_id": "1", "post_id": str(number), "likes": likes} for number in numbers]
    return client.post("/v1/score?store=true", json={"posts": posts}).json()["stored"]


@pytest.mark.parametrize("by", [JUMP, -JUMP], ids=["forward", "back"])
def test_what_was_acknowledged_is_there(client, store, jump, by):
    assert put(client, range(3)) == 3
    archive = "".join(json.dumps({"text": TEXT, "page_id": "2", "post_id": str(n)}) + "\n" for n in range(5))
    job = client.post("/v1/archives?out=jsonl", content=archive.encode()).json()
    jump(by)
    assert put(client, range(2, 6), likes=9) == 4
    taken = client.app.state.intake
    taken._work()  # sweeps, then does what is queued
    told = client.get(f"/v1/archives/{job['id']}").json()
    assert (told["state"], told["stored"]) == ("done", 5), told["error"]
    assert len(client.get(f"/v1/archives/{job['id']}/result").text.splitlines()) == 5
    with store.reading() as connection:
        rows = scores.read(connection, Selection(), "scored_at", limit=1000).rows
    assert len(rows) == 6 + 5
    assert all(row["latest"] for row in rows)
    # What came later is newer, whatever the clock said.
    assert {row["likes"] for row in rows if row["post_id"] == "2" and row["page_id"] == "1"} == {9}


def test_keys_end_by_the_clock_and_their_last_use_is_told_by_it(client, store, jump):
    made = make_key(store, "short", expires=now() + timedelta(days=1))
    told = {"Authorization": f"Bearer {made}"}
    for by, status in ((JUMP, 401), (-JUMP, 200)):
        jump(by)
        assert client.get("/v1/pages", headers=told).status_code == status
    jump(timedelta(0))
    assert client.get("/v1/pages", headers=told).status_code == 200
    with store.reading() as connection:
        used = {key.name: key.last_used for key in keys.read(connection)}
    assert abs(used["short"] - now()) < timedelta(hours=1)


@pytest.mark.parametrize("by", [JUMP, -JUMP], ids=["forward", "back"])
def test_a_rate_is_not_of_the_clock(jump, by):
    gate = access.Gate("20/second")
    for _ in range(20):
        gate.pass_through("a")
    jump(by)
    with pytest.raises(Refused, match="через 1 с"):
        gate.pass_through("a")
    time.sleep(0.1)  # two twentieths of a second
    gate.pass_through("a")


def test_callers_who_do_not_come_are_forgotten(monkeypatch):
    monkeypatch.setattr(access, "MOST_CALLERS", 10)
    gate = access.Gate("1000/second")
    for number in range(200):
        gate.pass_through(str(number))
        time.sleep(0.001)
    assert len(gate._full) <= 11
