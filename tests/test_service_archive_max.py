"""Messages of the bot API of MAX. Towns and people are invented."""

import gzip
import json

import pytest

from service.admission import admit
from service.archive import document, recognise
from service.archive.max_messenger import is_message
from service.record import Refusal
from service.rows import admitted

MOMENT = 1710238500  # 2024-03-12 10:15 UTC


def message(number, text="", **fields):
    """A message of a channel as `GET /messages` gives it; each a minute after the one before."""
    return {
        "sender": {"user_id": 5, "first_name": "Зоя", "is_bot": False},
        "recipient": {"chat_id": -700, "chat_type": "channel", "user_id": None},
        "timestamp": (MOMENT + 60 * number) * 1000,
        "link": None,
        "body": {
            "mid": f"mid.{number}",
            "seq": 112000000000000000 + number,
            "text": text,
            "attachments": [
                {"type": "image", "payload": {"photo_id": 1}},
                {"type": "share", "payload": {"text": "нет"}},
            ],
            "markup": [{"type": "strong", "from": 0, "length": 3}, {"type": "link", "from": 4, "length": 2}],
        },
        "stat": {"views": 100 + number},
        "url": f"https://max.ru/lipki/{number}",
        **fields,
    }


def forward(text, kind="forward"):
    return {"type": kind, "sender": None, "chat_id": -9, "message": {"mid": "mid.f", "seq": 1, "text": text}}


def dump(value, **kwargs):
    return json.dumps(value, ensure_ascii=False, **kwargs)


def read(folder, content, name="messages.json"):
    path = folder / name
    text = content if isinstance(content, (str, bytes)) else dump(content)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(recognise(path).records())


def one(folder, *args, **fields):
    (row,) = read(folder, {"messages": [message(*args, **fields)]})
    return row


def brief(records):
    return [record.code if isinstance(record, Refusal) else record["text"] for record in records]


MESSAGES = [message(number, f"Объявление {number}") for number in range(1, 4)]
SHAPES = {
    "answer": dump({"messages": MESSAGES}),
    "indented": dump({"messages": MESSAGES}, indent=2),
    "answers in lines": "\n".join(dump({"messages": [message]}) for message in MESSAGES),
    "answers in a list": dump([{"messages": MESSAGES[:1]}, {"messages": MESSAGES[1:]}]),
    "list": dump(MESSAGES),
    "lines": "\n".join(map(dump, MESSAGES)),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("step", [1 << 20, 300])
def test_every_shape_gives_the_same_rows(tmp_path, monkeypatch, text, packed, step):
    monkeypatch.setattr(document, "_READ", step)
    assert read(tmp_path, gzip.compress(text.encode()) if packed else text) == [
        {
            "platform": "max",
            "page_id": "-700",
            "page_name": None,
            "post_id": f"mid.{number}",
            "date": (MOMENT + 60 * number) * 1000,
            "text": f"Объявление {number}",
            "likes": None,
            "comments": None,
            "reposts": None,
            "views": 100 + number,
            "form": "photo",
        }
        for number in range(1, 4)
    ]


@pytest.mark.parametrize("moment", [MOMENT, MOMENT * 1000])
def test_time_may_be_in_seconds_too(tmp_path, moment):
    post = admit(one(tmp_path, 1, "Пост", timestamp=moment))
    assert (post.date, post.page) == ("2024-03-12T10:15:00+00:00", ("max", "-700"))


@pytest.mark.parametrize("body", [None, {"mid": "mid.1", "text": ""}, {"mid": "mid.1", "text": None}])
def test_a_bare_forward_has_the_text_that_it_passes_on(tmp_path, body):
    assert one(tmp_path, 1, body=body, link=forward("Чужой пост"))["text"] == "Чужой пост"


def test_a_forward_with_words_of_its_own_keeps_them(tmp_path):
    assert one(tmp_path, 1, "Своё", link=forward("Чужой пост"))["text"] == "Своё"


def test_an_answer_does_not_take_the_text_that_it_answers(tmp_path):
    assert admitted(one(tmp_path, 1, link=forward("Вопрос", kind="reply"))).code == "empty_text"


@pytest.mark.parametrize("stat", [None, {}, {"views": None}])
def test_views_that_are_not_told_stay_unknown(tmp_path, stat):
    assert one(tmp_path, 1, "Пост", stat=stat)["views"] is None


def test_a_chat_that_a_script_names_is_the_page(tmp_path):
    nameless = message(1, "Пост")
    del nameless["recipient"]
    (row,) = read(tmp_path, {"chat_id": -700, "title": "Посёлок Верхние Липки", "messages": [nameless]})
    assert (row["page_id"], row["page_name"]) == ("-700", "Посёлок Верхние Липки")


@pytest.mark.parametrize("broken", [{"recipient": 5}, {"link": "нет"}, {"link": {"type": "forward"}}, {"stat": [1]}])
def test_parts_of_another_kind_break_nothing(tmp_path, broken):
    assert one(tmp_path, 1, "Пост", **broken)["text"] == "Пост"
    assert one(tmp_path, 1, "", **broken)["text"] in ("", None)


@pytest.mark.parametrize("step", [1 << 20, 300])
@pytest.mark.parametrize("place", range(3))
def test_a_broken_message_loses_itself_only(tmp_path, monkeypatch, step, place):
    monkeypatch.setattr(document, "_READ", step)
    text = dump({"messages": [message(n, f"Пост {n}") for n in range(3)]})
    found = brief(read(tmp_path, text.replace(f'"Пост {place}"', "")))
    assert found == [*(f"Пост {n}" for n in range(place)), "bad_json", *(f"Пост {n}" for n in range(place + 1, 3))]


def test_messages_lie_together_with_other_records(tmp_path):
    mixed = [
        message(1, "MAX"),
        {"id": 7, "owner_id": -5, "text": "VK", "date": MOMENT},
        {"text": "Строка", "timestamp": MOMENT},
        {"body": "Таблица", "timestamp": MOMENT},
    ]
    for content in (dump(mixed), "\n".join(map(dump, mixed))):
        rows = read(tmp_path, content)
        assert brief(rows) == ["MAX", "VK", "Строка", "Таблица"]
        assert [row.get("platform") for row in rows] == ["max", "vk", None, None]


@pytest.mark.parametrize(
    "record", [{}, {"text": "Строка", "timestamp": 5}, {"body": "Строка", "timestamp": 5}, {"body": {}}]
)
def test_what_is_no_message_of_max_is_not_taken_for_one(record):
    assert not is_message(record)


@pytest.mark.parametrize(
    ("attached", "form"),
    [
        (None, "text"),
        ([], "text"),
        ([{"type": "inline_keyboard"}], "text"),
        ([{"type": "file"}], "document"),
        ([{"type": "inline_keyboard"}, {"type": "video"}], "video"),
        ([{"type": "location"}], None),
        ([{"type": ["image"]}], None),
        ("image", None),
    ],
)
def test_the_form_is_that_of_what_is_attached(tmp_path, attached, form):
    body = {"mid": "mid.1", "seq": 1, "text": "Пост", "attachments": attached}
    assert one(tmp_path, 1, body=body)["form"] == form


def test_a_form_that_is_not_told_is_not_known(tmp_path):
    assert one(tmp_path, 1, body={"mid": "mid.1", "text": "Пост"})["form"] is None
    passed = forward("Слова") | {"message": {"mid": "mid.f", "attachments": [{"type": "video"}]}}
    assert one(tmp_path, 1, link=passed, body={"mid": "mid.1", "text": "", "attachments": None})["form"] == "video"
