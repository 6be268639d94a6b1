"""Encodings: which one an archive is in, and marks where its bytes do not fit."""

import codecs
import re

# Noncharacters of Unicode: they stand in no text and mark a row to be refused.
BROKEN = "\ufdd0"  # in place of bytes that do not decode
CUT = "\ufdd1"  # in place of the rest of a line that is too long

# The name of the error handler that leaves BROKEN.
MARK = "merilo.mark"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # "Unicode text" of Excel
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("cp1251", "koi8-r", "cp866")
_CYRILLIC = re.compile("[а-яёА-ЯЁ]")
_FREQUENT = re.compile("[оеаинтсрвл]")


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return BROKEN, error.end


codecs.register_error(MARK, _mark)


def detect(head: bytes) -> str:
    """Name the encoding of an archive by its beginning.

    UTF-8 unless most of its Cyrillic bytes say otherwise; then the one of the old Russian
    encodings that gives the most frequent letters of Russian.

    >>> detect("Текст;Дата".encode()), detect("Текст поста;Дата".encode("cp1251"))
    ('utf-8', 'cp1251')
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    text = codecs.getincrementaldecoder("utf-8")(MARK).decode(head)
    if text.count(BROKEN) <= len(_CYRILLIC.findall(text)):
        return "utf-8"
    return max(_LEGACY, key=lambda name: len(_FREQUENT.findall(head.decode(name, "ignore"))))
