import csv
import io
import json
import os
import stat
from pathlib import Path

import pytest

from service.archive import OutputError, check_output, open_output
from service.rows import COLUMNS

ROW = dict.fromkeys(COLUMNS) | {
    "page_name": "=Музей",
    **dict.fromkeys(("usefulness", "engagement"), 62.5),
    "type": "event",
    "missing": ["when"],
    "status": "ok",
}

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.mark.parametrize("name", ["scores.jsonl", "scores.NDJSON"])
def test_json_lines_keep_rows_as_they_are(tmp_path, name):
    path = tmp_path / name
    with open_output(path) as writer:
        writer.write(ROW)
        writer.write(ROW)
    lines = path.read_bytes().decode("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [ROW, ROW]
    assert list(json.loads(lines[0])) == list(COLUMNS)


def test_a_table_is_what_russian_excel_opens(tmp_path):
    path = tmp_path / "scores.csv"
    with open_output(path) as writer:
        writer.write(ROW)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfplatform;")
    header, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";")
    assert header == list(COLUMNS)
    said = dict(zip(header, row, strict=True))
    assert (said["usefulness"], said["missing"], said["error"]) == ("62,5", "когда", "")
    assert said["page_name"] == "'=Музей"


def test_a_plain_table_is_what_programs_open(tmp_path):
    path = tmp_path / "scores.csv"
    with open_output(path, plain=True) as writer:
        writer.write(ROW)
    raw = path.read_bytes()
    assert raw.startswith(b"platform,page_id,")
    header, row = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""))
    said = dict(zip(header, row, strict=True))
    assert (said["usefulness"], said["missing"], said["error"]) == ("62.5", "когда", "")
    assert said["page_name"] == "'=Музей"  # Excel opens plain tables too


@pytest.mark.parametrize("name", ["-", "scores.jsonl", "scores.xlsx", "scores.parquet"])
def test_only_tables_of_text_are_plain(tmp_path, name):
    with pytest.raises(OutputError, match="Уберите --plain") as caught:
        check_output(tmp_path / name if name != "-" else Path(name), plain=True)
    assert caught.value.code == "not_csv"


@pytest.mark.parametrize("name", ["SCORES.CSV", "scores.Jsonl", "scores.XLSX", "scores.Parquet"])
def test_a_name_may_be_in_capitals(tmp_path, name):
    with open_output(tmp_path / name) as writer:
        writer.write(ROW)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, SystemExit])
@pytest.mark.parametrize("before", [None, "старое"])
def test_half_of_a_result_never_bears_its_name(tmp_path, failure, before):
    path = tmp_path / "scores.jsonl"
    if before:
        path.write_text(before)
    with pytest.raises(failure), open_output(path) as writer:
        writer.write(ROW)
        assert (path.read_text() if before else path.exists()) == (before or False)
        raise failure
    assert [file.name for file in tmp_path.iterdir()] == (["scores.jsonl"] if before else [])
    assert not before or path.read_text() == before


def test_a_new_file_has_the_rights_of_a_new_file_and_an_old_one_keeps_its_own(tmp_path):
    fresh, old = tmp_path / "fresh.csv", tmp_path / "old.csv"
    old.touch()
    old.chmod(0o600)
    plain = tmp_path / "plain"
    plain.touch()
    for path in (fresh, old):
        with open_output(path) as writer:
            writer.write(ROW)
    assert stat.S_IMODE(fresh.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("scores", "unknown_kind"),
        ("scores.xls", "unknown_kind"),
        ("scores.csv.gz", "unknown_kind"),
        (".csv", "unknown_kind"),
        ("", "unknown_kind"),
        ("folder.csv", "is_folder"),
        ("nowhere/scores.csv", "no_folder"),
        ("file/scores.csv", "no_folder"),
        ("a" * 300 + ".csv", "unwritable"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_of(tmp_path, name, code):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as caught, open_output(tmp_path / name):
        pytest.fail("it was opened")
    assert caught.value.code == code


@as_root
def test_a_folder_without_rights_is_told_of_at_once(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(OutputError) as caught:
        check_output(closed / "scores.csv")
    assert caught.value.code == "unwritable"


def test_a_full_disk_is_told_of(tmp_path):
    """Where there is a device that is always full."""
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with pytest.raises(OSError, match="No space"), open("/dev/full", "w") as full:
        full.write("x")
    with pytest.raises(OutputError, match="кончилось место"), open_output(tmp_path / "scores.csv"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())
