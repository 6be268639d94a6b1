"""Dashboards of docs/: every query of theirs, put to the service and to PostgreSQL, gives what the panel shows."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from model import Post, Score
from model.score import CHECKLIST
from service.api import create_app
from service.settings import Settings
from service.store import Page, Store, pages

NEWEST = datetime(2026, 3, 12, 12, tzinfo=UTC)
SPAN = {"from": "2026-01-01T00:00:00.000Z", "to": "2026-04-01T00:00:00.000Z"}
DAYS = 20


def load(root, name):
    return json.loads((root / "docs" / f"grafana-{name}.json").read_text(encoding="utf-8"))


def targets(root, name):
    found = [(panel, target) for panel in load(root, name)["panels"] for target in panel["targets"]]
    assert len(found) >= 3
    return found


def put(number, model, usefulness):
    score = Score(*[usefulness] * 8, 0, "event", dict.fromkeys(CHECKLIST, False), "ok", model)
    moment = (NEWEST - timedelta(days=number % DAYS)).isoformat()
    return Post("Пост", "vk", str(number % 2 + 1), f"Страница {number % 2}", None, str(number), moment), score


def fill(store):
    """Two pages, one of no kind; every post scored by two models, the newer a hundred times as kind."""
    with store.writing() as connection:
        pages.describe(connection, [Page(platform="vk", page_id="1", kind="школа", region="Край")])
    for model, usefulness in (("m1", 1.0), ("m2", 90.0)):
        store.add(put(number, model, usefulness) for number in range(40))


@pytest.fixture(scope="module")
def client(scorer, tmp_path_factory):
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('grafana')}/merilo.sqlite3") as store:
        fill(store)
        with TestClient(create_app(Settings(), scorer, store)) as client:
            yield client


@pytest.fixture(scope="module")
def connection(postgres):
    with Store.open(postgres.create()) as store:
        fill(store)
        with store.reading() as connection:
            yield connection


@pytest.mark.parametrize("name", ["infinity", "postgresql"])
def test_a_dashboard_is_whole(root, name):
    told = load(root, name)
    assert len({panel["id"] for panel in told["panels"]}) == len(told["panels"])
    (source,) = told["__inputs"]
    known = {variable["name"] for variable in told["templating"]["list"]}
    for panel in told["panels"]:
        assert panel["datasource"] == {"type": source["pluginId"], "uid": f"${{{source['name']}}}"}
        asked = json.dumps(panel["targets"])
        assert set(re.findall(r"\$\{?([a-z]+)", asked)) <= known


OF_TYPE = {"string": str, "number": (int, float), "timestamp": str}


def test_what_infinity_asks_for(root, client):
    for panel, target in targets(root, "infinity"):
        url = re.sub(r"\$\{__(from|to):date:iso\}", lambda part: SPAN[part[1]], target["url"]).replace("${page}", "1")
        assert "$" not in url
        rows = client.get(url).json()
        assert rows, panel["title"]
        for column in target["columns"]:
            values = [row[column["selector"]] for row in rows]
            assert all(value is None or isinstance(value, OF_TYPE[column["type"]]) for value in values)
            assert any(value is not None for value in values), column
            if column["type"] == "timestamp":
                assert all(datetime.fromisoformat(value) for value in values)


def fit(query, **variables):
    """A query as Grafana sends it."""
    query = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 BETWEEN '{SPAN['from']}' AND '{SPAN['to']}'", query)
    for name, value in variables.items():
        query = query.replace(f"${name}", value)
    assert "$" not in query
    return text(query.replace(":", r"\:"))


def test_what_postgresql_is_asked_for(root, connection):
    told = {variable["name"]: variable["query"] for variable in load(root, "postgresql")["templating"]["list"]}
    kinds = connection.execute(fit(told["kind"])).scalars().all()
    assert set(kinds) == {"школа", "не указан"}
    model = connection.execute(fit(told["model"])).scalars().first()
    assert model == "m2"  # the first is what Grafana chooses
    for panel, target in targets(root, "postgresql"):
        query = fit(target["rawSql"], kind=", ".join(f"'{kind}'" for kind in kinds), model=model)
        rows = connection.execute(query).mappings().all()
        assert rows, panel["title"]
        if target["format"] == "time_series":
            assert all(isinstance(row["time"], datetime) for row in rows)
            moments = [row["time"] for row in rows]
            assert moments == sorted(moments)
            (value,) = rows[0].keys() - {"time", "metric"}
            assert {round(row[value], 6) for row in rows} <= {90.0, 1.0}  # a share of one, or the mean of one model
        else:
            assert {row["Польза"] for row in rows} == {90.0}
    # Each post is counted once, however many models have scored it.
    table = next(target for panel, target in targets(root, "postgresql") if "Постов" in target["rawSql"])
    query = fit(table["rawSql"], kind=", ".join(f"'{kind}'" for kind in kinds), model=model)
    assert sum(row["Постов"] for row in connection.execute(query).mappings()) == 40
