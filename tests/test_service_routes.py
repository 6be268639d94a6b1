"""The service with a store: who may ask what, what is kept, what comes back. Answers are scored by a stand-in model."""

import csv
import io
import json
import logging
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import SkipTest

import pytest
import schemathesis
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from starlette.routing import Mount

from model import Post
from model.score import CHECKLIST, Score
from service import access, judgements
from service.api import ROUTES, create_app
from service.complaint import Complaint
from service.errors import Refused
from service.logs import Lines
from service.settings import Settings
from service.store import Selection, Store, keys, scores
from service.store.moment import now
from training.dataset import read_graded

SECRET = "Секретнейшее слово на улице Садовой"
SCOPES = ("score", "read", "write", "admin")


def score(model="m1", usefulness=50.0):
    return Score(*[usefulness] * 8, 0, "event", dict.fromkeys(CHECKLIST, False), "ok", model)


def post(number, page="1"):
    day = datetime(2026, 3, 2, 7, tzinfo=UTC) + timedelta(days=number)
    return Post(f"{SECRET} {number}", "vk", page, "=Школа", "school", str(number), day.isoformat(), likes=number)


@pytest.fixture
def store(database):
    with Store.open(database, keep_texts=True) as opened:
        yield opened


@pytest.fixture
def file(tmp_path):
    """A store where it does not matter which."""
    with Store.open(f"sqlite:///{tmp_path}/merilo.sqlite3") as opened:
        yield opened


@pytest.fixture
def client(store, scorer):
    with TestClient(create_app(Settings(), scorer, store)) as client:
        yield client


@pytest.fixture
def guarded(file, scorer):
    """A service that asks for keys, and a key of each scope."""
    made = {scope: access.make() for scope in SCOPES}
    with file.writing() as connection:
        for scope, key in made.items():
            keys.add(connection, scope, scope, access.hash_of(key))
    with TestClient(create_app(Settings(keys=True, rate="100000/minute"), scorer, file)) as client:
        yield client, made


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def routes():
    """Every route with the decision that was made on it."""
    for module in ROUTES:
        for route in module.router.routes:
            assert isinstance(route, APIRoute)
            asked = [one.call.need for one in route.dependant.dependencies if hasattr(one.call, "need")]
            for method in route.methods:
                yield method, route.path, asked


def test_no_route_without_a_decision(client):
    decided = {(method, path) for method, path, asked in routes() if asked}
    assert all(len(asked) == 1 for _, _, asked in routes())
    served = set()
    for route in client.app.routes:
        if isinstance(route, Mount):
            assert route.path == "/page"  # what a browser is given before it can ask a person for a key
        elif hasattr(route, "methods") and route.path != "/openapi.json":
            served |= {(method, route.path) for method in route.methods if method != "HEAD"}
    assert set(client.app.openapi()["paths"]) <= {path for _, path in decided}
    assert served <= decided


@pytest.mark.parametrize(("method", "path", "asked"), list(routes()), ids=lambda value: str(value))
def test_every_route_for_every_scope(guarded, method, path, asked):
    client, made = guarded
    (need,) = asked
    known = {"id": "0" * 32, "number": "1", "page": "1", "name": "Карелия"}
    address = re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: known[part[1]], path)
    for scope in (None, *SCOPES):
        headers = bearer(made[scope]) if scope else {}
        status = client.request(method, address, headers=headers).status_code
        if need == "open" or (scope and need in access.GRANTS[scope]):
            assert status not in (401, 403), scope
        else:
            assert status == (403 if scope else 401), scope


def test_store_true_wants_the_right_to_write(guarded, file):
    client, made = guarded
    asked = {"posts": [{"text": SECRET}]}
    answer = client.post("/v1/score?store=true", json=asked, headers=bearer(made["score"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert client.get("/v1/scores", headers=bearer(made["read"])).json() == []
    assert client.post("/v1/score?store=true", json=asked, headers=bearer(made["write"])).json()["stored"] == 1
    assert len(client.get("/v1/scores", headers=bearer(made["read"])).json()) == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/scores?sort=bad", r"sort: нужно по образцу \^-\?\(date\|"),
        ("/v1/scores?limit=0", "limit: нужно не меньше 1"),
        ("/v1/scores?limit=много", "limit: нужно целое число"),
        ("/v1/scores?from=вчера", "from: нужна дата ISO 8601, например"),
        ("/v1/scores?format=xls", "format: подходит json, csv или ndjson"),
        ("/v1/scores?min_usefulness=101", "min_usefulness: нужно не больше 100"),
        ("/v1/scores?region=" + "x" * 201, "region: не больше 200 знаков"),
        ("/v1/pages?norm=0", "norm: нужно не меньше 0.01"),
        ("/v1/pages/1/series?interval=year", "interval: подходит day, week или month"),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(client, path, said):
    answer = client.get(path)
    assert answer.status_code == 422
    assert re.search(said, answer.json()["error"]["message"])


def test_norms_are_those_of_the_rating(file, scorer, tmp_path):
    (tmp_path / "rating.toml").write_text("norm = 4\n[norms]\nschool = 2\n", encoding="utf-8")
    file.add([(post(1), score()), (Post("Пост", "vk", "2"), score())])
    with TestClient(create_app(Settings(rating=str(tmp_path / "rating.toml")), scorer, file)) as client:
        assert [row["norm"] for row in client.get("/v1/pages").json()] == [2, 4]
        assert [row["norm"] for row in client.get("/v1/compare/pages?page=2&page=1").json()] == [4, 2]
        assert [row["norm"] for row in client.get("/v1/pages?norm=7").json()] == [7, 7]


def test_posts_of_a_page_are_forgotten_and_nothing_else(client, store):
    store.add([(post(number, page), score(model)) for page in "12" for number in range(5) for model in ("m1", "m2")])
    client.post("/v1/feedback", json={"text": f"{SECRET} 1", "grade": 4})
    asked = {"platform": "vk", "page_id": "1"}
    before = client.get("/v1/scores").json()
    assert client.delete("/v1/posts", params=asked | {"dry": True}).json() == {"posts": 5, "scores": 10}
    assert client.get("/v1/scores").json() == before
    assert client.delete("/v1/posts", params=asked).json() == {"posts": 5, "scores": 10}
    assert client.delete("/v1/posts", params=asked).json() == {"posts": 0, "scores": 0}
    left = client.get("/v1/scores").json()
    assert left == [row for row in before if row["page_id"] == "2"]
    assert [row["posts"] for row in client.get("/v1/pages").json()] == [0, 5]
    with store.reading() as connection:
        assert judgements.export(connection, lambda row: None).partial == 1
    client.post("/v1/score?store=true", json={"posts": [{"text": SECRET, **asked}]})  # may come again
    assert client.delete("/v1/posts", params=asked).json() == {"posts": 1, "scores": 1}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"platform": "vk", "page_id": "99"}, 404),
        ({"page_id": "1"}, 404),
        ({"platform": "vk\0", "page_id": "1"}, 404),
        ({"platform": "vk"}, 422),
        ({"platform": "vk", "page_id": ""}, 422),
    ],
)
def test_what_is_not_there_cannot_be_forgotten(client, store, asked, status):
    store.add([(post(1), score())])
    assert client.delete("/v1/posts", params=asked).status_code == status
    assert len(client.get("/v1/scores").json()) == 1


def test_a_service_that_is_open_to_all_forgets_by_a_key_alone(file, scorer):
    file.add([(post(1), score())])
    made = {scope: access.make() for scope in SCOPES}
    with file.writing() as connection:
        for scope, key in made.items():
            keys.add(connection, scope, scope, access.hash_of(key))
    asked = {"platform": "vk", "page_id": "1"}
    with TestClient(create_app(Settings(host="0.0.0.0", open=True), scorer, file)) as client:
        refused = client.delete("/v1/posts", params=asked)
        assert (refused.status_code, "merilo forget" in refused.json()["error"]["message"]) == (403, True)
        assert client.delete("/v1/posts", params=asked, headers=bearer(made["read"])).status_code == 403
        assert len(client.get("/v1/scores").json()) == 1
        assert client.delete("/v1/posts", params=asked, headers=bearer(made["write"])).json()["posts"] == 1


def test_a_memory_of_forgotten_posts_is_gone(client, store):
    store.add([(post(number), score()) for number in range(40)])
    draft = {"posts": [{"text": f"{SECRET} завтра", "platform": "vk", "page_id": "1", "date": "2026-06-01"}]}
    assert client.post("/v1/score", json=draft).json()["scores"][0]["memory_posts"] > 0
    client.delete("/v1/posts", params={"platform": "vk", "page_id": "1"})
    assert client.post("/v1/score", json=draft).json()["scores"][0]["memory_posts"] == 0


def test_keys_that_open_nothing(guarded, file):
    client, made = guarded
    with file.writing() as connection:
        keys.revoke(connection, "read")
        late = access.make()
        keys.add(connection, "late", "admin", access.hash_of(late), now() - timedelta(seconds=1))
    for key in (made["read"], late, "", "merilo_" + "x" * 43, made["write"][:-1]):
        answer = client.get("/v1/pages", headers=bearer(key))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_key")
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert not key or key not in answer.text


def test_a_browser_gives_a_key_as_a_password(guarded):
    client, made = guarded
    assert client.get("/v1/pages", auth=("кто угодно", made["read"])).status_code == 200


def test_a_key_is_marked_as_used_and_kept_as_a_hash(guarded, file, tmp_path):
    client, made = guarded
    client.get("/v1/pages", headers=bearer(made["read"]))
    with file.reading() as connection:
        used = {key.name: key.last_used for key in keys.read(connection)}
    assert used["read"] is not None
    assert used["write"] is None
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("merilo.sqlite3*"))
    assert not any(key.encode() in kept for key in made.values())


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "192.168.0.7"}, True),
        ({"host": "merilo.example"}, True),
        ({"host": "0.0.0.0", "open": True}, False),
        ({"keys": True}, True),
    ],
)
def test_where_keys_are_asked_for(file, told, asks):
    settings = Settings(**told)
    assert access.asks_for_key(settings) is asks
    if asks:
        with pytest.raises(Complaint, match="merilo keys add"):
            access.check_bind(settings, file)
        with file.writing() as connection:
            keys.add(connection, "one", "read", "hash")
    access.check_bind(settings, file)


def test_rate_is_limited_by_key_and_by_address(file, scorer):
    with TestClient(create_app(Settings(rate="3/minute"), scorer, file)) as client:
        statuses = [client.get("/v1/hints").status_code for _ in range(4)]
        refused = client.get("/v1/hints")
        assert statuses == [200, 200, 200, 429]
        assert 1 <= int(refused.headers["Retry-After"]) <= 62
        assert client.get("/health/live").status_code == 200


def test_workers_share_a_rate():
    gate = access.Gate("4/minute", workers=2)
    gate.pass_through("a")
    gate.pass_through("a")
    gate.pass_through("b")
    with pytest.raises(Refused):
        gate.pass_through("a")


@pytest.mark.parametrize(("site", "origin", "status"), [
    ("cross-site", "https://evil.example", 403), ("same-site", "https://evil.example", 403),
    ("cross-site", "https://good.example", 200), ("same-origin", "http://testserver", 200), (None, None, 200),
    (None, "https://evil.example", 403), (None, "http://testserver", 200), (None, "https://good.example", 200),
])  # fmt: skip
def test_pages_of_other_sites_change_nothing(file, scorer, site, origin, status):
    headers = {name: told for name, told in (("Sec-Fetch-Site", site), ("Origin", origin)) if told}
    with TestClient(create_app(Settings(cors="https://good.example"), scorer, file)) as client:
        answer = client.post("/v1/score?store=1", json={"posts": [{"text": SECRET}]}, headers=headers)
        assert answer.status_code == status
        assert ("access-control-allow-origin" in answer.headers) is (origin == "https://good.example")
        assert len(client.get("/v1/scores").json()) == (status == 200)


@pytest.mark.parametrize(("settings", "host", "status"), [
    (Settings(), "evil.example:8000", 403), (Settings(), "127.0.0.1:8000", 200), (Settings(), "localhost", 200),
    (Settings(), "[::1]:8000", 200), (Settings(hosts="merilo.lan"), "merilo.lan:8000", 200),
    (Settings(open=True), "evil.example", 200), (Settings(keys=True), "merilo.example", 401),
])  # fmt: skip
def test_where_no_key_is_asked_for_no_other_name_leads_here(file, scorer, settings, host, status):
    """A site whose name leads to this machine all of a sudden would read and delete what the store has."""
    with TestClient(create_app(settings, scorer, file), base_url="http://127.0.0.1:8000") as client:
        answer = client.get("/v1/scores", headers={"Host": host})
        assert answer.status_code == status
        assert status == 200 or answer.json()["error"]["code"] in ("forbidden", "no_key")


def test_without_a_store_it_is_said_so(scorer):
    with TestClient(create_app(Settings(), scorer)) as client:
        for answer in (client.get("/v1/pages"), client.post("/v1/score?store=1", json={"posts": []})):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_store")


def test_a_store_that_is_gone_and_back(client, store, database, request):
    if database.startswith("sqlite"):
        path = Path(store.place)
        leave, come = lambda: path.rename(path.with_suffix(".away")), lambda: path.with_suffix(".away").rename(path)
    else:
        server = request.getfixturevalue("postgres")
        leave, come = server.stop, server.start
    store.add([(post(1), score())])
    leave()
    try:
        asked = {"posts": [{"text": SECRET, "post_id": "9"}]}
        for answer in (client.get("/v1/pages"), client.post("/v1/score?store=1", json=asked)):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_gone")
            assert answer.headers["Retry-After"]
            assert store.place in answer.json()["error"]["message"]
        # What needs no store is answered.
        assert client.get("/health/ready").status_code == 200
        assert "merilo_store_up 0.0" in client.get("/metrics").text
        assert client.post("/v1/score", json={"posts": [{"text": SECRET}]}).status_code == 200
    finally:
        come()
    assert [row["posts"] for row in client.get("/v1/pages").json()] == [1]
    assert client.post("/v1/score?store=1", json=asked).json()["stored"] == 1
    assert len(client.get("/v1/scores").json()) == 2


def read_pages(client):
    assert client.get("/v1/pages").json() == []


def score_one(client):
    assert client.post("/v1/score", json={"posts": [{"text": SECRET}]}).status_code == 200
    assert client.app.state.store is not None  # whose memory may be needed


@pytest.mark.parametrize("ask", [read_pages, score_one])
def test_a_store_that_comes_later_is_found(tmp_path, scorer, monkeypatch, ask):
    (tmp_path / "there").write_text("")
    settings = Settings(store=True, database_url=f"sqlite:///{tmp_path}/there/merilo.sqlite3")
    monkeypatch.setattr("service.storage.PAUSE", 0)
    with TestClient(create_app(settings, scorer)) as client:
        assert client.get("/v1/pages").status_code in (422, 503)
        assert client.post("/v1/score", json={"posts": [{"text": SECRET}]}).status_code == 200
        (tmp_path / "there").unlink()
        ask(client)
    client.app.state.store.close()  # after the intake, which reads from it until the end


FORMS = ["/v1/scores", "/v1/pages", "/v1/pages/1/series", "/v1/pages/1/posts", "/v1/compare/pages?page=1"]


@pytest.mark.parametrize("path", FORMS)
def test_the_same_rows_in_every_form(client, store, path):
    store.add((post(n), score(usefulness=float(n))) for n in range(9))
    mark = "&" if "?" in path else "?"
    rows = client.get(path).json()
    assert rows
    assert not any(isinstance(value, (list, dict)) for row in rows for value in row.values())
    lines = client.get(f"{path}{mark}format=ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = list(csv.DictReader(io.StringIO(client.get(f"{path}{mark}format=csv").text)))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert [row["usefulness"] for row in table] == [str(row["usefulness"]) for row in rows]
    excel = client.get(f"{path}{mark}format=csv&excel=1").content.decode()
    assert excel.startswith("\ufeff")
    assert ";'=Школа;" in excel
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    store.add([(post(99), score())])
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_empty_tables_have_heads(client):
    for path in FORMS[:2]:
        assert client.get(f"{path}?format=csv").text.startswith(("score,", "page,"))


def test_cursors_are_stable_while_rows_arrive(client, store):
    store.add((post(n), score()) for n in range(10))
    first = client.get("/v1/scores?limit=4&sort=-date")
    store.add((post(n), score()) for n in range(50, 53))
    seen, link = [row["post_id"] for row in first.json()], first.headers["Link"]
    while link:
        answer = client.get(link[1 : link.index(">")])
        seen += [row["post_id"] for row in answer.json()]
        link = answer.headers.get("Link")
    assert seen == [str(n) for n in reversed(range(10))]


def test_cursors_end_with_the_rows_and_the_last_one_goes_on(client, store):
    store.add((post(n), score()) for n in range(4))
    first = client.get("/v1/scores?limit=3&sort=scored_at")
    cursor = first.headers["X-Next-Cursor"]
    path = f"/v1/scores?limit=3&sort=scored_at&cursor={cursor}"
    last = client.get(path)
    assert len(last.json()) == 1
    assert not {"X-Next-Cursor", "Link"} & set(last.headers)
    store.add([(post(9), score())])
    assert [row["post_id"] for row in client.get(path).json()] == [last.json()[0]["post_id"], "9"]


@pytest.mark.parametrize(
    ("method", "path", "code", "said"),
    [
        ("GET", "/v1/scores?page_id=777", "unknown_parameter", "page_id здесь нет. Наверное, нужен page,"),
        ("GET", "/v1/scores?since=2026-01-01", "unknown_parameter", "Наверное, нужен from."),
        ("GET", "/v1/pages?kindd=x", "unknown_parameter", "Наверное, нужен kind."),
        ("GET", "/v1/pages?sort=name", "unknown_parameter", "sort здесь нет."),
        ("GET", "/v1/compare/pages?page=1&pages=2", "unknown_parameter", "Наверное, нужен page"),
        ("GET", "/v1/pages/1/series?Секретное слово=1", "unknown_parameter", "с таким именем здесь нет"),
        ("GET", "/v1/scores?limit=5&limit=6", "repeated_parameter", "limit указан несколько раз"),
        ("GET", "/v1/archives?out=csv", "unknown_parameter", "Есть: limit."),
        ("POST", "/v1/archives?stor=false", "unknown_parameter", "Наверное, нужен store."),
        ("DELETE", "/v1/posts?page_id=1&platform=vk&dru=true", "unknown_parameter", "Наверное, нужен dry."),
    ],
)
def test_a_parameter_that_is_none_is_not_passed_by(client, store, method, path, code, said):
    store.add([(post(1), score())])
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert said in answer.json()["error"]["message"]
    assert len(client.get("/v1/scores").json()) == 1


def test_time_that_is_asked_for(client, store):
    store.add((post(n), score()) for n in range(5))  # at 7:00 UTC from the 2nd on

    def days(asked):
        return sorted(int(row["date"][8:10]) for row in client.get(f"/v1/scores?{asked}").json())

    assert days("from=2026-03-04&to=2026-03-04") == [4]
    assert days("from=2026-03-04&to=2026-03-05") == [4, 5]
    assert days("to=2026-03-04T07:00:00Z") == [2, 3]
    assert days("to=9999-12-31") == [2, 3, 4, 5, 6]
    for asked in ("from=2026-03-05&to=2026-03-03", "from=2026-03-05&to=2026-03-04"):
        answer = client.get(f"/v1/pages?{asked}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_span")


@pytest.mark.parametrize("name", ["usefulness", "engagement"])
def test_bounds_that_hold_nothing_are_refused(client, store, name):
    store.add([(post(1), score(usefulness=50.0))])
    answer = client.get(f"/v1/scores?min_{name}=80&max_{name}=20")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_bounds")
    assert len(client.get("/v1/scores?min_usefulness=50&max_usefulness=50").json()) == 1


def test_a_page_without_its_platform_is_the_only_one_of_its_id(client, store):
    draft = {"text": f"{SECRET} завтра", "page_id": "1", "date": "2026-06-01"}
    store.add((post(n), score()) for n in range(40))
    for asked in ({"posts": [draft]}, {"posts": [draft], "explain": True}):
        row = client.post("/v1/score", json=asked).json()["scores"][0]
        assert (row["memory_posts"], row["platform"]) == (40, "vk")
    assert client.post("/v1/explain", json={"post": draft}).json()["score"]["memory_posts"] == 40
    assert client.post("/v1/compare", json={"a": draft, "b": draft}).json()["a"]["memory_posts"] == 40
    assert client.post("/v1/score?store=true", json={"posts": [draft]}).json()["stored"] == 1
    assert [(row["name"], row["posts"]) for row in client.get("/v1/pages").json()] == [("=Школа", 41)]
    store.add([(Post(SECRET, "telegram", "1"), score())])
    for path, asked in (("score", {"posts": [draft]}), ("explain", {"post": draft})):
        answer = client.post(f"/v1/{path}", json=asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "ambiguous_page")
    unknown = {"posts": [draft | {"page_id": "7"}]}
    assert client.post("/v1/score?store=true", json=unknown).json()["stored"] == 1
    assert len(client.get("/v1/pages").json()) == 3


def test_a_browser_is_told_on_a_page_what_a_key_may_not(guarded):
    client, made = guarded
    answer = client.get("/upload", headers=bearer(made["read"]))
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "нужны права write" in answer.text
    asked = client.get("/upload")
    assert (asked.status_code, asked.headers["www-authenticate"][:5]) == (401, "Basic")
    assert "Нужен ключ" in asked.text


def test_conditions_reach_the_store(client, store):
    store.add((post(n, page=str(n % 2)), score(usefulness=10.0 * n)) for n in range(9))
    asked = "/v1/scores?from=2026-03-04&to=2026-03-09T07:00:00Z&min_usefulness=30&max_usefulness=60&page=1&platform=vk"
    told = [(row["post_id"], row["date"], row["zone"]) for row in client.get(asked).json()]
    assert told == [(n, f"2026-03-0{2 + int(n)}T07:00:00Z", None) for n in ("6", "4")]
    assert client.get("/v1/pages?norm=2").json()[0]["of_norm"] == pytest.approx(
        client.get("/v1/pages?norm=4").json()[0]["of_norm"] * 2, abs=1e-3
    )
    worst = client.get("/v1/pages/1/posts?order=worst&limit=2").json()
    assert [row["usefulness"] for row in worst] == [0.0, 20.0]
    assert client.get("/v1/pages/7/posts").status_code == 404
    assert client.get("/v1/compare/pages").status_code == 422
    refused = client.get("/v1/compare/pages?page=1&page=7")
    assert (refused.status_code, "номером 7 " in refused.json()["error"]["message"]) == (404, True)
    order = client.get("/v1/compare/pages?page=2&page=1&interval=month").json()
    assert [row["page"] for row in order] == [2, 1]


def test_large_answers_are_packed(client, store):
    store.add((post(n), score()) for n in range(50))
    assert client.get("/v1/scores").headers["Content-Encoding"] == "gzip"


def test_memory_comes_from_the_store_and_follows_its_counts(client, store):
    draft = {"text": f"{SECRET} завтра", "platform": "vk", "page_id": "1", "date": "2026-06-01"}

    def ask(**more):
        return client.post("/v1/score", json={"posts": [draft, {"text": SECRET}], **more}).json()["scores"]

    assert [row["memory_posts"] for row in ask()] == [0, 0]
    store.add((post(n), score()) for n in range(40))
    mine, other = ask()
    assert mine["memory_posts"] > 0
    assert other["memory_posts"] == 0
    flat = [post(n) for n in range(40)]
    store.add((Post(**{**{f: getattr(p, f) for f in Post.__slots__}, "likes": 500 - p.likes}), score()) for p in flat)
    assert ask()[0]["engagement"] != mine["engagement"]
    assert ask(history=[{"text": "Чужое", "page_id": "x", "date": "2026-01-01", "likes": 1}])[0]["memory_posts"] == 0


def test_what_is_stored_is_what_was_acknowledged(client):
    posts = [{"text": SECRET, "post_id": str(n), "page_id": "1"} for n in range(5)] + [{"text": ""}, 7]
    answer = client.post("/v1/score?store=true", json={"posts": posts}).json()
    assert answer["stored"] == 5
    kept = client.get("/v1/scores").json()
    good = [row for row in answer["scores"] if row["error"] is None]
    assert {row["post_id"]: row["usefulness"] for row in kept} == {row["post_id"]: row["usefulness"] for row in good}
    client.post("/v1/score", json={"posts": [{"text": "Не сохранять", "post_id": "x"}]})
    assert len(client.get("/v1/scores").json()) == 5


def test_feedback_becomes_rows_to_train_on(client, store, tmp_path):
    for said in ({"grade": 4, "type": "alert"}, {"grade": 1}):  # the last word counts
        assert client.post("/v1/feedback", json={"text": SECRET, **said}).status_code == 200
    client.post("/v1/feedback", json={"text": "Без типа", "grade": 2})
    client.post("/v1/feedback", json={"digest": "0" * 64, "grade": 2, "type": "ad"})
    rows = []
    with store.reading() as connection:
        told = judgements.export(connection, rows.append)
    assert (told.written, told.textless, told.partial) == (1, 1, 1)
    path = tmp_path / "grades.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    graded = read_graded(path)
    assert (graded.posts[0].text, graded.grade.tolist()) == (SECRET, [1.0])
    for said in ({"text": SECRET}, {"grade": 1}, {"text": SECRET, "grade": 5}, {"text": "а", "digest": "0" * 64}):
        assert client.post("/v1/feedback", json=said).status_code == 422


# Archives are told of in test_service_intake.
OPERATIONS = [
    (method.upper(), path)
    for path, operations in create_app(Settings()).openapi()["paths"].items()
    for method in operations
    if not path.endswith("/archives") and not path.endswith("/events")
]


@pytest.fixture(scope="module")
def fuzzed(scorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzzed")
    with Store.open(f"sqlite:///{folder}/merilo.sqlite3") as store:
        store.add((post(n), score(usefulness=float(n))) for n in range(30))
        yield create_app(Settings(rate="1000000/second"), scorer, store)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "breaks"])
def test_whatever_fits_or_breaks_the_openapi_is_answered(fuzzed, method, path, mode):
    operation = schemathesis.openapi.from_asgi("/openapi.json", fuzzed)[path][method]
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except BaseException as error:  # there is nothing to break in a request that has nothing
        assert mode is GenerationMode.NEGATIVE, error
        return

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(cases)
    def answered(case):
        case.call_and_validate(checks=[not_a_server_error, status_code_conformance, response_schema_conformance])

    try:
        answered()
    except (Unsatisfiable, SkipTest):
        assert mode is GenerationMode.NEGATIVE


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
POSTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("text", "platform", "page_id", "page_name", "post_id", "date", "likes"), VALUES),
)
BODIES = (
    st.binary(max_size=200)
    | st.builds(json.dumps, st.fixed_dictionaries({"posts": st.lists(POSTS | VALUES, max_size=4)})).map(str.encode)
    | st.builds(json.dumps, VALUES).map(str.encode)
    | st.integers(1, 100_000).map(lambda depth: b'{"posts":' + b"[" * depth)
)


def test_a_thousand_broken_bodies_store_what_was_acknowledged(scorer, tmp_path):
    said = {"stored": 0, "answers": 0}
    with Store.open(f"sqlite:///{tmp_path}/merilo.sqlite3") as store:
        app = create_app(Settings(rate="1000000/second"), scorer, store)
        with TestClient(app, raise_server_exceptions=False) as client:

            @settings(max_examples=1000, deadline=None, derandomize=True, database=None,
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            @given(BODIES)
            def broken(content):
                headers = {"Content-Type": "application/json"}
                answer = client.post("/v1/score?store=true", content=content, headers=headers)
                said["answers"] += 1
                assert answer.status_code in (200, 400, 422), answer.text
                if answer.status_code == 200:
                    told = answer.json()
                    assert told["stored"] == sum(row["error"] is None for row in told["scores"])
                    said["stored"] += told["stored"]

            broken()
        assert said["answers"] >= 900
        with store.reading() as connection:
            kept = scores.read(connection, Selection(), "scored_at", limit=100_000).rows
        assert (said["stored"] > 0) == bool(kept)
        assert len(kept) <= said["stored"]  # the same post twice is one row


def test_metrics(client, scorer):
    client.post("/v1/score", json={"posts": [{"text": SECRET}, {"text": ""}]})
    client.get("/no/such/address")
    told = client.get("/metrics").text
    assert f'merilo_model_info{{id="{scorer.info["id"]}"}} 1.0' in told
    assert 'merilo_post_statuses_total{status="refused"}' in told
    assert 'route="/v1/score",status="200"' in told
    assert 'route="other",status="404"' in told
    assert 'merilo_archives{state="queued"} 0.0' in told
    assert "merilo_store_up 1.0" in told


def test_lines_of_the_log(client, caplog):
    caplog.set_level(logging.INFO, "merilo")
    answer = client.post("/v1/score?x=" + "s" * 9, json={"posts": [{"text": SECRET}]}, headers={"X-Request-Id": "a-1"})
    assert answer.headers["X-Request-Id"] == "a-1"
    odd = client.get("/v1/hints", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"]
    assert len(odd) == 32
    lines = [json.loads(Lines().format(record)) for record in caplog.records if record.name == "merilo"]
    (line,) = [one for one in lines if one.get("request") == "a-1"]
    assert (line["route"], line["status"], line["method"]) == ("/v1/score", 200, "POST")
    assert SECRET not in json.dumps(lines, ensure_ascii=False)
    assert "sssss" not in json.dumps(lines)


def test_a_log_of_an_exception_has_no_message():
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = logging.getLogger("merilo").makeRecord("merilo", 40, "f", 1, "said", (), sys.exc_info())
    line = Lines().format(record)
    assert "ValueError" in line
    assert SECRET not in json.loads(line)["message"]
    assert json.loads(line).keys() == {"time", "level", "message", "exception", "places"}


def test_a_draft_of_a_stored_page_is_personal_without_its_history(client, store):
    """The desk may leave the archive of a page in the store: then a draft names the page, and no more is sent."""
    store.add([(post(number), score()) for number in range(1, 31)])
    named = {"text": f"{SECRET} завтра", "platform": "vk", "page_id": "1"}
    answer = client.post("/v1/explain", json={"post": named}).json()
    assert answer["score"]["memory_posts"] >= 10
    assert len(answer["score"]["neighbours"]) == 3
    assert answer["contributions"]["memory"] != 0
    compared = client.post("/v1/compare", json={"a": named, "b": named}).json()
    assert compared["a"]["engagement"] == answer["score"]["engagement"]
    for unnamed in ({"text": named["text"]}, named | {"page_id": "2"}):
        assert client.post("/v1/explain", json={"post": unnamed}).json()["score"]["memory_posts"] == 0


@pytest.mark.parametrize(("scope", "shown"), [("score", 0), ("write", 3)])
def test_a_key_that_may_not_read_is_shown_no_stored_posts(guarded, file, scope, shown):
    """They have a part in the score; their ids and counts are for those who may read."""
    client, made = guarded
    file.keep_texts = True
    file.add([(post(number), score()) for number in range(1, 31)])
    named = {"text": f"{SECRET} завтра", "platform": "vk", "page_id": "1"}
    told = client.post("/v1/explain", json={"post": named}, headers=bearer(made[scope])).json()["score"]
    assert told["memory_posts"] >= 10
    assert len(told["neighbours"]) == shown
    asked = {"posts": [named], "neighbours": True}
    (row,) = client.post("/v1/score", json=asked, headers=bearer(made[scope])).json()["scores"]
    assert len(row.get("neighbours") or []) == shown


def test_a_history_that_is_sent_goes_before_the_stored_one(client, store):
    store.add([(post(number), score()) for number in range(1, 31)])
    named = {"text": f"{SECRET} завтра", "platform": "vk", "page_id": "1"}
    sent = [{"text": "Концерт", "date": f"2026-03-{day:02}", "likes": 9, "post_id": day} for day in range(1, 15)]
    answer = client.post("/v1/explain", json={"post": named, "history": sent}).json()
    assert answer["score"]["memory_posts"] == 12  # those of the last two days are not ripe


@pytest.mark.parametrize(("keeps", "said"), [(True, "texts"), (False, "scores")])
def test_what_the_store_keeps_is_told(tmp_path, scorer, keeps, said):
    store = Store.open(f"sqlite:///{tmp_path}/merilo.sqlite3", keep_texts=keeps)
    with store, TestClient(create_app(Settings(), scorer, store)) as client:
        assert client.get("/health/ready").json()["store"] == said


def test_a_service_without_a_store_says_so(scorer):
    with TestClient(create_app(Settings(), scorer)) as client:
        assert client.get("/health/ready").json()["store"] == "none"


def test_too_many_at_once_are_told_to_come_again(file, scorer):
    with TestClient(create_app(Settings(max_waiting=1), scorer, file)) as client:
        watch = client.app.middleware_stack.app
        while not hasattr(watch, "_most"):
            watch = watch.app
        watch._now = 1
        answer = client.post("/v1/score", json={"posts": []})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert client.get("/health/ready").status_code == 200


def test_a_model_that_is_damaged_at_reload_keeps_the_old_one(tmp_path, scorer):
    from service.api import reload

    (tmp_path / "manifest.json").write_text("{}")
    with TestClient(create_app(Settings(model=tmp_path), scorer)) as client:
        reload(client.app)
        assert client.get("/health/ready").json()["model"] == scorer.info["id"]
        assert client.app.state.scorer is scorer
