import json

import pytest

from service.archive import recognise, vk
from service.record import Refusal

ITEMS = [
    {
        "id": number,
        "owner_id": -5,
        "from_id": -5,
        "date": 1710238500 + number,
        "text": f"Объявление {number}",
        "likes": {"count": number},
        "comments": {"count": 0},
        "reposts": {"count": 2},
        "views": {"count": 100},
    }
    for number in range(4)
]


def read(path):
    return list(recognise(path).records())


def dump(value, **kwargs):
    return json.dumps(value, ensure_ascii=False, **kwargs)


SHAPES = {
    "response": dump({"response": {"count": 4, "items": ITEMS}}),
    "items": dump({"count": 4, "items": ITEMS}),
    "list": dump(ITEMS),
    "lines": "\n".join(map(dump, ITEMS)),
    "indented": dump({"response": {"count": 4, "items": ITEMS}}, indent=2),
    "indented list": dump(ITEMS, indent="\t"),
    "answers in lines": "\n".join(dump({"response": {"items": [item]}}) for item in ITEMS),
    "answers in a list": dump([{"response": {"items": ITEMS[:2]}}, {"response": {"items": ITEMS[2:]}}]),
    "list in response": dump({"response": ITEMS}),
    "escaped": json.dumps({"response": {"count": 4, "items": ITEMS}}),
    "answers one after another": dump({"items": ITEMS[:3]}) + "\n" + dump({"items": ITEMS[3:]}),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_shape_gives_the_same_rows(tmp_path, text, encoding):
    path = tmp_path / "wall.json"
    path.write_text(text, encoding=encoding)
    assert read(path) == [
        {
            "platform": "vk",
            "page_id": "5",
            "page_name": None,
            "post_id": number,
            "date": 1710238500 + number,
            "text": f"Объявление {number}",
            "likes": number,
            "comments": 0,
            "reposts": 2,
            "views": 100,
            "form": None,
        }
        for number in range(4)
    ]


def one(tmp_path, **fields):
    path = tmp_path / "wall.json"
    path.write_text(dump({"items": [{"id": 1, "owner_id": -5, **fields}]}))
    (row,) = read(path)
    return row


def test_a_count_that_vk_did_not_give_stays_unknown(tmp_path):
    row = one(tmp_path, text="Пост", likes={"count": 3}, comments={"can_post": 1})
    assert (row["likes"], row["comments"], row["views"]) == (3, None, None)


def test_a_count_that_was_written_by_a_person_is_read_as_in_a_table(tmp_path):
    row = one(tmp_path, text="Пост", views="1 200", likes={"count": -1}, comments="1,2 тыс.", reposts={"count": True})
    assert [row[name] for name in ("views", "likes", "comments", "reposts")] == [1200, None, 1200, None]
    assert row.unread == ("likes", "reposts")


def test_a_bare_repost_has_the_text_that_it_passes_on(tmp_path):
    assert one(tmp_path, text="", copy_history=[{"text": "Чужой пост"}])["text"] == "Чужой пост"


def test_a_repost_with_words_of_its_own_keeps_them(tmp_path):
    own = "Наша библиотека тоже открыта в этот день"
    assert one(tmp_path, text=own, copy_history=[{"text": "Чужой пост"}])["text"] == own


@pytest.mark.parametrize("own", ["Приходите!", "👍", "Ждём всех, 12 марта"])
def test_a_short_remark_stands_before_what_it_passes_on(tmp_path, own):
    assert one(tmp_path, text=own, copy_history=[{"text": "Чужой пост"}])["text"] == f"{own}\n\nЧужой пост"
    assert one(tmp_path, text=own, copy_history=[{"text": ""}, 5])["text"] == own


def test_names_of_pages_come_from_behind_the_items(tmp_path):
    path = tmp_path / "wall.json"
    own, other, person = ({"id": 1, "owner_id": owner, "text": 'Пост про "groups": ['} for owner in (-5, -6, 7))
    groups = [{"id": 5, "name": "Музей"}, {"id": 6, "name": "Школа"}]
    people = [{"id": 7, "first_name": "Анна", "last_name": "Петрова"}]
    path.write_text(dump({"response": {"items": [own, other, person], "profiles": people, "groups": groups}}))
    assert [row["page_name"] for row in read(path)] == ["Музей", "Школа", "Анна Петрова"]


def test_an_error_of_vk_is_said_to_be_one(tmp_path):
    path = tmp_path / "wall.json"
    path.write_text(dump({"error": {"error_code": 5, "error_msg": "User authorization failed"}}))
    (refusal,) = read(path)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "vk_error"


def test_the_sample_archive_is_three_pages_of_sixty_posts_or_more(root):
    rows = read(root / "service" / "sample" / "wall.json")
    counts = {}
    for row in rows:
        counts[row["page_name"]] = counts.get(row["page_name"], 0) + 1
    assert len(counts) == 3
    assert None not in counts
    assert min(counts.values()) >= 60


ATTACHED = [
    ([], "text"),
    ([{"type": "photo"}, {"type": "photo"}], "photo"),
    ([{"type": "photo"}, {"type": "poll", "poll": {}}], "poll"),
    (
        [{"type": "video", "video": {"type": "video"}}, {"type": "link", "link": {"url": "https://example.org"}}],
        "video",
    ),
    ([{"type": "video", "video": {"type": "short_video"}}], "clip"),
    ([{"type": "video", "video": {"live": 1}}], "live"),
    ([{"type": "video", "video": {"live_status": "finished"}}], "live"),
    ([{"type": "link", "link": {"url": "https://vk.com/@museum-kak-dobratsya"}}], "article"),
    ([{"type": "link", "link": {"url": "https://example.org/@museum"}}], "link"),
    ([{"type": "doc"}], "document"),
    ([{"type": "sticker"}], None),
    ([{"type": "sticker"}, {"type": "doc"}], "document"),
    ([{"type": ["photo"]}, "photo", None], None),
    (None, None),
    ("photo", None),
]


@pytest.mark.parametrize(("attached", "form"), ATTACHED)
def test_the_form_is_that_of_what_is_attached(attached, form):
    assert vk.row(ITEMS[0] | {"attachments": attached}, {})["form"] == form


def test_a_repost_has_the_form_of_what_it_passes_on():
    passed = {"copy_history": [{"text": "Опрос", "attachments": [{"type": "poll"}]}]}
    assert vk.row(ITEMS[0] | passed | {"attachments": []}, {})["form"] == "poll"
    assert vk.row(ITEMS[0] | passed, {})["form"] == "poll"
    assert vk.row(ITEMS[0] | {"copy_history": [{"text": "…"}]}, {})["form"] is None
