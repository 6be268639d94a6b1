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
    refused = (
        "status of 422",
        "status of 403",
        "status of 429",
        "net::ERR_FAILED",
    )  # the browser tells of every refusal itself; the page does it in words
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
    return asked_text(answer.request)


def asked_text(request):
    return json.loads(request.post_data)["post"]["text"]


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


def alter(page, change):
    """Let the service's explanations pass through `change`, so that a test hangs on no score of the shipped model."""

    def pass_on(route):
        answer = route.fetch()
        told = answer.json()
        change(told)
        route.fulfill(response=answer, json=told)

    page.route("**/v1/explain", pass_on)


COMPLETE = {"usefulness_low": 0.0, "usefulness_high": 0.3, "status": "ok"}


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ({"usefulness": 80.0}, "Всё, что нужно жителю, на месте."),
        ({"usefulness": 50.0}, "Из этого списка такому посту добавить нечего."),
        ({"usefulness": 0.0}, "Из этого списка такому посту добавить нечего."),
        ({"usefulness": 80.0, "status": "not_russian"}, ""),
    ],
    ids=["useful", "half", "useless", "doubtful"],
)
def test_all_is_there_only_where_the_post_is_useful(page, score, said):
    def complete(told):
        told["score"] |= COMPLETE | score
        told["checklist"] = [one for one in told["checklist"] if one["state"] != "missing"]

    alter(page, complete)
    write(page, OUTAGE)
    wait_for(page, "document.querySelectorAll('#checklist li').length > 0")
    assert page.text_content("#missing-said") == said


def test_bounds_that_meet_are_one_number(page):
    alter(page, lambda told: told["score"].update(COMPLETE, usefulness=0.1))
    write(page, OUTAGE)
    assert "Почти наверняка 0." in page.text_content("#usefulness-said")


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
    page.keyboard.press("Escape")
    assert card.is_hidden()
    assert page.locator("#under mark.now").count() == 0
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
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


@pytest.mark.parametrize(
    ("text", "kept"),
    [(OUTAGE.replace("Завтра", "Послезавтра") + " Подвезём к школе.", True), (OUTAGE[:40], True), (VAGUE, False)],
    ids=["added to", "cut", "replaced"],
)
def test_a_corrected_type_holds_for_that_draft_alone(page, text, kept):
    write(page, OUTAGE)
    with page.expect_response("**/v1/explain"):
        page.select_option("#type", "culture")
    with page.expect_request(lambda one: one.url.endswith("/v1/explain") and text in asked_text(one)) as question:
        page.fill("#draft", text)
    assert json.loads(question.value.post_data)["type"] == ("culture" if kept else None)


def test_a_corrected_type_outlives_the_typing_of_one_word(page):
    write(page, "Каток")
    with page.expect_response("**/v1/explain"):
        page.select_option("#type", "culture")
    with page.expect_request(lambda one: one.url.endswith("/v1/explain") and asked_text(one) == "Катокы") as question:
        page.type("#draft", "ы")
    assert json.loads(question.value.post_data)["type"] == "culture"


def test_a_doubtful_text_gets_a_sentence_and_no_number(page):
    write(page, ENGLISH)
    wait_for(page, "!document.querySelector('#refused').hidden")
    assert "не русский" in page.text_content("#refused")
    assert page.is_hidden("#usefulness")
    assert "можно будет оценить" in page.text_content("#if-said")  # nothing was tried
    assert page.locator("#checklist li").count() == 0
    assert "Текст не русский" in page.text_content("#missing-said")
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


def test_versions_are_not_compared_where_one_is_not_understood(page):
    write(page, VAGUE)
    page.fill("#other", ENGLISH)
    wait_for(page, "document.querySelector('#verdict').textContent.includes('Сравнить нельзя')")
    assert not re.search(r"\d", page.text_content("#verdict"))
    assert "не русский" in page.text_content("#b-scores")


def test_what_was_typed_after_a_change_outlives_its_undoing(page):
    write(page, VAGUE)
    page.locator("#changes button").first.click()
    changed = page.input_value("#draft")
    page.locator("#draft").press("Control+End")
    page.keyboard.insert_text(" Вход свободный.")
    undone = []
    for _ in range(2):
        page.click("#undo")
        undone.append(page.input_value("#draft"))
    assert undone == [changed, VAGUE]
    assert page.is_disabled("#undo")
    for text in (changed, changed + " Вход свободный."):
        page.click("#redo")
        assert page.input_value("#draft") == text
    assert page.is_disabled("#redo")


def test_typing_after_a_step_back_loses_nothing(page):
    write(page, VAGUE)
    page.locator("#changes button").first.click()
    changed = page.input_value("#draft")
    page.click("#undo")
    page.locator("#draft").press("Control+End")
    page.keyboard.insert_text(" Ждём.")
    seen = []
    while page.is_enabled("#undo"):
        page.click("#undo")
        seen.append(page.input_value("#draft"))
    assert seen == [VAGUE, changed, VAGUE]
    while page.is_enabled("#redo"):
        page.click("#redo")
    assert page.input_value("#draft") == VAGUE + " Ждём."


def test_the_keyboard_undoes_typing_then_the_change_and_redoes_it(page):
    write(page, VAGUE)
    page.locator("#changes button").first.click()
    changed = page.input_value("#draft")
    page.locator("#draft").press("Control+End")
    page.keyboard.type("!")
    undone = []
    for _ in range(2):
        page.keyboard.press("Control+KeyZ")
        undone.append(page.input_value("#draft"))
    assert undone == [changed, VAGUE]
    page.keyboard.press("Control+Shift+KeyZ")
    assert page.input_value("#draft") == changed


def test_examples_are_asked_about_once_and_only_in_their_draft(page):
    example = "телефон 2-22-22"

    def suggest(told):
        text = f"{OUTAGE} {example}. {example}."
        places = [{"utf16_start": one.start(), "utf16_stop": one.end()} for one in re.finditer(example, text)]
        told["changes"] = [
            {"title": "Телефон", "why": "", "text": text, "examples": places, "usefulness": 5, "engagement": 0}
        ]

    alter(page, suggest)
    write(page, OUTAGE)
    page.locator("#changes button").first.click()
    assert page.text_content("#fill").count(example) == 1
    page.fill("#draft", VAGUE + " Вопросы — " + example)
    assert page.is_hidden("#fill")
    page.click("#undo")
    assert page.text_content("#fill").count(example) == 1


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
    page.click("#move")
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
    page.check("input[value=browser]")
    page.click("#move")
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


def wall(tmp_path, page_id, posts=12):
    """An archive of a page, or of none."""
    whose = {"platform": "vk", "page_id": page_id} if page_id else {}
    told = [{"text": f"Концерт хора {day}", "date": f"2026-01-{day:02}", "likes": day, "post_id": str(day), **whose}
            for day in range(1, posts + 1)]  # fmt: skip
    path = tmp_path / f"{page_id}.json"
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return path


def stored(served, page_id):
    """How many posts of a page lie in the store."""
    asked_for = f"http://{served}/v1/posts?platform=vk&dry=true&page_id={page_id}"
    try:
        with urllib.request.urlopen(urllib.request.Request(asked_for, method="DELETE"), timeout=30) as answer:
            return json.load(answer)["posts"]
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return 0


def answer_dialogs(page, accept):
    """Answer every question of the page from now on; what it asked."""
    questions = []
    page.on("dialog", lambda one: (questions.append(one.message), one.accept() if accept else one.dismiss()))
    return questions


def heard(page, words):
    wait_for(page, f"document.querySelector('#own-said').textContent.includes('{words}')")


def give(page, archive):
    """Choose a file as a person does: the same one again is no change for a browser that remembers it."""
    with page.expect_file_chooser() as chooser:
        page.click("#archive")
    chooser.value.set_files(archive)


def keep_in_store(page, archive):
    page.check("input[value=store]")
    give(page, archive)
    page.click("#move")
    heard(page, "В хранилище: 12 ")


def test_nothing_is_sent_or_deleted_by_arrow_keys(page, served, tmp_path):
    """A place is chosen by every arrow that passes over it; the button is what acts."""
    moved = []
    page.on("request", lambda one: moved.append(one.url) if re.search(r"store=true|/v1/posts", one.url) else None)
    questions = answer_dialogs(page, True)
    give(page, wall(tmp_path, "-71"))
    heard(page, "взяты последние 12")
    assert page.is_hidden("#move")
    page.focus("input[value=page]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#move:visible")
    assert page.is_checked("input[value=store]")
    assert page.text_content("#move") == "Отправить в хранилище"
    assert "12 постов" in page.text_content("#place-said")
    assert "ничего не отправлено" in page.text_content("#place-said")
    accessible(page)
    page.wait_for_timeout(300)
    assert not moved
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    heard(page, "В хранилище: 12 ")
    assert page.is_hidden("#move")
    page.focus("input[value=store]")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#move:visible")
    assert page.text_content("#move") == "Удалить из хранилища"
    page.wait_for_timeout(300)
    assert not questions
    assert len(moved) == 1
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#move", state="hidden")
    page.keyboard.press("ArrowLeft")
    page.click("#move")
    heard(page, "Удалено из хранилища: 12 ")
    assert len(questions) == 1
    assert stored(served, "-71") == 0
    page.reload()
    heard(page, "Архив на месте: 12 ")


@pytest.mark.parametrize("second", ["-12", None], ids=["another page", "no page"])
def test_another_archive_leaves_no_posts_in_the_store_unnoticed(page, served, tmp_path, second):
    keep_in_store(page, wall(tmp_path, "-11"))
    questions = answer_dialogs(page, True)
    give(page, wall(tmp_path, second, 11))
    heard(page, "Удалено из хранилища: 12 ")
    page.click("#move")
    heard(page, "В хранилище: 11 " if second else "чьи это посты")
    assert stored(served, "-11") == 0
    assert "12 постов" in questions[0]
    assert "прежней страницы" in questions[0]
    page.click("#forget")
    heard(page, "Удалено из хранилища: 11 " if second else "Архив забыт")
    assert stored(served, "-12") == 0


@pytest.mark.parametrize("second", ["-22", None], ids=["another page", "no page"])
def test_another_archive_is_not_taken_where_the_old_one_is_not_to_be_deleted(page, served, tmp_path, second):
    keep_in_store(page, wall(tmp_path, "-21"))
    answer_dialogs(page, False)
    give(page, wall(tmp_path, second))
    heard(page, "Всё осталось как было: в хранилище 12 ")
    assert (stored(served, "-21"), stored(served, "-22")) == (12, 0)
    page.reload()
    heard(page, "лежат в хранилище")


def test_a_newer_archive_of_the_same_page_asks_nothing(page, served, tmp_path):
    questions = answer_dialogs(page, True)
    keep_in_store(page, wall(tmp_path, "-31"))
    give(page, wall(tmp_path, "-31", 14))
    page.click("#move")
    heard(page, "В хранилище: 14 ")
    assert stored(served, "-31") == 14
    assert not questions


def test_an_archive_without_posts_changes_nothing(page, served, tmp_path):
    keep_in_store(page, wall(tmp_path, "-41"))
    (tmp_path / "none.json").write_text('[{"text": "Концерт хора"}]', "utf-8")
    give(page, tmp_path / "none.json")
    heard(page, "Прежний архив на месте")
    answer_dialogs(page, True)
    page.click("#forget")
    heard(page, "Удалено из хранилища: 12 ")
    assert stored(served, "-41") == 0


def test_a_send_that_fails_forgets_nothing_that_lies_in_the_store(page, served, tmp_path):
    keep_in_store(page, wall(tmp_path, "-51"))
    refusal = {"error": {"code": "forbidden", "message": "Нужен ключ с правами write."}}
    page.route("**/v1/score?store=true", lambda route: route.fulfill(status=403, json=refusal))
    give(page, wall(tmp_path, "-51", 14))
    page.click("#move")
    heard(page, "Нужен ключ")
    assert page.is_checked("input[value=store]")
    answer_dialogs(page, True)
    page.click("#forget")
    heard(page, "Удалено из хранилища: 12 ")
    give(page, wall(tmp_path, "-52"))
    page.click("#move")
    heard(page, "Нужен ключ")
    assert page.is_checked("input[value=page]")  # it was not stored, and nothing may say so
    assert "пропадёт" in page.text_content("#place-said")


def test_an_answer_that_is_lost_leaves_a_way_to_delete(page, served, tmp_path):
    """The posts may lie in the store, for the connection broke behind them."""

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/v1/score?store=true", lose)
    page.check("input[value=store]")
    give(page, wall(tmp_path, "-55"))
    page.click("#move")
    heard(page, "могли лечь в хранилище")
    page.reload()
    heard(page, "лежат в хранилище")
    answer_dialogs(page, True)
    page.click("#forget")
    heard(page, "Удалено из хранилища: 12 ")
    assert stored(served, "-55") == 0


def test_an_archive_that_left_the_store_after_a_reload_lies_nowhere(page, tmp_path):
    keep_in_store(page, wall(tmp_path, "-61"))
    page.reload()
    heard(page, "лежат в хранилище")
    questions = answer_dialogs(page, True)
    page.check("input[value=browser]")
    page.click("#move")
    heard(page, "Удалено из хранилища: 12 ")
    assert "дать его снова" in questions[0]
    assert "Здесь архива нет: дайте его файл снова." in page.text_content("#own-said")
    assert "лежит" not in page.text_content("#place-said")
    assert page.is_hidden("#forget")
    give(page, wall(tmp_path, "-61"))
    heard(page, "взяты последние 12")
    page.wait_for_selector("#forget:visible")
    page.reload()
    heard(page, "Архив на месте: 12 ")


@pytest.mark.parametrize("place", ["page", "browser"])
def test_an_archive_that_names_no_page_stays_where_it_can(page, tmp_path, place):
    page.check(f"input[value={place}]")
    give(page, wall(tmp_path, None))
    heard(page, "взяты последние 12")
    page.click("input[value=store]")
    page.click("#move")
    heard(page, "чьи это посты")
    wait_for(page, f"document.querySelector('input[value={place}]').checked")
    assert "хранилищ" not in page.text_content("#place-said")
    page.reload()
    page.wait_for_selector("#examples button")
    assert ("Архив на месте: 12" in page.text_content("#own-said")) == (place == "browser")


def test_an_empty_file_is_called_empty(page, tmp_path):
    (tmp_path / "wall.json").write_bytes(b"")
    give(page, tmp_path / "wall.json")
    heard(page, "пуст")


def test_a_store_that_lets_nobody_delete_says_whom_to_ask(page, root):
    page.check("input[value=store]")
    give(page, root / "service" / "sample" / "wall.json")
    page.click("#move")
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
        give(page, tmp_path / "photo.pdf")
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
    page.keyboard.press("Escape")
    assert page.is_hidden("#mark")
    assert page.evaluate("document.activeElement.id") == "draft"
    page.locator("#marks button").first.press("Enter")
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
    phone.fill("#other", OUTAGE * 30)
    wait_for(phone, "document.querySelector('#b-text').scrollHeight > document.querySelector('#b-text').clientHeight")
    accessible(phone)


def test_the_scores_stay_in_sight_on_a_phone(phone):
    assert phone.is_hidden("#fresh")
    write(phone, VAGUE)
    numbers = [phone.text_content(f"#{name}") for name in ("usefulness", "engagement")]
    assert phone.text_content("#fresh") == "Польза {} · Отклик {}".format(*numbers)
    for place in (0, 400, 2000):
        phone.evaluate("place => scrollTo(0, place)", place)
        box = phone.locator("#fresh").bounding_box()
        assert 0 <= box["y"] < 740 - box["height"]
        assert box["height"] < 48
        assert phone.evaluate("document.documentElement.scrollWidth") == 360
    accessible(phone)
    phone.evaluate("scrollTo(0, 0)")
    phone.click("#fresh a")
    wait_for(phone, "Math.abs(document.querySelector('#gauges').getBoundingClientRect().top - 48) < 2")
    write(phone, ENGLISH)
    wait_for(phone, "document.querySelector('#fresh').textContent.includes('не русский')")
    assert phone.locator("#fresh").bounding_box()["height"] <= 1
    phone.fill("#draft", "")
    phone.wait_for_selector("#fresh", state="hidden")


def test_beside_the_gauges_the_scores_are_not_said_twice(page):
    write(page, OUTAGE)
    assert page.locator("#fresh").bounding_box()["x"] < 0
    page.focus("#fresh a")
    assert page.locator("#fresh").bounding_box()["x"] > 0
    accessible(page)


@pytest.mark.parametrize("path", ["docs", "how"])
def test_other_pages_are_accessible_on_a_phone(phone, served, path):
    phone.goto(f"http://{served}/{path}")
    wait_for(phone, "document.querySelectorAll('#paths pre, #figures tr').length > 3")
    accessible(phone)


def test_a_draft_as_long_as_a_post_may_be(page):
    text = ("Завтра на улице Садовой не будет воды , приходите к цистерне у школы. " * 300)[:20_000]
    page.fill("#draft", text)
    wait_for(page, "document.querySelectorAll('#under mark').length > 100")
    assert page.text_content("#length") == "20000 знаков: больше не войдёт"
    page.locator("#draft").press("End")
    assert page.input_value("#draft") == text


@pytest.mark.parametrize(("field", "said"), [("#draft", "#done"), ("#other", "#other-said")], ids=["draft", "other"])
def test_a_paste_too_long_for_the_field_is_cut_aloud(page, field, said):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.fill(field, "Воды нет.")
    page.evaluate("text => navigator.clipboard.writeText(text)", "ж" * 20_012 + "\n" + "щ" * 20)
    page.focus(field)
    page.keyboard.press("Home")
    page.keyboard.press("Control+KeyV")
    assert page.input_value(field) == "ж" * 19_991 + "Воды нет."  # what stood behind the caret is not lost
    assert page.text_content(said) == "Вставлено не всё: 42 знака не вошли."
    page.keyboard.press("Enter")
    assert "1 знак не вошёл" in page.text_content(said)
    accessible(page)
    page.keyboard.press("Control+KeyZ")
    assert page.input_value(field) == "Воды нет."
    assert page.text_content(said) == ""


def test_an_emoji_is_one_letter_everywhere(page):
    page.fill("#draft", "🎉" * 18 + "ж" * 19_964)
    assert page.text_content("#length") == "19982 знака"
    page.locator("#draft").press("End")
    page.keyboard.insert_text("🎉" * 18)
    assert page.text_content("#length") == "20000 знаков: больше не войдёт"
    assert page.text_content("#done") == ""
    page.keyboard.insert_text("🎉")
    assert page.input_value("#draft") == "🎉" * 18 + "ж" * 19_964 + "🎉" * 18


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


def test_a_text_too_long_for_the_address_is_cut_aloud_and_by_letters(page, served):
    """An emoji is one letter for the service and two units of UTF-16 for the browser."""
    for letters in (20_000, 20_001):
        page.goto("about:blank")
        page.goto(f"http://{served}/")
        page.evaluate("letters => { location.hash = 'text=' + encodeURIComponent('🎉'.repeat(letters)); }", letters)
        wait_for(page, "document.querySelector('#draft').value !== ''")
        assert len(page.input_value("#draft")) == 20_000
        assert ("взято только начало" in page.text_content("#done")) == (letters > 20_000)


def test_how_it_is_counted_is_told_in_plain_words(page, served):
    page.click("nav >> text=Как это считается")
    wait_for(page, "document.querySelectorAll('#figures tr').length > 3")
    chance = re.search(r"в (\d+) (случа[а-я]+) из 100", page.text_content("#useful"))
    assert chance[2] == ("случае" if chance[1] != "11" and chance[1].endswith("1") else "случаях")
    accessible(page)
    shoot(page, "desk-how")


def busy_once(page, address):
    """Let the service refuse the first question as it does one too many; the texts that it is asked about."""
    texts = []
    refusal = {"error": {"code": "too_many_requests", "message": "Слишком много запросов. Повторите через 1 с."}}

    def meet(route):
        texts.append(route.request.post_data)
        if len(texts) > 1:
            route.continue_()
        else:
            route.fulfill(status=429, json=refusal, headers={"Retry-After": "1"})

    page.route(f"**{address}", meet)
    return texts


def test_one_question_too_many_is_asked_again_when_it_may_be(page):
    texts = busy_once(page, "/v1/explain")
    page.fill("#draft", OUTAGE)
    page.wait_for_selector("#problem:visible")
    assert page.text_content("#problem").endswith("через 1 с. Страница повторит сама.")
    page.wait_for_selector("#answer:visible")
    assert page.is_hidden("#problem")
    texts = busy_once(page, "/v1/compare")
    page.fill("#other", VAGUE)
    wait_for(page, "document.querySelector('#verdict').textContent.includes('повторит сама')")
    page.wait_for_selector("#a-text ins, #a-text del")
    assert len(texts) == 2


def test_what_is_typed_meanwhile_is_asked_instead(page):
    texts = busy_once(page, "/v1/explain")
    page.fill("#draft", VAGUE)
    page.wait_for_selector("#problem:visible")
    page.fill("#draft", OUTAGE)
    page.wait_for_selector("#answer:visible")
    page.wait_for_timeout(1200)
    assert [json.loads(one)["post"]["text"] for one in texts] == [VAGUE, OUTAGE]


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
