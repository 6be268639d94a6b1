import pytest

from service.archive.encoding import BROKEN, MARK, detect
from service.archive.flow import Flow

RUSSIAN = "Текст;Дата\nЗавтра на улице Садовой не будет воды;12.03.2026\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16"])
def test_russian_text_is_told_by_its_bytes(encoding):
    raw = RUSSIAN.encode(encoding)
    assert raw.decode(detect(raw)) == RUSSIAN


def test_latin_text_is_utf8():
    assert detect(b"text,likes\nhello,1\n") == "utf-8"


def test_a_few_broken_bytes_do_not_change_the_encoding():
    assert detect(RUSSIAN.encode() + b"\xff\xfe\xfa") == "utf-8"


def test_a_head_cut_inside_a_letter_is_still_utf8():
    assert detect("Ж".encode()[:1]) == "utf-8"
    assert detect(RUSSIAN.encode()[:-1] + "ж".encode()[:1]) == "utf-8"


def test_bytes_that_do_not_decode_leave_a_mark_each_run():
    assert b"\xd0\x9f\xff\xd0\x9f".decode("utf-8", MARK) == f"П{BROKEN}П"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_lines_of_utf16_end_where_they_end(tmp_path, encoding):
    path = tmp_path / "excel.txt"
    # U+0A0D and U+0D0A hold the bytes of line ends.
    path.write_bytes(("\ufeffодин\r\nдва\u0a0d\u0d0a\nтри").encode(encoding))
    with Flow(path, "utf-16") as flow:
        assert [line.text for line in flow.lines()] == ["один\r\n", "два\u0a0d\u0d0a\n", "три"]
