"""Pages of the site over both databases: what they show, against the same counted in plain Python."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from statistics import fmean, median

import pytest
from fastapi.testclient import TestClient

from model import Post, Score
from model.score import CHECKLIST
from service.admission import admit
from service.api import create_app
from service.complaint import Complaint
from service.report.account import NORM, Account
from service.routes import site
from service.settings import Settings
from service.site import rating, region
from service.site.rating import Rules
from service.store import USEFUL, Page, Selection, Store, pages, portrait, regions

REGION = "Озёрный край"
HOSTILE = '<script>alert("ж")</script>'


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory, seed):
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('site')}/merilo.sqlite3"
    else:
        address = request.getfixturevalue("postgres").create()
    with Store.open(address) as opened:
        seed(opened)
        yield opened


@pytest.fixture(scope="module")
def client(store, scorer):
    with TestClient(create_app(Settings(), scorer, store)) as client:
        yield client


@pytest.fixture
def ask(store):
    with store.reading() as connection:
        yield connection


@pytest.fixture
def rows(ask):
    return [dict(row) for row in portrait.read(ask, Selection())]


def see(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ")


@pytest.mark.parametrize("by", regions.CUTS)
def test_cuts_of_a_region(ask, rows, by):
    facts = {row["page_id"]: row for row in pages.read(ask, Selection())}
    expected = defaultdict(list)
    for row in rows:
        page = facts[row["page_id"]]
        name = {"type": row["type"], "page_kind": page["kind"], "municipality": page["municipality"]}[by]
        expected[name].append(row["usefulness"])
    found = {one["name"]: one for one in regions.cuts(ask, Selection(region=REGION))[by]}
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name]["trusted"] == len(values)
        assert found[name]["usefulness"] == pytest.approx(sum(values))
        assert found[name]["useful"] == sum(value >= USEFUL for value in values)


def test_reactions_of_pages(ask, rows):
    told = defaultdict(list)
    for row in rows:
        told[row["page_id"]].append(row["likes"] + row["comments"] + row["reposts"])
    numbers = {row["page"]: row["page_id"] for row in pages.read(ask, Selection())}
    for page, middles in regions.reactions(ask, Selection()).items():
        assert middles["reactions"] == median(told[numbers[page]])


def test_squares_of_pages(ask, rows):
    told = defaultdict(list)
    for row in rows:
        told[row["page_id"]].append(row["usefulness"] ** 2)
    for row in pages.glance(ask, Selection()):
        assert row["squares"] == pytest.approx(sum(told[row["page_id"]]))


def test_the_pulls_of_a_region_sum_up_to_nothing(ask):
    found = region.read(ask, Selection(region=REGION), Rules(), portrait.reach(ask, Selection())[1])
    assert found.mean == pytest.approx(fmean(row.mean for row in found.cuts["type"] for _ in range(row.posts)))
    for shares in found.cuts.values():
        assert sum(share.pull for share in shares) == pytest.approx(0, abs=1e-9)
        assert [share.pull for share in shares] == sorted(share.pull for share in shares)


def test_who_improved_and_who_fell_silent(ask):
    found = region.read(ask, Selection(region=REGION), Rules(), portrait.reach(ask, Selection())[1])
    assert [change.page["page_id"] for change in found.better] == ["9003"]
    assert found.worse == []
    assert [row["page_id"] for row in found.silent] == ["9006"]


def test_a_portrait_is_the_account_of_its_posts(client, ask, rows):
    number = pages.find(ask, "vk", "9003")["page"]
    account = Account()
    for row in rows:
        if row["page_id"] == "9003":
            account.add(row)
    text = see(client, f"/pages/{number}?weeks=0")
    assert f"{account.posts} постов" in text
    assert f"Средняя польза — {account.total.mean():.0f} из 100" in text
    assert "Asia/Novosibirsk" in text
    for name in ("Сколько постов какой пользы", "О чём пишут", "Когда публикуют", "Самые полезные", "Постов в неделю"):
        assert name in text


def test_the_table_of_pages_is_sought_filtered_and_sorted(client):
    assert see(client, "/pages").count("№ ") >= 16
    assert "3 страницы" not in see(client, "/pages?q=школа")
    schools = see(client, "/pages?kind=школа&sort=name")
    assert "4 страницы" in schools
    assert schools.index("Школа № 1 ") < schools.index("Школа № 13") < schools.index("Школа № 5")
    assert see(client, "/pages?q=ШКОЛА № 13").count("Школа № 13") >= 1
    assert "Таких страниц нет" in see(client, "/pages?q=такой нет")
    best = re.findall(r"/pages/(\d+)", client.get("/pages?sort=-usefulness").text)
    worst = re.findall(r"/pages/(\d+)", client.get("/pages?sort=usefulness").text)
    assert best == worst[::-1]
    assert see(client, "/pages?sort=%27; drop table") == see(client, "/pages")


def test_pages_side_by_side(client, ask):
    numbers = [row["page"] for row in pages.read(ask, Selection())][:6]
    text = see(client, "/compare?" + "&".join(f"page={number}" for number in numbers[:5]))
    assert "Медиана пользы" in text
    assert "от двух до 5 страниц" in see(client, "/compare?" + "&".join(f"page={number}" for number in numbers), 404)
    assert "от двух до 5 страниц" in see(client, f"/compare?page={numbers[0]}", 404)
    assert "хранилище" in see(client, "/compare?page=99998&page=99999", 404)


def test_a_region_with_its_rating(client):
    assert REGION in see(client, "/regions")
    text = see(client, f"/regions/{REGION}")
    for name in (
        *rating.NAMES.values(),
        "допущение",
        "не известно, архив не говорит",
        "Библиотека № 6",
        "Стали полезнее",
    ):
        assert name in text
    assert "нет" in see(client, "/regions/Другой край", 404)


@pytest.mark.parametrize(
    "path", ["/pages/99999", "/pages/0", "/pages/слово", f"/pages/{2**70}", "/pages?weeks=-1", "/compare", "/regions/x"]
)
def test_what_is_not_there_is_told_on_a_page(client, path):
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert "Не получилось" in answer.text


@pytest.mark.parametrize("path", ["/pages", "/pages/1", "/regions", f"/regions/{REGION}", "/upload"])
def test_pages_run_nothing_but_files_of_this_server(client, path):
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert not re.findall(r"<[^>]+\s(?:style|on\w+)=", answer.text)
    assert not re.findall(r"<style|<script(?![^>]*(?:src=|application/json))", answer.text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert address.startswith(("/", "?", "https://vk.com/wall-")), address
    for address in re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]+)"', answer.text):
        assert client.get(address).status_code == 200, address


def test_without_a_store_a_page_says_what_to_do(scorer):
    with TestClient(create_app(Settings(), scorer)) as client:
        assert "хранилища" in see(client, "/pages", 503)
        assert see(client, "/upload")


def test_nothing_that_the_store_holds_becomes_markup(database, scorer):
    with Store.open(database, keep_texts=True) as store:
        with store.writing() as connection:
            pages.describe(
                connection, [Page(platform="vk", page_id="1", name=HOSTILE, kind=HOSTILE, region=HOSTILE, zone=HOSTILE)]
            )
        store.add((make_post(number), make_score()) for number in range(30))
        with TestClient(create_app(Settings(), scorer, store)) as client:
            for path in ("/pages", "/pages/1", "/regions", "/regions/" + HOSTILE.replace("/", "%2F")):
                answer = client.get(path)
                assert answer.status_code == 200
                assert "<script>alert" not in answer.text
                assert "alert" in answer.text
            assert "<script>alert" not in client.get("/pages", params={"q": HOSTILE}).text


def make_post(number):
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)
    return Post(HOSTILE, platform="vk", page_id="1", post_id=str(number), date=moment.isoformat())


def make_score():
    return Score(
        usefulness=50.0, usefulness_low=40.0, usefulness_high=60.0, engagement=50.0, engagement_likes=50.0,
        engagement_comments=50.0, engagement_reposts=50.0, engagement_general=50.0, memory_posts=0, type="event",
        checklist=dict.fromkeys(CHECKLIST, True), status="ok", model="m1",
    )  # fmt: skip


def test_one_date_in_the_future_spoils_no_page(database, scorer):
    with Store.open(database) as store, TestClient(create_app(Settings(), scorer, store)) as client:
        with store.writing() as connection:
            pages.describe(connection, [Page(platform="vk", page_id=name, region="Край") for name in ("1", "2")])
        store.add(
            (replace(make_post(number), page_id=name), make_score()) for number in range(30) for name in ("1", "2")
        )
        paths = ("/pages", "/pages/1", "/pages/2?weeks=0", "/compare?page=1&page=2", "/regions/Край")
        before = [see(client, path) for path in paths]
        slip = replace(make_post(99), page_id="2", date="2062-03-01T10:00:00+00:00")
        store.add([(slip, make_score())])
        for path, was in zip(paths, before, strict=True):
            text = see(client, path)
            assert ("У 1 поста дата в будущем" in text) == (path != "/pages/1"), path
            if "weeks=0" not in path:  # all the time has it, with its score
                said = "У 1 поста дата в будущем: в сроки и ритм такие посты не входят."
                assert text.replace(said, "").split() == was.split(), path


def test_an_empty_store_says_how_to_fill_it(database, scorer):
    with Store.open(database) as store, TestClient(create_app(Settings(), scorer, store)) as client:
        assert "Загрузите архив" in see(client, "/pages")
        assert "регион" in see(client, "/regions")


def test_the_policy_differs_from_the_usual_one_in_two_things():
    from service.guard import HEADERS

    usual = set(HEADERS["Content-Security-Policy"].split("; "))
    assert set(site.POLICY.split("; ")) - usual == {"img-src 'self' data: blob:", "form-action 'self'"}


RULES = """
norm = 5
weeks = 8
[weights]
usefulness = 3
freshness = 1
[norms]
"школа" = 2
"""


@pytest.mark.parametrize("name", ["rating.toml", "rating.json"])
def test_rules_of_the_operator(tmp_path, name):
    path = tmp_path / name
    path.write_text(RULES if name.endswith("toml") else '{"norm": 5, "weeks": 8, "weights": {"usefulness": 3, '
                    '"freshness": 1}, "norms": {"школа": 2}}', encoding="utf-8")  # fmt: skip
    rules = rating.read(str(path))
    assert (rules.norm_of("школа"), rules.norm_of("музей"), rules.norm_of(None), rules.weeks) == (2, 5, 5, 8)
    assert {name for name, weight in rules.weights.items() if weight} == {"usefulness", "freshness"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("norm = ", "не разбирается"),
        ("noorm = 3", "могут быть только"),
        ("norm = 0", "больше нуля"),
        ("norm = nan", "больше нуля"),
        ("norm = true", "больше нуля"),
        ("weeks = 1.5", "целые"),
        ("weights = 1", "таблица чисел"),
        ("[weights]\nlikes = 1", "веса бывают у"),
        ("[weights]\nusefulness = -1", "таблица чисел"),
        ("[weights]\nusefulness = 0", "хотя бы один вес"),
        ("[norms]\nшкола = 0", "не разбирается"),
        ('[norms]\n"школа" = 0', "все нормы"),
    ],
)
def test_rules_that_cannot_be_used(tmp_path, text, said):
    path = tmp_path / "rating.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Complaint, match=said):
        rating.read(str(path))


def test_rules_that_are_not_there(tmp_path):
    with pytest.raises(Complaint, match="такого файла нет"):
        rating.read(str(tmp_path / "rating.toml"))


def test_the_norm_is_that_of_the_settings(tmp_path):
    assert Settings().norm == NORM == Rules().norm
    path = tmp_path / "rating.toml"
    path.write_text("weeks = 8", encoding="utf-8")
    assert rating.read(str(path), 7).norm == rating.read("", 7).norm == 7


def inputs(**values):
    return {name: rating.Input(values.get(name), "") for name in rating.NAMES}


def test_points_are_a_weighted_mean_of_what_is_known():
    rules = Rules(weights=dict.fromkeys(rating.NAMES, 0.0) | {"usefulness": 3.0, "norm": 1.0})
    (place,) = rating.rank(rules, [({"page": 1}, inputs(usefulness=0.5, norm=1.0, reach=0.0))])
    assert place.points == 62.5
    (place,) = rating.rank(rules, [({"page": 1}, inputs(norm=1.0))])
    assert place.points == 100


def test_equal_points_share_a_place_and_the_best_quarter_is_the_goal():
    told = [({"page": number}, inputs(usefulness=value, norm=0.5)) for number, value in enumerate((0.2, 0.8, 0.8, 0.4))]
    places = rating.rank(Rules(), told)
    assert [(one.page["page"], one.place) for one in places] == [(1, 1), (2, 1), (3, 3), (0, 4)]
    assert places[0].moves == []
    assert places[0].strong == ["norm", "usefulness"]
    assert places[-1].moves == [("usefulness", pytest.approx(30))]


PAGE = {
    "kind": None, "posts": 40, "posts_per_week": 2.5, "types": {"report": 0.25, "event": 0.75}, "usefulness": 40.0,
}  # fmt: skip


def test_what_a_page_is_weighed_by():
    past, now = {"views": 200.0, "reactions": 0.0}, {"views": 100.0, "reactions": 5.0}
    found = rating.weigh(Rules(), PAGE, 7, past, now, {"photo": 20, "poll": 20})
    assert {name: told.value and round(told.value, 3) for name, told in found.items()} == {
        "norm": 0.5,
        "freshness": 0.5,
        "reach": 0.25,
        "reactions": None,
        "usefulness": 0.4,
        "self_reports": 0.75,
        "variety": 0.351,
        "forms": 0.667,
    }


@pytest.mark.parametrize(
    ("forms", "value", "said"),
    [
        ({}, None, "не говорит"),
        ({"photo": rating.LEAST - 1}, None, "не говорит"),
        ({"photo": 40}, 0.333, "на деле 1,0 из 3: фото 100 %"),
        ({"photo": 15, "clip": 5}, 0.585, "фото 75 %, короткое видео 25 %; известно у 20 из 40"),
        (dict.fromkeys(("photo", "poll", "text", "link"), 10), 1.0, "на деле 4,0 из 3"),
    ],
)
def test_variety_of_forms_is_of_posts_whose_form_is_known(forms, value, said):
    found = rating.weigh(Rules(), PAGE, 7, {}, {}, forms)["forms"]
    assert (found.value and round(found.value, 3)) == value
    assert said in found.said.replace("\u00a0", " ")


def test_forms_that_are_told_count_in_the_rating(database, scorer):
    """A page of nothing but pictures, one of many forms, one that told none: counted, praised, left out in words."""
    forms = {"1": ["photo"], "2": ["photo", "poll", "clip", "text"], "3": [None]}
    with Store.open(database) as store:
        for page, told in forms.items():
            rows = (
                admit({"text": f"Пост {n}", "platform": "vk", "page_id": page, "post_id": n, "date": 1_770_000_000 + n,
                       "form": told[n % len(told)]})
                for n in range(20)
            )  # fmt: skip
            store.add((post, make_score()) for post in rows)
        with store.writing() as connection:
            pages.describe(connection, [Page(platform="vk", page_id=page, region="Край") for page in forms])
        with store.reading() as connection:
            assert regions.forms(connection, Selection(region="Край")) == {
                1: {"photo": 20}, 2: {"poll": 5, "clip": 5, "photo": 5, "text": 5}, 3: {},
            }  # fmt: skip
            found = region.read(
                connection, Selection(region="Край"), Rules(), portrait.reach(connection, Selection())[1]
            )
        inputs = {place.page["page_id"]: place.inputs["forms"].value for place in found.places}
        assert inputs == {"1": pytest.approx(1 / 3), "2": 1.0, "3": None}
        # The same posts again, by an archive that does not tell: what was known stays.
        store.add([(Post("Пост 0", platform="vk", page_id="1", post_id="0"), make_score())])
        with store.reading() as connection:
            assert regions.forms(connection, Selection(region="Край"))[1] == {"photo": 20}
        with TestClient(create_app(Settings(), scorer, store)) as client:
            said = see(client, "/regions/Край")
            assert "фото 100 %" in said
            assert "архив не говорит" in said
            rows = client.get("/v1/scores", params={"page": 2, "limit": 4}).json()
            assert {row["form"] for row in rows} == {"photo", "poll", "clip", "text"}
