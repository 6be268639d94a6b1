"""HTTP as a program meets it. Texts never come back in errors nor go into logs."""

import gc
import json
import logging
import shutil
import time
import weakref

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from model import PRETRAINED
from model.score import CHECKLIST, STATUSES, TYPES
from service import rows
from service.api import create_app, reload, settle
from service.errors import STATUSES as ERROR_STATUSES
from service.errors import UNUSABLE
from service.guard import HEADERS
from service.schemas import ScoreRow, Status, Type
from service.settings import Settings

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
SECRET = "Секретнейшее слово"


@pytest.fixture(scope="module")
def app(scorer):
    return create_app(Settings(rate="1000000/minute"), scorer)


@pytest.fixture(scope="module")
def client(app):
    with TestClient(app) as client:
        yield client


def ask(client, posts, **more):
    answer = client.post("/v1/score", json={"posts": posts, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["scores"]


def complaint(answer, status):
    """The code of an error answer, whose shape is always the same."""
    assert answer.status_code == status, answer.text
    assert answer.json().keys() == {"error"}
    error = answer.json()["error"]
    assert error.keys() == {"code", "message"}
    assert any("а" <= letter <= "я" for letter in error["message"])
    return error["code"]


def test_an_answer_has_the_model_and_a_row_for_each_post(client, scorer):
    posts = [{"text": OUTAGE, "post_id": 17, "page_id": "dk", "platform": "vk", "date": 1710238500}, {"text": "Привет"}]
    answer = client.post("/v1/score", json={"posts": posts, "explain": False}).json()
    assert list(answer) == ["model", "scores"]
    assert answer["model"] == scorer.info
    assert answer["model"].keys() == {"id", "protocol", "trained_at"}
    assert answer["scores"] == list(rows.score(scorer, posts))
    assert [tuple(row) for row in answer["scores"]] == [rows.COLUMNS] * 2


def test_an_unusable_post_stands_beside_the_good_ones(client):
    texts = [{"text": text} for text in (OUTAGE, "", 5, "ж" * 20_001, "ж" * 20_000)]
    found = ask(client, [*texts, 5, {}])
    codes = [row["error"] and row["error"]["code"] for row in found]
    assert codes == [None, "empty_text", "bad_text", "text_too_long", None, "not_object", "empty_text"]
    assert found[3]["error"]["message"] == "Текст слишком длинный (больше 20000 знаков)"
    assert found[0]["usefulness"] is not None
    assert found[1]["usefulness"] is None


def test_no_posts_are_no_scores(client):
    assert ask(client, []) == []


def test_explanations_are_asked_for_a_few_posts(client):
    many = client.post("/v1/score", json={"posts": [{"text": OUTAGE}] * 21, "explain": True})
    assert complaint(many, 422) == "too_many_posts"


def test_explained_words_stand_in_the_text(client):
    scored, refused = ask(client, [{"text": OUTAGE}, {"text": ""}], explain=True)
    assert scored["words"]
    for word in scored["words"]:
        assert OUTAGE[word["start"] : word["stop"]] == word["text"]
    strength = [max(abs(word["usefulness"]), abs(word["engagement"])) for word in scored["words"]]
    assert strength == sorted(strength, reverse=True)
    assert refused["words"] is None


def test_history_makes_engagement_personal(client):
    history = [
        {"text": f"{OUTAGE} Дом {day}", "page_id": "a", "date": f"2026-03-{day:02}", "likes": day, "comments": 1}
        for day in range(1, 31)
    ]
    posts = [{"text": OUTAGE, "page_id": page, "date": "2026-05-01"} for page in ("a", "b")]
    with_memory = ask(client, posts, history=[*history, {"text": ""}, None])
    assert [bool(row["memory_posts"]) for row in with_memory] == [True, False]
    assert with_memory[1] == ask(client, posts)[1]
    assert with_memory[0]["engagement_general"] == ask(client, posts)[0]["engagement"]


def test_neighbours_are_told_on_demand(client):
    history = [{"text": f"{OUTAGE} Дом {day}", "date": f"2026-03-{day:02}", "likes": day} for day in range(1, 31)]
    posts = [{"text": OUTAGE, "date": "2026-05-01"}, {"text": ""}]
    near, refused = ask(client, posts, history=history, neighbours=True)
    assert [set(one) for one in near["neighbours"]] == [
        {"post_id", "date", "likes", "comments", "reposts", "lift", "likeness"}
    ] * 3
    assert {one["date"][:7] for one in near["neighbours"]} == {"2026-03"}
    assert refused["neighbours"] is None
    assert ask(client, posts, neighbours=True)[0]["neighbours"] == []
    assert "neighbours" not in ask(client, posts, history=history)[0]


POSTS = st.lists(
    st.fixed_dictionaries({"text": st.text(st.characters(codec="utf-8"), max_size=60) | st.none() | st.integers()}),
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(POSTS)
def test_one_by_one_gives_the_same_as_all_at_once(client, posts):
    assert ask(client, posts) == [ask(client, [post])[0] for post in posts]


def test_limits(client):
    post = {"text": "Вода"}
    assert len(ask(client, [post] * 1000)) == 1000
    assert complaint(client.post("/v1/score", json={"posts": [post] * 1001}), 422) == "too_many_posts"
    many = client.post("/v1/score", json={"posts": [post], "history": [post] * 501})
    assert complaint(many, 422) == "too_many_posts"


LIMIT = Settings().max_body


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_may_be_as_large_as_the_limit(client, chunked):
    body = b'{"posts": [{"text": "' + b"a" * (LIMIT - 25) + b'"}]}'
    assert len(body) == LIMIT
    for extra, status in ((b"", 200), (b" ", 413)):
        content = iter([body[:1000], body[1000:], extra]) if chunked else body + extra
        answer = client.post("/v1/score", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == status
        assert status == 200 or complaint(answer, 413) == "body_too_large"


@pytest.mark.parametrize("declared", [str(LIMIT + 1), "9" * 5000])
def test_a_body_that_says_it_is_large_is_not_read(client, declared):
    assert complaint(client.post("/v1/score", content=b"{}", headers={"Content-Length": declared}), 413)


@pytest.mark.parametrize("declared", ["5", "-5", "abc", "²"])
def test_a_body_that_says_it_is_small_and_is_not(client, declared):
    content = b"a" * (LIMIT + 1)
    answer = client.post("/v1/score", content=content, headers={"Content-Length": declared.encode()})
    assert complaint(answer, 413) == "body_too_large"


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"", {422}),
        (b"{", {422}),
        (b"null", {422}),
        (b"[]", {422}),
        (b'"posts"', {422}),
        (b"{}", {422}),
        (b'{"posts": null}', {422}),
        (b'{"posts": {}}', {422}),
        (b'{"posts": "text"}', {422}),
        (b'{"posts": [], "explain": "maybe"}', {422}),
        (b'{"posts": [], "explain": 5}', {422}),
        (b'{"posts": [], "history": 5}', {422}),
        (b'{"posts": [' * 3, {422}),
        (b"[" * 200_000, {400, 422}),
        (b'{"posts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {400, 422}),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {400, 422}),
        ('{"posts": [{"text": "вода"}]}'.encode("cp1251"), {400, 422}),
        (b'{"posts": [{"text": "\xff"}]}', {400, 422}),
        ('{"posts": [{"text": "вода"}]}'.encode("utf-16"), {400, 422, 200}),
        (b'{"posts": ' + b"9" * 10_000 + b"}", {400, 422}),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, bytes) else "",
)
def test_a_body_that_makes_no_sense_is_refused(client, body, statuses):
    answer = client.post("/v1/score", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in statuses
    assert answer.status_code == 200 or complaint(answer, answer.status_code) in ("invalid_request", "bad_request")


@pytest.mark.parametrize(
    ("post", "code"),
    [
        (b'{"text": NaN}', "empty_text"),
        (b'{"text": Infinity}', "bad_text"),
        (b'{"text": "\\ud83d"}', None),
        (b'{"text": "a", "post_id": "\\ude00"}', None),
        (b'{"text": "a", "likes": NaN}', None),
        (b'{"text": "a", "likes": Infinity}', "bad_count"),
        (b'{"text": "a", "likes": 1e400}', "bad_count"),
        (b'{"text": "a", "likes": -1}', "bad_count"),
        (b'{"text": "a", "likes": ' + b"9" * 4000 + b"}", "bad_count"),
        (b'{"text": "a", "post_id": ' + b"9" * 4000 + b"}", "long_id"),
        (b'{"text": "a", "date": ' + b"9" * 400 + b"}", None),
        (b'{"text": "a", "date": Infinity}', None),
        (b'{"text": "a", "date": [1]}', "bad_field"),
        (b'{"text": "a", "page_id": {"a": 1}}', "bad_field"),
        (b'{"text": ' + b"[" * 300 + b"]" * 300 + b"}", "bad_text"),
    ],
    ids=lambda value: repr(value)[:50],
)
@pytest.mark.parametrize("explain", [b"true", b"false"])
def test_a_strange_post_is_scored_or_refused_but_never_fatal(client, post, code, explain):
    body = b'{"posts": [%s, {"text": "a"}], "history": [%s], "explain": %s}' % (post, post, explain)
    answer = client.post("/v1/score", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["scores"]
    assert (first["error"] and first["error"]["code"]) == code
    assert second["error"] is None


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", b"\xff"]
)
def test_a_body_of_another_kind_is_refused(client, kind):
    answer = client.post("/v1/score", content=b'{"posts": []}', headers={"Content-Type": kind})
    assert complaint(answer, 422) == "invalid_request"
    assert "application/json" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/page/nothing.js", 404, "not_found"),
        ("GET", "/page/../api.py", 404, "not_found"),
        ("GET", "/page/%2e%2e/api.py", 404, "not_found"),
        ("GET", "/v1/score", 405, "method_not_allowed"),
        ("DELETE", "/v1/model", 405, "method_not_allowed"),
    ],
)
def test_an_address_that_does_not_exist_is_told_of(client, method, path, status, code):
    assert complaint(client.request(method, path), status) == code


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/page/draft.js", "/health/live", "/v1/score", "/no"])
def test_every_answer_has_the_headers_that_keep_a_draft_here(client, path):
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "server" not in answer.headers


def test_texts_go_neither_into_logs_nor_into_errors(client, caplog):
    caplog.set_level(logging.DEBUG)
    refused = [
        client.post("/v1/score", json={"posts": [{"text": SECRET}], "explain": SECRET}),
        client.post("/v1/score", json={"posts": SECRET}),
        client.post("/v1/score", content=f'{{"posts": "{SECRET}'.encode()),
        client.post("/v1/score", json={"posts": [{"text": SECRET}] * 1001}),
        client.post(f"/v1/score/{SECRET}"),
    ]
    ask(client, [{"text": SECRET}, {"text": [SECRET]}, {"text": SECRET, "likes": SECRET}], explain=True)
    for answer in refused:
        assert SECRET not in answer.json()["error"]["message"]
    for row in ask(client, [{"text": [SECRET]}, SECRET, {"text": SECRET, "likes": SECRET}]):
        assert SECRET not in json.dumps(row, ensure_ascii=False)
    # The client that asks is not the service; it logs the address that it asks.
    told = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [record for record in told if SECRET in record.getMessage()]


def test_a_mistake_of_ours_is_500_and_its_log_has_no_text(app, monkeypatch, caplog):
    def fail(*_, **__):
        raise ValueError(SECRET)

    monkeypatch.setattr(rows, "table", fail)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.post("/v1/score", json={"posts": [{"text": SECRET}]})
    assert complaint(answer, 500) == "internal"
    assert SECRET not in answer.text
    (record,) = [record for record in caplog.records if record.name == "merilo"]
    assert "POST /v1/score: ValueError" in record.getMessage()
    assert "in fail" in record.getMessage()
    assert SECRET not in caplog.text


def test_health(client, scorer):
    assert client.get("/health/live").json()["status"] == "ok"
    assert client.get("/health/ready").json()["model"] == scorer.info["id"]


def test_without_a_model_the_service_lives_and_says_what_to_do(tmp_path):
    with TestClient(create_app(Settings(model=tmp_path))) as client:
        assert client.get("/health/live").status_code == 200
        asked = [client.get("/health/ready"), client.get("/v1/model"), client.post("/v1/score", json={"posts": []})]
        for answer in asked:
            assert complaint(answer, 503) == "model_missing"
            assert "make train" in answer.json()["error"]["message"]


def test_a_model_that_comes_later_is_loaded_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("service.api.AGAIN", 0.01)
    with TestClient(create_app(Settings(model=tmp_path / "later"))) as client:
        assert complaint(client.get("/health/ready"), 503) == "model_missing"
        shutil.copytree(PRETRAINED, tmp_path / "coming")
        (tmp_path / "coming").rename(tmp_path / "later")
        until = time.monotonic() + 60
        while client.get("/health/ready").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_before_it_is_loaded_the_model_is_said_to_be_loading():
    answer = TestClient(create_app(Settings())).get("/health/ready")  # no `with`: the lifespan has not begun
    assert complaint(answer, 503) == "not_ready"


def test_the_model_is_loaded_once_when_the_service_starts(scorer):
    with TestClient(create_app(Settings())) as client:
        assert client.get("/health/ready").json()["model"] == scorer.info["id"]
        assert ask(client, [{"text": OUTAGE}]) == list(rows.score(scorer, [{"text": OUTAGE}]))


def test_the_collector_passes_a_loaded_model_over_and_one_that_was_replaced_is_given_back():
    try:
        with TestClient(create_app(Settings())) as client:
            assert gc.get_freeze_count() > 10_000
            assert ask(client, [{"text": OUTAGE}])
            old = weakref.ref(client.app.state.scorer)
            reload(client.app)
            assert ask(client, [{"text": OUTAGE}])
            settle()
            assert old() is None
    finally:
        gc.unfreeze()


def test_the_card_is_that_of_the_model(client, scorer):
    card = client.get("/v1/model").json()
    assert card["id"] == scorer.info["id"]
    assert card["card"] == (scorer.folder / "card.md").read_text("utf-8")
    assert card["metrics"] == json.loads((scorer.folder / "metrics.json").read_text("utf-8"))


def test_hints_name_whatever_a_row_may_say(client):
    hints = client.get("/v1/hints").json()
    assert tuple(hints["checklist"]) == CHECKLIST
    assert tuple(hints["types"]) == TYPES
    assert tuple(hints["statuses"]) == STATUSES


def test_the_openapi_tells_of_the_fields_and_codes_there_are(app):
    assert tuple(ScoreRow.model_fields) == (*rows.COLUMNS, rows.NEIGHBOURS, "words")
    assert Type.__args__ == TYPES
    assert Status.__args__ == STATUSES
    openapi = app.openapi()
    documented = openapi["paths"]["/v1/score"]["post"]["responses"]
    told = {*ERROR_STATUSES.values(), UNUSABLE} - {
        404,
        500,
    }  # there is nothing to look for, and a mistake is no promise
    assert set(documented) == {"200", "400", *map(str, told)}


def test_examples_of_the_openapi_are_true(app, client):
    openapi = app.openapi()
    for example in openapi["components"]["schemas"]["ScoreRequest"]["examples"]:
        good, bad = ask(client, **example)
        assert good["error"] is None
        assert bad["error"] == {"code": "empty_text", "message": "Нет текста"}
    for operations in openapi["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert answer["content"]["application/json"]["example"]["error"]["message"]


GET = ["/v1/model", "/v1/hints", "/health/live", "/health/ready"]


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", "/v1/score", GenerationMode.POSITIVE),
        ("POST", "/v1/score", GenerationMode.NEGATIVE),
        *(("GET", path, GenerationMode.POSITIVE) for path in GET),
    ],
)
def test_whatever_fits_or_breaks_the_openapi_is_answered(app, method, path, mode):
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]

    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def answered(case):
        case.query = {}  # this service has no store, and `store=true` is told so
        case.call_and_validate(
            checks=[not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
        )

    answered()
