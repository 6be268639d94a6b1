"""Rows in, clean posts out, and an account of those that left."""

import gzip
import json

import numpy as np
import pytest

from model.post import Post
from model.score import CHECKLIST, TYPES
from training.dataset import (
    INVENTED,
    POSTS,
    fingerprint,
    graded_rows,
    is_invented,
    join,
    join_labels,
    page_group,
    pairs_as_rows,
    reacted_rows,
    read_all,
    read_graded,
    read_labels,
    read_pairs,
    read_reacted,
    read_rows,
)


def graded(text="Приём в пятницу с девяти", **more):
    return {"text": text, "usefulness": 3, "type": "service", "platform": "vk", "page_id": "a", **more}


def reacted(day, **more):
    date = f"2026-03-{day:02}T12:00:00+03:00"
    return {
        "text": f"Концерт хора, часть {'и' * day}",
        "date": date,
        "likes": 5,
        "page_id": "a",
        "post_id": day,
        **more,
    }


def left(data):
    return {step.name: step.removed for step in data.steps}


@pytest.fixture(params=["rows.jsonl", "rows.jsonl.gz"])
def write(request, tmp_path):
    path = tmp_path / request.param

    def write(*lines):
        content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
        return path

    return write


def test_rows_are_read_plain_and_packed(write):
    assert [row["text"] for row in read_rows(write({"text": "один"}, "", {"text": "два"}))] == ["один", "два"]


@pytest.mark.parametrize("line", ["{", "[1]", '{"text": 5}', '{"post_id": "1"}', "null"])
def test_broken_row_names_file_and_line(write, line):
    path = write({"text": "один"}, "", line)
    with pytest.raises(ValueError, match=rf"{path.name}, строка 3"):
        list(read_rows(path))


def test_graded_rows_become_arrays():
    checklist = dict.fromkeys(CHECKLIST, True) | {"when": False, "where": None}
    data = graded_rows([graded(checklist=checklist, usefulness=2.5)])
    when, where = CHECKLIST.index("when"), CHECKLIST.index("where")
    assert data.grade.tolist() == [2.5]
    assert data.kind.tolist() == [TYPES.index("service")]
    assert (data.present[0, when], data.applies[0, when]) == (0, 1)
    assert (data.present[0, where], data.applies[0, where]) == (0, 0)
    assert data.present.sum() == 8


def test_every_removed_row_is_accounted_for():
    rows = [graded(), graded(), graded("…"), graded("Без оценки", usefulness=None), graded("Не тот тип", type="x")]
    data = graded_rows(rows)
    assert left(data) == {"no_grade": 2, "empty": 1, "duplicate": 1}
    assert [step.left for step in data.steps] == [3, 2, 1]
    assert len(data) == 1
    assert all(step.why for step in data.steps)


def test_grade_of_zero_is_a_grade():
    assert len(graded_rows([graded(usefulness=0)])) == 1


def test_same_text_on_another_page_is_no_duplicate():
    assert len(graded_rows([graded(), graded(page_id="b")])) == 2


@pytest.mark.parametrize(
    ("picked", "natural"), [("random", True), (None, True), ("active", False), ("authored", False)]
)
def test_picked_rows_are_not_natural(picked, natural):
    assert graded_rows([graded(picked=picked)]).natural.tolist() == [natural]


@pytest.mark.parametrize("rows", [[2, 0], [True, False, True]], ids=["numbers", "mask"])
def test_graded_take(rows):
    data = graded_rows([graded(f"Приём номер {'и' * n}", usefulness=n, page_id=str(n)) for n in range(3)])
    part = data.take(np.array(rows))
    assert [post.page_id for post in part.posts] == [group.split(":")[1] for group in part.groups]
    assert sorted(part.grade) == [0, 2]


def test_join_keeps_rows_aligned():
    parts = [graded_rows([graded(usefulness=1)]), graded_rows([graded(usefulness=4, page_id="b", type="ad")])]
    data = join(parts)
    assert data.grade.tolist() == [1, 4]
    assert [post.page_id for post in data.posts] == ["a", "b"]
    assert data.kind.tolist() == [TYPES.index("service"), TYPES.index("ad")]
    assert data.present.shape == (2, len(CHECKLIST))


def test_pairs_become_graded_rows():
    pairs = [{
        "id": f"p{n}",
        "better": {"text": f"Лучше {'и' * n}", "usefulness": 4, "type": "alert", "checklist": "1111111111"},
        "worse": {"text": f"Хуже {'и' * n}", "usefulness": 1, "type": "report", "checklist": "10-0000000"},
    } for n in range(11)]  # fmt: skip
    rows = pairs_as_rows(pairs)
    assert [row["usefulness"] for row in rows[:2]] == [4, 1]
    assert rows[1]["checklist"] | {"when": None} == rows[1]["checklist"]
    assert len({row["post_id"] for row in rows}) == 22
    assert [page_group(row) for row in rows[0::2]] == [page_group(row) for row in rows[1::2]]
    assert page_group(rows[0]) == page_group(rows[19]) != page_group(rows[20])
    assert not graded_rows(rows).natural.any()


def test_bundled_pairs_all_become_rows():
    pairs = read_pairs()
    data = graded_rows(pairs_as_rows(pairs))
    assert left(data)["no_grade"] == left(data)["empty"] == 0


def test_invented_pages_join_other_data_than_the_bundled(write):
    invented = len(list(read_rows(INVENTED)))
    rows = [reacted(day) for day in range(1, 25)]
    for usefulness, expected in ((write(*rows, graded()), invented), (POSTS, 0)):
        _, data = read_all(POSTS, usefulness)
        found = np.array([is_invented(post) for post in data.posts])
        assert found.sum() == expected
        assert not data.natural[found].any()
        assert data.added[found].all()


def test_labels_are_joined_to_their_texts(tmp_path):
    label = {"source": "s", "page_id": "a", "post_id": "1", "usefulness": 4, "type": "alert", "picked": "active",
             "checklist": "111-111110"}  # fmt: skip
    path = tmp_path / "labels.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(label).encode()))
    rows = [{"source": "s", "page_id": "a", "post_id": number, "text": f"Пост {number}"} for number in ("1", "2")]
    (joined,) = join_labels(rows, path)
    assert joined["text"] == "Пост 1"
    assert joined["usefulness"] == 4
    assert joined["checklist"]["where"] is None
    assert joined["checklist"]["not_self_report"] is False
    assert len(read_labels(path)) == 1


def test_files_and_rows_read_alike(write):
    rows = [graded(), graded(page_id="b", usefulness=1)]
    assert read_graded(write(*rows)).grade.tolist() == graded_rows(rows).grade.tolist()


def test_reacted_file_reads_as_its_rows(write):
    rows = [reacted(day) for day in range(1, 25)]
    np.testing.assert_array_equal(read_reacted(write(*rows)).residual, reacted_rows(rows).residual)


def test_reacted_rows_are_sorted_and_counted():
    rows = [reacted(day, likes=day) for day in range(1, 25)]
    rows += [{**rows[0], "date": None}, {**rows[0], "date": "вчера"}]
    data = reacted_rows(rows[::-1])
    assert [post.likes for post in data.posts] == list(range(1, 25))
    assert [step.name for step in data.steps] == ["no_date", "has_usual", "is_mature", "is_written", "is_fresh"]
    assert left(data) == {"no_date": 2, "has_usual": 10, "is_mature": 8, "is_written": 0, "is_fresh": 0}
    assert data.steps[-1].left == data.labelled.sum() == 6


def test_rows_that_rules_remove_stay_as_history():
    """A repeat is no lesson, yet its likes are part of what was usual."""
    rows = [reacted(day) for day in range(1, 25)]
    rows[12]["text"] = rows[11]["text"]
    data = reacted_rows(rows)
    assert len(data) == 24
    assert not data.labelled[12]
    assert not np.isnan(data.residual[12, 0])


def test_moments_are_compared_and_not_their_spelling():
    rows = [reacted(1, date="2026-03-01T23:30:00+03:00", post_id="b"), reacted(2, date="2026-03-01T21:00:00+00:00")]
    assert [post.post_id for post in reacted_rows(rows[::-1]).posts] == ["b", "2"]


def test_reacted_take_keeps_rows_aligned():
    data = reacted_rows([reacted(day, likes=day) for day in range(1, 25)])
    part = data.take(data.labelled)
    assert len(part) == data.labelled.sum()
    assert part.labelled.all()
    assert [post.likes for post in part.posts] == [11, 12, 13, 14, 15, 16]
    assert part.place.tolist() == [n / 24 for n in range(10, 16)]


def test_no_rows_give_no_posts():
    assert len(reacted_rows([])) == 0
    assert len(graded_rows([])) == 0


def test_page_group_is_the_same_of_a_row_and_its_post():
    row = {"text": "", "platform": "vk", "page_id": 17, "page_name": "Имя"}
    assert page_group(row) == page_group(Post.from_row(row)) == "vk:17"
    assert page_group({**row, "page_id": None}) == "vk:Имя"


def test_fingerprint_sees_no_numbers_and_marks():
    assert fingerprint("Приём 5 мая — в 10:00") == fingerprint("ПРИЁМ мая, в!")
    assert fingerprint("12.03 🎉") == ""
