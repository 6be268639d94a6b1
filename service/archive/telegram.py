"""Telegram: a message of a Desktop export, of Telethon or of Pyrogram as a row of canonical fields."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from service import forms
from service.record import Row

# What a Desktop export writes beside `"type": "message"`; old versions know the last four only.
_DESKTOP_MARKS = ("date_unixtime", "text_entities", "from_id", "actor_id", "from", "actor")

# Where Telethon writes an object: {"_": "PeerChannel", "channel_id": 1234567890}.
_PEERS = ("peer_id", "to_id", "from_id", "fwd_from", "replies")
_ALBUMS = ("grouped_id", "media_group_id")
_CLASSES = ("Message", "MessageService", "MessageEmpty")

# Keys of which a message without objects inside has at least one.
MARKS = ("type", "_", *_ALBUMS)

# What is attached, as forms: keys of messages of a Desktop export, of Pyrogram and of the Bot API; values of
# `media_type` of the first; keys of `media` of Telethon; kinds of files.
_KEYS = {
    "poll": "poll", "video_note": "clip", "story": "story", "video": "video", "animation": "video", "photo": "photo",
    "audio": "audio", "voice": "audio", "document": "document", "file": "document", "web_page": "link",
}  # fmt: skip
_MEDIA_TYPES = {
    "video_message": "clip", "video_file": "video", "animation": "video", "audio_file": "audio",
    "voice_message": "audio",
}  # fmt: skip
_MEDIA_KEYS = {"poll": "poll", "story": "story", "photo": "photo", "document": "document", "webpage": "link"}
_FILES = {"video": "video", "image": "photo", "audio": "audio"}

# What else may be in a message; it does not tell a form.
_OTHERS = (
    "sticker", "location", "venue", "contact", "dice", "game", "invoice", "giveaway", "location_information",
    "contact_information", "game_title", "invoice_information", "giveaway_information", "giveaway_results", "todo_list",
)  # fmt: skip

# The Bot API and Pyrogram say -1001234567890 where the others say 1234567890, and a Desktop export channel1234567890.
_PREFIX = re.compile(r"^(?:channel|-100(?=\d{10})|-)(?=\d)")


class Album(NamedTuple):
    """What the messages of one album have in common.

    `told` is false where the export does not name albums: then messages of one second and one
    author are taken for one, unless more than one of them has a text.
    """

    page: Any
    mark: tuple[Any, ...]
    told: bool


def is_message(record: Mapping[str, Any]) -> bool:
    """Whether a record is a message of Telegram rather than a canonical row.

    >>> is_message({"type": "message", "date_unixtime": "1710238500", "text": "…"})
    True
    >>> is_message({"message": "…", "peer_id": {"channel_id": 5}}), is_message({"text": "…", "type": "message"})
    (True, False)
    """
    return _is_desktop(record) or _is_telethon(record) or _is_pyrogram(record)


def _is_desktop(record: Mapping[str, Any]) -> bool:
    return record.get("type") in ("message", "service") and any(mark in record for mark in _DESKTOP_MARKS)


def _is_telethon(record: Mapping[str, Any]) -> bool:
    if record.get("_") in _CLASSES:
        return True
    if "message" not in record and "action" not in record:  # what is left are names that VK knows too
        return False
    reactions = record.get("reactions")
    return (
        "grouped_id" in record
        or any(isinstance(record.get(name), dict) for name in _PEERS)
        or (isinstance(reactions, dict) and "results" in reactions)
    )


def _is_pyrogram(record: Mapping[str, Any]) -> bool:
    chat = record.get("chat")
    return "media_group_id" in record or (isinstance(chat, dict) and "id" in chat and "date" in record)


def row(message: Mapping[str, Any], around: Mapping[str, Any]) -> dict[str, Any] | None:
    """Turn a message into canonical fields; None where Telegram speaks itself ("pinned a message"): that is no post.

    `around` are the fields of the chat that holds the message. Counts that the export does
    not give stay unknown. What belongs together is told to `join_albums` under `album`.

    >>> museum = {"name": "Музей", "id": 1234567890}
    >>> post = row({"type": "message", "id": 7, "date_unixtime": "1710238500", "text": ["Ждём ", "вас"]}, museum)
    >>> post["text"], post["page_name"], post["likes"]
    ('Ждём вас', 'Музей', None)
    """
    if _is_service(message):
        return None
    page_id, page_name = _page(message, around)
    album = _album(message, page_id)
    fields = {
        "platform": "telegram",
        "page_id": page_id,
        "page_name": page_name,
        "post_id": message.get("id", message.get("message_id")),
        "date": message.get("date_unixtime") or message.get("date"),
        "text": _text(message),
        "likes": _likes(message),
        "comments": _comments(message.get("replies")),
        "reposts": message.get("forwards"),
        "views": message.get("views"),
        "form": _form(message),
    }
    return fields if album is None else fields | {"album": album}


def _is_service(message: Mapping[str, Any]) -> bool:
    return (
        message.get("type") == "service"
        or message.get("_") in _CLASSES[1:]
        or any(message.get(name) not in (None, False) for name in ("action", "service", "empty"))
    )


def _page(message: Mapping[str, Any], around: Mapping[str, Any]) -> tuple[Any, Any]:
    """The id and the name of the chat: the message's own word of it, the chat's, or a channel's signature."""
    chat = message.get("chat")
    if isinstance(chat, dict):
        return _bare(chat.get("id")), chat.get("title") or chat.get("username")
    name = around.get("name") or around.get("title") or around.get("username")
    for peer in (message.get("peer_id"), message.get("to_id")):
        if isinstance(peer, dict):
            known = (peer.get(key) for key in ("channel_id", "chat_id", "user_id"))
            return _bare(next((value for value in known if value is not None), None)), name
    if around.get("id") is not None:
        return _bare(around["id"]), name
    author = message.get("from_id")
    if isinstance(author, str) and author.startswith("channel"):
        return _bare(author), name or message.get("from")
    return None, name


def _bare(value: Any) -> Any:
    """The id of a chat as it is the same in every export.

    >>> _bare(-1001234567890), _bare("channel1234567890"), _bare(1234567890)
    ('1234567890', '1234567890', '1234567890')
    """
    return _PREFIX.sub("", str(value)) if isinstance(value, (int, str)) else value


def _text(message: Mapping[str, Any]) -> Any:
    """The text, joined where an export has cut it into plain parts and entities; of a poll, what it asks."""
    text = next((message[name] for name in ("text", "message", "caption") if message.get(name)), "")
    if not isinstance(text, list):
        return text or _asked(message)
    return _joined(text)


def _joined(text: Any) -> str:
    """A text that may be cut into parts, or told with its entities."""
    parts = (
        part.get("text") if isinstance(part, dict) else part for part in (text if isinstance(text, list) else [text])
    )
    return "".join(part for part in parts if isinstance(part, str))


def _asked(message: Mapping[str, Any]) -> str:
    r"""The question of a poll and its answers, a line each.

    >>> _asked({"poll": {"question": "Когда?", "answers": [{"text": "Днём", "voters": 5}, {"text": "Вечером"}]}})
    'Когда?\nДнём\nВечером'
    """
    media = message.get("media")
    poll = message.get("poll") or (media.get("poll") if isinstance(media, dict) else None)
    if not isinstance(poll, dict):
        return ""
    answers = poll.get("answers") or poll.get("options")
    told = [one.get("text") if isinstance(one, dict) else one for one in (answers if isinstance(answers, list) else [])]
    return "\n".join(filter(None, map(_joined, (poll.get("question"), *told))))


def _likes(message: Mapping[str, Any]) -> int | None:
    """The sum of reactions of every kind; not known where there are none in the export or one of them is no number."""
    reactions = _reactions(message)
    if not isinstance(reactions, list):
        return None
    counts = [reaction.get("count") if isinstance(reaction, dict) else None for reaction in reactions]
    known = [count for count in counts if isinstance(count, int)]
    return sum(known) if len(known) == len(counts) else None


def _reactions(message: Mapping[str, Any]) -> Any:
    reactions = message.get("reactions")
    return reactions.get("results", reactions.get("reactions")) if isinstance(reactions, dict) else reactions


def _comments(replies: Any) -> Any:
    return replies.get("replies") if isinstance(replies, dict) else replies


def _form(message: Mapping[str, Any]) -> str | None:
    """What is attached; not known where the export has no word of it.

    >>> _form({"type": "message", "date_unixtime": "1710238500", "photo": "photos/1.jpg"})
    'photo'
    """
    desktop = _is_desktop(message)
    if not desktop and not _is_pyrogram(message):
        return _form_of_media(message["media"]) if "media" in message else None
    if desktop and "media_type" in message:
        return _MEDIA_TYPES.get(str(message["media_type"]))
    found = [form for key, form in _KEYS.items() if message.get(key)]
    if found == ["document"]:
        return _form_of_file(message, message.get("document"))
    if found or any(message.get(key) for key in _OTHERS):
        return forms.choose(found)
    # A message that somebody has cut down to some fields tells nothing by having no other.
    return "text" if desktop or "message_id" in message or message.get("_") in _CLASSES else None


def _form_of_media(media: Any) -> str | None:
    """What Telethon tells under `media`."""
    if not isinstance(media, dict):
        return "text" if media is None else None
    form = forms.choose(form for key, form in _MEDIA_KEYS.items() if key in media)
    if form == "document":
        return "clip" if media.get("round") else _form_of_file(media["document"])
    return form


def _form_of_file(*told: Any) -> str:
    """What a file shows, by its kind."""
    kinds = [one.get("mime_type") for one in told if isinstance(one, dict)]
    kind = next((kind for kind in kinds if isinstance(kind, str)), "")
    return _FILES.get(kind.partition("/")[0], "document")


def _album(message: Mapping[str, Any], page_id: Any) -> Album | None:
    group = next((message[name] for name in _ALBUMS if message.get(name) is not None), None)
    if group is not None:
        return Album(page_id, (group,), told=True)
    moment = message.get("date_unixtime") or message.get("date")
    if not _is_desktop(message) or moment is None:
        return None
    return Album(page_id, (moment, message.get("from_id"), message.get("forwarded_from")), told=False)


def join_albums(records: Iterator[Any]) -> Iterator[Any]:
    """Make one post of the messages of an album, which is how its readers see it.

    The post stands in the place of the first of them. No more than one album is held at a time.
    """
    held: tuple[Row, Album] | None = None
    for record in records:
        part = _part(record)
        if held is not None and part is not None and _is_one(held, part):
            _join(held[0], part[0])
            continue
        if held is not None:
            yield held[0]
        held = part
        if part is None:
            yield record
    if held is not None:
        yield held[0]


def _part(record: Any) -> tuple[Row, Album] | None:
    """A message that may belong to an album, and to which."""
    # A row of another origin may have a field of that name.
    if isinstance(record, Row) and isinstance(record.get("album"), Album):
        return record, record.pop("album")
    return None


def _is_one(held: tuple[Row, Album], part: tuple[Row, Album]) -> bool:
    (row, album), (other, mark) = held, part
    return album == mark and (album.told or not (_has_text(row) and _has_text(other)))


def _has_text(row: Row) -> bool:
    text = row["text"]
    return bool(text.strip() if isinstance(text, str) else text)


def _join(held: Row, record: Row) -> None:
    """Add a message to those of its album."""
    if held.raw is not None and record.raw is not None:
        held.raw = [*(held.raw if isinstance(held.raw, list) else [held.raw]), record.raw]
    if not _has_text(held):
        held["text"] = record["text"]
    elif _has_text(record):
        held["text"] = f"{held['text']}\n{record['text']}"
    # Reactions and comments are given to any of the pictures; each is seen and passed on with the others.
    for name, together in (("likes", sum), ("comments", sum), ("reposts", max), ("views", max)):
        known = [count for count in (held[name], record[name]) if count is not None]
        held[name] = together(known) if known else None
    held.unread = tuple(dict.fromkeys((*held.unread, *record.unread)))
    held["form"] = forms.choose((held["form"], record["form"]))
    if isinstance(held["post_id"], int) and isinstance(record["post_id"], int):
        held["post_id"] = min(held["post_id"], record["post_id"])  # an export may begin with the newest
