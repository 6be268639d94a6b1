"""Archives of posts inside a ZIP, and ZIPs that are not opened."""

import gzip
import io
import os
import random
import zipfile
from contextlib import ExitStack

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from service.archive import Archive, ArchiveError, flow, packed, recognise_all
from service.archive.flow import zstd
from service.batch import collect
from service.complaint import Complaint

LINE = '{"text": "Завтра на улице Садовой не будет воды", "post_id": "%s"}\n'
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def book():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        made.add_worksheet("Посты").write_column(0, 0, ["Текст", "Пост из книги"])
    return stream.getvalue()


def parquet():
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"text": ["Пост из Parquet"]}), stream)
    return stream.getvalue()


def package(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return stream.getvalue()


def write(folder, content):
    path = folder / "archive.zip"
    path.write_bytes(content)
    return path


@pytest.fixture
def inside():
    """What is recognised in a file; its archives can be read until the end of the test."""
    with ExitStack() as stack:
        yield lambda path: recognise_all(path, path.name, stack)


def refused(folder, content):
    path = write(folder, content)
    with pytest.raises(ArchiveError, match="^archive.zip") as caught, ExitStack() as stack:
        recognise_all(path, path.name, stack)
    return caught.value


def test_members_are_read_in_order_and_those_that_are_no_archives_are_told_of(tmp_path, inside):
    path = write(
        tmp_path,
        package(
            {
                "год/": b"",
                "год/б.jsonl": LINE % 1 + LINE % 2,
                "год/а.csv": "Текст\nПост из таблицы\n".encode("cp1251"),
                "фото.png": PHOTO,
                "__MACOSX/._а.csv": b"x",
                ".DS_Store": b"x",
                "а.csv.gz": gzip.compress("Текст\nПост из gz\n".encode()),
                "б.json.zst": zstd.compress('[{"text": "Пост из zst"}]'.encode()),
                "книга.xlsx": book(),
                "таблица.parquet": parquet(),
                "книга.gz": gzip.compress(book()),
            }
        ),
    )
    found = inside(path)
    assert [str(one).split(" — ")[0] for one in found if isinstance(one, ArchiveError)] == ["archive.zip/фото.png"]
    archives = [one for one in found if isinstance(one, Archive)]
    records = [(str(record.place), record["text"]) for archive in archives for record in archive.records()]
    assert records == [
        ("archive.zip/год/б.jsonl, строка 1", "Завтра на улице Садовой не будет воды"),
        ("archive.zip/год/б.jsonl, строка 2", "Завтра на улице Садовой не будет воды"),
        ("archive.zip/год/а.csv, строка 2", "Пост из таблицы"),
        ("archive.zip/а.csv.gz, строка 2", "Пост из gz"),
        ("archive.zip/б.json.zst, запись 1", "Пост из zst"),
        ('archive.zip/книга.xlsx, лист "Посты", строка 2', "Пост из книги"),
        ("archive.zip/таблица.parquet, строка 1", "Пост из Parquet"),
        ('archive.zip/книга.gz, лист "Посты", строка 2', "Пост из книги"),
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_batch_reads_members_like_files_and_its_progress_ends_where_they_end(tmp_path, method):
    path = write(tmp_path, package({"а.jsonl": LINE % 1 * 700, "книга.xlsx": book(), "б.jsonl": LINE % 2}, method))
    seen = []
    with ExitStack() as stack:
        batch = collect([str(path)], io.BytesIO(), stack)
        assert len(list(batch.records(seen.append))) == 702
        assert len(list(batch.records())) == 702
        assert seen == sorted(seen)
        assert seen[-1] == batch.size() <= path.stat().st_size


def test_a_folder_and_the_standard_input_may_hold_packages(tmp_path):
    path = write(tmp_path, package({"а.jsonl": LINE % 1, "фото.png": PHOTO}))
    with ExitStack() as stack:
        batch = collect([str(tmp_path), "-"], io.BytesIO(path.read_bytes()), stack)
        places = [str(record.place) for record in batch.records()]
    assert places == [f"{path}/а.jsonl, строка 1", "стандартный ввод/а.jsonl, строка 1"]
    assert len(batch.skipped) == 2


@pytest.mark.parametrize("encoding", ["cp866", "utf-8"])
def test_names_that_do_not_say_their_encoding_are_shown_as_they_were_meant(tmp_path, inside, encoding):
    """Windows in Russia writes them in cp866, macOS in UTF-8."""
    name = "посты.jsonl".encode(encoding)
    content = package({"#" * len(name): LINE % 1}).replace(b"#" * len(name), name)
    (archive,) = inside(write(tmp_path, content))
    assert archive.name == "archive.zip/посты.jsonl"
    assert len(list(archive.records())) == 1


@pytest.mark.parametrize("name", ["../a.csv", "a/../../b.csv", "/etc/a.csv", "..\\a.csv", "\\a.csv", "C:\\a.csv"])
def test_a_name_that_leads_out_of_the_package_is_refused(tmp_path, name):
    error = refused(tmp_path, package({"а.jsonl": LINE % 1, name: LINE % 2}))
    assert error.code == "unsafe_name"
    assert name in str(error)


def test_a_member_under_a_password_is_refused(tmp_path):
    content = bytearray(package({"а.jsonl": LINE % 1}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    error = refused(tmp_path, bytes(content))
    assert error.code == "encrypted"
    assert "«а.jsonl» внутри закрыт паролем" in str(error)


@pytest.mark.parametrize("inner", [{"а.jsonl": LINE % 1}, {}])
def test_a_package_inside_a_package_is_passed_by(tmp_path, inside, inner):
    found, passed = inside(write(tmp_path, package({"б.jsonl": LINE % 2, "год.zip": package(inner)})))
    assert isinstance(found, Archive)
    assert str(passed).startswith("archive.zip/год.zip: архив ZIP внутри другого файла не читается")
    error = refused(tmp_path, package({"год.zip": package(inner)}))
    assert error.code == "nested_zip"
    assert str(error).startswith("archive.zip/год.zip: ")
    assert refused(tmp_path, gzip.compress(package({"а.jsonl": LINE % 1}))).code == "nested_zip"


def test_a_document_inside_is_no_package(tmp_path, inside):
    letter = package({"[Content_Types].xml": "x", "word/document.xml": "x"})
    archive, letter = inside(write(tmp_path, package({"а.jsonl": LINE % 1, "письмо.docx": letter})))
    assert isinstance(archive, Archive)
    assert letter.code == "binary_file"


def test_a_bomb_is_refused_by_what_it_unpacks_to(tmp_path, inside, monkeypatch):
    content = package({"а.jsonl": LINE % 1, "нули.csv": bytes(3_000_000)})
    assert isinstance(inside(write(tmp_path, content))[0], Archive)
    monkeypatch.setattr(packed, "LARGE", 1_000_000)
    assert refused(tmp_path, content).code == "zip_bomb"
    monkeypatch.setattr(packed, "EXPANSION", 10**6)
    assert isinstance(inside(write(tmp_path, content))[0], Archive)
    monkeypatch.setattr(packed, "LARGEST", 2_000_000)
    assert refused(tmp_path, content).code == "zip_bomb"


def test_a_book_that_is_a_bomb_once_unpacked_is_not_copied_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "LARGE", 1_000_000)
    monkeypatch.setattr(flow, "_STEP", 1000)
    assert refused(tmp_path, gzip.compress(book() + bytes(3_000_000))).code == "zip_bomb"


def test_a_member_packed_by_a_rare_method_is_told_of(tmp_path, inside):
    path = write(tmp_path, package({"а.jsonl": LINE % 1}))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as made:
        made.writestr("б.jsonl", LINE % 2)
    archive, rare = inside(path)
    assert (archive.name, rare.code) == ("archive.zip/а.jsonl", "rare_method")


def test_a_package_without_archives_says_so(tmp_path):
    assert refused(tmp_path, package({})).code == "no_archives"
    assert refused(tmp_path, package({"фото.png": PHOTO, "ещё.png": PHOTO})).code == "no_archives"
    assert refused(tmp_path, package({"а.csv": "Дата;Лайки\n1;2\n"})).code == "no_text_column"
    with pytest.raises(Complaint) as caught, ExitStack() as stack:
        collect([str(tmp_path)], io.BytesIO(), stack)
    assert caught.value.code == "no_archives"


def test_a_damaged_member_gives_what_can_be_unpacked(tmp_path, inside):
    lines = "".join(LINE % os.urandom(20).hex() for _ in range(30_000))
    content = bytearray(package({"а.jsonl": lines, "б.jsonl": LINE % 2}))
    at = len(content) // 2
    content[at : at + 500] = bytes(500)
    first, second = inside(write(tmp_path, bytes(content)))
    *whole, last = first.records()
    assert len(whole) > 5000
    assert last.code == "cut_short"
    assert len(list(second.records())) == 1


@pytest.mark.parametrize("cut", [10, 200, -10])
def test_a_damaged_package_is_refused(tmp_path, cut):
    assert refused(tmp_path, package({"а.jsonl": LINE % 1})[:cut]).code == "unreadable"


def test_packages_at_random_are_refused_or_read(tmp_path, inside):
    content = package({"а.jsonl": LINE % 1, "б.csv": "Текст\nПост\n", "книга.xlsx": book()})
    chance = random.Random(0)
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(4):
            damaged[chance.randrange(len(content))] = chance.randrange(256)
        try:
            found = inside(write(tmp_path, bytes(damaged)))
        except ArchiveError:
            continue
        for archive in found:
            assert isinstance(archive, ArchiveError) or len(list(archive.records())) <= 3
