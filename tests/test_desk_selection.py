"""The bookmark and the extension in a real Chromium: what is selected on a page where one writes opens in the desk."""

import time
from pathlib import Path

import pytest

EXTENSION = Path(__file__).parents[1] / "service" / "extension"
ELSEWHERE = "http://elsewhere.test/"
PAGE = """<!doctype html><meta charset="utf-8"><title>Чужая страница</title>
<p id="told">Завтра не будет воды<br>на улице Садовой 🎉</p>
<textarea id="field">Начало. Приём ведёт терапевт.</textarea><input id="secret" type="password" value="тайна">
<div id="rich" contenteditable="true">Концерт в субботу в 18:00</div>"""

# Where one writes → what must come into the desk: a selection, a part of a field, a field as a whole, never a password.
SELECTED = {
    "selection": (
        "getSelection().selectAllChildren(document.getElementById('told'))",
        "Завтра не будет воды\nна улице Садовой 🎉",
    ),
    "part of a field": ("field.focus(); field.setSelectionRange(8, 29)", "Приём ведёт терапевт."),
    "field": ("field.focus(); field.setSelectionRange(0, 0)", "Начало. Приём ведёт терапевт."),
    "rich field": ("rich.focus()", "Концерт в субботу в 18:00"),
    "password": ("secret.focus()", ""),
    "part of a password": ("secret.focus(); secret.setSelectionRange(0, 3)", ""),
    "all of a password": ("secret.select()", ""),
}
cases = pytest.mark.parametrize(("select", "text"), SELECTED.values(), ids=SELECTED)


def elsewhere(context):
    """A page of another site."""
    page = context.new_page()
    page.route(ELSEWHERE, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(ELSEWHERE)
    return page


def drafted(page):
    """The draft of a desk that has started. Asked from outside: a page in the background draws no frames to wait by."""
    end = time.monotonic() + 60
    while not page.evaluate("document.querySelector('#examples button') !== null"):
        assert time.monotonic() < end, page.url
        page.wait_for_timeout(50)
    return page.input_value("#draft")


@cases
def test_the_bookmark_opens_what_is_selected(browser, served, select, text):
    context = browser.new_context()
    try:
        desk = context.new_page()
        desk.goto(f"http://{served}/")
        desk.wait_for_selector("#examples button")
        bookmark = desk.get_attribute("#bookmarklet", "href")
        page = elsewhere(context)
        page.evaluate(select)
        with context.expect_page() as opened:
            page.evaluate(bookmark.removeprefix("javascript:"))
        assert drafted(opened.value) == text
    finally:
        context.close()


@pytest.fixture(scope="module")
def extended(browser, chromium, tmp_path_factory):
    """A Chromium with the extension loaded unpacked, as a person does; and its id."""
    arguments = [f"--disable-extensions-except={EXTENSION}", f"--load-extension={EXTENSION}"]
    arguments += ["--headless=new", "--enable-unsafe-extension-debugging"]  # the old headless mode knows no extensions
    context = browser.browser_type.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=chromium["executable_path"],
        args=[*chromium["args"], *arguments],
        headless=False,
        ignore_default_args=["--disable-extensions"],
    )
    try:
        worker = next(iter(context.service_workers), None) or context.wait_for_event("serviceworker", timeout=60_000)
        yield context, worker.url.split("/")[2]
    finally:
        context.close()


def press(context, page, extension):
    """Press the button of the extension; the page that it opens.

    Only a press gives it the page (activeTab), no script can. Pressed before the browser has settled the page, it is
    given nothing, which no person is quick enough to meet: the press that counts is one after it was given the page.
    """
    browser = context.browser.new_browser_cdp_session()
    tabs = browser.send("Target.getTargets", {"filter": [{"type": "tab"}]})["targetInfos"]
    tab = next(one["targetId"] for one in tabs if one["url"] == page.url)
    settled = False
    for _ in range(10):
        with context.expect_page() as opened:
            browser.send("Extensions.triggerAction", {"id": extension, "targetId": tab})
        if settled:
            return opened.value
        settled = context.service_workers[-1].evaluate(GIVEN)
        opened.value.close()
    raise AssertionError("the extension was never given the page")


# Whether the extension may read some page.
GIVEN = """async () => {
  const read = (tab) => chrome.scripting.executeScript({ target: { tabId: tab.id }, func: () => document.title });
  return Promise.any((await chrome.tabs.query({})).map(read)).then(() => true, () => false);
}"""


@cases
def test_the_extension_opens_what_is_selected(extended, served, select, text):
    context, extension = extended
    options = context.new_page()
    options.goto(f"chrome-extension://{extension}/options.html")
    options.fill("#address", f"http://{served}/what/ever")
    options.click("button")
    options.wait_for_selector("text=Сохранено")
    assert options.input_value("#address") == f"http://{served}"
    options.close()
    page = elsewhere(context)
    page.evaluate(select)
    desk = press(context, page, extension)
    assert drafted(desk) == text
    assert desk.url.startswith(f"http://{served}/")
    desk.close()
    page.close()


def test_the_extension_refuses_what_is_no_server(extended):
    context, extension = extended
    options = context.new_page()
    options.goto(f"chrome-extension://{extension}/options.html")
    options.fill("#address", "ftp://example.ru")
    options.click("button")
    options.wait_for_selector("text=Нужен адрес")
    options.close()
