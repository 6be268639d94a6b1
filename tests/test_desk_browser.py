"""The draft desk in Debian's Chromium: typed in, mended, compared, by keyboard, on a phone, with the server gone."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

SHOTS = os.environ.get("MERILO_SHOTS")  # a folder to put screenshots of each state into, see docs/desk.md

VAGUE = "Уважаемые жители! Сообщаем, что в целях безопасности 12 мая в районном ДК состоится концерт!!!"
OUTAGE = "Завтра, 12 марта, с 9:00 до 17:00 на улице Садовой не будет воды: меняют трубу. Диспетчер: 5-12-34."
ENGLISH = "This post is written in English, all of it, from the first word to the last one."


@pytest.fixture
def page(browser, served):
    yield from opened(browser, served)


def opened(browser, served, **more):
    """A page of its own; whatever it says on the console, or asks of another server, fails the test."""
    context = browser.new_context(locale="ru-RU", **more)
    context.set_default_timeout(30_000)
    page = context.new_page()
    said, asked = [], []
    refused = ("status of 422", "status of 403")  # the browser tells of every refusal itself; the page does it in words
    page.on(
        "console",
        lambda one: said.append(one.text) if one.type == "error" and not any(map(one.text.count, refused)) else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://{served}/")
    page.wait_for_selector("#examples button")
    yield page
    context.close()
    assert not said
    assert all(url.startswith((f"http://{served}/", "blob:")) for url in asked)


@pytest.fixture
def phone(browser, served):
    yield from opened(browser, served, viewport={"width": 360, "height": 740}, color_scheme="dark", is_mobile=True)


def write(page, text):
    """Type a draft and wait until it is that one which is explained."""
    with page.expect_response(lambda answer: answer.url.endswith("/v1/explain") and asked(answer) == text):
        page.fill("#draft", text)
    page.wait_for_selector("#answer:visible")


def asked(answer):
    return json.loads(answer.request.post_data)["post"]["text"]


def wait_for(page, code):
    """Wait until it is true. Asked from outside: the policy of the page lets no string become a script."""
    end = time.monotonic() + 60
    while not page.evaluate(code):
        assert time.monotonic() < end, code
        page.wait_for_timeout(50)


def shoot(page, name):
    if SHOTS:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def accessible(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def test_a_draft_is_scored_while_it_is_typed(page):
    accessible(page)
    shoot(page, "desk-empty")
    page.type("#draft", "Завтра не будет воды на улице Садовой с девяти утра")
    page.wait_for_selector("#answer:visible")
    before = page.text_content("#usefulness")
    write(page, OUTAGE)
    wait_for(page, f"document.querySelector('#usefulness').textContent !== '{before}'")
    assert "пункт" not in page.text_content("#usefulness-said")
    assert page.locator("#checklist li").count() == 10
    assert page.locator("#reactions dd").count() == 3
    accessible(page)


def test_only_the_last_draft_is_shown(page):
    page.route("**/v1/explain", lambda route: slowly(route, 1.0 if "первый" in route.request.post_data else 0))
    page.fill("#draft", "Это первый черновик о воде на улице Садовой")
    page.wait_for_timeout(500)
    write(page, OUTAGE)
    wait_for(page, "document.querySelectorAll('.checklist .found').length > 5")
    page.wait_for_timeout(1200)
    assert page.input_value("#draft") == OUTAGE
    assert page.locator(".checklist .found").count() > 5


def slowly(route, seconds):
    time.sleep(seconds)
    route.continue_()


def test_definitions_are_one_tap_away(page):
    write(page, OUTAGE)
    page.click("text=Что такое польза")
    assert page.is_visible("#usefulness-title ~ details p")
    page.click("text=Что такое отклик")
    assert page.is_visible("#engagement-title ~ details p")
    accessible(page)


def test_a_mark_is_opened_by_a_click_in_the_text_and_mended(page):
    write(page, VAGUE)
    wait_for(page, "document.querySelectorAll('#under mark').length > 2")
    shoot(page, "desk-draft")
    place = page.locator("#under mark").nth(2).bounding_box()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    card = page.locator("#mark")
    assert "в целях" in card.text_content()
    assert "Составной предлог" in card.text_content()
    accessible(page)
    shoot(page, "desk-mark")
    page.click("#mark button:has-text('применить')")
    assert page.input_value("#draft") == VAGUE.replace("в целях", "для")
    page.click("#undo")
    assert page.input_value("#draft") == VAGUE


@pytest.mark.parametrize(
    "text", [VAGUE, "🎉🎊 Ждём вас!!! 👨‍👩‍👧 Сообщаем, что в январе месяце будет каток , приходите."]
)
def test_a_fix_in_the_browser_is_that_of_the_rules(page, text):
    """One finding after another: what the page writes is what `model.style.apply` gives."""
    from model import style

    write(page, text)
    wait_for(page, "document.querySelectorAll('#marks button').length > 0")
    for number, finding in enumerate(style.find(text)):
        if finding.fix is None:
            continue
        page.locator("#marks button").nth(number).click()
        page.click("#mark button:has-text('применить')")
        assert page.input_value("#draft") == style.apply(text, finding)
        with page.expect_response(lambda answer: answer.url.endswith("/v1/explain") and asked(answer) == text):
            page.click("#undo")
        wait_for(page, "document.querySelectorAll('#under mark').length > 0")


def test_offsets_after_emoji_are_right(page):
    text = "🎉🎊🎈 Праздник 👨‍👩‍👧! Приходите в январе месяце, 🎿 каток открыт."
    write(page, text)
    wait_for(page, "document.querySelectorAll('#under mark').length > 0")
    assert any("месяце" in marked and "🎿" not in marked for marked in page.locator("#under mark").all_text_contents())


@pytest.mark.parametrize("name", ["usefulness", "engagement"])
def test_phrases_show_what_they_give(page, name):
    write(page, OUTAGE)
    page.check(f"input[value={name}]")
    wait_for(page, "document.querySelectorAll('#under mark.up').length > 0")
    shoot(page, f"desk-{name}")
    page.locator("#marks button").first.click()
    assert re.search(r"прибавляет к|меньше на", page.text_content("#mark"))
    accessible(page)


def test_a_change_pays_what_it_promised(page):
    write(page, VAGUE)
    before = float(page.text_content("#usefulness"))
    first = page.locator("#changes li").first
    promised = float(re.search(r"польза \+(\d+,\d)", first.text_content())[1].replace(",", "."))
    with page.expect_response("**/v1/explain"):
        first.get_by_role("button").click()
    wait_for(page, f"document.querySelector('#usefulness').textContent !== '{before:.0f}'")
    assert float(page.text_content("#usefulness")) == pytest.approx(before + promised, abs=1.1)
    assert "впишите своё" in page.text_content("#fill")
    selected = page.evaluate("getSelection().toString() || (d => d.value.slice(d.selectionStart, d.selectionEnd))"
                             "(document.querySelector('#draft'))")  # fmt: skip
    assert selected and selected in page.input_value("#draft")
    accessible(page)
    shoot(page, "desk-change")
    page.click("#undo")
    assert page.input_value("#draft") == VAGUE
    assert page.is_hidden("#fill")


def test_the_type_can_be_corrected(page):
    write(page, OUTAGE)
    assert page.input_value("#type") == "alert"
    score, form = page.text_content("#usefulness"), page.text_content("#form-why")
    page.select_option("#type", "culture")
    wait_for(page, "document.querySelector('#type-said').textContent.includes('приняла бы')")
    assert page.text_content("#usefulness") == score
    assert page.text_content("#form-why") != form


def test_a_doubtful_text_gets_a_sentence_and_no_number(page):
    write(page, ENGLISH)
    wait_for(page, "!document.querySelector('#refused').hidden")
    assert "не русский" in page.text_content("#refused")
    assert page.is_hidden("#usefulness")
    accessible(page)
    shoot(page, "desk-doubt")


def test_two_versions_are_compared(page):
    write(page, VAGUE)
    page.click("#fork")
    page.fill("#other", OUTAGE)
    wait_for(page, "document.querySelector('#verdict').textContent.includes('Б полезнее')")
    assert page.locator("#b-text ins").count() > 3
    assert page.locator("#a-text del").count() > 3
    accessible(page)
    shoot(page, "desk-two")
    page.click("#take")
    assert page.input_value("#draft") == OUTAGE


def test_ones_own_page_makes_it_personal_and_is_forgotten(page, root):
    write(page, "Завтра не будет воды на улице Садовой, подвезём в цистерне к школе")
    page.set_input_files("#archive", root / "service" / "sample" / "wall.json")
    page.wait_for_selector("#neighbours li")
    assert "Личный" in page.text_content("#engagement-said")
    assert page.locator("#neighbours li").count() == 3
    assert re.search(r"\d+ [а-я]+ 202\d г\. · лайки \d+", page.text_content("#neighbours"))
    assert "обычного" in page.text_content("#near") or "как обычно" in page.text_content("#near")
    accessible(page)
    shoot(page, "desk-own")
    page.check("input[value=browser]")
    page.wait_for_timeout(300)
    page.reload()
    wait_for(page, "document.querySelector('#own-said').textContent.includes('Архив на месте')")
    page.click("#forget")
    page.wait_for_timeout(300)
    page.reload()
    page.wait_for_selector("#examples button")
    assert page.text_content("#own-said") == ""
    assert page.is_hidden("#neighbours")


def test_ones_own_page_may_lie_in_the_store(page, root):
    """Then nothing but its name stays in the browser, and a draft is personal after the page was closed."""
    text = "Завтра не будет воды на улице Садовой, подвезём в цистерне к школе"
    write(page, text)
    page.check("input[value=store]")
    assert "с текстами" in page.text_content("#place-said")
    page.set_input_files("#archive", root / "service" / "sample" / "wall.json")
    wait_for(page, "document.querySelector('#own-said').textContent.includes('В хранилище: 71')")
    page.wait_for_selector("#neighbours li")
    assert "воды" in page.text_content("#neighbours")
    accessible(page)
    page.reload()
    with page.expect_response(lambda answer: answer.url.endswith("/v1/explain") and asked(answer) == text) as answer:
        page.fill("#draft", text)
    assert "history" not in json.loads(answer.value.request.post_data)
    wait_for(page, "document.querySelector('#engagement-said').textContent.includes('Личный')")
    assert page.locator("#neighbours li").count() == 3
    asked_for = []
    page.once("dialog", lambda dialog: (asked_for.append(dialog.message), dialog.dismiss()))
    page.check("input[value=browser]", force=True)
    wait_for(page, "document.querySelector('input[value=store]').checked")  # it was not confirmed: all stays
    assert "71 пост " in asked_for[0]
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#forget")
    wait_for(page, "!document.querySelector('#engagement-said').textContent.includes('Личный')")
    assert "Удалено из хранилища: 71 пост." in page.text_content("#own-said")
    assert page.is_hidden("#forget")
    page.reload()
    page.wait_for_selector("#examples button")
    assert page.text_content("#own-said") == ""


def test_a_store_that_lets_nobody_delete_says_whom_to_ask(page, root):
    page.check("input[value=store]")
    page.set_input_files("#archive", root / "service" / "sample" / "wall.json")
    wait_for(page, "document.querySelector('#own-said').textContent.includes('В хранилище: 71')")
    refusal = {"error": {"code": "forbidden", "message": "Попросите того, кто её ведёт: merilo forget."}}
    page.route("**/v1/posts?**", lambda route: route.fulfill(status=403, json=refusal))
    page.click("#forget")
    wait_for(page, "document.querySelector('#own-said').textContent.includes('в хранилище остался')")
    assert "merilo forget" in page.text_content("#own-said")
    assert page.is_hidden("#forget")


def test_a_file_that_is_no_archive_is_told(page, tmp_path):
    (tmp_path / "photo.pdf").write_bytes(b"%PDF-1.4")
    with page.expect_response("**/v1/archive") as answer:
        page.set_input_files("#archive", tmp_path / "photo.pdf")
    assert answer.value.status == 422
    wait_for(page, "document.querySelector('#own-said').textContent.includes('PDF')")


def test_the_keyboard_is_enough(page):
    page.focus("#draft")
    page.keyboard.insert_text(VAGUE)
    page.wait_for_selector("#answer:visible")
    wait_for(page, "document.querySelectorAll('#marks button').length > 2")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#marks') !== null"):
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "mark"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # применить
    assert page.input_value("#draft") != VAGUE
    page.keyboard.press("Control+KeyZ")
    assert page.input_value("#draft") == VAGUE


def test_nothing_runs_over_the_edge_of_a_phone(phone):
    write(phone, VAGUE + " https://example.ru/" + "oченьдлинныйадрес" * 10)
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    accessible(phone)
    shoot(phone, "desk-phone")
    phone.fill("#other", OUTAGE)
    wait_for(phone, "!document.querySelector('#compared').hidden")
    assert phone.evaluate("document.documentElement.scrollWidth") == 360


def test_a_draft_as_long_as_a_post_may_be(page):
    text = ("Завтра на улице Садовой не будет воды , приходите к цистерне у школы. " * 300)[:20_000]
    page.fill("#draft", text)
    wait_for(page, "document.querySelectorAll('#under mark').length > 100")
    assert page.text_content("#length") == "20000 знаков"
    page.locator("#draft").press("End")
    assert page.input_value("#draft") == text


def test_a_script_in_the_draft_is_shown_and_never_run(page):
    text = (
        "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'> Завтра не будет воды на улице Садовой!!!"
    )
    write(page, text)
    page.fill("#other", text + "?")
    wait_for(page, "!document.querySelector('#compared').hidden")
    assert page.evaluate("window.ran") is None
    assert "<script>" in page.text_content("#a-text")
    assert page.locator("#under script, #under img, .text img, #marks img").count() == 0


def test_an_example_is_one_click_away_and_can_be_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#examples button >> nth=0")
    page.wait_for_selector("#answer:visible")
    page.click("#copy")
    wait_for(page, "document.querySelector('#done').textContent.includes('Скопировано')")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#draft")


def test_selected_text_comes_in_the_address_and_leaves_it(page, served):
    page.goto("about:blank")
    page.goto(
        f"http://{served}/#text=%D0%97%D0%B0%D0%B2%D1%82%D1%80%D0%B0%20%D0%BD%D0%B5%20%D0%B1%D1%83%D0%B4%D0%B5%D1%82%20%D0%B2%D0%BE%D0%B4%D1%8B"
    )
    page.wait_for_selector("#answer:visible")
    assert page.input_value("#draft") == "Завтра не будет воды"
    assert "#" not in page.url


def test_how_it_is_counted_is_told_in_plain_words(page, served):
    page.click("nav >> text=Как это считается")
    wait_for(page, "document.querySelectorAll('#figures tr').length > 3")
    assert "случаях из 100" in page.text_content("#useful")
    accessible(page)
    shoot(page, "desk-how")


def test_the_server_may_go_and_come_back(browser):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(port)
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        write(page, VAGUE)
        end(process)
        page.fill("#draft", OUTAGE)
        page.wait_for_selector("#problem:visible")
        assert "Текст цел" in page.text_content("#problem")
        assert page.input_value("#draft") == OUTAGE
        assert page.is_hidden("#usefulness")  # it was that of another text
        assert page.is_hidden("#marks")
        accessible(page)
        shoot(page, "desk-gone")
        page.fill("#other", VAGUE)
        wait_for(page, "document.querySelector('#verdict').textContent.includes('не отвечает')")
        process = start(port)
        page.wait_for_selector("#problem", state="hidden", timeout=60_000)
        wait_for(page, "document.querySelectorAll('.checklist .found').length > 5")
        wait_for(page, "document.querySelector('#verdict').textContent.includes('А полезнее')")
    finally:
        context.close()
        end(process)


def start(port):
    program = Path(sys.executable).parent / "merilo"
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([program, "serve", "--port", str(port)], stdout=quiet, stderr=quiet)
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return process
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    process.kill()
    raise AssertionError("merilo serve is not ready after a minute")


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
