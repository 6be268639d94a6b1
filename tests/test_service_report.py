"""The report: what it says first, what it draws, what it is written as."""

import io
import json
import re
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from typer.testing import CliRunner

from model.score import CHECKLIST
from service.cli import app
from service.report import book, page
from service.report.account import Account
from service.report.change import Group, compare_counts, compare_means, compare_shares, stand_out
from service.report.figures import draw
from service.report.findings import find
from service.report.progress import praise

TODAY = date(2026, 3, 12)


def make_row(number, **told):
    usefulness = told.get("usefulness", 50.0)
    return {
        "platform": "vk",
        "page_id": "5",
        "page_name": "Музей",
        "post_id": str(number),
        "date": (datetime(2025, 1, 1, 12) + timedelta(days=number)).isoformat(),
        "usefulness": usefulness,
        "usefulness_low": max(0.0, usefulness - 10),
        "usefulness_high": min(100.0, usefulness + 10),
        "engagement": 50.0,
        "type": "event",
        "checklist": dict.fromkeys(CHECKLIST, True),
        "status": "ok",
        "model": "m1",
        "error": None,
        "likes": None,
    } | told


def count(rows, **settings):
    account = Account(**settings)
    for row in rows:
        account.add(row, row.get("text", ""))
    return account


def say(account):
    return {finding.head: finding.text.replace("\u00a0", " ") for finding in find(account)}


def test_few_posts_are_not_judged():
    said = say(count(make_row(number) for number in range(19)))
    assert list(said) == ["Мало постов"]
    assert "19 постах" in said["Мало постов"]


def test_the_share_of_useful_posts_stands_with_what_the_model_may_be_wrong_by():
    values = [80.0] * 10 + [65.0] * 10 + [60.0] * 20 + [20.0] * 60
    said = say(count(make_row(number, usefulness=value) for number, value in enumerate(values)))
    assert "Полезны жителю 20 % постов" in said["Польза"]
    assert "не меньше 10 % и не больше 40 %" in said["Польза"]
    assert "Средняя польза — 38 из 100" in said["Польза"]


def test_what_is_missing_most_often_and_what_to_do():
    told = [
        dict.fromkeys(CHECKLIST, True) | {"contact": number % 2 == 0, "when": number % 4 != 0, "where": None}
        for number in range(40)
    ]
    said = say(count(make_row(number, checklist=checklist) for number, checklist in enumerate(told)))
    assert "к кому обратиться: этого нет в 50 % постов" in said["Чего не хватает"]
    assert "когда (25 %)" in said["Чего не хватает"]
    assert "где" not in said["Чего не хватает"].split("Начните")[0].replace("где оно", "")


@pytest.mark.parametrize(("step", "expected"), [(3.0, "выросла примерно на 33"), (-3.0, "упала примерно на 33")])
def test_a_trend_is_told_with_its_interval(step, expected):
    rows = [make_row(day, usefulness=50 + step * (day // 30.5 - 6) + day % 3 - 1) for day in range(365)]
    said = say(count(rows))
    assert expected in said["Как меняется"]
    assert "с уверенностью 95 %" in said["Как меняется"]


def test_chance_is_no_trend():
    rows = [make_row(day, usefulness=50 + 20 * (-1) ** (day // 30)) for day in range(365)]
    assert "ясного сдвига пользы нет" in say(count(rows))["Как меняется"]


def test_of_several_pages_neither_trend_nor_reactions_are_told():
    rows = [make_row(day, page_id=str(day % 2), usefulness=day / 4, likes=day) for day in range(365)]
    assert not {"Как меняется", "На что откликаются"} & say(count(rows)).keys()


def test_reactions_are_told_where_they_are_no_chance():
    rows = [
        make_row(number, type=("event", "greeting")[number % 2], likes=10 + 30 * (number % 2)) for number in range(80)
    ]
    assert "поздравление или память — обычно 40, а у всех вместе 25" in say(count(rows))["На что откликаются"]
    alike = [make_row(number, type=("event", "greeting")[number % 2], likes=number // 2 % 7) for number in range(80)]
    assert "На что откликаются" not in say(count(alike))


def test_pages_are_set_apart_where_it_is_no_chance():
    rows = [
        make_row(number, page_id=str(number % 2), page_name=("Музей", "Школа")[number % 2],
                 usefulness=40 + 20 * (number % 2) + number % 5)
        for number in range(80)
    ]  # fmt: skip
    assert "выше всего у страницы «Школа» (62), ниже всего у «Музей» (42)" in say(count(rows))["Страницы"]
    alike = [row | {"usefulness": 40.0 + number % 7} for number, row in enumerate(rows)]
    assert "Страницы" not in say(count(alike))


def test_what_is_left_out_is_told():
    rows = [make_row(number, status="ok" if number % 4 else "too_short") for number in range(80)]
    account = count(rows)
    account.add({"error": {"code": "empty_text", "message": "Нет текста"}})
    said = say(account)["Что не вошло"]
    assert "За 20 постов из 80 модель не ручается" in said
    assert "строк: 1 (нет текста — 1)" in said


@pytest.mark.parametrize(("posts", "said"), [(1, "о 1 посте:"), (3, "о 3 постах:"), (5, "о 5 постах:")])
def test_few_posts_are_told_in_russian(posts, said):
    assert said in say(count(make_row(number) for number in range(posts)))["Мало постов"]


@pytest.mark.parametrize("refused", [1, 3, 5])
def test_refused_rows_are_told_in_russian(refused):
    rows = [{"error": {"code": "empty_text"}} for _ in range(refused)]
    assert f"Не оценено строк: {refused} (нет текста — {refused})." in say(count(rows))["Что не вошло"]


def test_shares_next_to_nothing_and_to_all_are_told_in_russian():
    told = {"checklist": {"contact": False}, "usefulness": 20.0}
    days = [*range(1500), *[700] * 9]
    rows = [
        make_row(n, date=(datetime(2020, 1, 1) + timedelta(days=day)).isoformat(), **told) for n, day in enumerate(days)
    ]
    said = say(count([*rows, make_row(-1)], norm=9))
    assert "выполнена меньше чем в 1 % недель (1 из" in said["Как часто"]
    assert "этого нет больше чем в 99 % постов" in said["Чего не хватает"]
    assert "не меньше 0 % и не больше 0 %" in said["Польза"]


def test_a_report_is_called_by_its_pages_where_all_have_names():
    named, other = make_row(1), make_row(2, page_id="6", page_name="Школа")
    nameless = [make_row(number, page_id=str(number), page_name=None) for number in (7, 8)]
    assert page.title(count([named]), "wall.json") == "Музей"
    assert page.title(count([named, other]), "wall.json") == "Музей и Школа"
    assert page.title(count([named, *nameless]), "wall.json") == "wall.json"
    assert page.title(count(nameless), "wall.json") == "wall.json"


def test_dates_in_the_future_are_told():
    rows = [make_row(number) for number in range(30)]
    said = say(count([*rows, make_row(30, date="2062-03-01"), make_row(31, date="2063-03-01")]))
    assert "У 2 постов дата в будущем" in said["Что не вошло"]
    assert say(count(rows)).keys() == say(count([*rows, make_row(30, date="2062-03-01")])).keys() - {"Что не вошло"}


def test_progress_is_praised_where_it_is_real():
    rows = [
        make_row(day, usefulness=(40 if day < 90 else 60) + day % 9,
                 checklist=dict.fromkeys(CHECKLIST, True) | {"when": day >= 90, "where": day % 2 == 0})
        for day in range(181)
    ]  # fmt: skip
    said = [text.replace("\u00a0", " ") for text in praise(count(rows))]
    assert said[0].startswith("Средняя польза выросла с 44 до 64")
    assert "Пункт «когда» теперь выполнен в 100 %" in said[1]
    assert len(said) == 2


def test_what_got_worse_is_not_praised():
    assert praise(count(make_row(day, usefulness=60.0 - day / 10) for day in range(181))) == []


def test_changes_are_told_from_chance():
    one, other = Group(30, 30 * 50.0, 30 * 2600.0), Group(30, 30 * 80.0, 30 * 6500.0)
    assert compare_means(one, one) == 1
    assert compare_means(one, other) < 0.001
    still = Group(5, 50.0, 500.0)
    assert (compare_means(still, still), compare_means(still, Group(5, 55.0, 605.0))) == (1, 0)
    assert compare_shares((10, 20), (10, 20)) == pytest.approx(1)
    assert compare_shares((1, 20), (19, 20)) < 0.001
    assert compare_counts({1: 20}, {9: 20}) < 0.001
    assert compare_counts({}, {1: 5}) == 1
    # One in twenty is chance: of forty such p-values none stands out.
    assert not any(stand_out([0.04] + [0.5] * 39))


HOSTILE = '</script><script>alert("ж")</script>'


def test_nothing_that_a_post_says_becomes_markup():
    rows = [make_row(number, page_name=HOSTILE, post_id=HOSTILE, text=HOSTILE) for number in range(30)]
    written = page.render(count(rows), HOSTILE, TODAY)
    assert HOSTILE not in written
    assert "&lt;/script&gt;&lt;script&gt;" in written


def test_a_report_without_posts_is_still_one():
    account = Account()
    account.add({"error": {"code": "empty_text", "message": "Нет текста"}})
    assert "Мало постов" in page.render(account, "a.csv", TODAY)
    book.write(io.BytesIO(), account, "a.csv", TODAY)


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def written(root, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "отчёт.html"
    done = run("report", root / "service" / "sample" / "wall.json", "-o", out)
    assert done.exit_code == 0, done.output
    return out


def test_a_report_of_html_is_one_file_that_asks_nothing(written):
    text = written.read_text("utf-8")
    outside = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", text, flags=re.S)
    assert not re.findall(r"""\b(?:src|srcset|action|poster|data)=["']?\S""", outside)
    assert set(re.findall(r"<link\b|<img\b|<iframe\b", outside)) == set()
    assert "default-src 'none'" in outside
    assert outside.index("Главное") < outside.index("Графики") < outside.index("Самые полезные")


def test_charts_have_their_numbers_in_a_table(written, root):
    text = written.read_text("utf-8")
    assert text.count('<figure class="chart"') == text.count("<table data-file=") >= 5
    for figure in re.findall(r'<script type="application/json">(.*?)</script>', text, re.S):
        assert {"data", "layout"} == json.loads(figure).keys()


# By how many pixels the drawings at most stand out of their places, below which their captions follow.
_LOST_HEIGHT = """Math.max(...[...document.querySelectorAll(".plot")].map((plot) =>
    plot.querySelector(".main-svg").getBoundingClientRect().bottom - plot.getBoundingClientRect().bottom))"""


def test_a_browser_draws_the_report(written, browser):
    asked = []
    context = browser.new_context(viewport={"width": 360, "height": 800})
    context.set_default_timeout(120_000)
    tab = context.new_page()
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(written.as_uri())
    tab.wait_for_selector(".plot .main-svg")
    assert tab.locator(".plot:not(:has(.main-svg))").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    for size in ({"width": 1000, "height": 800}, {"width": 360, "height": 800}):  # a chart keeps its place
        tab.set_viewport_size(size)
        tab.wait_for_timeout(500)
        assert tab.evaluate(_LOST_HEIGHT) == 0
    with tab.expect_download() as told:
        tab.locator("[data-take=png]").first.click()
    assert told.value.suggested_filename.endswith(".png")
    context.close()
    assert said == []
    assert {address.split(":")[0] for address in asked} <= {"file", "data", "blob"}


def test_a_report_of_xlsx_has_charts_of_its_own(root, tmp_path):
    out = tmp_path / "отчёт.xlsx"
    done = run("report", root / "service" / "sample" / "wall.json", "-o", out)
    assert done.exit_code == 0, done.output
    opened = openpyxl.load_workbook(out)
    assert opened.sheetnames[0] == "Главное"
    assert sum(len(sheet._charts) for sheet in opened) >= 4
    assert opened["Главное"]["A4"].value == "Польза"
    posts = opened["Посты"]
    assert posts.max_row == 11
    assert posts["H2"].hyperlink.target.startswith("https://vk.com/wall-")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Не указано, куда писать"),
        (("-o", "отчёт.pdf"), "имя должно кончаться на .html или .xlsx"),
        (("-o", "нет/такой/папки.html"), "Нет папки"),
        (("-o", "отчёт.html", "--zone", "Луна"), "Нет такого часового пояса: Луна"),
        (("-o", "отчёт.html", "--norm", "0"), "Значение не подходит"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(root, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = run("report", root / "service" / "sample" / "wall.json", *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert list(tmp_path.iterdir()) == []


def test_some_rows_are_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": ""}\n{"text": "Завтра не будет воды"}\n', encoding="utf-8")
    done = run("report", tmp_path / "a.jsonl", "-o", tmp_path / "a.html")
    assert done.exit_code == 1
    assert (tmp_path / "a.html").is_file()


def test_rows_of_charts_are_as_wide_as_their_heads():
    rows = [make_row(number, likes=number, page_id=str(number % 2), usefulness=number % 100) for number in range(300)]
    for account in (count(rows), count(row | {"page_id": "1", "type": "ad"} for row in rows), Account()):
        for chart in draw(account):
            assert {len(row) for row in chart.rows} == {len(chart.head)}, chart.name
