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


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_takes_nothing_from_elsewhere_and_everything_is_there(client, path):
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    elements = Elements(answer.text)
    for address in elements.all("src") + elements.all("href"):
        assert address.startswith("/")
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_needs_nothing_that_its_policy_forbids(client, path):
    elements = Elements(client.get(path).text)
    assert not elements.all("style")
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    assert not [
        tag for tag, attributes in elements.found if tag == "style" or tag == "script" and "src" not in attributes
    ]


@pytest.mark.parametrize("name", ["draft.js", "docs.js"])
def test_a_script_never_turns_text_into_html(name):
    script = (PAGE / name).read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|cookie", script)


def test_elements_that_the_script_fills_are_on_the_page(client):
    ids = Elements(client.get("/").text).all("id")
    asked = re.findall(r'\bat\("([\w-]+)"\)', client.get("/page/draft.js").text)
    assert len(ids) == len(set(ids))
    assert asked
    assert set(asked) <= set(ids)


def test_fields_that_the_script_reads_are_in_the_answer(client):
    script = client.get("/page/draft.js").text
    asked = client.post("/v1/score", json={"posts": [{"text": "Завтра не будет воды"}], "explain": True}).json()
    row = asked["scores"][0]
    used = set(re.findall(r"\b(?:score|found)\.(\w+)", script))
    assert used
    assert used <= row.keys()


def test_the_draft_may_be_as_long_as_a_post(client):
    lengths = [attributes["maxlength"] for tag, attributes in Elements(client.get("/").text).found if tag == "textarea"]
    assert lengths == [str(Settings().max_characters)]


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
