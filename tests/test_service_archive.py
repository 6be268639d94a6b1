"""What a file is told to be by its content, and what is said of one that is no archive."""

import gzip
import io
import json
import os
from datetime import UTC, datetime

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from service import rows
from service.archive import ArchiveError, recognise
from service.archive.flow import zstd
from service.record import Refusal

LINE = '{"text": "Завтра на улице Садовой не будет воды"}\n'
TABLE = "Текст;Лайки\nЗавтра на улице Садовой не будет воды;5\n"


def packed(raw):
    """By zstd, with a sum at the end as the program of that name writes it."""
    return zstd.compress(raw, options={zstd.CompressionParameter.checksum_flag: 1})


def write(folder, content, name="archive"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (LINE, "jsonl"),
        ("\ufeff\n\n" + LINE, "jsonl"),
        ('{"text": "обрыв', "jsonl"),
        ('{"items": []}', "json"),
        ('{"response":\n{"items": []}}', "json"),
        ('{"count": 1, "note": "x", "items": [', "json"),
        ("  [", "json"),
        ("{\n", "json"),
        (TABLE, "csv"),
        ("text\nпост\n", "csv"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_a_name_says_nothing_and_content_all(tmp_path, content, kind, pack):
    assert recognise(write(tmp_path, pack(content.encode()), "name.xyz")).kind == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n \t", "empty_file"),
        (b"\x00" * 100, "empty_file"),
        (gzip.compress(b""), "empty_file"),
        (b"PK\x03\x04" + bytes(100), "unreadable"),
        (b"PAR1" + bytes(100), "unreadable"),
        (b"PARE" + bytes(100), "binary_file"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "binary_file"),
        (zstd.compress(b""), "empty_file"),
        (zstd.compress(LINE.encode())[:5], "unreadable"),
        (b"\x28\xb5\x2f\xfdgarbage", "unreadable"),
        (b"%PDF-1.7", "binary_file"),
        (b"SQLite format 3\x00", "binary_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "binary_file"),
        (gzip.compress(LINE.encode())[:5], "unreadable"),
        (b"\x1f\x8bgarbage", "unreadable"),
        (b"a" * 3_000_000, "no_text_column"),
        (b'"' * 300_000, "no_text_column"),
    ],
)
def test_what_is_no_archive_is_refused_with_its_name(tmp_path, content, code):
    with pytest.raises(ArchiveError, match="^picture") as caught:
        recognise(write(tmp_path, content, "picture"))
    assert caught.value.code == code


def test_a_folder_or_nothing_is_not_a_file(tmp_path):
    for path in (tmp_path, tmp_path / "nothing", write(tmp_path, "x") / "inside"):
        with pytest.raises(ArchiveError) as caught:
            recognise(path)
        assert caught.value.code == "unreadable"


def test_bytes_at_random_are_refused(tmp_path):
    with pytest.raises(ArchiveError):
        recognise(write(tmp_path, os.urandom(100_000)))


@pytest.mark.parametrize("damage", ["cut", "checksum", "middle"])
@pytest.mark.parametrize(("pack", "rows"), [(gzip.compress, 300), (gzip.compress, 30_000), (packed, 30_000)])
def test_a_damaged_file_gives_what_can_be_unpacked_and_says_that_there_is_more(tmp_path, damage, pack, rows):
    raw = bytearray(pack("".join(f'{{"text": "{os.urandom(40).hex()}"}}\n' for _ in range(rows)).encode()))
    if damage == "cut":
        del raw[-len(raw) // 4 :]
    elif damage == "checksum":
        raw[-8:-4] = b"\x00\x00\x00\x00"
    else:
        raw[len(raw) // 2 : len(raw) // 2 + 2000] = bytes(2000)
    *records, last = recognise(write(tmp_path, bytes(raw), "posts.jsonl.gz")).records()
    assert isinstance(last, Refusal)
    assert last.code == "cut_short"
    assert last.place == "posts.jsonl.gz"
    whole = [record for record in records if not isinstance(record, Refusal)]
    assert len(whole) >= rows // 4


def test_progress_ends_at_the_size_of_the_file(tmp_path):
    path = write(tmp_path, LINE * 2000)
    seen = []
    assert len(list(recognise(path).records(seen.append))) == 2000
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


TEXTS = [
    "Завтра с 9:00 до 17:00 на улице Садовой не будет воды.\nДиспетчер: 5-12-34",
    'Музей «Дом у реки» зовёт на выставку; вход свободный, "сказки" в 12:00 😀',
    "=С праздником, дорогие земляки!",
    "",
    "Приём ведёт терапевт: кабинет 12, будни с 8:00 до 14:00",
]
DATES = [datetime(2026, 3, day, 10, 30) for day in range(1, 6)]
NAMES = ["Текст", "Дата публикации", "Лайки", "Ссылка", "Примечание"]


def as_vk():
    items = [
        {
            "id": n,
            "owner_id": -5,
            "text": text,
            "date": int(date.replace(tzinfo=UTC).timestamp()),
            "likes": {"count": n},
        }
        for n, (text, date) in enumerate(zip(TEXTS, DATES, strict=True))
    ]
    return json.dumps({"response": {"items": items}}).encode()


def table_rows():
    return [
        (text, date, n, f"https://vk.com/wall-5_{n}", "да")
        for n, (text, date) in enumerate(zip(TEXTS, DATES, strict=True))
    ]


def as_csv():
    lines = [NAMES, *((text, f"{date:%d.%m.%Y %H:%M}", n, link, note) for text, date, n, link, note in table_rows())]
    return "".join(
        ";".join(f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in line) + "\n" for line in lines
    ).encode()


def as_xlsx():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd.mm.yyyy", "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Посты")
        for number, cells in enumerate([NAMES, *table_rows()]):
            sheet.write_row(number, 0, cells)
    return stream.getvalue()


def as_parquet():
    stream = io.BytesIO()
    columns = dict(zip(NAMES, map(list, zip(*table_rows(), strict=True)), strict=True))
    pyarrow.parquet.write_table(pyarrow.table(columns), stream)
    return stream.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
@pytest.mark.parametrize("make", [as_csv, as_xlsx, as_parquet])
def test_the_same_posts_in_another_form_have_the_same_scores(tmp_path, scorer, make, pack):
    def scores(content):
        records = recognise(write(tmp_path, content)).records()
        return [
            {name: value for name, value in row.items() if name not in ("date", "error")}
            | {"date": (row["date"] or "").removesuffix("+00:00"), "error": row["error"] and row["error"]["code"]}
            for row in rows.score(scorer, records)
        ]

    expected = scores(as_vk())
    assert [row["error"] for row in expected] == [None, None, None, "empty_text", None]
    assert scores(pack(make())) == expected
