"""A draft: one text from a file or from the standard input."""

import re
import shlex
import sys
from pathlib import Path
from typing import BinaryIO

from model import Post
from service.admission import admit
from service.archive import table
from service.archive.encoding import BROKEN, MARK, detect
from service.archive.found import NoTextColumn
from service.complaint import Complaint, reason
from service.record import Refusal

# No text for people begins so, though one may begin with a bracket: «[club1|Клуб] ждёт».
_JSON = re.compile(r'(?:\[\s*)?\{\s*"')

# More than any post; reading stops here.
_LONGEST = 4 << 20


def read(name: str, stdin: BinaryIO) -> Post:
    """Read a draft; `-` is the standard input. Raises Complaint."""
    raw = _bytes(name, stdin)
    if len(raw) > _LONGEST or b"\x00" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Complaint(
            "not_a_draft", f"{name}: это не похоже на черновик. Нужен текст одного поста; архивы — merilo score."
        )
    text = raw.decode(detect(raw), MARK).replace(BROKEN, "\ufffd")
    if _is_archive(text):
        raise Complaint(
            "not_a_draft",
            f"{'Это' if name == '-' else f'{name} —'} архив постов, а не черновик. Оценить его: "
            f"merilo score {shlex.quote(name)} -o оценки.xlsx",
        )
    post = admit({"text": text.removeprefix("\ufeff")})
    if isinstance(post, Refusal):
        raise Complaint(post.code, f"Черновик не оценить: {post.message[0].lower()}{post.message[1:]}.")
    return post


def _is_archive(text: str) -> bool:
    """Whether a text is JSON, lines of it, or a table of posts with its header."""
    start = text.lstrip("\ufeff \t\r\n")
    if _JSON.match(start):
        return True
    lines = start.splitlines(keepends=True)[:200]
    try:
        header, _ = table.find_header(lines)
    except NoTextColumn:
        return False
    # A sentence may have names of two fields between commas, so it has to be the first of many lines.
    return header.rows == 1 and len(header.fields) > 1 and len(lines) > 1


def _bytes(name: str, stdin: BinaryIO) -> bytes:
    if name == "-":
        if stdin.isatty():
            print("Вставьте текст и нажмите Ctrl+D:", file=sys.stderr)
        return stdin.read(_LONGEST + 1)
    try:
        with Path(name).open("rb") as stream:
            return stream.read(_LONGEST + 1)
    except OSError as error:
        raise Complaint("unreadable", f"{name} не читается: {reason(error)}.") from None
