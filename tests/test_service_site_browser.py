"""Pages of the site in a real browser: they are drawn under their policy, usable by all, and fit a phone.

`MERILO_SHOTS=docs/pages` writes the screenshots of the documentation anew.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from service.store import Store

SHOTS = os.environ.get("MERILO_SHOTS")
REGION = "/regions/" + quote("Озёрный край")
PATHS = {
    "pages": "/pages",
    "page": "/pages/3",
    "compare": "/compare?page=1&page=4&page=8",
    "regions": "/regions",
    "region": REGION,
    "upload": "/upload",
    "absent": "/pages/999",
}

# A page may wait for other work of a busy machine, never for a network.
PATIENCE = 120_000


@pytest.fixture(scope="module")
def address(tmp_path_factory, seed, browser):
    folder = tmp_path_factory.mktemp("service")
    database = f"sqlite:///{folder}/merilo.sqlite3"
    with Store.open(database) as store:
        seed(store)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [Path(sys.executable).parent / "merilo", "serve", "--port", str(port)],
        env=os.environ | {"MERILO_DATABASE_URL": database, "MERILO_ARCHIVES": str(folder / "archives")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(1200):
            assert process.poll() is None, "merilo serve has ended"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        else:
            pytest.fail("merilo serve is not ready after two minutes")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


class Tab:
    """A tab that remembers what went wrong in it and what it asked for."""

    def __init__(self, browser, width=1100, scheme="light"):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def go(self, address):
        answer = self.page.goto(address)
        self.page.wait_for_function("!document.querySelector('.plot:not(:has(.main-svg))')")
        return answer.status


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_a_page_is_usable_by_all(browser, address, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with Tab(browser, 1100 if scheme == "light" else 360, scheme) as tab:
        status = tab.go(address + PATHS[name])
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for details in tab.page.locator("details").all():
            details.evaluate("element => element.open = true")
        found = Axe().run(tab.page)
        assert found.violations_count == 0, found.generate_report()
        assert [said for said in tab.said if status == 200] == []
        assert {re.match(r"data:|blob:|https?://[^/]+", asked)[0] for asked in tab.asked} <= {address, "data:", "blob:"}


def test_charts_can_be_taken(browser, address, tmp_path):
    with Tab(browser) as tab:
        tab.go(address + "/pages/3")
        chart = tab.page.locator("figure.chart").first
        with tab.page.expect_download() as told:
            chart.get_by_text("Скачать PNG").click()
        told.value.save_as(tmp_path / "a.png")
        with tab.page.expect_download() as told:
            chart.get_by_text("Скачать CSV").click()
        told.value.save_as(tmp_path / "a.csv")
        assert tab.said == []
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "Месяц;Постов;Польза;Отклик"
    assert re.fullmatch(r"авг 2025;\d+;\d+,\d;50,0", lines[1])


def test_two_to_five_pages_can_be_chosen(browser, address):
    with Tab(browser) as tab:
        tab.go(address + "/pages")
        boxes, button = tab.page.locator("input[name=page]"), tab.page.get_by_text("Сравнить выбранные")
        assert button.is_disabled()
        for number in range(5):
            boxes.nth(number).check()
        assert boxes.nth(5).is_disabled()
        button.click()
        tab.page.wait_for_selector("h1:has-text('Сравнение страниц')")
        assert tab.page.locator("thead th a").count() >= 5
        assert tab.said == []


def test_the_table_is_filtered_by_its_form(browser, address):
    with Tab(browser) as tab:
        tab.go(address + "/pages")
        tab.page.get_by_label("Название").fill("школа № 1")
        tab.page.get_by_text("Показать").click()
        tab.page.wait_for_selector("text=2 страницы")
        assert tab.page.locator("tbody tr").count() == 2
        assert tab.said == []


def test_an_archive_is_sent_and_its_result_fetched(browser, address, root, tmp_path):
    with Tab(browser) as tab:
        tab.go(address + "/upload")
        tab.page.get_by_label("Файл архива").set_input_files(root / "service" / "sample" / "wall.json")
        tab.page.get_by_label("Результат").select_option("csv")
        tab.page.get_by_text("Загрузить и оценить").click()
        tab.page.wait_for_selector("#result:visible")
        assert "отклонено: 0, сохранено: 213" in tab.page.locator("#count").inner_text().replace("\u00a0", " ")
        with tab.page.expect_download() as told:
            tab.page.locator("#result").click()
        told.value.save_as(tmp_path / "a.csv")
        assert tab.said == []
        tab.go(address + "/pages?q=Библиотека села&weeks=0")
        assert tab.page.locator("tbody tr").count() == 1
    assert len((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) > 213


def test_files_inside_an_archive_that_are_passed_by_are_told_of(browser, address, root, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        package.write(root / "service" / "sample" / "wall.json", "wall.json")
        package.writestr("<b>пусто.csv", "")
    with Tab(browser) as tab:
        tab.go(address + "/upload")
        tab.page.get_by_label("Файл архива").set_input_files(tmp_path / "a.zip")
        tab.page.get_by_text("Загрузить и оценить").click()
        tab.page.wait_for_selector("#result:visible")
        tab.page.get_by_text("Не прочитано файлов внутри архива: 1").click()
        assert tab.page.locator("#skipped li").inner_text() == "<b>пусто.csv: пуст: в нём нет ни одной записи."
        assert tab.said == []


def test_a_file_that_is_no_archive_is_told_of(browser, address, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 nothing")
    with Tab(browser) as tab:
        tab.go(address + "/upload")
        tab.page.get_by_label("Файл архива").set_input_files(tmp_path / "a.pdf")
        tab.page.get_by_text("Загрузить и оценить").click()
        tab.page.wait_for_selector("#problem:visible")
        assert re.search("PDF", tab.page.locator("#problem").inner_text())
        assert tab.page.get_by_text("Загрузить и оценить").is_enabled()


@pytest.mark.skipif(not SHOTS, reason="screenshots are written where MERILO_SHOTS names a folder")
@pytest.mark.parametrize(("name", "width"), [("pages", 1000), ("page", 1000), ("region", 1000), ("compare", 360)])
def test_screenshots(browser, address, name, width):
    with Tab(browser, width) as tab:
        tab.go(address + PATHS[name])
        mark = "const p = document.createElement('p'); p.textContent = 'Данные вымышлены'; p.className = 'note';"
        tab.page.evaluate(f"() => {{ {mark} document.querySelector('header').append(p); }}")
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        tab.page.screenshot(path=f"{SHOTS}/{name}.png")
