"""A model folder: what is saved is loaded, and what is not as it was saved is refused before it is opened."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model import PRETRAINED, ModelError, Post, load
from model.folder import HEADS, MANIFEST, PINNED, PROTOCOL, WORDS, read, save

MANIFEST_OF = {"id": "m-1", "trained_at": "2026-03-12T00:00:00+00:00"}


class Payload:
    """Writes a file when it is unpickled: what a joblib file of a stranger can do."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.write_text, (self.trace, "opened")


@pytest.fixture
def trace(tmp_path):
    """The file that exists once the payload was opened."""
    return tmp_path / "trace"


@pytest.fixture
def folder(tmp_path, trace):
    """A folder in perfect order whose heads are a payload."""
    save(tmp_path / "model", MANIFEST_OF, {"payload": Payload(trace)}, b"words", {"card.md": "# Карточка\n"})
    return tmp_path / "model"


@pytest.fixture
def describe(folder):
    """Rewrites the manifest of the folder with other fields; None takes a field out."""

    def rewrite(**fields):
        manifest = {**json.loads((folder / MANIFEST).read_text("utf-8")), **fields}
        kept = {name: value for name, value in manifest.items() if value is not None}
        (folder / MANIFEST).write_text(json.dumps(kept), "utf-8")

    return rewrite


@pytest.fixture
def refused(folder, trace):
    """Tries to read the folder: nothing must be opened, and the refusal must say in Russian what to do."""

    def attempt(code):
        with pytest.raises(ModelError) as caught:
            read(folder)
        assert not trace.exists()
        assert caught.value.code == code
        message = str(caught.value)
        assert any(verb in message for verb in ("Скопируйте", "скопируйте", "Обучите", "обучите", "Поставьте"))
        return message

    return attempt


def test_saved_model_scores_the_same(scorer, corpus, tmp_path):
    contents = read(PRETRAINED)
    save(tmp_path, contents.manifest, contents.parts, contents.words, {"card.md": "# Карточка\n"})
    posts = [Post(row["text"]) for row in corpus[:100]] + [Post("Фывапролджэ"), Post("")]
    again = load(tmp_path)
    assert list(again.map(posts)) == list(scorer.map(posts))
    assert again.info == scorer.info


def test_contents_are_what_was_saved(tmp_path):
    save(tmp_path, MANIFEST_OF, {"lemmas": ["мост"]}, b"words", {"card.md": "# Карточка\n", "metrics.json": "{}"})
    contents = read(tmp_path)
    assert contents.parts == {"lemmas": ["мост"]}
    assert contents.words == b"words"
    assert contents.manifest["id"] == "m-1"
    assert contents.manifest["protocol"] == PROTOCOL
    assert set(contents.manifest["versions"]) == set(PINNED)
    assert set(contents.manifest["files"]) == {HEADS, WORDS, "card.md", "metrics.json"}
    assert (tmp_path / "card.md").read_text("utf-8") == "# Карточка\n"


def test_payload_is_real(folder, trace):
    """Without this the refusals below would prove nothing: an honest folder is opened, and opening runs code."""
    read(folder)
    assert trace.exists()


def test_other_model_may_be_saved_over_one(folder):
    save(folder, {**MANIFEST_OF, "id": "m-2"}, {}, b"", {})
    assert read(folder).manifest["id"] == "m-2"


def test_folder_cut_short_while_saving_is_refused(folder, refused, monkeypatch):
    """The manifest is written last; an old one must not vouch for new files."""

    def fill_up(self, data):
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(OSError, match="no space"):
        save(folder, MANIFEST_OF, {}, b"", {})
    refused("model_missing")


@pytest.mark.parametrize("name", [HEADS, WORDS, "card.md"])
def test_changed_file_is_refused(folder, refused, name):
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    assert name in refused("model_damaged")


@pytest.mark.parametrize("name", [HEADS, WORDS, "card.md"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_truncated_file_is_refused(folder, refused, name, share):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(len(content) * share)])
    assert name in refused("model_damaged")


@pytest.mark.parametrize("name", [HEADS, WORDS, "card.md"])
def test_missing_file_is_refused(folder, refused, name):
    (folder / name).unlink()
    assert name in refused("model_damaged")


def test_folder_in_the_place_of_a_file_is_refused(folder, refused):
    (folder / HEADS).unlink()
    (folder / HEADS).mkdir()
    refused("model_damaged")


@pytest.mark.parametrize("protocol", [PROTOCOL - 1, PROTOCOL + 1, str(PROTOCOL), None, [PROTOCOL]])
def test_other_protocol_is_refused(describe, refused, protocol):
    describe(protocol=protocol)
    message = refused("model_protocol")
    assert str(PROTOCOL) in message
    assert "make train" in message


def test_protocol_is_looked_at_first(folder, describe, refused):
    """A newer folder may have other files; that it is newer is what the user has to know."""
    describe(protocol=PROTOCOL + 1, versions={}, files={})
    (folder / WORDS).unlink()
    refused("model_protocol")


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("version", ["0.1.0", "99.0", "2"])
def test_other_version_is_refused(describe, folder, refused, name, version):
    versions = json.loads((folder / MANIFEST).read_text("utf-8"))["versions"]
    describe(versions={**versions, name: version})
    assert f"{name}=={version}" in refused("model_versions")


@pytest.mark.parametrize("versions", [None, [], {}, {"numpy": 2}])
def test_versions_that_are_not_told_are_refused(describe, refused, versions):
    describe(versions=versions)
    refused("model_damaged")


@pytest.mark.parametrize("name", ["../trick", "/etc/hostname", "inside/trick", "..", ".", "", "trick/", "\0", "a\nb"])
def test_file_outside_the_folder_is_refused(folder, describe, refused, name):
    """Even with the right checksum: a manifest names files of its own folder only."""
    (folder / "inside").mkdir()
    for place in (folder.parent / "trick", folder / "inside" / "trick"):
        shutil.copy(folder / HEADS, place)
    files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    describe(files={**files, name: files[HEADS]})
    refused("model_damaged")


@pytest.mark.parametrize("name", [HEADS, WORDS])
def test_file_without_a_checksum_is_refused(folder, describe, refused, name):
    files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    del files[name]
    describe(files=files)
    assert name in refused("model_damaged")


@pytest.mark.parametrize("files", [None, [], "heads.joblib", {HEADS: None, WORDS: None}])
def test_files_that_are_not_told_are_refused(describe, refused, files):
    describe(files=files)
    refused("model_damaged")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"protocol": 1}'])
def test_unreadable_manifest_is_refused(folder, refused, content):
    (folder / MANIFEST).write_bytes(content)
    refused("model_damaged")


def test_folder_without_a_model_is_refused(folder, refused):
    (folder / MANIFEST).unlink()
    assert str(folder) in refused("model_missing")


def test_place_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(ModelError) as caught:
        load(tmp_path / "nowhere")
    assert caught.value.code == "model_missing"
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError) as caught:
        load(tmp_path / "file")
    assert caught.value.code == "model_missing"


def test_another_patch_of_numpy_reads_the_same(describe, folder, trace):
    release = json.loads((folder / MANIFEST).read_text("utf-8"))["versions"]["numpy"].rpartition(".")[0]
    describe(versions={"numpy": f"{release}.99"})
    read(folder)
    assert trace.exists()


def test_shipped_parts_are_plain():
    """Numbers, words and arrays: whoever scores needs no library that only training knows."""

    def kinds(value):
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return {type(value)}.union(*map(kinds, inside))

    assert kinds(read(PRETRAINED).parts) <= {dict, list, tuple, str, int, float, np.ndarray}


def test_parts_that_are_no_parts_are_refused(tmp_path):
    save(tmp_path, MANIFEST_OF, ["not", "parts"], b"", {})
    with pytest.raises(ModelError) as caught:
        read(tmp_path)
    assert caught.value.code == "model_damaged"


def test_shipped_folder_is_in_order():
    assert read(PRETRAINED).manifest["protocol"] == PROTOCOL
