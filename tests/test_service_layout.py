"""The layout of a result: what is the user's stays the user's."""

import pytest

from model.post import IDENTITY
from service.layout import Layout
from service.rows import COLUMNS

ROW = {**dict.fromkeys(COLUMNS), "post_id": "7", "platform": "vk", "usefulness": 62.5, "type": "alert"}


def test_own_columns_stand_first_and_in_order():
    layout = Layout(["Текст", "Лайки", "Заметки"], COLUMNS)
    assert layout.columns == ("Текст", "Лайки", "Заметки", *COLUMNS)
    row = layout.table_row({"Текст": "а", "Лайки": 5, "Заметки": ""}, ROW)
    assert tuple(row) == layout.columns
    assert (row["Текст"], row["Лайки"], row["Заметки"], row["usefulness"]) == ("а", 5, "", 62.5)


def test_whose_post_it_is_is_told_once():
    layout = Layout(["post_id", "text"], COLUMNS)
    assert layout.columns.count("post_id") == 1
    row = layout.table_row({"post_id": 5, "text": "а"}, ROW)
    assert (row["post_id"], row["platform"]) == ("5", "vk")
    assert layout.table_row({"post_id": None, "text": "а"}, ROW)["post_id"] == "7"


def test_score_takes_no_place_of_an_own_column():
    layout = Layout(["text", "type"], COLUMNS)
    for made in (layout.table_row, layout.object_row):
        row = made({"text": "а", "type": "post"}, ROW)
        assert (row["type"], row["merilo_type"]) == ("post", "alert")
    assert layout.ours["merilo_type"] == "type"


def test_object_keeps_what_is_in_it():
    own = {"text": "а", "attachments": [{"type": "photo"}], "pinned": True, "post_id": 5}
    row = Layout(["text"], COLUMNS).object_row(own, ROW)
    assert {name: row[name] for name in own} == own
    assert list(row)[:4] == list(own)
    assert set(row) == {*own, *COLUMNS}


def test_nested_values_become_json_in_a_table():
    row = Layout(["text", "attachments", "pinned"], COLUMNS).table_row(
        {"attachments": [{"тип": "фото"}], "pinned": True}, ROW
    )
    assert (row["text"], row["attachments"], row["pinned"]) == (None, '[{"тип": "фото"}]', "true")


@pytest.mark.parametrize("own", [None, "a line that is no JSON", ["a", "row"]])
def test_record_that_could_not_be_read_has_no_own_columns(own):
    layout = Layout(["text"], COLUMNS)
    assert layout.table_row(own, ROW)["text"] is None
    assert layout.object_row(own, ROW)["usefulness"] == 62.5


def test_key_that_the_first_lines_did_not_have_is_not_overwritten():
    row = Layout(["text"], COLUMNS).object_row({"text": "а", "status": "draft"}, {**ROW, "status": "ok"})
    assert (row["status"], row["merilo_status"]) == ("draft", "ok")


def test_object_tells_whose_post_it_is_whatever_other_archives_have():
    row = Layout(["Текст", *IDENTITY, "text"], COLUMNS).object_row({"Текст": "а"}, ROW)
    assert (row["post_id"], row["platform"]) == ("7", "vk")


def test_columns_of_several_archives_are_joined():
    layout = Layout(["Текст", "text", "Текст", *IDENTITY], COLUMNS)
    assert layout.own == ("Текст", "text", *IDENTITY)
