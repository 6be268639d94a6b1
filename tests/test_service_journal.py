"""The journal of a run: it never promises more than is on the disk."""

import json

import pytest

from service.complaint import Complaint
from service.journal import Journal, Part

PLAN = {"inputs": [["a.jsonl", 10]], "model": "merilo-1"}


def test_run_goes_on_from_what_was_written(tmp_path):
    journal = Journal(tmp_path / "out.journal", PLAN)
    assert journal.read() is None
    journal.write({"records": 5, "bytes": 70})
    assert Journal(tmp_path / "out.journal", PLAN).read() == {"records": 5, "bytes": 70}
    assert [path.name for path in tmp_path.iterdir()] == ["out.journal"]
    journal.forget()
    assert not list(tmp_path.iterdir())


def test_another_run_is_not_gone_on_with(tmp_path):
    Journal(tmp_path / "out.journal", PLAN).write({"records": 5})
    with pytest.raises(Complaint, match="с тех пор другое: model") as complaint:
        Journal(tmp_path / "out.journal", {**PLAN, "model": "merilo-2"}).read()
    assert complaint.value.code == "another_run"


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"plan": 1}', json.dumps({"plan": PLAN, "state": 5})])
def test_damaged_journal_is_named(tmp_path, kept):
    (tmp_path / "out.journal").write_text(kept)
    with pytest.raises(Complaint, match="повреждён"):
        Journal(tmp_path / "out.journal", PLAN).read()


def test_what_is_beyond_the_sure_length_goes(tmp_path):
    part = Part(tmp_path / "part", 0)
    part.write(b"one\n")
    part.sync()
    sure = part.length
    part.write(b"tw")
    part.close()
    again = Part(tmp_path / "part", sure)
    again.write(b"two\n")
    again.close()
    assert (tmp_path / "part").read_bytes() == b"one\ntwo\n"


def test_new_part_begins_empty(tmp_path):
    (tmp_path / "part").write_bytes(b"of another run")
    Part(tmp_path / "part", 0).close()
    assert (tmp_path / "part").read_bytes() == b""
