"""Exports of Telegram: Desktop, Telethon, Pyrogram. Towns and people are invented."""

import gzip
import json

import pytest

from service.admission import admit
from service.archive import document, recognise
from service.archive.telegram import is_message
from service.record import Refusal
from service.rows import admitted

DAY = 1710238500


def message(number, text="", **fields):
    """A message as Telegram Desktop writes it; each a minute after the one before."""
    parts = text if isinstance(text, list) else [{"type": "plain", "text": text}] if text else []
    return {
        "id": number,
        "type": "message",
        "date": "2024-03-12T13:15:00",
        "date_unixtime": str(DAY + 60 * number),
        "from": "Посёлок Верхние Липки",
        "from_id": "channel1234567890",
        "text": text,
        "text_entities": parts,
        **fields,
    }


def service(number, **fields):
    return {
        "id": number,
        "type": "service",
        "date": "2024-03-12T13:15:00",
        "date_unixtime": str(DAY + 60 * number),
        "actor": "Посёлок Верхние Липки",
        "actor_id": "channel1234567890",
        "action": "pin_message",
        "text": "",
        "text_entities": [],
        **fields,
    }


def photo(number, text="", **fields):
    return message(number, text, photo="photos/photo.jpg", width=1280, height=720, **fields)


def thumbs(*counts):
    return [{"type": "emoji", "count": count, "emoji": "👍"} for count in counts]


def chat(*messages, name="Посёлок Верхние Липки", number=1234567890, **fields):
    return {"name": name, "type": "public_channel", "id": number, **fields, "messages": list(messages)}


def full(*chats, left=()):
    """An export of everything; contacts and sessions have lists too, and no posts in them."""
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 42, "first_name": "Зоя", "text": "Не пост"},
        "contacts": {
            "about": "",
            "list": [{"first_name": "Пётр", "last_name": "Ветров", "date": "2020-01-01T10:00:00"}],
        },
        "frequent_contacts": {"about": "", "list": [{"id": 5, "name": "Канал", "type": "channel", "rating": 1.5}]},
        "chats": {"about": "This page lists all chats.", "list": list(chats)},
        "left_chats": {"about": "", "list": list(left)},
    }


def dump(value, **kwargs):
    return json.dumps(value, ensure_ascii=False, **kwargs)


def read(folder, content, name="result.json"):
    path = folder / name
    text = content if isinstance(content, (str, bytes)) else dump(content, indent=1)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(recognise(path).records())


def brief(records):
    return [record.code if isinstance(record, Refusal) else record["text"] for record in records]


def one(folder, *messages, **fields):
    (row,) = read(folder, chat(*messages, **fields))
    return row


ROWS = [
    {
        "platform": "telegram",
        "page_id": "1234567890",
        "page_name": "Посёлок Верхние Липки",
        "post_id": number,
        "date": str(DAY + 60 * number),
        "text": f"Объявление {number}",
        "likes": None,
        "comments": None,
        "reposts": None,
        "views": None,
        "form": "text",
    }
    for number in range(1, 4)
]
EXPORT = chat(*(message(number, f"Объявление {number}") for number in range(1, 4)))
SHAPES = {
    "indented": dump(EXPORT, indent=1),
    "minified": dump(EXPORT, separators=(",", ":")),
    "escaped": json.dumps(EXPORT),
    "full": dump(full(EXPORT), indent=1),
    "full minified": dump(full(EXPORT), separators=(",", ":")),
    "left": dump(full(left=[EXPORT]), indent=1),
    "two exports joined": dump([chat(*EXPORT["messages"][:1]), chat(*EXPORT["messages"][1:])]),
    "an export a line": dump(chat(*EXPORT["messages"][:1])) + "\n" + dump(chat(*EXPORT["messages"][1:])),
    "messages alone": dump(EXPORT["messages"]),
    "messages in lines": "\n".join(map(dump, EXPORT["messages"])),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("step", [1 << 20, 300])
def test_every_shape_gives_the_same_rows(tmp_path, monkeypatch, text, encoding, step):
    monkeypatch.setattr(document, "_READ", step)
    assert read(tmp_path, text.encode(encoding)) == ROWS
    assert read(tmp_path, gzip.compress(text.encode(encoding)), "result.json.gz") == ROWS


def test_what_is_read_is_admitted(tmp_path):
    post = admit(one(tmp_path, message(1, "Воды не будет до пяти", reactions=thumbs(2))))
    assert (post.date, post.page, post.likes) == ("2024-03-12T10:16:00+00:00", ("telegram", "1234567890"), 2)
    assert post.views is post.reposts is post.comments is None


@pytest.mark.parametrize("step", [1 << 20, 200])
def test_every_chat_of_a_full_export_is_a_page_of_its_own(tmp_path, monkeypatch, step):
    monkeypatch.setattr(document, "_READ", step)
    lipki = chat(message(1, "Ярмарка в субботу"), message(2, "Автобус задержится"))
    school = chat(message(1, "Уроков завтра нет"), name="Школа № 9", number=77)
    old = chat(message(5, "Прощаемся"), name="Старый канал", number=88)
    rows = read(tmp_path, full(lipki, chat(name="Пустой", number=5), school, left=[old]))
    assert [(row["page_id"], row["page_name"], row["text"]) for row in rows] == [
        ("1234567890", "Посёлок Верхние Липки", "Ярмарка в субботу"),
        ("1234567890", "Посёлок Верхние Липки", "Автобус задержится"),
        ("77", "Школа № 9", "Уроков завтра нет"),
        ("88", "Старый канал", "Прощаемся"),
    ]


def test_a_text_cut_into_entities_is_joined(tmp_path):
    parts = [
        "Запись ",
        {"type": "bold", "text": "до пятницы"},
        ": ",
        {"type": "text_link", "text": "здесь", "href": "https://example.org/"},
        {"type": "custom_emoji", "text": "🔥", "document_id": "stickers/fire.tgs"},
        "",
    ]
    assert one(tmp_path, message(1, parts))["text"] == "Запись до пятницы: здесь🔥"


def test_reactions_of_every_kind_are_summed(tmp_path):
    reactions = [
        *thumbs(7),
        {"type": "custom_emoji", "count": 2, "document_id": "stickers/fire.webp"},
        {"type": "paid", "count": 1},
    ]
    assert one(tmp_path, message(1, "Пост", reactions=reactions))["likes"] == 10


@pytest.mark.parametrize(
    ("fields", "likes"),
    [
        ({}, None),
        ({"reactions": None}, None),
        ({"reactions": []}, 0),
        ({"reactions": [{"emoji": "👍"}]}, None),
        ({"reactions": [*thumbs(3), "👍"]}, None),
    ],
)
def test_reactions_that_are_not_told_stay_unknown(tmp_path, fields, likes):
    assert one(tmp_path, message(1, "Пост", **fields))["likes"] == likes


def test_service_messages_are_no_records(tmp_path):
    records = read(tmp_path, chat(service(1, action="create_channel"), message(2, "Пост"), service(3)))
    assert brief(records) == ["Пост"]
    assert str(records[0].place) == "result.json, запись 2"


def test_a_picture_without_words_is_refused_for_its_lack_of_text(tmp_path):
    records = read(tmp_path, chat(message(1, "Пост"), photo(2), message(3, poll={"question": "", "answers": []})))
    assert [getattr(admitted(record), "code", None) for record in records] == [None, "empty_text", "empty_text"]


def second(*messages):
    """The same messages, all sent in one second."""
    return [{**message, "date_unixtime": str(DAY)} for message in messages]


@pytest.mark.parametrize(
    "texts", [("Фото с ярмарки", "", ""), ("", "Фото с ярмарки", ""), ("", "", ["Фото ", "с ярмарки"])]
)
def test_an_album_is_one_post(tmp_path, texts):
    album = second(*(photo(10 + n, text, reactions=thumbs(n)) for n, text in enumerate(texts)))
    rows = read(tmp_path, chat(message(1, "До"), *album, message(20, "После")))
    assert brief(rows) == ["До", "Фото с ярмарки", "После"]
    assert (rows[1]["post_id"], rows[1]["likes"], str(rows[1].place)) == (10, 3, "result.json, запись 2")
    assert "album" not in rows[1]


def test_likes_of_an_album_are_unknown_only_where_all_are(tmp_path):
    assert one(tmp_path, *second(photo(1, "Фото"), photo(2, reactions=thumbs(4)), photo(3)))["likes"] == 4
    assert one(tmp_path, *second(photo(1, "Фото"), photo(2)))["likes"] is None


def test_an_album_without_words_is_one_refusal(tmp_path):
    (row,) = read(tmp_path, chat(*second(photo(1), photo(2), photo(3))))
    assert admitted(row).code == "empty_text"


def test_two_texts_of_one_second_are_two_posts(tmp_path):
    rows = read(tmp_path, chat(*second(message(1, "Раз"), photo(2), message(3, "Два"), photo(4))))
    assert [(row["post_id"], row["text"]) for row in rows] == [(1, "Раз"), (3, "Два")]


@pytest.mark.parametrize(
    "other", [{"from_id": "user5"}, {"forwarded_from": "Соседний канал"}, {"date_unixtime": str(DAY + 1)}]
)
def test_another_author_source_or_second_is_another_post(tmp_path, other):
    first, last = second(photo(1, "Фото"), photo(2))
    assert brief(read(tmp_path, chat(first, {**last, **other}))) == ["Фото", ""]


def test_an_album_does_not_run_on_into_another_chat(tmp_path):
    (first, last) = second(photo(1, "Фото"), photo(2))
    assert brief(read(tmp_path, full(chat(first), chat(last, number=5)))) == ["Фото", ""]


def test_a_service_message_does_not_part_an_album_and_something_broken_does(tmp_path):
    first, pinned, last = second(photo(1, "Фото"), service(2), photo(3))
    assert brief(read(tmp_path, chat(first, pinned, last))) == ["Фото"]
    text = dump(chat(first, {"broken": 1}, last)).replace('{"broken": 1}', '{"broken": }')
    assert brief(read(tmp_path, text)) == ["Фото", "bad_json", ""]


def test_a_field_named_album_in_somebody_elses_rows_is_left_alone(tmp_path):
    rows = [{"text": "Раз", "album": 5}, {"text": "", "album": 5}]
    assert read(tmp_path, rows) == rows


def damage(value, place, **kwargs):
    """An export in which the message with this text is broken."""
    return dump(value, **kwargs).replace(f'"text": "{place}", "text_entities"', '"text": , "text_entities"')


@pytest.mark.parametrize("step", [1 << 20, 400])
@pytest.mark.parametrize("place", range(6))
def test_a_broken_message_loses_itself_only(tmp_path, monkeypatch, step, place):
    """Also where it is the first or the last of its chat, and others have more fields or fewer."""
    monkeypatch.setattr(document, "_READ", step)
    entities = [{"type": "plain", "text": "Раз "}, {"type": "bold", "text": "два "}, {"type": "plain", "text": "три"}]
    rich = {
        "reactions": thumbs(1, 2),
        "edited": "2024-03-12T13:20:00",
        "edited_unixtime": "1",
        "file": "a",
        "mime": "b",
    }
    lipki = chat(*(message(n, f"Пост {n}", text_entities=entities, **(rich if n % 2 else {})) for n in range(3)))
    school = chat(*(message(n, f"Пост {n}", text_entities=entities) for n in range(3, 6)), name="Школа № 9", number=77)
    text = damage(full(lipki, school), f"Пост {place}")
    found = [
        record.code if isinstance(record, Refusal) else (record["page_id"], record["page_name"], record["text"])
        for record in read(tmp_path, text)
    ]
    whole = [("1234567890", "Посёлок Верхние Липки", f"Пост {n}") for n in range(3)]
    whole += [("77", "Школа № 9", f"Пост {n}") for n in range(3, 6)]
    whole[place] = "bad_json"
    assert found == whole


def test_a_broken_name_of_a_chat_does_not_cost_its_posts(tmp_path):
    text = dump(chat(message(1, "Пост"), name="Музей @")).encode().replace(b"@", b"\xff")
    (row,) = read(tmp_path, text)
    assert (row["text"], row["page_name"]) == ("Пост", "Музей \ufffd")


def test_bytes_that_do_not_decode_cost_their_message(tmp_path):
    text = dump(chat(message(1, "Раз"), message(2, ["Два ", {"type": "bold", "text": "@"}]), message(3, "Три")))
    records = read(tmp_path, text.encode().replace(b"@", b"\xff"))
    assert brief(records) == ["Раз", "bad_encoding", "Три"]
    assert records[1].identity["page_name"] == "Посёлок Верхние Липки"


def test_an_export_cut_short_gives_what_came(tmp_path):
    text = dump(chat(message(1, "Раз"), message(2, "Два"), message(3, "Три")), indent=1)
    assert brief(read(tmp_path, text[: text.index("Три") + 1])) == ["Раз", "Два", "cut_short"]


@pytest.mark.parametrize("fields", [{"from": "Школа № 9", "from_id": 4567}, {"from": "Школа № 9"}])
def test_old_versions_of_desktop_are_read_too(tmp_path, fields):
    """They gave no time of Unix, no entities and no reactions."""
    old = [{"id": n, "type": "message", "date": f"2019-05-12T09:02:0{n}", **fields, "text": text} for n, text in PAIR]
    rows = read(tmp_path, chat(*old))
    assert [(row["text"], row["date"]) for row in rows] == [
        ("Раз", "2019-05-12T09:02:01"),
        ("Два", "2019-05-12T09:02:02"),
    ]


PAIR = ((1, "Раз"), (2, "Два"))


def telethon(number, text="", **fields):
    """A message as `Message.to_dict` of Telethon gives it."""
    return {
        "_": "Message",
        "id": number,
        "peer_id": {"_": "PeerChannel", "channel_id": 1234567890},
        "date": f"2024-03-12T10:{number:02}:00+00:00",
        "message": text,
        "from_id": None,
        "fwd_from": None,
        "entities": [{"_": "MessageEntityBold", "offset": 0, "length": 3}],
        "views": 150,
        "forwards": 4,
        "replies": {"_": "MessageReplies", "replies": 2, "comments": True},
        "grouped_id": None,
        "reactions": {
            "_": "MessageReactions",
            "results": [
                {"_": "ReactionCount", "reaction": {"_": "ReactionEmoji", "emoticon": "👍"}, "count": 5},
                {"_": "ReactionCount", "reaction": {"_": "ReactionPaid"}, "count": 1},
            ],
        },
        **fields,
    }


def spoken(number):
    """What Telethon gives for what nobody has written."""
    return {
        "_": "MessageService",
        "id": number,
        "peer_id": {"_": "PeerChannel", "channel_id": 1234567890},
        "date": "2024-03-12T10:00:00+00:00",
        "action": {"_": "MessageActionPinMessage"},
    }


def pyrogram(number, text="", **fields):
    """A message as `str(message)` of Pyrogram gives it."""
    return {
        "_": "Message",
        "id": number,
        "sender_chat": {"_": "Chat", "id": -1001234567890, "type": "ChatType.CHANNEL"},
        "date": f"2024-03-12 10:{number:02}:00",
        "chat": {
            "_": "Chat",
            "id": -1001234567890,
            "type": "ChatType.CHANNEL",
            "title": "Посёлок Верхние Липки",
            "username": "lipki",
        },
        "text": text,
        "views": 150,
        "forwards": 4,
        "reactions": {"_": "MessageReactions", "reactions": [{"emoji": "👍", "count": 5}, {"emoji": "🔥", "count": 1}]},
        **fields,
    }


def plain(message):
    """The message without what tells of the classes of the library, as scripts of people save it."""
    return {
        name: {key: part for key, part in value.items() if key != "_"} if isinstance(value, dict) else value
        for name, value in message.items()
        if name != "_"
    }


API_SHAPES = {
    "list": lambda messages: dump(messages),
    "indented": lambda messages: dump(messages, indent=2),
    "lines": lambda messages: "\n".join(map(dump, messages)),
    "answer": lambda messages: dump({"_": "ChannelMessages", "count": 2, "messages": messages, "chats": [{"id": 1}]}),
    "plain": lambda messages: dump(list(map(plain, messages))),
    "plain lines": lambda messages: "\n".join(dump(plain(message)) for message in messages),
}


@pytest.mark.parametrize("shape", API_SHAPES.values(), ids=API_SHAPES)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("write", "comments", "name"),
    [(telethon, 2, None), (pyrogram, None, "Посёлок Верхние Липки")],
    ids=["telethon", "pyrogram"],
)
def test_messages_of_the_libraries_are_read(tmp_path, shape, packed, write, comments, name):
    whole = shape([write(1, "Раз"), write(2, "Два")]).encode()
    assert read(tmp_path, gzip.compress(whole) if packed else whole, "channel.json") == [
        {
            "platform": "telegram",
            "page_id": "1234567890",
            "page_name": name,
            "post_id": number,
            "date": write(number)["date"],
            "text": text,
            "likes": 6,
            "comments": comments,
            "reposts": 4,
            "views": 150,
            # Only the whole message of Pyrogram tells that there is nothing but a text.
            "form": "text" if write is pyrogram and b'"_": "Message"' in whole else None,
        }
        for number, text in PAIR
    ]


def test_a_chat_that_a_script_names_is_the_name_of_the_page(tmp_path):
    export = {"id": 1234567890, "title": "Посёлок Верхние Липки", "messages": [telethon(1, "Раз")]}
    (row,) = read(tmp_path, export)
    assert (row["page_id"], row["page_name"]) == ("1234567890", "Посёлок Верхние Липки")


@pytest.mark.parametrize("write", [telethon, pyrogram])
def test_what_the_libraries_do_not_tell_stays_unknown(tmp_path, write):
    nothing = dict.fromkeys(("views", "forwards", "replies", "reactions"))
    (row,) = read(tmp_path, [write(1, "Раз", **nothing)])
    assert [row[name] for name in ("likes", "comments", "reposts", "views")] == [None] * 4


def test_a_caption_is_a_text(tmp_path):
    silent = pyrogram(1, caption="Фото с ярмарки")
    del silent["text"]
    assert brief(read(tmp_path, [silent])) == ["Фото с ярмарки"]


QUESTION = "Когда вам удобнее?"
OPTIONS = ["Днём", "Вечером"]


@pytest.mark.parametrize(
    "told",
    [
        message(3, poll={"question": QUESTION, "answers": [{"text": text, "voters": 1} for text in OPTIONS]}),
        pyrogram(3, "", poll={"question": QUESTION, "options": [{"text": text} for text in OPTIONS]}),
        telethon(
            3,
            media={
                "_": "MessageMediaPoll",
                "poll": {"question": {"text": QUESTION}, "answers": [{"text": {"text": text}} for text in OPTIONS]},
            },
        ),
    ],
    ids=["desktop", "pyrogram", "telethon"],
)
def test_the_text_of_a_poll_is_what_it_asks(tmp_path, told):
    (row,) = read(tmp_path, [told])
    assert (row["text"], row["form"]) == ("\n".join([QUESTION, *OPTIONS]), "poll")


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize(
    ("write", "group"),
    [(telethon, {"grouped_id": 99}), (pyrogram, {"media_group_id": "99"})],
    ids=["telethon", "pyrogram"],
)
def test_albums_of_the_libraries_are_one_post(tmp_path, lines, write, group):
    """The newest stand first, as both libraries give them; a second caption is a part of the same post."""
    pictures = [
        write(5, "Смотрите", **group, views=152),
        write(4, **group, reactions=None),
        write(3, "Фото с ярмарки", **group),
    ]
    other = write(1, **dict.fromkeys(group, "98"))
    messages = [write(6, "После"), *pictures, write(2, "До"), other]
    records = read(tmp_path, "\n".join(map(dump, messages)) if lines else dump(messages), "a.json")
    assert brief(records) == ["После", "Смотрите\nФото с ярмарки", "До", ""]
    album = records[1]
    assert (album["post_id"], album["likes"], album["views"], album["reposts"]) == (3, 12, 152, 4)
    assert str(album.place) == f"a.json, {'строка' if lines else 'запись'} 2"
    assert all("album" not in record for record in records)


def test_messages_sent_in_one_second_are_an_album_only_where_it_is_not_told(tmp_path):
    assert brief(read(tmp_path, [telethon(1, "Раз"), {**telethon(2), "date": telethon(1)["date"]}])) == ["Раз", ""]


def test_what_is_no_count_is_not_known_also_in_an_album(tmp_path):
    told = {"views": 7, "forwards": "1 200"}
    (row,) = read(tmp_path, [telethon(1, "Раз", grouped_id=9, **told), telethon(2, grouped_id=9, views="много")])
    assert (row["views"], row["reposts"], row.unread) == (7, 1200, ("views",))
    assert admitted(row).text == "Раз"


def test_service_messages_of_the_libraries_are_no_records(tmp_path):
    silent = [
        spoken(2),
        plain(spoken(3)),
        {"_": "MessageEmpty", "id": 4, "peer_id": None},
        {**pyrogram(5), "service": "MessageServiceType.PINNED_MESSAGE"},
        {"_": "Message", "id": 6, "empty": True},
    ]
    assert brief(read(tmp_path, [telethon(1, "Раз"), *silent, pyrogram(7, "Два")])) == ["Раз", "Два"]


@pytest.mark.parametrize("write", [telethon, pyrogram])
@pytest.mark.parametrize("place", range(3))
def test_a_broken_message_of_a_library_loses_itself_only(tmp_path, write, place):
    text = dump([write(n, f"Пост {n}") for n in range(3)])
    found = brief(read(tmp_path, text.replace(f'"Пост {place}"', "")))
    assert found == [*(f"Пост {n}" for n in range(place)), "bad_json", *(f"Пост {n}" for n in range(place + 1, 3))]


VK_ITEM = {
    "id": 7,
    "owner_id": -5,
    "from_id": -5,
    "date": DAY,
    "text": "Пост VK",
    "likes": {"count": 3},
    "type": "post",
}


def test_records_of_every_origin_may_lie_together(tmp_path):
    mixed = [
        VK_ITEM,
        message(1, "Desktop"),
        telethon(2, "Telethon"),
        {"text": "Строка", "platform": "ok", "likes": 1},
        pyrogram(3, "Pyrogram"),
        {"Текст": "Таблица", "Лайки": 5},
        service(4),
    ]
    for content in (dump(mixed), "\n".join(map(dump, mixed))):
        rows = read(tmp_path, content)
        assert [row.get("platform") for row in rows] == ["vk", "telegram", "telegram", "ok", "telegram", None]
        assert brief(rows) == ["Пост VK", "Desktop", "Telethon", "Строка", "Pyrogram", "Таблица"]


@pytest.mark.parametrize(
    "record",
    [
        VK_ITEM,
        {**VK_ITEM, "reactions": {"count": 3, "items": [{"id": 0, "count": 3}]}},
        {"id": 1, "peer_id": 2000000001, "from_id": 5, "date": DAY, "text": "Сообщение VK", "action": {"type": "x"}},
        {"text": "Строка", "type": "message"},
        {"text": "Строка", "type": "event", "from": "Музей"},
        {"message": "Строка", "views": 5, "forwards": 1, "replies": 2, "reactions": 3},
        {"text": "Строка", "chat": "Музей", "date": "2024-03-12"},
        {"text": "Строка", "type": ["message"], "from_id": {}},
        {},
    ],
)
def test_what_is_no_message_of_telegram_is_not_taken_for_one(record):
    assert not is_message(record)


@pytest.mark.parametrize("name", ["messages", "list", "chats", "left_chats", "items"])
@pytest.mark.parametrize("value", [5, "да", None, {"id": 1}, ["а", "б"], [{"id": 1}], []])
def test_rows_with_a_field_named_like_a_container_are_rows(tmp_path, name, value):
    rows = [{name: value, "text": "Раз"}, {"text": "Два", name: value}]
    for content in (dump(rows), dump(rows, indent=1), "\n".join(map(dump, rows)), dump({"messages": rows})):
        assert read(tmp_path, content) == rows


def test_a_table_with_a_field_named_like_a_container_is_a_table(tmp_path):
    rows = [{"Текст": "Раз", "messages": 5, "list": "а", "chats": ["б"]}]
    assert read(tmp_path, rows) == [{"text": "Раз"}]


def test_memory_does_not_grow_with_the_export(tmp_path, monkeypatch):
    """The window is never longer than some messages, however long the chat is."""
    monkeypatch.setattr(document, "_READ", 2000)
    longest = 0
    take = document.Window.value

    def value(window, whole=True):
        nonlocal longest
        longest = max(longest, len(window._text))
        return take(window, whole)

    monkeypatch.setattr(document.Window, "value", value)
    rows = read(
        tmp_path, full(chat(*(message(n, f"Пост {n}") for n in range(2000))), chat(message(1, "Два"), number=5))
    )
    assert len(rows) == 2001
    assert (rows[1999]["page_id"], rows[2000]["page_id"]) == ("1234567890", "5")
    assert longest < 20_000


DESKTOP_MEDIA = [
    ({"photo": "photos/1.jpg"}, "photo"),
    ({"file": "round.mp4", "media_type": "video_message", "mime_type": "video/mp4"}, "clip"),
    ({"file": "video.mp4", "media_type": "video_file"}, "video"),
    ({"file": "voice.ogg", "media_type": "voice_message"}, "audio"),
    ({"file": "s.webp", "media_type": "sticker"}, None),
    ({"file": "s.webp", "media_type": ["sticker"]}, None),
    ({"file": "price.pdf", "mime_type": "application/pdf"}, "document"),
    ({"file": "poster.png", "mime_type": "image/png"}, "photo"),
    ({"file": "price", "mime_type": 5}, "document"),
    ({"poll": {"question": "Когда?"}}, "poll"),
    ({"location_information": {"latitude": 1.0}}, None),
    ({}, "text"),
]


@pytest.mark.parametrize(("fields", "form"), DESKTOP_MEDIA)
def test_the_form_in_a_desktop_export(tmp_path, fields, form):
    assert one(tmp_path, message(1, "Слова", **fields))["form"] == form


@pytest.mark.parametrize(
    ("media", "form"),
    [
        (None, "text"),
        ({"_": "MessageMediaPhoto", "photo": None}, "photo"),
        ({"_": "MessageMediaDocument", "document": {"mime_type": "video/mp4"}}, "video"),
        ({"_": "MessageMediaDocument", "round": True, "document": {"mime_type": "video/mp4"}}, "clip"),
        ({"_": "MessageMediaDocument", "document": None}, "document"),
        ({"_": "MessageMediaPoll", "poll": {}}, "poll"),
        ({"_": "MessageMediaWebPage", "webpage": {}}, "link"),
        ({"_": "MessageMediaGeo", "geo": {}}, None),
        ("MessageMediaPhoto", None),
    ],
)
def test_the_form_of_telethon(tmp_path, media, form):
    assert read(tmp_path, [telethon(1, "Слова", media=media)])[0]["form"] == form


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        ({}, "text"),
        ({"photo": {"file_id": "1"}, "media": "MessageMediaType.PHOTO"}, "photo"),
        ({"document": {"mime_type": "video/mp4"}}, "video"),
        ({"web_page": {"url": "https://example.org"}}, "link"),
        ({"photo": {"file_id": "1"}, "poll": {"id": "1"}}, "poll"),
        ({"sticker": {"file_id": "1"}}, None),
    ],
)
def test_the_form_of_pyrogram(tmp_path, fields, form):
    assert read(tmp_path, [pyrogram(1, "Слова", **fields)])[0]["form"] == form


def test_an_album_is_what_its_most_telling_message_is(tmp_path):
    video = message(1, file="video.mp4", media_type="video_file")
    assert one(tmp_path, photo(1, "Слова"), video | {"id": 2})["form"] == "video"
    assert one(tmp_path, photo(1, "Слова"), message(1, id=2, location_information={"latitude": 1.0}))["form"] == "photo"
