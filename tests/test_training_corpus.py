"""The bundled corpus is what its README says."""

import gzip
import json
import re
from collections import Counter
from itertools import takewhile

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from model.score import CHECKLIST, TYPES
from training.dataset import CORPUS, INVENTED, pairs_as_rows, reacted_rows, read_pairs, read_rows
from training.synthetic import TYPE_EFFECT, draw_counts

KINDS = ("pair", "trap", "addition", "form")


@pytest.fixture(scope="module")
def posts():
    return list(read_rows(CORPUS / "posts.jsonl"))


@pytest.fixture(scope="module")
def pairs():
    return read_pairs()


@pytest.fixture(scope="module")
def invented():
    return list(read_rows(INVENTED))


@pytest.fixture(scope="module")
def trained(posts, pairs, invented):
    """Every authored text that a model learns from."""
    return [row["text"] for row in [*posts, *sides(pairs), *invented]]


@pytest.fixture(scope="module")
def checks():
    return read_pairs(CORPUS / "checks.jsonl")


def sides(pairs):
    return [pair[side] for pair in pairs for side in ("better", "worse")]


def words(text):
    return re.findall(r"\w+", text.lower().replace("ё", "е"))


def shingles(text, length=8):
    found = words(text)
    return {tuple(found[n : n + length]) for n in range(max(1, len(found) - length + 1))}


def test_corpus_is_of_every_kind(posts):
    assert len(posts) >= 400
    assert len({row["page_id"] for row in posts}) == 12
    assert {row["type"] for row in posts} == set(TYPES)
    assert {row["usefulness"] for row in posts} == {0, 1, 2, 3, 4}
    assert min(Counter(row["usefulness"] for row in posts).values()) >= 40
    assert min(Counter(row["type"] for row in posts).values()) >= 25


@pytest.mark.parametrize(
    "institution",
    ["Мин", "Администрация", "Школа", "поликлиника", "Музей", "Библиотека", "Дом культуры", "УК", "транспорт"],
    ids=["ministry", "district", "school", "clinic", "museum", "library", "culture", "housing", "transport"],
)
def test_page_of_the_institution_has_a_history(posts, institution):
    sizes = Counter(row["page_name"] for row in posts if institution in row["page_name"])
    assert sizes
    assert min(sizes.values()) >= 30


@pytest.mark.parametrize("name", ["posts", "invented"])
def test_rows_say_what_they_are(name, request):
    rows = request.getfixturevalue(name)
    assert {row["picked"] for row in rows} == {"authored"}
    assert len({(row["platform"], row["page_id"], row["post_id"]) for row in rows}) == len(rows)
    assert len({row["text"] for row in rows}) == len(rows)


def test_counts_are_told_to_be_synthetic(posts, invented):
    assert all(row["synthetic"] is True for row in posts)
    assert not any(name in row for row in invented for name in ("likes", "comments", "reposts", "views", "date"))


def test_invented_pages_are_many_and_of_every_kind(invented):
    pages = {(row["platform"], row["page_id"]): row["page_kind"] for row in invented}
    assert f" posts of {len(pages)} invented pages" in (CORPUS / "README.md").read_text(encoding="utf-8")
    assert set(pages.values()) == {"government", "culture", "media", "community", "university", "other"}
    assert {row["type"] for row in invented} == set(TYPES)
    assert Counter(row["usefulness"] for row in invented).keys() == {0, 1, 2, 3, 4}


def test_invented_posts_are_not_made_from_a_pattern(invented):
    """Stock phrases come again, sentences do not."""
    met = Counter(shingle for row in invented for shingle in shingles(row["text"]))
    assert sum(times > 1 for times in met.values()) < 0.001 * len(met)


def test_checklists_are_whole(posts, pairs, invented):
    for row in [*posts, *pairs_as_rows(pairs), *invented]:
        assert tuple(row["checklist"]) == CHECKLIST
        assert row["checklist"]["plain"] is not None
        assert row["checklist"]["not_self_report"] is not None


def test_drawing_again_gives_what_the_file_holds(posts):
    counts = ("likes", "comments", "reposts", "views", "synthetic")
    bare = [{name: value for name, value in row.items() if name not in counts} for row in posts]
    assert draw_counts(bare) == posts


def test_draw_hangs_on_the_post_alone(posts):
    assert draw_counts(posts[100:110][::-1]) == posts[100:110][::-1]


def test_another_seed_draws_other_counts(posts):
    assert [row["likes"] for row in draw_counts(posts, seed=1)] != [row["likes"] for row in posts]


def test_views_exceed_reactions_and_unknown_is_null(posts):
    for row in posts:
        reactions = row["likes"] + (row["comments"] or 0) + row["reposts"]
        assert row["views"] is None or row["views"] >= 3 * reactions
    for name in ("comments", "views"):
        unknown = sum(row[name] is None for row in posts) / len(posts)
        assert 0.05 < unknown < 0.6


def test_types_differ_as_the_random_model_says():
    rows = [
        {"text": "Слово " * 30, "type": kind, "platform": "vk", "page_id": "a", "post_id": str(n)}
        for kind in ("greeting", "ad")
        for n in range(400)
    ]
    likes = np.array([row["likes"] for row in draw_counts(rows)]).reshape(2, -1)
    said = np.log(likes.mean(axis=1))
    assert said[0] - said[1] == pytest.approx(TYPE_EFFECT["greeting"] - TYPE_EFFECT["ad"], abs=0.12)


def test_rules_leave_enough_to_learn_from(posts):
    data = reacted_rows(posts)
    assert data.labelled.sum() >= 250
    assert {step.name: step.removed for step in data.steps}["is_mature"] > 0
    beats = data.residual[data.labelled, 0] > 0
    assert 0.3 < beats.mean() < 0.7


@pytest.mark.parametrize("name", ["pairs", "checks"])
def test_pairs_have_the_documented_form(name, request):
    pairs = request.getfixturevalue(name)
    assert len({pair["id"] for pair in pairs}) == len(pairs)
    assert {pair["kind"] for pair in pairs} == set(KINDS)
    assert {side["type"] for side in sides(pairs)} <= set(TYPES)
    assert all(pair["better"]["text"] != pair["worse"]["text"] for pair in pairs)


def test_better_is_never_graded_below_worse(pairs):
    differences = {kind: [] for kind in KINDS}
    for pair in pairs:
        differences[pair["kind"]].append(pair["better"]["usefulness"] - pair["worse"]["usefulness"])
    assert min(differences["pair"]) > 0
    assert min(differences["trap"] + differences["addition"]) >= 0
    assert set(differences["form"]) == {0}


def test_an_addition_adds_in_one_place_and_changes_nothing_else(checks):
    for check in checks:
        if check["kind"] == "addition":
            better, worse = (words(check[side]["text"]) for side in ("better", "worse"))
            kept = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(better, worse, strict=False)))
            rest = zip(better[kept:][::-1], worse[kept:][::-1], strict=False)
            kept += sum(1 for _ in takewhile(lambda both: both[0] == both[1], rest))
            assert len(worse) - 1 <= kept < len(better), check["id"]


def test_checks_share_no_eight_words_with_training(trained, checks):
    known = set().union(*map(shingles, trained))
    assert [check["text"][:60] for check in sides(checks) if shingles(check["text"]) & known] == []


def test_checks_are_not_made_of_the_words_of_a_trained_text(trained, checks):
    texts = [" ".join(words(text)) for text in [*trained, *(check["text"] for check in sides(checks))]]
    met = CountVectorizer(binary=True, token_pattern=r"\S+").fit_transform(texts)
    sizes = np.asarray(met.sum(axis=1)).ravel()
    shared = (met[len(trained) :] @ met[: len(trained)].T).toarray()
    nearest = (shared / (sizes[len(trained) :, None] + sizes[: len(trained)] - shared)).max(axis=1)
    assert [texts[len(trained) + n][:60] for n in np.flatnonzero(nearest >= 0.5)] == []


def test_nothing_is_copied_from_real_posts(shared_data, trained, checks):
    """Eight words in a row may be a stock phrase or a law's title; twelve are a copy."""
    length = 12
    own = set().union(*(shingles(text, length) for text in [*trained, *(check["text"] for check in sides(checks))]))
    own = {shingle for shingle in own if len(shingle) == length}
    for name in ("engagement", "usefulness"):
        for row in read_rows(shared_data / f"{name}.jsonl.gz"):
            assert not shingles(row["text"], length) & own, row["post_id"]


def _read(path):
    return gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")


def test_no_address_leads_to_anybody():
    for path in sorted(CORPUS.glob("*.jsonl*")):
        for host in re.findall(r"[\w.-]+\.(?:ru|рф|com|org|me|net|su|info|cc|ly|gl)\b(?:/\w+)?", _read(path)):
            reserved = re.search(r"(?:^|\.)example\.(?:ru|com|org)", host)
            assert reserved or re.match(r"(?:vk\.com|t\.me|ok\.ru|max\.ru)/(?:example|wall)", host), host


def test_no_number_or_name_in_a_network_reaches_anybody():
    for path in sorted(CORPUS.glob("*.jsonl*")):
        text = _read(path)
        for number in re.findall(r"(?<![\d+])(?:\+7|8)[\s()–‑-]{0,3}\d[\d\s()–‑-]{7,14}\d(?!\d)", text):
            digits = re.sub(r"\D", "", number)
            assert len(digits) != 11 or digits[1:4] == "000" or digits[4:7] == "000", number
        assert all(re.search("example|primer_", name) for name in re.findall(r"(?<![\w.])@([A-Za-z]\w{2,})", text))


@pytest.mark.parametrize("name", ["posts.jsonl", "pairs.jsonl", "checks.jsonl", "invented.jsonl.gz"])
def test_readme_counts_the_rows(name):
    told = (CORPUS / "README.md").read_text(encoding="utf-8")
    rows = _read(CORPUS / name).splitlines()
    assert all(json.loads(row) for row in rows)
    assert f"`{name}` | {len(rows)} " in told.replace(",", "")
