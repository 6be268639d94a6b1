"""Scores as a workbook of Excel, opened again by two programs that have nothing to do with its writer."""

import io
import re
import zipfile
from datetime import datetime
from statistics import mean, median

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from model.score import CHECKLIST
from service.archive import OutputError, open_output, scoresheet
from service.rows import COLUMNS, NEIGHBOURS

SCORED = dict.fromkeys(COLUMNS) | {
    "platform": "vk",
    "page_id": "5",
    "page_name": "Музей «Дом у реки»",
    "post_id": "17",
    "date": "2026-03-12T10:15:00+03:00",
    **dict.fromkeys(COLUMNS[5:13], 62.5),
    "memory_posts": 12,
    "type": "event",
    "checklist": dict.fromkeys(CHECKLIST, True) | {"when": False, "how": None},
    "missing": ["when"],
    "status": "ok",
    "model": "merilo-1",
}
REFUSED = dict.fromkeys(COLUMNS) | {"model": "merilo-1", "error": {"code": "empty_text", "message": "Нет текста"}}


def write(path, rows, columns=COLUMNS):
    with open_output(path, columns) as writer:
        for row in rows:
            writer.write(row)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "scores.xlsx"


def cells(sheet, number=2):
    return dict(zip(COLUMNS, sheet[number], strict=True))


def test_numbers_are_numbers_and_dates_are_dates(path):
    sheet = openpyxl.load_workbook(write(path, [SCORED, SCORED | {"date": "вчера"}]))["Оценки"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    row = cells(sheet)
    assert (row["usefulness"].value, row["usefulness"].data_type, row["usefulness"].number_format) == (62.5, "n", "0.0")
    assert (row["memory_posts"].value, row["memory_posts"].data_type) == (12, "n")
    assert row["date"].is_date
    assert row["date"].value == datetime(2026, 3, 12, 7, 15)
    assert (row["post_id"].value, row["post_id"].data_type) == ("17", "s")
    assert cells(sheet, 3)["date"].value == "вчера"


def test_a_book_does_not_tell_when_it_was_made(path):
    """So a run that was gone on with comes to the same bytes."""
    with zipfile.ZipFile(write(path, [SCORED])) as book:
        assert len({entry.date_time for entry in book.infolist()}) == 1
        told = re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", book.read("docProps/core.xml").decode())
    assert told == ["1980-01-01T00:00:00Z"] * 2


def test_cells_say_what_a_person_reads(path):
    columns = (*COLUMNS, NEIGHBOURS)
    near = {
        "post_id": "3",
        "date": "2026-01-01",
        "likes": 5,
        "comments": None,
        "reposts": 0,
        "lift": 2.0,
        "likeness": 0.5,
    }
    sheet = openpyxl.load_workbook(write(path, [SCORED | {NEIGHBOURS: [near]}, REFUSED | {NEIGHBOURS: None}], columns))[
        "Оценки"
    ]
    scored, refused = (dict(zip(columns, (cell.value for cell in sheet[row]), strict=True)) for row in (2, 3))
    assert scored["checklist"].startswith("✓ кому, ✓ что меняется, ✗ когда, ")
    assert scored["missing"] == "когда"
    assert scored[NEIGHBOURS] == "3 2026-01-01: лайки 5, репосты 0 (в 2 раза больше обычного)"
    assert refused["error"] == "Нет текста"
    assert {name for name, value in refused.items() if value is not None} == {"model", "error"}


def test_a_sheet_has_a_frozen_header_a_filter_and_colours(path):
    sheet = openpyxl.load_workbook(write(path, [SCORED] * 3))["Оценки"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:T4"
    assert sheet.column_dimensions["P"].width > 40
    coloured = {str(area.sqref): rules[0].type for area, rules in sheet.conditional_formatting._cf_rules.items()}
    assert coloured == {"F2:F4": "colorScale", "I2:I4": "colorScale"}


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "http://a.b", "{=A1}", "<r>", "'"])
def test_a_text_is_never_run_and_never_a_link(path, text):
    write(path, [SCORED | {"page_name": text}])
    cell = cells(openpyxl.load_workbook(path)["Оценки"])["page_name"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value.lstrip() == text
    assert cell.quotePrefix == (text[0] in "=+-@")
    parts = zipfile.ZipFile(path)
    assert not [name for name in parts.namelist() if b"<f>" in parts.read(name) and "worksheets" in name]


def test_markup_in_a_text_stays_a_text(path):
    """XlsxWriter writes a text between these tags as it is."""
    text = '<r></r></is></c><c r="A9" t="str"><f>1+1</f></c><r></r>'
    write(path, [SCORED | {"page_name": text}])
    assert cells(openpyxl.load_workbook(path)["Оценки"])["page_name"].value == f" {text}"


def test_a_long_text_is_cut_where_excel_would_fail(path):
    write(path, [SCORED | {"page_name": "😀" * 40_000, "page_id": "<r>" + "a" * 40_000 + "</r>"}])
    row = cells(openpyxl.load_workbook(path)["Оценки"])
    assert row["page_name"].value == "😀" * 16_383
    assert len(row["page_id"].value) == 32_767


def test_what_does_not_fit_goes_on_to_a_further_sheet(path, monkeypatch):
    monkeypatch.setattr(scoresheet, "ROWS", 4)
    write(path, [SCORED | {"post_id": str(number)} for number in range(7)])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Оценки", "Оценки 2", "Оценки 3", "Сводка"]
    ids = [[row[3].value for row in book[name].iter_rows(min_row=2)] for name in book.sheetnames[:3]]
    assert ids == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert all(book[name].freeze_panes == "A2" for name in book.sheetnames[:3])
    assert book["Сводка"]["B1"].value == 7


def test_full_sheets_leave_no_empty_one_behind(path, monkeypatch):
    monkeypatch.setattr(scoresheet, "ROWS", 4)
    assert openpyxl.load_workbook(write(path, [SCORED] * 6)).sheetnames == ["Оценки", "Оценки 2", "Сводка"]


def blocks(sheet):
    """Blocks of the summary by their first lines."""
    found, block = {}, None
    for row in sheet.iter_rows(max_col=3, values_only=True):
        if row[0] is None:
            block = None
            continue
        if block is None:
            block = found[row[0]] = {}
        block[row[0].strip()] = row[1:]
    return found


def test_the_summary_counts_what_there_is(path):
    useful = [0.0, 9.9, 10.0, 55.5, 100.0]
    rows = [
        SCORED | {"usefulness": value, "type": kind} for value, kind in zip(useful, ["ad", *["news"] * 4], strict=True)
    ]
    rows[0] = rows[0] | {"status": "too_short"}
    write(path, [*rows, REFUSED, REFUSED | {"error": {"code": "bad_count", "message": "x"}}, REFUSED])
    found = blocks(openpyxl.load_workbook(path)["Сводка"])
    counts = {name: values[0] for name, values in found["Строк"].items()}
    assert counts == {
        "Строк": 8,
        "Оценено": 5,
        "Отклонено": 3,
        "нет текста": 2,
        "счётчик — не целое число от нуля": 1,
    }
    assert found["Оценка"]["Польза"] == pytest.approx((mean(useful), median(useful)))
    assert found["Оценка"]["Отклик"] == (62.5, 62.5)
    assert [values[0] for values in list(found["Статус"].values())[1:]] == [4, 1, 0, 0]
    assert list(found["Тип"].items())[1:3] == [("новость", (4, 0.8)), ("реклама", (1, 0.2))]
    assert [values[0] for values in list(found["Баллы"].values())[1:]] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert [values[1] for values in list(found["Баллы"].values())[1:]] == [0, 0, 0, 0, 0, 0, 5, 0, 0, 0]


def test_the_summary_has_native_charts_of_its_own_counts(path):
    write(path, [SCORED, REFUSED])
    sheet = openpyxl.load_workbook(path)["Сводка"]
    assert len(sheet._charts) == 3
    parts = zipfile.ZipFile(path)
    charts = [parts.read(name).decode() for name in parts.namelist() if "charts/chart" in name]
    assert ['barDir val="bar"' in chart for chart in charts] == [False, False, True]
    for chart in charts:
        areas = re.findall(r"<c:f>Сводка!\$(\w)\$(\d+):\$\w\$(\d+)</c:f>", chart)
        assert [int(last) - int(first) for _, first, last in areas] == [9, 9]
        assert sheet[f"A{areas[0][1]}"].value in {"0–10", "анонс"}


@pytest.mark.parametrize("rows", [[], [REFUSED]])
def test_nothing_scored_is_summed_up_too(path, rows):
    found = blocks(openpyxl.load_workbook(write(path, rows))["Сводка"])
    assert found["Строк"]["Оценено"] == (0, None)
    assert found["Оценка"]["Польза"] == (None, None)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, OSError])
def test_half_of_a_book_never_bears_its_name_and_leaves_no_files(path, tmp_path, monkeypatch, failure):
    (tmp_path / "here").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "here"))
    with pytest.raises(OutputError if failure is OSError else failure), open_output(path) as writer:
        writer.write(SCORED)
        assert list((tmp_path / "here").iterdir())
        raise failure
    assert [file.name for file in tmp_path.iterdir()] == ["here"]
    assert not list((tmp_path / "here").iterdir())


def test_a_disk_that_is_full_at_the_end_is_told_of(path, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="кончилось место"), open_output(path) as writer:
        writer.write(SCORED)
        monkeypatch.setattr("xlsxwriter.packager.Packager._create_package", fail)
    assert not list(tmp_path.iterdir())


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory, pairs):
    """All but two letters that XML does not know; control characters are escaped as Excel does it."""
    path = tmp_path_factory.mktemp("book") / "scores.xlsx"
    write(path, [SCORED | {"page_name": one, "post_id": other} for one, other in pairs])
    rows = list(load_workbook(path).get_sheet_by_name("Оценки").iter_rows())[1:]
    spelled = [[re.sub("[\ufffe\uffff]", "\ufffd", text) for text in pair] for pair in pairs]
    assert [[row[2], row[3]] for row in rows] == spelled


def test_a_stream_of_bytes_is_all_a_writer_wants():
    stream = io.BytesIO()
    with scoresheet.open_writer(stream, COLUMNS) as writer:
        writer.write(SCORED)
    assert openpyxl.load_workbook(stream).sheetnames == ["Оценки", "Сводка"]
