"""Admission: a record becomes a post or is refused, by the same rules for files and for HTTP."""

import re
from collections.abc import Mapping
from typing import Any

from model.post import COUNTS, IDENTITY, Post
from service import counts, forms
from service.dates import iso
from service.record import Refusal

# A book pasted into one cell is not a post; VK itself stops at about 16,000.
LONGEST = 1_000_000
# Of a page or a post; an index of PostgreSQL takes no more than some 2,700 bytes.
LONGEST_ID = 500

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half of an emoji: cannot be written as UTF-8
_CONTROL = re.compile("[\x00-\x1f\x7f]+")
_VISIBLE = re.compile(r"[^\s\u00ad\u200b-\u200f\u2060\ufeff\x00-\x1f\x7f]")

_LABELS = (*IDENTITY, "page_kind")
_NO_LABELS = frozenset([bool, list, dict])

_COUNT_NAMES = {"likes": "лайки", "comments": "комментарии", "reposts": "репосты", "views": "просмотры"}


def admit(record: Any, longest: int = LONGEST) -> Post | Refusal:
    """Turn a record with canonical fields into a post, or say why it cannot be one."""
    if not isinstance(record, Mapping):
        return Refusal("not_object")
    known = identity(record)
    text = record.get("text")
    if text is None or text != text:  # NaN is how pandas writes "no text"
        return Refusal("empty_text", identity=known)
    if not isinstance(text, str):
        return Refusal("bad_text", identity=known)
    if not _VISIBLE.search(text):
        return Refusal("empty_text", identity=known)
    if len(text) > longest:
        return Refusal("text_too_long", f"больше {longest} знаков", identity=known)
    if not _NO_LABELS.isdisjoint(map(type, map(record.get, _LABELS))):
        wrong = next(name for name in _LABELS if type(record.get(name)) in _NO_LABELS)
        return Refusal("bad_field", wrong, identity=known)
    for name in ("page_id", "post_id"):
        if len(known[name] or "") > LONGEST_ID:
            return Refusal("long_id", f"{name} больше {LONGEST_ID} знаков", identity={**known, name: None})
    reacted = {name: counts.check(record.get(name)) for name in COUNTS}
    if counts.NO_COUNT in reacted.values():
        wrong = next(name for name in COUNTS if reacted[name] == counts.NO_COUNT)
        return Refusal("bad_count", _COUNT_NAMES[wrong], identity=known)
    fields: dict[str, Any] = {**known, **reacted, "text": _whole(text), "page_kind": _label(record.get("page_kind"))}
    form = forms.known(record.get("form"))
    return Post(**fields) if form is None else forms.FormedPost(**fields, form=form)


def identity(record: Mapping[str, Any]) -> dict[str, str | None]:
    """Whose post a record is, as far as it can be told."""
    known = {name: _label(record.get(name)) for name in IDENTITY}
    known["date"] = iso(known["date"])
    return known


def _whole(text: str) -> str:
    """The text without halves of letters."""
    try:
        text.encode()  # several times as fast as a regular expression
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text)
    return text


def _label(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value.isprintable():  # almost all are
            return value.strip() or None
        return _CONTROL.sub(" ", _LONE_SURROGATE.sub("\ufffd", value)).strip() or None
    if isinstance(value, float):
        if value != value:
            return None
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
