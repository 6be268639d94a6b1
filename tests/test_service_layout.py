"""The layout of a result: what is the user's stays the user's."""

import pytest

from model.post import IDENTITY
from service.layout import Layout
from service.record import TOLD
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


def test_an_empty_cell_of_the_user_is_not_filled_in_and_what_an_api_told_is():
    layout = Layout(["post_id", "text"], COLUMNS)
    for made in (layout.table_row, layout.object_row):
        assert made({"post_id": None, "text": "а"}, ROW)["post_id"] is None
        assert made({"post_id": TOLD, "text": "а"}, ROW)["post_id"] == "7"
        assert made({"text": "а"}, ROW)["post_id"] == "7"


@pytest.mark.parametrize("taken", [["engagement"], ["engagement", "merilo_engagement", "merilo_merilo_engagement"]])
def test_no_column_of_the_user_is_overwritten_whatever_its_name(taken):
    own = {"text": "а", **dict.fromkeys(taken, "моё")}
    layout = Layout(own, COLUMNS)
    shown = max(taken, key=len).removesuffix("engagement") + "merilo_engagement"
    assert len(set(layout.columns)) == len(layout.columns) == len(own) + len(COLUMNS)
    assert (layout.ours[shown], layout.columns.count(shown)) == ("engagement", 1)
    for made in (layout.table_row, layout.object_row):
        row = made(own, {**ROW, "engagement": 40.0})
        assert {name: row[name] for name in own} == own
        assert row[shown] == 40.0


def test_names_of_our_columns_do_not_depend_on_the_kind_of_the_result():
    own = {"text": "а", "type": 1, "merilo_type": 2, "model": 3, "error": 4, "post_id": 5}
    layout = Layout(own, COLUMNS)
    assert set(layout.object_row(own, ROW)) == set(layout.table_row(own, ROW)) == set(layout.columns)


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
