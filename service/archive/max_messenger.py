"""MAX: a message of the bot API as a row of canonical fields."""

from collections.abc import Mapping
from typing import Any

from service import forms

# What is attached, as forms; buttons below a message are none.
_FORMS = {"image": "photo", "video": "video", "audio": "audio", "file": "document", "share": "link"}
_BUTTONS = "inline_keyboard"


def is_message(record: Mapping[str, Any]) -> bool:
    """Whether a record is a message of MAX rather than a canonical row.

    >>> is_message({"timestamp": 1710238500000, "body": {"mid": "mid.1", "text": "…"}}), is_message({"body": "…"})
    (True, False)
    """
    return "timestamp" in record and (isinstance(record.get("body"), dict) or isinstance(record.get("recipient"), dict))


def row(message: Mapping[str, Any], around: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a message into canonical fields; MAX tells of views only, and only in channels.

    `around` are the fields of what holds the message: a file may name the chat there.

    >>> body = {"mid": "mid.1", "text": "Ждём вас"}
    >>> row({"recipient": {"chat_id": -5}, "timestamp": 1710238500000, "body": body}, {})["page_id"]
    '-5'
    """
    body, recipient, stat = (_object(message.get(name)) for name in ("body", "recipient", "stat"))
    chat = recipient.get("chat_id", around.get("chat_id"))
    return {
        "platform": "max",
        "page_id": str(chat) if isinstance(chat, int) else chat,
        "page_name": around.get("title"),
        "post_id": body.get("mid"),
        "date": message.get("timestamp"),
        "text": _text(body, _object(message.get("link"))),
        "likes": None,
        "comments": None,
        "reposts": None,
        "views": stat.get("views"),
        "form": _form(body, _object(message.get("link"))),
    }


def _text(body: Mapping[str, Any], link: Mapping[str, Any]) -> Any:
    """The message's own text; where it only passes another on, the text of that one."""
    own = body.get("text")
    return own if own or link.get("type") != "forward" else _object(link.get("message")).get("text")


def _form(body: Mapping[str, Any], link: Mapping[str, Any]) -> str | None:
    """What is attached, or passed on; not known where the dump has no word of it."""
    passed = _object(link.get("message")) if link.get("type") == "forward" else {}
    told = [one["attachments"] or [] for one in (body, passed) if "attachments" in one]
    if not told or not all(isinstance(attached, list) for attached in told):
        return None
    kinds = [_object(one).get("type") for attached in told for one in attached]
    shown = [kind for kind in kinds if kind != _BUTTONS]
    return forms.choose(_FORMS.get(str(kind)) for kind in shown) if shown else "text"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
