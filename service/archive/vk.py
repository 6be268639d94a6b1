"""VK: an item of `wall.get` (API 5.x) as a row of canonical fields."""

import json
import re
from collections.abc import Mapping
from typing import Any

from service import forms
from service.archive.flow import Flow

Names = dict[int, str]

# Keys that VK's items have and canonical rows have not.
MARKS = frozenset(["owner_id", "from_id", "copy_history", "marked_as_ads", "post_source"])

# A repost with fewer letters of its own says nothing by itself: «Приходите!»
_REMARK = 30

# Kinds of items that have not come out.
_UNPUBLISHED = {"postpone": "postponed", "suggest": "suggested"}

# What is attached, as forms. What else there may be (a place, a sticker) does not tell one.
_FORMS = {
    "poll": "poll", "clip": "clip", "story": "story", "video": "video", "video_playlist": "video", "article": "article",
    "page": "article", "note": "article", "pretty_cards": "cards", "photo": "photo", "posted_photo": "photo",
    "photos_list": "photo", "album": "photo", "audio": "audio", "audio_playlist": "audio", "podcast": "audio",
    "doc": "document", "link": "link", "event": "link", "market": "link",
}  # fmt: skip
_ARTICLE = re.compile(r"^https?://(?:m\.)?vk\.(?:com|ru)/@")

# `"groups": [` and `"profiles": [` of an answer with extended=1; inside a text its quotes would be escaped.
_PAGES = re.compile(rb'(?<!\\)"(groups|profiles)"\s*:\s*(?=\[)')
_LISTS = (b'"groups"', b'"profiles"')
_STEP = 1 << 20
_LONGEST_LIST = 64 << 20


def is_item(record: Mapping[str, Any]) -> bool:
    """Whether a record is an item of a wall rather than a canonical row."""
    return not MARKS.isdisjoint(record) or isinstance(record.get("likes"), dict)


def name_silent(item: Mapping[str, Any]) -> str:
    """What an item is that nobody can read on the wall, by a key of `record.SILENT`; empty where it is a post.

    >>> name_silent({"post_type": "postpone"}), name_silent({"is_deleted": True}), name_silent({"post_type": "post"})
    ('postponed', 'deleted', '')
    """
    return "deleted" if item.get("is_deleted") else _UNPUBLISHED.get(str(item.get("post_type")), "")


def row(item: Mapping[str, Any], names: Names) -> dict[str, Any] | None:
    """Turn an item into canonical fields; counts that VK did not give stay unknown. None where nobody can read it.

    >>> row({"id": 7, "owner_id": -5, "text": "[club1|Клуб] ждёт", "likes": {"count": 3}}, {-5: "Музей"})["page_name"]
    'Музей'
    """
    if name_silent(item):
        return None
    owner = _owner(item)
    return {
        "platform": "vk",
        "page_id": None if owner is None else str(abs(owner)),
        "page_name": None if owner is None else names.get(owner),
        "post_id": item.get("id", item.get("post_id")),
        "date": item.get("date"),
        "text": _text(item),
        **{name: _count(item.get(name)) for name in ("likes", "comments", "reposts", "views")},
        "form": _form(item),
    }


def _owner(item: Mapping[str, Any]) -> int | None:
    for name in ("owner_id", "to_id", "source_id", "from_id"):
        try:
            return int(item[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return None


def _text(item: Mapping[str, Any]) -> Any:
    """The post's own text; of a repost without words or with a short remark, the text that it passes on as well."""
    own = item.get("text")
    history = item.get("copy_history")
    if not isinstance(history, list) or not isinstance(own or "", str) or sum(map(str.isalpha, own or "")) >= _REMARK:
        return own
    passed = [entry.get("text") for entry in history if isinstance(entry, dict)]
    text = next((text for text in passed if text and isinstance(text, str)), None)
    return own if text is None else f"{own}\n\n{text}" if own and own.strip() else text


def _form(item: Mapping[str, Any]) -> str | None:
    """What is attached, or passed on; not known where the dump has no word of it."""
    attached = item.get("attachments")
    passed = item.get("copy_history")
    if not attached and isinstance(passed, list) and passed and isinstance(passed[0], dict):
        attached = passed[0].get("attachments")
    if not isinstance(attached, list):
        return None
    return forms.choose(_form_of(one) for one in attached if isinstance(one, dict)) if attached else "text"


def _form_of(attachment: Mapping[str, Any]) -> str | None:
    """The form of one attachment.

    >>> _form_of({"type": "video", "video": {"type": "short_video"}}), _form_of({"type": "sticker"})
    ('clip', None)
    """
    kind = attachment.get("type")
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    told = attachment.get(str(kind))
    if isinstance(told, dict):
        if form == "video" and (told.get("live") or told.get("live_status") or told.get("type") == "live"):
            return "live"
        if form == "video" and told.get("type") == "short_video":
            return "clip"
        if form == "link" and _ARTICLE.match(str(told.get("url"))):
            return "article"
    return form


def _count(value: Any) -> Any:
    return value.get("count") if isinstance(value, dict) else value


def names(flow: Flow) -> Names:
    """Names of pages and people that a dump gives beside its items, by owner id.

    They stand after the items, so they are looked for before anything is read, without
    parsing the rest.
    """
    found: Names = {}
    held = b""
    while part := flow.stream.read(_STEP):
        held += part
        # Twenty times as fast as the expression, and hardly a piece has them.
        if not any(name in held for name in _LISTS):
            held = held[-64:]
            continue
        while (match := _PAGES.search(held)) is not None:
            held = held[match.end() :]
            entries, held = _list(flow, held)
            found.update(_named(match[1] == b"groups", entries))
        held = held[-64:]
    return found


def _list(flow: Flow, held: bytes) -> tuple[list[Any], bytes]:
    """Decode the list at the front of `held`, reading on as far as it goes."""
    while True:
        text = held.decode(flow.encoding, "replace")
        try:
            entries, end = json.JSONDecoder(strict=False).raw_decode(text)
        except (ValueError, RecursionError):
            part = flow.stream.read(max(_STEP, len(held))) if len(held) < _LONGEST_LIST else b""
            if not part:
                return [], held
            held += part
        else:
            return entries, text[end:].encode(flow.encoding, "replace")


def _named(groups: bool, entries: list[Any]) -> Names:
    found = {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("id"), int):
            person = " ".join(str(entry.get(key) or "") for key in ("first_name", "last_name")).strip()
            name = entry.get("name") if groups else person
            if isinstance(name, str) and name:
                found[-abs(entry["id"]) if groups else entry["id"]] = name
    return found
