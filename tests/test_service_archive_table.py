import csv
import io
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.archive import ArchiveError, flow, recognise, table
from service.archive.reading import parse
from service.archive.table import cell
from service.record import Refusal


def read(folder, text, encoding="utf-8"):
    path = folder / "posts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return [
        (record.code, str(record.place)) if isinstance(record, Refusal) else dict(record)
        for record in recognise(path).records()
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_any_delimiter_in_any_encoding(tmp_path, delimiter, encoding):
    rows = [["Дата", "Текст", "Лайки"], ["12.03.2026", "Завтра не будет воды, света и газа; нигде", "5"]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    (row,) = read(tmp_path, stream.getvalue(), encoding)
    assert row == {"date": "12.03.2026", "text": "Завтра не будет воды, света и газа; нигде", "likes": 5}


def test_cells_may_hold_quotes_line_ends_and_delimiters(tmp_path):
    text = 'Текст;Лайки\r\n"Музей ""Дом"";\r\nвход\n\nсвободный";1\r\nВторой;2\r\n'
    assert [row["text"] for row in read(tmp_path, text)] == ['Музей "Дом";\r\nвход\n\nсвободный', "Второй"]


def test_a_single_column_is_the_whole_line(tmp_path):
    text = 'Текст\nКонцерт, лекция; "Вход" свободный\tвсем\n'
    assert read(tmp_path, text) == [{"text": 'Концерт, лекция; "Вход" свободный\tвсем\n'.strip()}]


@pytest.mark.parametrize("before", ["sep=;\n", '"sep=;"\r\n', "Отчёт за март\n\n", "Отчёт;;\nМузей;;\n", "\n\n"])
def test_what_stands_above_the_header_is_passed_by(tmp_path, before):
    assert [row["text"] for row in read(tmp_path, before + "Текст;Лайки\nПост о воде;1\n")] == ["Пост о воде"]


@pytest.mark.parametrize(
    ("written", "count"),
    [
        *(("1 234", 1234), ("1\u00a0234", 1234), ("1'234'567", 1234567), ("", None), ("—", None), ("н/д", None)),
        *(("0", 0), ("12,0", 12), ("12.00", 12), ("1,2 тыс.", 1200), ("1.5K", 1500), ("1,5К", 1500), ("3тыс", 3000)),
        *(("1,5 млн", 1_500_000), ("2М", 2_000_000), ("0,25 тыс", 250)),
    ],
)
def test_a_count_as_people_write_it(tmp_path, written, count):
    assert read(tmp_path, f"Текст;Лайки\nПост;{written}\n") == [{"text": "Пост", "likes": count}]


@pytest.mark.parametrize(
    "written",
    [
        "1.200",
        "1,200",
        "1,200K",
        "1e3",
        "нет",
        "~50",
        "10+",
        "#Н/Д",
        "1200,5",
        "1,2345K",
        "-3",
        "12 34",
        "5 руб",
        "9" * 15,
    ],
)
def test_a_count_that_nobody_can_read_is_not_known_and_the_text_is_kept(tmp_path, written):
    path = tmp_path / "posts.csv"
    path.write_text(f"Текст;Лайки;Просмотры\nПост;{written};7\n", "utf-8")
    (row,) = recognise(path).records()
    assert (row, row.unread) == ({"text": "Пост", "likes": None, "views": 7}, ("likes",))
    assert row.own["Лайки"] == written
    assert pickle.loads(pickle.dumps(row)).unread == ("likes",)


def test_a_link_tells_whose_post_it_is(tmp_path):
    (row,) = read(tmp_path, "Текст;Ссылка\nПост;https://vk.com/wall-5_17\n")
    assert (row["platform"], row["page_id"], row["post_id"]) == ("vk", "5", "17")


def test_empty_rows_are_no_rows_and_an_empty_text_is_one(tmp_path):
    found = read(tmp_path, "Текст;Лайки\nПост;1\n;;\n\n;5\n")
    assert found == [{"text": "Пост", "likes": 1}, {"text": "", "likes": 5}]


def test_a_short_row_lacks_fields(tmp_path):
    assert read(tmp_path, "Текст;Лайки\nПост\n") == [{"text": "Пост"}]


def test_more_cells_than_columns_are_refused_in_place(tmp_path):
    found = read(tmp_path, "Текст;Лайки\nПервый;1\nВторой; с точкой с запятой;2\nТретий;3\n")
    assert found[1] == ("extra_cells", "posts.csv, строка 3")
    assert [found[0]["text"], found[2]["text"]] == ["Первый", "Третий"]


def test_cells_of_a_row_that_is_refused_come_back(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text('Дата;Текст;Лайки\n12.03.2026;Второй; с точкой;2\n13.03.2026;"Третий;3\n', "utf-8")
    assert [record.own for record in recognise(path).records()] == [
        {"Дата": "12.03.2026", "Текст": "Второй", "Лайки": " с точкой;2"},
        {"Дата": "13.03.2026", "Текст": '"Третий', "Лайки": "3"},
    ]


def test_a_quote_that_is_not_closed_costs_one_row(tmp_path):
    found = read(tmp_path, 'Текст;Лайки\nПервый;1\n"Второй;2\nТретий;3\nЧетвёртый;4\n')
    assert found[1] == ("unclosed_quote", "posts.csv, строка 3")
    assert [found[n]["text"] for n in (0, 2, 3)] == ["Первый", "Третий", "Четвёртый"]


TABLE = (
    "Дата;Текст;Лайки\n01.03.2026;Первый;1\n02.03.2026;{}Второй;2\n03.03.2026;Третий;3\n04.03.2026;{}Четвёртый{};4\n"
)


@pytest.mark.parametrize("later", [("", '"'), ('"', '"'), ('"', "")])
def test_a_quote_that_a_later_one_seems_to_close_swallows_no_rows(tmp_path, later):
    found = read(tmp_path, TABLE.format('"', *later))
    assert len(found) == 4
    assert found[1] == ("unclosed_quote", "posts.csv, строка 3")
    assert [found[n]["text"] for n in (0, 2)] == ["Первый", "Третий"]


@pytest.mark.parametrize("layout", ["{};5", "5;{}", "12.03.2026;{};5", "{};12.03.2026 10:00;7"])
@pytest.mark.parametrize("text", ["Анонс:\nярмарка; 100;200\n\nи хор", "Цены\n100;200 рублей", "Ждём\n\n5;6", "а;1\nб"])
def test_lines_of_a_text_are_no_rows(tmp_path, layout, text):
    head = {"{};5": "Текст;Лайки", "5;{}": "Лайки;Текст", "12.03.2026;{};5": "Дата;Текст;Лайки"}
    table = f"{head.get(layout, 'Текст;Дата;Лайки')}\n" + (layout.format(f'"{text}"') + "\n") * 2
    assert [row["text"] for row in read(tmp_path, table)] == [text] * 2


def test_quotes_at_the_beginning_of_a_text_are_its_own(tmp_path):
    assert [row["text"] for row in read(tmp_path, 'Текст;Лайки\n"Музей" ждёт;1\n"Дом ""Мир""";2\n')] == [
        *('"Музей" ждёт', 'Дом "Мир"'),
    ]


def test_a_carriage_return_inside_a_line_costs_one_row_at_most(tmp_path):
    found = read(tmp_path, 'Текст;Лайки\n"Первый"\r;1\nВто\rрой;2\nТретий;3\n')
    assert len(found) == 3
    assert found[2]["text"] == "Третий"


def test_lines_of_old_macs_are_told_of(tmp_path):
    with pytest.raises(ArchiveError) as caught:
        read(tmp_path, "Текст;Лайки\rПервый;1\r")
    assert caught.value.code == "old_line_ends"


def test_bytes_that_do_not_decode_cost_one_row(tmp_path):
    raw = "Текст;Лайки\nПервый;1\nВт@орой;2\nТретий;3\n".encode().replace(b"@", b"\xff\xfe")
    assert read(tmp_path, raw)[1] == ("bad_encoding", "posts.csv, строка 3")
    assert len(read(tmp_path, raw)) == 3


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_line_that_is_too_long_costs_one_row(tmp_path, monkeypatch, quote):
    monkeypatch.setattr(flow, "LONGEST_LINE", 3000)
    long = quote + "a" * 9000 + quote
    found = read(tmp_path, f"Текст;Лайки\nПервый;1\n{long};2\nТретий;3\n")
    assert found[1] == ("record_too_long", "posts.csv, строка 3")
    assert [found[0]["text"], found[2]["text"]] == ["Первый", "Третий"]


def test_a_long_text_is_read_whole(tmp_path):
    """Python's own limit of a cell is 131,072 characters."""
    assert len(read(tmp_path, "Текст;Лайки\n" + "ж" * 200_000 + ";1\n")[0]["text"]) == 200_000


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Описание;Текст", 1),
        ("Пост;Текст публикации", 1),
        ("Message;Text", 1),
        ("Содержание;Заголовок", 0),
        ("#;  ТЕКСТ поста: ", 1),
    ],
)
def test_of_several_columns_the_surest_is_taken(tmp_path, header, column):
    assert read(tmp_path, f"{header}\nноль;один\n")[0]["text"] == ("ноль", "один")[column]


def test_two_columns_of_the_same_name_are_for_the_user_to_tell_apart(tmp_path):
    with pytest.raises(ArchiveError, match="несколько: «Текст», «текст»") as caught:
        read(tmp_path, "Текст;Дата;текст\nодин;12.03.2026;другой\n")
    assert caught.value.code == "two_text_columns"


@pytest.mark.parametrize("text", ["Дата;Лайки\n12.03.2026;5\n", "один;два\n1;2\n", "5", "просто текст\nи ещё\n"])
def test_without_a_text_column_the_columns_are_shown(tmp_path, text):
    with pytest.raises(ArchiveError, match="не нашёл столбец с текстом поста") as caught:
        read(tmp_path, text)
    assert f"«{text.split(';')[0].splitlines()[0]}»" in str(caught.value)
    assert caught.value.code == "no_text_column"


NAMELESS = [
    ["12.03.2026", "Завтра на улице Садовой не будет воды", "5"],
    ["13.03.2026", "В музее открылась выставка; вход свободный", "1 200"],
    ["14.03.2026", "Приём граждан с 9:00 до 17:00", ""],
]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_table_without_a_header_keeps_its_first_row(tmp_path, delimiter, count):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(NAMELESS[:count])
    path = tmp_path / "posts.csv"
    path.write_text(stream.getvalue(), "utf-8")
    archive = recognise(path)
    assert archive.columns() == ("Столбец 1", "Столбец 2", "Столбец 3")
    records = list(archive.records())
    assert [list(record.own.values()) for record in records] == NAMELESS[:count]
    assert [record["text"] for record in records] == [row[1] for row in NAMELESS[:count]]
    named = recognise(path, reading=parse(None, ["дата=Столбец 1", "likes=столбец 3"]))
    assert dict(next(named.records())) == {"text": NAMELESS[0][1], "date": "12.03.2026", "likes": 5}


@pytest.mark.parametrize(
    "text",
    [
        "Дорогие друзья, ждём всех на празднике улицы Садовой\nВход свободный, начало в 12:00, не опаздывайте\n",
        "Завтра на улице Садовой не будет воды\nПриём граждан с 9:00\n",
        "Дата;Заголовок новости\n12.03.2026;Завтра на улице Садовой не будет воды\n",
        "Номер;Полное наименование документа организации\n1;Завтра на улице Садовой не будет воды\n",
    ],
)
def test_prose_and_unknown_names_are_no_table_without_a_header(tmp_path, text):
    with pytest.raises(ArchiveError, match="Если строки с названиями в файле нет"):
        read(tmp_path, text)


# Files full of control characters are no tables; two noncharacters are marks of the readers.
LETTERS = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\r\t", exclude_characters="\ufdd0\ufdd1")
CELLS = st.text(LETTERS, max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS.filter(str.strip), CELLS), max_size=5), st.sampled_from(";,\t|"), st.booleans())
def test_what_csv_writes_is_read_back(tmp_path_factory, rows, delimiter, quoted):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([("text", "page_name"), *rows])
    path = tmp_path_factory.mktemp("table") / "posts.csv"
    path.write_bytes(stream.getvalue().encode())
    assert [(row["text"], row["page_name"]) for row in recognise(path).records()] == rows


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (62.5, "62,5"),
        (None, None),
        (7, 7),
        ([], ""),
        (["when", "contact"], "когда, к кому обратиться"),
        ({"who": True, "when": False, "where": None}, "✓ кому, ✗ когда, – где"),
        ({"code": "empty_text", "message": "Нет текста"}, "Нет текста"),
        ("Музей", "Музей"),
        ("-5", "-5"),
    ],
)
def test_a_cell_is_what_a_person_reads(value, shown):
    assert cell(value) == shown


@pytest.mark.parametrize("formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-5=1"])
def test_excel_runs_no_cell(formula):
    assert cell(formula) == "'" + formula
    stream = io.StringIO()
    table.Writer(stream, [formula])
    assert next(csv.reader(io.StringIO(stream.getvalue()), delimiter=";")) == ["'" + formula]


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_written_are_cells_read(values):
    stream = io.StringIO(newline="")
    row = {f"column {number}": value for number, value in enumerate(values)}
    table.Writer(stream, row).write(row)
    _, row = csv.reader(io.StringIO(stream.getvalue(), newline=""), delimiter=";")
    assert row == [cell(value) for value in values]
