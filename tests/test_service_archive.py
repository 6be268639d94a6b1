"""What a file is told to be by its content, and what is said of one that is no archive."""

import gzip
import os

import pytest

from service.archive import ArchiveError, recognise
from service.record import Refusal

LINE = '{"text": "Завтра на улице Садовой не будет воды"}\n'
TABLE = "Текст;Лайки\nЗавтра на улице Садовой не будет воды;5\n"


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
@pytest.mark.parametrize("packed", [False, True])
def test_a_name_says_nothing_and_content_all(tmp_path, content, kind, packed):
    raw = content.encode()
    assert recognise(write(tmp_path, gzip.compress(raw) if packed else raw, "name.xyz")).kind == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n \t", "empty_file"),
        (b"\x00" * 100, "empty_file"),
        (gzip.compress(b""), "empty_file"),
        (b"PK\x03\x04" + bytes(100), "binary_file"),
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
@pytest.mark.parametrize("rows", [300, 30_000])
def test_a_damaged_gz_gives_what_can_be_unpacked_and_says_that_there_is_more(tmp_path, damage, rows):
    raw = bytearray(gzip.compress("".join(f'{{"text": "{os.urandom(40).hex()}"}}\n' for _ in range(rows)).encode()))
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
