"""The command line as a user meets it: results, exit codes, messages; never a traceback."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet as pq
import pytest
import sqlalchemy
from typer.testing import CliRunner

import model
from model.folder import PRETRAINED, PROTOCOL
from service.batch import Tally
from service.cli import app
from service.desk import ExplainAnswer
from service.rows import COLUMNS
from service.store import Selection, Store, feedback, pages
from service.suffixes import listed
from service.terminal import show_tally

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
POSTS = [{"text": f"{OUTAGE} Дом {number}", "post_id": str(number), "page_id": "5"} for number in range(4)]
PROGRAM = Path(sys.executable).parent / "merilo"


def lines(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty folder to work in, with a store of its own: that of the developer is none of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MERILO_DATABASE_URL", f"sqlite:///{tmp_path}/store.sqlite3")
    return tmp_path


@pytest.fixture
def merilo(desk, scorer, monkeypatch):
    """The program, in this process; the shipped model is not loaded again for each call."""
    load = model.load
    monkeypatch.setattr(model, "load", lambda folder: scorer if folder == PRETRAINED else load(folder))

    def run(*arguments, stdin=None):
        done = CliRunner().invoke(app, list(map(str, arguments)), input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.stderr
        return done

    return run


def scored(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_score_writes_a_row_for_each_post(merilo, desk):
    (desk / "posts.jsonl").write_text(lines(POSTS), encoding="utf-8")
    done = merilo("score", "posts.jsonl", "-o", "out.jsonl")
    assert done.exit_code == 0, done.stderr
    rows = scored(desk / "out.jsonl")
    assert [row["post_id"] for row in rows] == ["0", "1", "2", "3"]
    assert all({*row} == {*COLUMNS, "text"} and row["error"] is None for row in rows)
    assert all(list(row)[:3] == ["text", "post_id", "page_id"] for row in rows)  # the user's own stand first
    assert sorted(file.name for file in desk.iterdir()) == [".out.jsonl.done", "out.jsonl", "posts.jsonl"]


def test_the_summary_says_what_was_scored_refused_and_why(merilo, desk):
    (desk / "posts.jsonl").write_text(lines([POSTS[0], {"text": ""}, {"text": " "}, 5, POSTS[1]]) + "обрыв {\n")
    done = merilo("score", "posts.jsonl", "-o", "out.jsonl")
    assert done.exit_code == 1
    plain = re.sub(r"(?<=\d)\s(?=\d)", "", done.stderr)  # 1 234
    said = {re.sub(r"\s+\S+$", "", line).strip(): line.split()[-1] for line in plain.splitlines()}
    assert (said["Строк"], said["Оценено"], said["Отклонено"]) == ("6", "2", "4")
    assert said["нет текста"] == "2"
    assert said["запись — не объект с полями"] == "1"
    assert said["запись не разбирается как JSON"] == "1"
    assert "Постов в секунду" not in said
    assert said["Записано:"] == "out.jsonl"
    codes = [row["error"] and row["error"]["code"] for row in scored(desk / "out.jsonl")]
    assert codes == [None, "empty_text", "empty_text", "not_object", None, "bad_json"]


def test_dates_that_are_not_understood_are_counted(merilo, desk):
    rows = [
        post | {"date": date} for post, date in zip(POSTS, ["12.03.2026", "вчера", None, "31.02.2026"], strict=True)
    ]
    (desk / "posts.jsonl").write_text(lines(rows))
    for command, out in (("score", "out.csv"), ("convert", "out.jsonl")):
        assert "Дата не понята: 2." in merilo(command, "posts.jsonl", "-o", out).stderr
    (desk / "posts.jsonl").write_text(lines(POSTS))
    assert "Дата" not in merilo("score", "posts.jsonl", "-o", "out.csv").stderr


@pytest.mark.parametrize(("rows", "earlier", "told"), [(999, 0, False), (1000, 0, True), (1500, 600, False)])
def test_a_pace_is_told_where_it_is_not_the_time_of_loading(capsys, rows, earlier, told):
    show_tally(Tally(rows, earlier=earlier, seconds=1.0), "-", [])
    assert ("Постов в секунду" in capsys.readouterr().err) == told


@pytest.mark.parametrize("command", ["score", "convert", "report"])
def test_a_field_may_be_named_as_it_is_shown(merilo, desk, command):
    (desk / "posts.csv").write_text(f"Текст;Лайки;Оценка\n{OUTAGE};1;7\n", "utf-8")
    out = "out.html" if command == "report" else "out.jsonl"
    done = merilo(command, "posts.csv", "-o", out, "--map", "Лайки=Оценка", "--format", "csv")
    assert done.exit_code == 0, done.stderr
    assert "лайки ← «Оценка»" in done.stderr
    done = merilo(command, "posts.csv", "-o", out, "--map", "оценка=Оценка")
    assert (done.exit_code, "Поля для --map: text (текст), date (дата)" in done.stderr) == (2, True)


def test_a_history_of_other_pages_is_told_of(merilo, desk, root):
    archive = root / "service" / "sample" / "wall.json"
    (desk / "posts.jsonl").write_text(lines(POSTS))
    done = merilo("score", "posts.jsonl", "-o", "out.csv", "--history", archive)
    assert f"История {archive} не подошла ни одному посту" in done.stderr
    for history in (["--history", "none"], ["--history", "self"]):
        assert "не подошла" not in merilo("score", "posts.jsonl", "-o", "out.csv", *history).stderr
    assert "не подошла" not in merilo("score", archive, "-o", "out.csv", "--history", archive).stderr


ARCHIVES = {
    "wall.json": json.dumps({"response": {"items": [{"id": 1, "owner_id": -5, "text": OUTAGE}]}}, indent=1),
    "posts.jsonl": lines(POSTS),
    "posts.csv": f"Дата;Текст\n12.03.2026;{OUTAGE}\n",
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_no_draft(merilo, desk, name):
    (desk / name).write_text(ARCHIVES[name], "utf-8")
    done = merilo("explain", name)
    assert done.exit_code == 2
    assert f"{name} — архив постов, а не черновик. Оценить его: merilo score {name} -o" in done.stderr
    assert "архив постов" in merilo("explain", "-", stdin=ARCHIVES[name]).stderr


@pytest.mark.parametrize(
    "draft", ["[club1|Клуб] ждёт всех на концерт 12 марта", "Текст\nВстреча 12 марта в 10:00, вход {в}"]
)
def test_a_draft_is_no_archive_for_its_brackets(merilo, draft):
    assert merilo("explain", "-", stdin=draft).exit_code == 0


@pytest.mark.parametrize("command", [["keys", "add"], ["feedback"]])
def test_what_is_needed_is_said_in_russian(merilo, command):
    said = merilo(*command, "--help").stdout
    assert "[обязательно]" in said
    assert "required" not in said


def test_grades_without_texts_say_how_to_have_texts(merilo, desk):
    with Store.open(os.environ["MERILO_DATABASE_URL"]) as store, store.writing() as connection:
        feedback.add(connection, "0" * 64, "эксперт", grade=4, type="alert")
    done = merilo("feedback", "-o", "grades.jsonl")
    assert "Пропущено без текста: 1" in done.stderr
    assert "MERILO_KEEP_TEXTS=1" in done.stderr
    with Store.open(os.environ["MERILO_DATABASE_URL"]) as store, store.erasing() as connection:
        connection.execute(sqlalchemy.text("DELETE FROM feedback"))
    assert "MERILO_KEEP_TEXTS" not in merilo("feedback", "-o", "none.jsonl").stderr


def test_followers_reach_the_page_in_the_store(merilo, desk):
    rows = ["12.03.2026;1 200;4,1", "14.03.2026;1,3 тыс.;3", "13.03.2026;1250;5", "15.03.2026;много;5"]
    table = "Текст;Соцсеть;ID страницы;Дата;Подписчики;ER, %;Охват\n"
    (desk / "posts.csv").write_text(table + "".join(f"{OUTAGE};vk;5;{row};9\n" for row in rows), "utf-8")
    done = merilo("score", "posts.csv", "-o", "out.csv", "--store")
    assert done.exit_code == 0, done.stderr
    assert "подписчики ← «Подписчики»; не использованы: «Охват»\n" in done.stderr
    assert "Числа не поняты: подписчики — 1." in done.stderr
    with Store.open(os.environ["MERILO_DATABASE_URL"]) as store, store.reading() as connection:
        assert pages.find(connection, "vk", "5")["followers"] == 1300
    cells = list(csv.DictReader(io.StringIO((desk / "out.csv").read_text("utf-8-sig")), delimiter=";"))
    assert [row["ER, %"] for row in cells] == ["4,1", "3", "5", "5"]


def test_a_form_of_canonical_rows_is_used(merilo, desk):
    (desk / "posts.jsonl").write_text(lines([post | {"form": "poll", "заметка": 1} for post in POSTS]))
    said = merilo("score", "posts.jsonl", "-o", "out.csv").stderr
    assert "формат ← «form»; не использованы: «заметка»" in said
    assert merilo("convert", "out.csv", "-o", "again.jsonl").exit_code == 0
    assert [row["form"] for row in scored(desk / "again.jsonl")] == ["poll"] * 4


def test_a_table_without_a_header_is_told_of(merilo, desk):
    (desk / "posts.csv").write_text("".join(f"1{n}.03.2026;{OUTAGE}\n" for n in range(3)), "utf-8")
    done = merilo("score", "posts.csv", "-o", "out.jsonl")
    assert done.exit_code == 0, done.stderr
    assert "текст ← «Столбец 2»; не использованы: «Столбец 1»" in done.stderr
    assert "Строки с названиями столбцов в таблице нет" in done.stderr
    assert [row["Столбец 1"] for row in scored(desk / "out.jsonl")] == ["10.03.2026", "11.03.2026", "12.03.2026"]
    said = merilo("score", "posts.csv", "-o", "out.jsonl", "--map", "дата=Столбец 1").stderr
    assert "дата ← «Столбец 1»" in said


@pytest.mark.parametrize("workers", [1, 2])
def test_dates_of_a_workbook_are_dates_again(merilo, desk, workers):
    moment, day = datetime(2026, 3, 12, 10, 15, 30), datetime(2026, 3, 14)
    book = openpyxl.Workbook()
    for row in (["Текст", "Дата", "Срок", "Код"], [OUTAGE, moment, day, "2026-03-12"], ["", day, None, 7]):
        book.active.append(row)
    book.save(desk / "posts.xlsx")
    assert merilo("score", "posts.xlsx", "-o", "out.xlsx", "--workers", workers).exit_code == 1
    sheet = openpyxl.load_workbook(desk / "out.xlsx")["Оценки"]
    _, first, second = ([cell.value for cell in row[:4]] for row in sheet.iter_rows())
    assert first == [OUTAGE, moment, day, "2026-03-12"]
    assert second == [None, day, None, 7]
    assert (sheet["C2"].number_format, sheet["B2"].number_format) == ("dd.mm.yyyy", "dd.mm.yyyy hh:mm")
    merilo("score", "posts.xlsx", "-o", "out.jsonl")
    assert scored(desk / "out.jsonl")[0]["Дата"] == "2026-03-12T10:15:30"
    assert json.loads((desk / "out.jsonl.rejects.jsonl").read_text("utf-8"))["raw"]["Дата"] == "2026-03-14T00:00:00"


def test_a_run_that_is_done_is_not_done_again(merilo, desk, monkeypatch):
    (desk / "posts.jsonl").write_text(lines([*POSTS, {"text": ""}]))
    score = ["score", "posts.jsonl", "-o", "out.csv"]
    assert merilo(*score).exit_code == 1
    written = (desk / "out.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("service.run.run", lambda *_: pytest.fail("it was scored again"))
        done = merilo(*score, "--resume")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.endswith(
        "Уже готово: out.csv. Вход и параметры те же, оценивать нечего. Заново — без --resume.\n"
    )
    for other in (["--plain"], ["--store"], ["--history", "self"], ["--map", "дата=text"]):
        assert "Уже готово" not in merilo(*score, "--resume", *other).stderr
        assert "Уже готово" in merilo(*score, "--resume", *other).stderr
    assert merilo(*score).exit_code == 1
    for changed in ("out.csv", "out.csv.rejects.jsonl", "posts.jsonl"):
        path = desk / changed
        path.write_text(path.read_text("utf-8") + lines(POSTS[:1]), "utf-8")
        assert "Уже готово" not in merilo(*score, "--resume").stderr
    (desk / "posts.jsonl").write_text(lines([*POSTS, {"text": ""}]))
    merilo(*score)
    assert (desk / "out.csv").read_bytes() == written


def test_what_nobody_can_read_on_a_wall_is_no_post(merilo, desk):
    item = {"id": 1, "owner_id": -5, "text": OUTAGE}
    kinds = [{"post_type": "post"}, {"post_type": "postpone"}, {"post_type": "suggest"}, {"is_deleted": True}]
    (desk / "wall.json").write_text(json.dumps({"items": [item | kind for kind in [*kinds, kinds[1]]]}))
    for command, out in (("score", "out.csv"), ("convert", "out.jsonl"), ("score", "out.jsonl")):
        done = merilo(command, "wall.json", "-o", out)
        assert done.exit_code == 0
        assert "Не посты, их нет среди строк: отложенные — 2, предложенные — 1, удалённые — 1." in done.stderr
    assert len(scored(desk / "out.jsonl")) == 1
    said = {"id": 1, "type": "message", "date_unixtime": "1710238500", "text": OUTAGE}
    (desk / "result.json").write_text(json.dumps({"name": "Музей", "messages": [said, said | {"type": "service"}]}))
    assert "служебные сообщения — 1" in merilo("score", "result.json", "-o", "out.csv").stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_counts_that_are_not_understood_are_counted_by_their_columns(merilo, desk, workers):
    rows = ["1 200;1,5K", "~50;нет", "1.200;7", "#Н/Д;"]
    (desk / "posts.csv").write_text("Текст;Лайки;Просмотры\n" + "".join(f"{OUTAGE};{row}\n" for row in rows), "utf-8")
    done = merilo("score", "posts.csv", "-o", "out.csv", "--workers", workers)
    assert done.exit_code == 0, done.stderr
    assert "Числа не поняты: лайки — 3, просмотры — 1. " in done.stderr
    cells = list(csv.DictReader(io.StringIO((desk / "out.csv").read_text("utf-8-sig")), delimiter=";"))
    assert [f"{row['Лайки']};{row['Просмотры']}" for row in cells] == rows
    assert merilo("convert", "posts.csv", "-o", "out.jsonl").exit_code == 0
    assert [(row["likes"], row["views"]) for row in scored(desk / "out.jsonl")] == [
        *((1200, 1500), (None, None), (None, 7), (None, None)),
    ]


@pytest.mark.parametrize("out", ["out.jsonl", "-"])
def test_what_is_no_json_does_not_come_back(merilo, desk, out):
    """Python reads NaN and Infinity in what others wrote; other programs do not."""
    told = '"text": "Воды не будет на Садовой", "share": NaN, "more": {"least": -Infinity}'
    (desk / "posts.jsonl").write_text(
        f'{{{told}}}\n{{{told}, "likes": Infinity}}\n{{{told}, "likes": 1e999}}\n{{{told}, "text": ""}}\n'
    )
    done = merilo("score", "posts.jsonl", "-o", out)

    def refuse(name):
        raise AssertionError(name)

    text = done.stdout if out == "-" else (desk / out).read_text("utf-8")
    rows = [json.loads(line, parse_constant=refuse) for line in text.splitlines()]
    assert [(row["share"], row["more"]) for row in rows] == [(None, {"least": "-Infinity"})] * 4
    assert [row.get("likes") for row in rows] == [None, "Infinity", "Infinity", None]
    assert [row["error"] and row["error"]["code"] for row in rows] == [None, None, None, "empty_text"]
    assert "Числа не поняты: лайки — 2." in done.stderr
    if out != "-":
        for line in (desk / "out.jsonl.rejects.jsonl").read_text("utf-8").splitlines():
            assert json.loads(line, parse_constant=refuse)["raw"]["share"] is None


@pytest.mark.parametrize("out", ["out.csv", "out.xlsx", "out.parquet"])
def test_tables_take_what_is_no_json(merilo, desk, out):
    told = '"text": "Воды не будет на Садовой", "share": %s, "more": {"least": NaN}'
    (desk / "posts.jsonl").write_text("".join(f"{{{told % share}}}\n" for share in ("NaN", "Infinity", "0.5")))
    assert merilo("score", "posts.jsonl", "-o", out).exit_code == 0
    if out == "out.parquet":
        row = pq.read_table(desk / out).to_pylist()[1]
        assert (row["share"], row["more"]) == (float("inf"), '{"least": null}')


def test_rows_that_are_all_refused_are_written_all_the_same(merilo, desk):
    (desk / "posts.jsonl").write_text(lines([{"text": ""}]))
    assert merilo("score", "posts.jsonl", "-o", "out.csv").exit_code == 1
    header, row = csv.reader(io.StringIO((desk / "out.csv").read_text("utf-8-sig")), delimiter=";")
    assert dict(zip(header, row, strict=True))["error"] == "posts.jsonl, строка 1: нет текста"


def test_many_archives_are_read_in_order_and_a_folder_by_name(merilo, desk):
    (desk / "year").mkdir()
    (desk / "year" / "b.csv").write_text("Текст;id\nВторой пост о воде;b\n")
    (desk / "year" / "a.csv.gz").write_bytes(gzip.compress("Текст;id\nПервый пост о воде;a\n".encode("cp1251")))
    (desk / "year" / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (desk / "last.json").write_text(json.dumps({"response": {"items": [{"id": 3, "owner_id": -5, "text": OUTAGE}]}}))
    done = merilo("score", "year", "last.json", "-", "-o", "out.jsonl", stdin=lines(POSTS[:1]))
    assert done.exit_code == 0, done.stderr
    assert [row["post_id"] for row in scored(desk / "out.jsonl")] == ["a", "b", "3", "0"]
    assert "Пропущено. year/photo.png — не архив постов" in done.stderr
    assert "вложенные папки" not in done.stderr
    (desk / "year" / "май").mkdir()
    done = merilo("score", "year", "-o", "out.csv")
    assert "Пропущено. year: вложенные папки не просматриваются: «май». Назовите их сами." in done.stderr


def test_standard_output_is_json_lines_and_nothing_else(merilo):
    done = merilo("score", "-", "-o", "-", stdin=lines(POSTS))
    assert [json.loads(line)["post_id"] for line in done.stdout.splitlines()] == ["0", "1", "2", "3"]
    assert "Записано" not in done.stderr


def test_every_kind_of_output_gives_the_numbers_of_json_lines(merilo, desk):
    (desk / "posts.jsonl").write_text(lines([*POSTS, {"text": ""}]))
    for arguments in (["out.jsonl"], ["out.csv"], ["plain.csv", "--plain"], ["out.xlsx"], ["out.parquet"]):
        assert merilo("score", "posts.jsonl", "-o", *arguments).exit_code == 1
    expected = scored(desk / "out.jsonl")
    excel = list(csv.DictReader(io.StringIO((desk / "out.csv").read_text("utf-8-sig")), delimiter=";"))
    plain = list(csv.DictReader(io.StringIO((desk / "plain.csv").read_text("utf-8"))))
    header, *cells = openpyxl.load_workbook(desk / "out.xlsx")["Оценки"].iter_rows(values_only=True)
    sheet = [dict(zip(header, row, strict=True)) for row in cells]
    assert pq.read_table(desk / "out.parquet").to_pylist() == expected
    assert len(excel) == len(plain) == len(sheet) == len(expected) == 5
    for row, *tables in zip(expected, excel, plain, sheet, strict=True):
        for name in ("usefulness", "engagement", "engagement_likes"):
            if row[name] is None:
                assert [table[name] for table in tables] == ["", "", None]
            else:
                assert [float(str(table[name]).replace(",", ".")) for table in tables] == [row[name]] * 3
        assert [table["error"] or None for table in tables] == [row["error"] and row["error"]["message"]] * 3
    assert "," in excel[0]["usefulness"]
    assert "." in plain[0]["usefulness"]


def test_a_package_is_read_like_a_folder(merilo, desk):
    with zipfile.ZipFile(desk / "year.zip", "w") as package:
        package.writestr("a.jsonl", lines(POSTS[:2]))
        package.writestr("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
        package.writestr("b.csv", "Текст;id\nВторой пост о воде;b\n")
    done = merilo("score", "year.zip", "-o", "out.jsonl", "--history", "self")
    assert done.exit_code == 0, done.stderr
    assert [row["post_id"] for row in scored(desk / "out.jsonl")] == ["0", "1", "b"]
    assert "Пропущено. year.zip/photo.png — не архив постов" in done.stderr
    with zipfile.ZipFile(desk / "year.zip", "a") as package:
        package.writestr("../c.csv", "Текст\nПост\n")
    done = merilo("score", "year.zip", "-o", "out.jsonl")
    assert done.exit_code == 2
    assert "year.zip: имя «../c.csv» внутри ведёт за пределы архива" in done.stderr


def test_history_makes_engagement_personal(merilo, desk, root):
    archive = root / "service" / "sample" / "wall.json"
    assert merilo("score", archive, "-o", "none.jsonl").exit_code == 0
    assert merilo("score", archive, "-o", "self.jsonl", "--history", "self").exit_code == 0
    assert merilo("score", archive, "-o", "file.jsonl", "--history", archive).exit_code == 0
    assert scored(desk / "self.jsonl") == scored(desk / "file.jsonl")
    general, personal = scored(desk / "none.jsonl"), scored(desk / "self.jsonl")
    assert any(row["memory_posts"] for row in personal)
    assert not any(row["memory_posts"] for row in general)
    for one, other in zip(general, personal, strict=True):
        assert one["engagement"] == one["engagement_general"] == other["engagement_general"]


def test_neighbours_are_told_on_demand(merilo, desk, root):
    archive = root / "service" / "sample" / "wall.json"
    for name in ("out.jsonl", "out.csv"):
        assert merilo("score", archive, "-o", name, "--history", "self", "--neighbours").exit_code == 0
    near = {row["post_id"]: row["neighbours"] for row in scored(desk / "out.jsonl")}
    assert any(near.values())
    for found in near.values():
        assert all(one["post_id"] in near for one in found)
    table = list(csv.DictReader(io.StringIO((desk / "out.csv").read_text("utf-8-sig")), delimiter=";"))
    for cells in table:
        found = near[cells["post_id"]]
        assert cells["neighbours"].count(";") == max(0, len(found) - 1)
        assert all(f"{one['post_id']} {one['date'][:10]}: лайки {one['likes']}" in cells["neighbours"] for one in found)


CLASH = {
    "the result": ["posts.jsonl", "-o", "posts.jsonl"],
    "its rejects": ["out.csv.rejects.jsonl", "-o", "out.csv"],
    "the rows so far": [".out.csv.part", "-o", "out.csv"],
    "the journal": [".out.csv.journal", "-o", "out.csv"],
    "a link to the rejects": ["link.jsonl", "-o", "out.csv"],
    "a folder with the result": ["folder", "-o", "folder/b.csv"],
    "a folder with the rejects": ["folder", "-o", "folder/c.csv"],
    "the history": ["posts.jsonl", "-o", "out.jsonl", "--history", "out.jsonl"],
    "a folder of history": ["posts.jsonl", "-o", "folder/b.csv", "--history", "folder"],
}


@pytest.mark.parametrize("arguments", CLASH.values(), ids=CLASH)
@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_nothing_given_is_overwritten_or_deleted(merilo, desk, arguments, resume):
    (desk / "folder").mkdir()
    names = ("posts.jsonl", "out.jsonl", "out.csv.rejects.jsonl", ".out.csv.part", ".out.csv.journal")
    for name in (*names, "folder/a.jsonl", "folder/b.csv", "folder/c.csv.rejects.jsonl"):
        (desk / name).write_text("Текст\nПост о воде\n" if name.endswith("csv") else lines(POSTS), encoding="utf-8")
    (desk / "link.jsonl").symlink_to("out.csv.rejects.jsonl")
    before = {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()}
    done = merilo("score", *arguments, *resume)
    assert (done.exit_code, "и вход, и выход" in done.stderr) == (2, True), done.stderr
    assert {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()} == before


def test_convert_overwrites_no_input_either(merilo, desk):
    (desk / "folder").mkdir()
    (desk / "folder" / "posts.jsonl").write_text(lines(POSTS))
    assert "и вход, и выход" in merilo("convert", "folder", "-o", "folder/posts.jsonl").stderr
    assert (desk / "folder" / "posts.jsonl").read_text() == lines(POSTS)


TABLE = f"Заголовок;Суть дела;Дата;Оценка\nВода;{OUTAGE};12.03.2026;5\n"


def test_the_user_says_which_column_is_what_and_sees_it(merilo, desk):
    (desk / "a.csv").write_text(TABLE)
    done = merilo("score", "a.csv", "-o", "out.jsonl")
    assert done.exit_code == 2
    assert "Столбцы файла: «Заголовок», «Суть дела», «Дата», «Оценка»" in done.stderr
    assert "--map text=СТОЛБЕЦ" in done.stderr
    for command in (["score", "-o", "out.jsonl"], ["convert", "-o", "out.jsonl"], ["drift"]):
        done = merilo(*command, "a.csv", "--map", "text=суть дела", "--map", "likes=Оценка")
        assert done.exit_code == 0, done.stderr
        said = "Столбцы: текст ← «Суть дела», дата ← «Дата», лайки ← «Оценка»; не использованы: «Заголовок»"
        assert said in done.stderr
        if command[0] == "convert":
            (post,) = scored(desk / "out.jsonl")
            assert (post["text"], post["likes"], post["date"]) == (OUTAGE, 5, "2026-03-12T00:00:00")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet", "a.jsonl", "a.json"])
def test_columns_are_named_alike_in_every_kind_of_table(merilo, desk, name):
    rows = [{"Заметка": "x", "Суть": OUTAGE, "Текст": "короткий", "Лайки": 5}]
    if name.endswith("csv"):
        (desk / name).write_text(f"Заметка;Суть;Текст;Лайки\nx;{OUTAGE};короткий;5\n")
    elif name.endswith("xlsx"):
        book = openpyxl.Workbook()
        for row in (list(rows[0]), list(rows[0].values())):
            book.active.append(row)
        book.save(desk / name)
    elif name.endswith("parquet"):
        pq.write_table(pyarrow.Table.from_pylist(rows), desk / name)
    else:
        (desk / name).write_text(lines(rows) if name.endswith("l") else json.dumps(rows))
    for wanted, text in (([], "короткий"), (["--map", "text=Суть"], OUTAGE)):
        done = merilo("convert", name, "-o", "out.jsonl", *wanted)
        assert done.exit_code == 0, done.stderr
        assert [(post["text"], post["likes"]) for post in scored(desk / "out.jsonl")] == [(text, 5)]
        assert f"текст ← «{'Суть' if wanted else 'Текст'}»" in done.stderr
        assert "не использованы: «Заметка»" in done.stderr


def test_one_of_two_columns_of_the_same_name_can_be_said(merilo, desk):
    (desk / "a.csv").write_text(f"Текст;Текст\nкоротко;{OUTAGE}\n")
    done = merilo("convert", "a.csv", "-o", "out.jsonl")
    assert done.exit_code == 2
    assert 'несколько: «Текст», «Текст (2)». Скажите, какой оценивать: --map "text=Текст (2)"' in done.stderr
    assert merilo("convert", "a.csv", "-o", "out.jsonl", "--map", "text=Текст (2)").exit_code == 0
    assert scored(desk / "out.jsonl")[0]["text"] == OUTAGE


def test_tables_that_are_alike_are_shown_once_and_others_apart(merilo, desk):
    (desk / "folder").mkdir()
    for name, head in (("a", "Текст"), ("b", "Текст"), ("c", "Описание")):
        (desk / "folder" / f"{name}.csv").write_text(f"{head};Дата\n{OUTAGE};12.03.2026\n")
    said = merilo("convert", "folder", "-o", "out.jsonl").stderr
    assert "Столбцы (folder/a.csv и ещё 1): текст ← «Текст», дата ← «Дата»\n" in said
    assert "Столбцы (folder/c.csv): текст ← «Описание», дата ← «Дата»\n" in said
    assert said.count("Столбцы") == 2


def test_sheets_that_differ_are_told_apart(merilo, desk):
    book = openpyxl.Workbook()
    for sheet, name in ((book.active, "Текст"), (book.create_sheet("Март"), "Описание")):
        sheet.append([name])
        sheet.append([OUTAGE])
    book.active.title = "Январь"
    book.save(desk / "a.xlsx")
    said = merilo("convert", "a.xlsx", "-o", "out.jsonl").stderr
    assert "Столбцы (a.xlsx, лист «Январь»): текст ← «Текст»\n" in said
    assert "Столбцы (a.xlsx, лист «Март»): текст ← «Описание»\n" in said


def test_nothing_is_shown_of_a_dump_whose_fields_are_known(merilo, desk, root):
    assert "Столбцы" not in merilo("convert", root / "service" / "sample" / "wall.json", "-o", "out.jsonl").stderr


def test_a_format_that_was_told_goes_before_content(merilo, desk):
    (desk / "a.txt").write_text(lines([{"text": OUTAGE, "id": 5, "reactions": 3}]))
    for name, platform in (("jsonl", None), ("telegram", "telegram"), ("vk", "vk"), ("json", None)):
        done = merilo("convert", "a.txt", "-o", "out.jsonl", "--format", name)
        assert done.exit_code == 0, done.stderr
        assert [post["platform"] for post in scored(desk / "out.jsonl")] == [platform]
    (desk / "b.csv").write_text(f"Текст;Лайки\n{OUTAGE};5\n")
    for name in ("vk", "xlsx", "parquet"):
        done = merilo("convert", "b.csv", "-o", "out.jsonl", "--format", name)
        assert (done.exit_code, f"b.csv — не {name}" in done.stderr) == (2, True)
    assert merilo("score", "b.csv", "-o", "out.jsonl", "--format", "json").exit_code == 1  # all of it is told of


def test_columns_that_first_stand_far_down_are_in_a_table_too(merilo, desk):
    posts = [{"text": OUTAGE} for _ in range(300)] + [{"text": OUTAGE, "заметка": "моя"}]
    for name, content in (("a.jsonl", lines(posts)), ("a.json", json.dumps(posts))):
        (desk / name).write_text(content)
        assert merilo("score", name, "-o", "out.csv").exit_code == 0
        table = list(csv.DictReader(io.StringIO((desk / "out.csv").read_text("utf-8-sig")), delimiter=";"))
        assert [row["заметка"] for row in table] == [""] * 300 + ["моя"]


@pytest.fixture
def history(desk):
    """A page whose readers like outages better the longer they last."""
    posts = [
        {"text": f"{OUTAGE} Дом {day}", "date": f"2026-03-{day:02}", "likes": day, "post_id": day, "page_id": 7}
        for day in range(1, 31)
    ]
    (desk / "history.jsonl").write_text(lines(posts), encoding="utf-8")
    return "history.jsonl"


def test_explain_with_history_is_personal(merilo, history):
    plain = json.loads(merilo("explain", "--json", stdin=OUTAGE).stdout)
    told = json.loads(merilo("explain", "--json", "--history", history, stdin=OUTAGE).stdout)
    score, general = told["score"], plain["score"]
    assert (score["memory_posts"], general["memory_posts"]) == (28, 0)
    assert score["engagement_general"] == general["engagement"] != score["engagement"]
    assert [one["likes"] for one in score["neighbours"]] == [int(one["post_id"]) for one in score["neighbours"]]
    assert told["contributions"]["phrases"] == plain["contributions"]["phrases"]
    assert general["neighbours"] == []
    shown = merilo("explain", "--history", history, stdin=OUTAGE).stdout
    assert "по 28 прежним постам" in shown
    assert shown.count("похожий пост") == len(score["neighbours"]) == 3


def test_explain_with_a_short_history_says_that_it_is_not_personal(merilo, desk):
    (desk / "few.jsonl").write_text(lines([{"text": OUTAGE, "date": "2026-03-01", "likes": 3}] * 9))
    assert "отклик общий" in merilo("explain", "--history", "few.jsonl", stdin=OUTAGE).stdout


def test_convert_gives_canonical_rows_that_score_alike(merilo, desk, root):
    archive = root / "service" / "sample" / "wall.json"
    done = merilo("convert", archive, "-o", "posts.jsonl")
    assert done.exit_code == 0
    assert re.search(r"Переведено\s+213", done.stderr)
    posts = scored(desk / "posts.jsonl")
    assert all(set(post) == {*model.post.FIELDS, "form"} for post in posts)
    for name, source in (("one.jsonl", archive), ("other.jsonl", "posts.jsonl")):
        assert merilo("score", source, "-o", name).exit_code == 0
    one, other = (
        [{name: row[name] for name in COLUMNS} for row in scored(desk / f"{n}.jsonl")] for n in ("one", "other")
    )
    assert one == other


def test_convert_counts_what_is_no_post(merilo, desk):
    (desk / "posts.jsonl").write_text(lines([*POSTS, {"text": ""}]), encoding="utf-8")
    done = merilo("convert", "posts.jsonl", "-o", "-")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == len(POSTS)
    assert merilo("convert", "posts.jsonl", "-o", "out.csv").exit_code == 2


def test_drift_says_in_words_whether_to_trust(merilo, desk, root):
    archive = root / "service" / "sample" / "wall.json"
    shown = merilo("drift", archive)
    assert shown.exit_code == 0
    assert re.match("(Модели можно верить|Верьте с оговоркой)", shown.stdout)
    told = json.loads(merilo("drift", archive, "--json").stdout)
    assert (told["posts"], told["verdict"] in {"trust", "caution"}) == (213, True)
    (desk / "english.jsonl").write_text(lines([{"text": f"There is no water in house {n} today"} for n in range(120)]))
    assert merilo("drift", "english.jsonl").stdout.startswith("Верить нельзя")
    (desk / "few.jsonl").write_text(lines(POSTS))
    few = merilo("drift", "few.jsonl").stdout
    assert "мало, чтобы судить" in few
    assert "как в обучении" not in few


@pytest.mark.parametrize(
    ("kind", "head", "row"),
    [
        ("jsonl", "", '{"text": "%s"}\n'),
        ("json", "[", '{"text": "%s"},'),
        ("csv", "Текст;Лайки\n", "%s;5\n"),
        ("csv", "Текст;Лайки\n", '"%s";5\n'),
    ],
)
def test_a_line_of_50_megabytes_is_one_refused_row(merilo, desk, kind, head, row):
    path = desk / f"posts.{kind}"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head + row % OUTAGE)
        before, after = row.split("%s")
        stream.write(before)
        for _ in range(50):
            stream.write("a" * 1_000_000)
        stream.write(after + row.rstrip(",") % OUTAGE + ("]" if kind == "json" else ""))
    done = merilo("score", path, "-o", "out.jsonl")
    assert done.exit_code == 1, done.stderr
    codes = [row["error"] and row["error"]["code"] for row in scored(desk / "out.jsonl")]
    assert codes in ([None, "record_too_long", None], [None, "text_too_long", None])


def test_posts_of_a_page_are_forgotten_after_they_were_counted(merilo, desk, root):
    merilo("score", root / "service" / "sample" / "wall.json", "-o", "out.csv", "--store")
    with Store.open(os.environ["MERILO_DATABASE_URL"]) as store, store.reading() as connection:
        (page, *others) = pages.glance(connection, Selection())
    name = f"{page['platform']}/{page['page_id']}"
    dry = merilo("forget", name)
    assert f"({name}): {page['posts']} пост" in dry.stdout.replace("\u00a0", " ")
    assert "Ничего не удалено" in dry.stdout
    done = merilo("forget", page["page"], "--yes")
    assert (done.exit_code, dry.stdout.split("\n")[0]) == (0, done.stdout.split("\n")[0])
    assert "Удалено" in done.stdout
    assert "Удалять нечего" in merilo("forget", name, "--yes").stdout
    with Store.open(os.environ["MERILO_DATABASE_URL"]) as store, store.reading() as connection:
        assert [row["posts"] for row in pages.glance(connection, Selection())] == [0, *(row["posts"] for row in others)]
    assert merilo("forget", "vk/0").exit_code == 2


UNUSABLE = {
    "no arguments": (["score"], "Как вызвать: merilo score"),
    "no command": ([], "Как вызвать: merilo"),
    "no input": (["score", "-o", "out.csv"], "Не указано, что оценивать"),
    "no output": (["score", "posts.jsonl"], "Не указано, куда писать: добавьте -o и имя.csv, "),
    "output without a name": (["score", "posts.jsonl", "-o"], "После -o нужно значение"),
    "no such file": (["score", "нет.json", "-o", "out.csv"], "нет.json не читается: такого файла нет"),
    "empty name": (["score", "", "-o", "out.csv"], "Имя архива пустое"),
    "long name": (["score", "a" * 5000, "-o", "out.csv"], "имя слишком длинное"),
    "path through a file": (["score", "posts.jsonl/a", "-o", "out.csv"], "в пути стоит файл вместо папки"),
    "empty file": (["score", "empty.json", "-o", "out.csv"], "empty.json пуст"),
    "no records": (["score", "none.json", "-o", "out.csv"], "Нет ни одной записи"),
    "empty folder": (["score", "folder", "-o", "out.csv"], "В папке folder нет ни одного архива"),
    "binary": (
        ["score", "photo.png", "-o", "out.csv"],
        "photo.png — не архив постов. Нужны: выгрузка VK, Telegram или MAX (JSON)",
    ),
    "a damaged book": (["score", "book.xlsx", "-o", "out.csv"], "book.xlsx не читается: повреждён"),
    "plain of no table": (["score", "posts.jsonl", "-o", "out.xlsx", "--plain"], "out.xlsx — не CSV"),
    "plain of the output": (["score", "posts.jsonl", "-o", "-", "--plain"], "в вывод идут строки JSON"),
    "no column": (["score", "table.csv", "-o", "out.csv"], "Столбцы файла: «a», «b»"),
    "wrong extension": (["score", "posts.jsonl", "-o", "out.xls"], f"имя должно кончаться на {listed()}"),
    "output is a folder": (["score", "posts.jsonl", "-o", "folder.csv"], "folder.csv — папка"),
    "no folder": (["score", "posts.jsonl", "-o", "нет/out.csv"], "Нет папки нет"),
    "no such column": (["score", "posts.jsonl", "-o", "out.csv", "--map", "text=Нет"], "Есть: «text», «post_id»"),
    "no such field": (["drift", "posts.jsonl", "--map", "суть=text"], "Нет поля суть. Поля для --map: text (текст), "),
    "a map without a column": (["score", "posts.jsonl", "-o", "out.csv", "--map", "text="], "Нужно ПОЛЕ=СТОЛБЕЦ"),
    "a field told twice": (
        ["convert", "posts.jsonl", "-o", "out.jsonl", "--map", "text=a", "--map", "text=b"],
        "Поле text названо в --map дважды",
    ),
    "a map of a dump": (["drift", "wall.json", "--map", "text=a"], "поля выгрузок VK, Telegram и MAX известны"),
    "no such format": (["score", "posts.jsonl", "-o", "out.csv", "--format", "xls"], "Нет формата xls. Есть: csv, "),
    "both from the standard input": (["score", "-", "-o", "out.csv", "--history", "-"], "история — стандартный ввод"),
    "output is input": (["score", "posts.jsonl", "-o", "posts.jsonl"], "это и вход, и выход"),
    "output is input by another name": (["score", "posts.jsonl", "-o", "./folder/../posts.jsonl"], "и вход, и выход"),
    "long output": (["score", "posts.jsonl", "-o", "a" * 300 + ".csv"], "имя слишком длинное"),
    "no history": (["score", "posts.jsonl", "-o", "out.csv", "--history", "нет"], "нет не читается"),
    "neighbours of nothing": (["score", "posts.jsonl", "-o", "out.csv", "--neighbours"], "добавьте --history"),
    "two standard inputs": (["explain", "-", "--history", "-"], "и история — стандартный ввод"),
    "nothing to compare": (["drift", "none.json"], "сравнивать нечего"),
    "no model": (["score", "posts.jsonl", "-o", "out.csv", "--model", "folder"], "В папке folder нет модели"),
    "model is a file": (["model", "--model", "posts.jsonl"], "posts.jsonl"),
    "damaged model": (["model", "--model", "damaged"], "Скопируйте папку"),
    "unknown command": (["rate"], "Нет такой команды, или лишнее слово: rate. Подробнее: merilo --help"),
    "unknown option": (["score", "posts.jsonl", "--foo"], "Нет такого параметра: --foo"),
    "one word too many": (["explain", "posts.jsonl", "ещё"], "лишнее слово: ещё. Подробнее: merilo explain --help"),
    "port is a word": (["serve", "--port", "abc"], "Значение не подходит: --port"),
    "port is too large": (["serve", "--port", "99999"], "Значение не подходит: --port"),
    "address of another": (["serve", "--open", "--host", "192.0.2.1", "--port", "0"], "Не удалось занять 192.0.2.1:0"),
    "no draft": (["explain", "нет.txt"], "нет.txt не читается: такого файла нет"),
    "draft is a folder": (["explain", "folder"], "folder не читается: это папка"),
    "draft is empty": (["explain", "empty.json"], "Черновик не оценить: нет текста"),
    "no page": (["forget", "7"], "Страницы 7 в базе нет"),
    "draft is binary": (["explain", "photo.png"], "не похоже на черновик"),
}


def test_a_slip_in_the_rating_is_told_at_the_start(merilo, desk, monkeypatch):
    monkeypatch.setenv("MERILO_RATING", "нет.toml")
    done = merilo("serve", "--port", "0")
    assert (done.exit_code, "Файл рейтинга нет.toml: не читается" in done.stderr) == (2, True)


@pytest.mark.parametrize(("arguments", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_mistake_of_the_user_is_a_message_and_exit_code_2(merilo, desk, arguments, message):
    (desk / "posts.jsonl").write_text(lines(POSTS))
    (desk / "wall.json").write_text(json.dumps({"items": [{"id": 1, "owner_id": -1, "text": OUTAGE}]}))
    (desk / "empty.json").touch()
    (desk / "none.json").write_text('{"response": {"count": 0, "items": []}}')
    (desk / "folder").mkdir()
    (desk / "folder.csv").mkdir()
    (desk / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (desk / "book.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    (desk / "table.csv").write_text("a;b\n1;2\n")
    (desk / "damaged").mkdir()
    (desk / "damaged" / "manifest.json").write_text(json.dumps({"protocol": PROTOCOL, "files": {}}))
    done = merilo(*arguments)
    assert done.exit_code == 2, done.stdout + done.stderr
    assert message in done.stdout + done.stderr
    assert "Error" not in done.stderr
    assert not (desk / "out.csv").exists()
    assert (desk / "posts.jsonl").read_text() == lines(POSTS)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write anywhere")
@pytest.mark.parametrize(
    ("name", "out"),
    [("closed", "o.csv"), ("closed/a.csv", "o.csv"), ("secret.csv", "o.csv"), ("posts.jsonl", "closed/o.csv")],
)
def test_no_permission_is_told_of(merilo, desk, name, out):
    (desk / "posts.jsonl").write_text(lines(POSTS))
    (desk / "secret.csv").touch(mode=0)
    (desk / "closed").mkdir(mode=0)
    done = merilo("score", name, "-o", out)
    (desk / "closed").chmod(0o700)
    assert done.exit_code == 2
    assert "нет прав" in done.stderr or "нельзя писать" in done.stderr


def test_a_file_that_vanishes_is_a_message(merilo, desk, monkeypatch, scorer):
    path = desk / "posts.jsonl"
    path.write_text(lines(POSTS))

    def load(folder):
        path.unlink()
        return scorer

    monkeypatch.setattr(model, "load", load)
    done = merilo("score", "posts.jsonl", "-o", "out.csv")
    assert done.exit_code == 2
    assert "posts.jsonl" in done.stderr
    assert not list(desk.iterdir())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_explain_reads_a_draft_in_any_encoding(merilo, desk, encoding):
    (desk / "draft.txt").write_text(OUTAGE, encoding=encoding)
    done = merilo("explain", "draft.txt")
    assert done.exit_code == 0, done.stderr
    for expected in (
        "Польза",
        "Отклик",
        "Похоже на: ",
        "кому",
        "не самоотчёт",
        "Польза: подняли: ",
        "Садовой",
        "Формат (совет",
    ):
        assert expected in done.stdout
    assert merilo("explain", "-", stdin=OUTAGE).stdout == merilo("explain", stdin=OUTAGE).stdout == done.stdout


def test_explain_as_json_is_the_answer_of_http(merilo, desk):
    done = merilo("explain", "--json", "-", stdin=OUTAGE)
    answer = ExplainAnswer.model_validate_json(done.stdout)
    assert answer.contributions.phrases
    explained = json.loads(done.stdout)["score"]
    row = json.loads(merilo("score", "-", "-o", "-", stdin=lines([{"text": OUTAGE}])).stdout)
    assert {name: row[name] for name in COLUMNS} == {name: explained[name] for name in COLUMNS}


def test_explain_says_a_doubt_instead_of_numbers(merilo):
    shown = merilo("explain", stdin="This post is written in English, all of it").stdout
    assert "! Оценки не показаны: текст не русский" in shown
    assert "Польза" not in shown
    assert "подняли" not in shown
    assert "Польза" in merilo("explain", stdin=OUTAGE).stdout


def test_explain_names_the_score_that_is_high_over_many_marks(merilo):
    text = f"{OUTAGE}!!! Дедлайн в 17-00 ,звоните: 89211234567. Воду подвезут к школе N 2 ,берите вёдра."
    shown = " ".join(merilo("explain", stdin=text).stdout.split())
    assert re.search(r"! (Польза высокая|Отклик высокий|Польза и отклик высокие), но в тексте \d+ замечани", shown)


def test_explain_says_how_often_a_rule_is_right(merilo):
    assert "лишние знаки — верно 52 из 52" in " ".join(merilo("explain", stdin=OUTAGE + "!!!").stdout.split())


def test_a_terminal_of_another_encoding_is_no_reason_to_fail(desk):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [PROGRAM, "explain", "-"], input=OUTAGE.encode(), env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_model_shows_what_it_is_and_what_it_was_measured_at(merilo, scorer):
    said = merilo("model")
    assert said.exit_code == 0
    assert scorer.info["id"] in said.stdout
    for figure in json.loads((PRETRAINED / "metrics.json").read_text("utf-8")).get("headline", []):
        assert f"{figure['value']:.3f}".replace(".", ",") in said.stdout


@pytest.mark.parametrize(
    "command",
    [[], ["score"], ["explain"], ["serve"], ["model"], ["drift"], ["convert"], ["forget"]],
    ids=str,
)
def test_help_is_russian_with_examples(merilo, command):
    done = merilo(*command, "--help")
    assert done.exit_code == 0
    assert not command or re.search(r"Пример\w*:\s+.*merilo " + command[0], done.stdout)
    words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"--\w+|MERILO_\w+|\S*[./]\S*", "", done.stdout)))
    named = {
        "merilo",
        "score",
        "explain",
        "serve",
        "model",
        "drift",
        "convert",
        "report",
        "pages",
        "keys",
        "feedback",
        "forget",
        "yes",
        "INPUT",
        "OUT",
        "FILE",
        "error",
        "self",
        "none",
    }
    assert words <= named | {"VK", "Telegram", "MAX", "JSON", "CSV", "HTTP", "Excel", "echo", "zcat", "gzip"} | {
        *("XLSX", "Parquet", "UTF", "Dask", "tcp", "SIGHUP"),
        *("text", "date", "likes", "comments", "reposts", "views", "link", "platform"),
        *("page", "post", "id", "name", "kind", "page_name", "page_id", "post_id", "page_kind"),
        *("followers", "form"),
        *("csv", "jsonl", "json", "xlsx", "parquet", "vk", "telegram", "max"),
    }


READERS = {"pyarrow.parquet", "xlsxwriter", "python_calamine"}


def test_help_does_not_wait_for_the_model():
    """Typer and nothing heavier: an answer at once."""
    code = "import sys, service.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "service.cli" in done.stdout.split()
    assert not {"numpy", "sklearn", "natasha", "model", "fastapi", *READERS, "pyarrow"} & set(done.stdout.split())


def test_json_lines_do_not_wait_for_readers_of_tables(desk):
    """Nor for what only training needs."""
    (desk / "posts.jsonl").write_text(lines(POSTS))
    code = (
        "import sys, service.cli\n"
        "try: service.cli.app(['score', 'posts.jsonl', '-o', 'out.jsonl'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "service.archive.parquet" in done.stdout.split(), done.stderr
    assert not {*READERS, "pyarrow", "sklearn", "pandas"} & set(done.stdout.split())
