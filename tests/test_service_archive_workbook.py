"""Workbooks of Excel as archives: sheets, dates, links, and those that must not be opened."""

import io
import random
import zipfile
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from service.archive import ArchiveError, markup, packed, recognise
from service.record import Refusal

MOMENT = datetime(2026, 3, 12, 10, 15, 30)


def book(*sheets, **options):
    """A workbook of sheets, each a list of rows or a function that fills it."""
    stream = io.BytesIO()
    options = {"strings_to_formulas": False, "default_date_format": "dd.mm.yyyy hh:mm", **options}
    with xlsxwriter.Workbook(stream, options) as made:
        for number, sheet in enumerate(sheets, 1):
            page = made.add_worksheet(f"Лист {number}")
            if callable(sheet):
                sheet(page, made)
            else:
                for at, cells in enumerate(sheet):
                    page.write_row(at, 0, cells)
    return stream.getvalue()


def patched(content, name, change):
    """A workbook with one of its parts written otherwise."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = old.read(info)
            new.writestr(info.filename, change(part) if info.filename == name else part)
    return stream.getvalue()


def read(folder, content, places=False):
    path = folder / "posts"
    path.write_bytes(content)
    return [
        (record.code, str(record.place))
        if isinstance(record, Refusal)
        else ((str(record.place), record) if places else record)
        for record in recognise(path).records()
    ]


def refused(folder, content):
    with pytest.raises(ArchiveError, match="^posts") as caught:
        read(folder, content)
    return caught.value


def test_every_sheet_with_texts_is_read_and_the_rest_passed_by(tmp_path):
    content = book(
        [["Текст", "Лайки"], ["Первый", 1], [None, None], ["Второй", 2]],
        [["Показатель", "Значение"], ["Постов", 2]],
        [],
        lambda page, made: page.insert_chart(0, 0, chart(made)),
        [["Отчёт за март"], [], ["№", "Дата", "Текст поста"], [1, "12.03.2026", "Третий"]],
    )
    assert read(tmp_path, content, places=True) == [
        ('posts, лист "Лист 1", строка 2', {"text": "Первый", "likes": 1}),
        ('posts, лист "Лист 1", строка 4', {"text": "Второй", "likes": 2}),
        ('posts, лист "Лист 5", строка 4', {"text": "Третий", "date": "12.03.2026"}),
    ]


def chart(made):
    drawn = made.add_chart({"type": "bar"})
    drawn.add_series({"values": "='Лист 1'!$B$2:$B$4"})
    made.add_chartsheet("График").set_chart(drawn)
    again = made.add_chart({"type": "bar"})
    again.add_series({"values": "='Лист 1'!$B$2:$B$4"})
    return again


def test_a_table_may_stand_anywhere_on_its_sheet(tmp_path):
    def fill(page, made):
        page.write_row(4, 3, ["Текст", "Ссылка"])
        page.write_string(5, 3, "Пост")
        page.write_url(5, 4, "https://vk.com/wall-5_17", None, "открыть")

    assert read(tmp_path, book(fill), places=True) == [
        ('posts, лист "Лист 1", строка 6', {"platform": "vk", "page_id": "5", "post_id": "17", "text": "Пост"})
    ]


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_are_dates_with_or_without_their_format(tmp_path, since_1904):
    def fill(page, made):
        page.write_row(0, 0, ["Текст", "Дата"])
        page.write_row(1, 0, ["как дата", MOMENT])
        days = (MOMENT - datetime(1904, 1, 1) if since_1904 else MOMENT - datetime(1899, 12, 30)).total_seconds()
        page.write_row(2, 0, ["как число", days / 86_400])
        page.write_row(3, 0, ["в полночь", datetime(2026, 3, 12)])
        page.write_row(4, 0, ["год", 2024])
        page.write_row(5, 0, ["Unix", 1_710_238_500])
        page.write_row(6, 0, ["словами", "12 марта 2026"])

    dates = [row["date"] for row in read(tmp_path, book(fill, date_1904=since_1904))]
    assert dates == [
        "2026-03-12T10:15:30",
        "2026-03-12T10:15:30",
        "2026-03-12T00:00:00",
        "2024",
        "1710238500",
        "12 марта 2026",
    ]


def test_counts_and_ids_are_whole_and_what_is_no_count_is_not_known(tmp_path):
    rows = [["Текст", "Лайки", "Просмотры", "ID поста"], ["Пост", 5.0, "1 234", 17], ["Пост", 5.5, "—", 2**40]]
    assert read(tmp_path, book(rows)) == [
        {"text": "Пост", "likes": 5, "views": 1234, "post_id": "17"},
        {"text": "Пост", "likes": None, "views": None, "post_id": str(2**40)},
    ]


def test_cells_of_other_kinds_are_what_a_table_of_text_would_hold(tmp_path):
    def fill(page, made):
        page.write_string(0, 0, "Текст")
        page.write_number(1, 0, 2026)
        page.write_boolean(2, 0, True)
        page.write_formula(3, 0, '="Завтра "&"не будет воды"', None, "Завтра не будет воды")
        page.write_rich_string(4, 0, "Музей ", made.add_format({"bold": True}), "зовёт", " всех")
        page.write_formula(5, 0, "=1/0", None, "#DIV/0!")
        page.write_datetime(6, 0, MOMENT)

    assert [row["text"] for row in read(tmp_path, book(fill))] == [
        "2026",
        "ИСТИНА",
        "Завтра не будет воды",
        "Музей зовёт всех",
        "2026-03-12T10:15:30",
    ]


def test_links_are_told_by_cells_by_what_lies_behind_them_and_by_formulas(tmp_path):
    def fill(page, made):
        page.write_row(0, 0, ["Текст", "Ссылка на пост"])
        for row in range(1, 6):
            page.write_string(row, 0, f"Пост {row}")
        page.write_string(1, 1, "https://vk.com/wall-5_1")
        page.write_url(2, 1, "https://vk.com/wall-5_2", None, "открыть")
        page.write_formula(3, 1, '=HYPERLINK("https://vk.com/wall-5_3","открыть")', None, "открыть")
        page.write_formula(4, 1, '=IF(1,"https://vk.com/wall-5_4","")', None, "https://vk.com/wall-5_4")

    assert [row.get("post_id") for row in read(tmp_path, book(fill))] == ["1", "2", "3", "4", None]


def test_two_columns_of_the_same_name_are_for_the_user_to_tell_apart(tmp_path):
    error = refused(tmp_path, book([["Текст", "Дата", "текст"], ["один", "12.03.2026", "другой"]]))
    assert error.code == "two_text_columns"
    assert "«Текст», «текст»" in str(error)


def test_without_a_text_column_the_columns_of_all_sheets_are_shown(tmp_path):
    error = refused(tmp_path, book([["Дата", "Лайки"], ["12.03.2026", 5]], [], [[None], ["Показатель"]]))
    assert error.code == "no_text_column"
    assert "«Дата», «Лайки», «Показатель»" in str(error)


def test_an_empty_book_has_no_columns(tmp_path):
    assert "Столбцы файла: нет" in str(refused(tmp_path, book([])))


def test_progress_goes_on_to_the_end(tmp_path):
    path = tmp_path / "posts"
    rows = [["Текст"], *([f"Пост {n}"] for n in range(600))]
    path.write_bytes(book(rows, [], rows))
    seen = []
    assert len(list(recognise(path).records(seen.append))) == 1200
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


def test_cells_in_far_corners_are_told_of_and_not_opened(tmp_path):
    """Calamine would ask for half a terabyte and take the process down."""

    def fill(page, made):
        page.write_row(0, 0, ["Текст"])
        page.write_string(1_048_575, 16_383, "x")

    error = refused(tmp_path, book(fill))
    assert error.code == "sparse_sheet"
    assert "лист «Лист 1» занимает 1048576 строк на 16384 столбцов" in str(error)


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    ("cells", "size"),
    [
        (b"", (0, 0)),
        (b'<row r="2"><c r="B2"><v>1</v></c></row>', (2, 2)),
        (b'<row r="2"><c r="B2"/><c r="C2" s="1"></c></row>', (0, 0)),
        (b"<row><c><v>1</v></c><c><v>1</v></c></row><row><c><v>1</v></c></row>", (2, 2)),
        (b'<row r="7"><c r=\'C7\'><v>1</v></c><c><v>1</v></c></row><row><c t="inlineStr"><is/></c></row>', (8, 4)),
        (b'<x:row xmlns:x="urn:x"/><row r="9"><c\n r="XFD1048576"><v>1</v></c></row>', (1_048_576, 16_384)),
    ],
)
def test_a_sheet_is_as_large_as_its_cells_say(cells, size):
    content = patched(
        book([["Текст"]]),
        SHEET,
        lambda _: b"<worksheet " + NAMESPACE + b"><sheetData>" + cells + b"</sheetData></worksheet>",
    )
    with packed.open_package(io.BytesIO(content)) as package:
        found, walked = markup.survey(package, SHEET), markup._walk(package, SHEET)
    assert (walked.rows, walked.columns) == size
    assert found.rows >= walked.rows
    assert found.columns >= walked.columns


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 3000), st.integers(0, 800)), st.booleans(), max_size=20))
def test_a_glance_sees_no_less_than_a_walk(cells):
    def fill(page, made):
        for (row, column), text in sorted(cells.items()):
            page.write(row, column, "текст с <c r='A1'> внутри" if text else row)

    with packed.open_package(io.BytesIO(book(fill))) as package:
        walked = markup._walk(package, SHEET)
        glanced = markup._glance(package, SHEET)
    assert glanced.rows == walked.rows
    assert glanced.columns == max(walked.columns, 1)


def test_a_document_type_is_refused_with_all_its_entities(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    content = book([["Текст"], ["Пост"]])
    for part in ("xl/workbook.xml", SHEET):
        infected = patched(content, part, lambda xml: xml.replace(b"?>\n", b"?>\n" + bomb + b"<!-- hyperlink -->", 1))
        assert refused(tmp_path, infected).code == "unreadable"


def test_an_encoding_that_is_none_is_damage(tmp_path):
    content = patched(book([["Текст"], ["Пост"]]), "xl/workbook.xml", lambda xml: xml.replace(b"UTF-8", b"UTF-800"))
    assert refused(tmp_path, content).code == "unreadable"


def test_a_book_that_unpacks_to_too_much_is_not_opened(tmp_path, monkeypatch):
    content = patched(book([["Текст"], ["Пост"]]), "xl/styles.xml", lambda xml: xml + b" " * 4_000_000)
    assert len(read(tmp_path, content)) == 1
    monkeypatch.setattr(packed, "LARGE", 1_000_000)
    assert refused(tmp_path, content).code == "zip_bomb"
    monkeypatch.setattr(packed, "EXPANSION", 10**6)
    monkeypatch.setattr(packed, "LARGEST", 1_000_000)
    assert refused(tmp_path, content).code == "zip_bomb"


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (["[Content_Types].xml", "word/document.xml"], "это документ Office"),
        (["[Content_Types].xml", "xl/workbook.bin"], "это документ Office"),
        (["mimetype", "content.xml"], "это документ OpenDocument"),
    ],
)
def test_documents_of_other_kinds_are_told_of(tmp_path, names, advice):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name in names:
            package.writestr(name, "x")
    error = refused(tmp_path, stream.getvalue())
    assert error.code == "binary_file"
    assert advice in str(error)


def test_damaged_books_are_refused_or_read_and_never_anything_else(tmp_path):
    content = book([["Текст", "Ссылка", "Дата"], *([f"Пост {n}", "https://vk.com/wall-5_1", MOMENT] for n in range(9))])
    names = [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "theme" not in name]
    chance = random.Random(0)
    for _ in range(300):

        def damage(part):
            at = chance.randrange(len(part))
            return part[:at] + chance.choice([b"", b"<", b'"', b"\x00", b"9" * 30]) + part[at + chance.randrange(9) :]

        damaged = patched(content, chance.choice(names), damage)
        try:
            assert len(read(tmp_path, damaged)) <= 10
        except ArchiveError as error:
            assert error.code in {"unreadable", "no_text_column", "two_text_columns", "binary_file", "sparse_sheet"}


LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff\ufdd0\ufdd1")
CELLS = st.text(LETTERS, max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS.filter(str.strip), CELLS), min_size=1, max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("book")
    found = read(folder, book([("text", "page_name"), *rows]))
    assert [(row["text"], row["page_name"]) for row in found] == rows


@settings(max_examples=30, deadline=None)
@given(st.lists(CELLS.map(lambda text: "".join(filter(str.isprintable, text)).strip()).filter(bool), max_size=5))
def test_what_another_program_writes_is_read_too(tmp_path_factory, texts):
    made = openpyxl.Workbook()
    made.active.append(["Текст", "Дата"])
    for text in texts:
        made.active.append([None, MOMENT])
        cell = made.active.cell(made.active.max_row, 1)
        cell.value, cell.data_type = text, "s"
    stream = io.BytesIO()
    made.save(stream)
    found = read(tmp_path_factory.mktemp("book"), stream.getvalue())
    assert [(row["text"], row["date"]) for row in found] == [(text, MOMENT.isoformat()) for text in texts]
