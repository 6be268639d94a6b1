"""The page for drafts: what it asks of the service is there, and it shows what comes back."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from model.score import CHECKLIST, STATUSES, TYPES
from service.api import create_app
from service.hints import CHECKLIST_HINTS, STATUS_NAMES, TYPE_NAMES
from service.routes.front import PAGE
from service.settings import Settings


@pytest.fixture(scope="module")
def client(scorer):
    with TestClient(create_app(Settings(), scorer)) as client:
        yield client


class Elements(HTMLParser):
    """Every element of a page: its name and attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, attribute):
        return [attributes[attribute] for _, attributes in self.found if attribute in attributes]


@pytest.mark.parametrize("path", ["/", "/how", "/docs"])
def test_a_page_takes_nothing_from_elsewhere_and_everything_is_there(client, path):
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    elements = Elements(answer.text)
    for address in elements.all("src") + elements.all("href"):
        assert address.startswith(("/", "#"))
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("path", ["/", "/how", "/docs"])
def test_a_page_needs_nothing_that_its_policy_forbids(client, path):
    elements = Elements(client.get(path).text)
    assert not elements.all("style")
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    assert not [
        tag for tag, attributes in elements.found if tag == "style" or tag == "script" and "src" not in attributes
    ]


SCRIPTS = sorted(path.name for path in PAGE.glob("*.js"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_never_turns_text_into_html_nor_keeps_it(name):
    script = (PAGE / name).read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|cookie", script)
    assert name == "own.js" or "indexedDB" not in script  # the archive of one's own page, if asked for


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_asks_this_server_only(name):
    script = (PAGE / name).read_text("utf-8")
    assert not re.search(r"(?:https?:)?//[a-z]+\.[a-z]", script.replace("http://www.w3.org/2000/svg", ""))


DESK = ("desk", "draft", "marks", "scores", "versions", "own")


@pytest.mark.parametrize(("path", "names"), [("/", DESK), ("/how", ("how",))])
def test_elements_that_a_script_fills_are_on_its_page(client, path, names):
    ids = Elements(client.get(path).text).all("id")
    assert len(ids) == len(set(ids))
    for name in names:
        asked = re.findall(r'\bat\("([\w-]+)"\)', client.get(f"/page/{name}.js").text)
        assert asked
        assert set(asked) <= set(ids)


def test_fields_that_the_scripts_read_are_in_the_answer(client):
    answer = client.post("/v1/explain", json={"post": {"text": "Завтра не будет воды"}}).json()
    for name in ("scores", "marks", "desk"):
        script = client.get(f"/page/{name}.js").text
        assert set(re.findall(r"\bscore\.(\w+)", script)) <= answer["score"].keys()
        assert set(re.findall(r"\banswer\.(\w+)", script)) <= answer.keys()


def test_examples_are_drafts(client):
    for example in client.get("/page/examples.json").json():
        assert example["name"]
        assert client.post("/v1/explain", json={"post": {"text": example["text"]}}).status_code == 200


def test_the_draft_may_be_as_long_as_a_post(client):
    lengths = [attributes["data-most"] for tag, attributes in Elements(client.get("/").text).found if tag == "textarea"]
    assert lengths == [str(Settings().max_characters)] * 2


@pytest.mark.parametrize(
    ("names", "texts"), [(CHECKLIST, CHECKLIST_HINTS), (TYPES, TYPE_NAMES), (STATUSES, STATUS_NAMES)]
)
def test_whatever_a_score_may_say_has_russian_words(names, texts):
    assert tuple(texts) == names
    for text in texts.values():
        for words in (text,) if isinstance(text, str) else (text.name, text.missing):
            assert re.search("[а-яё]", words)


@pytest.fixture(scope="module")
def chromium():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("there is no chromium")
    return found


def test_a_browser_runs_the_page(chromium, tmp_path, served):
    """Headless: the reference page is drawn by its script from the OpenAPI, under the policy of the headers."""
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    done = subprocess.run(
        [*command, "--virtual-time-budget=10000", "--dump-dom", f"http://{served}/docs"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "POST /v1/score" in done.stdout
