"""The scorer: one path for one post and for many."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, islice

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import model.scorer as module
from model import Post, Score, load
from model.score import CHECKLIST, REACTIONS, STATUSES, TYPES
from model.scorer import CHUNK, TRUST

OUTAGE = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34"
NONSENSE = {
    "foreign": "Tomorrow there will be no water in the whole village, call 5-12-34 from 9:00 to 17:00",
    "repeated": "вода " * 30,
    "short": "Вода 5-12-34",
    "nothing": "",
}


@pytest.fixture(scope="module")
def posts(corpus):
    return [Post(row["text"]) for row in corpus[:150]]


@pytest.fixture
def cold(scorer):
    """The same model with nothing read."""
    return load(scorer.folder)


def anything():
    """Texts of any code points, lone surrogates among them."""
    pieces = st.sampled_from(
        [OUTAGE, "вода ", "[club1|", "http://", "8(800)", "Ё\u0308", "\u00ad", "🎉", "\r\n", "\ud800"]
    )
    return st.one_of(st.text(st.characters()), st.lists(pieces, max_size=8).map("".join))


@settings(max_examples=40, deadline=None)
@given(st.lists(anything(), max_size=4))
@example([OUTAGE, "", "\x00", "a" * 5000, "https://\udfff", "\U00017000"])
def test_batch_equals_one_by_one(scorer, texts):
    posts = [Post(text) for text in texts]
    assert list(scorer.map(posts)) == [scorer(post) for post in posts]


def test_batch_equals_one_by_one_on_posts(scorer, cold, posts):
    assert list(scorer.map(posts)) == [cold(post) for post in posts]


@settings(max_examples=40, deadline=None)
@given(anything())
def test_score_is_what_it_is_called(scorer, text):
    score = scorer(Post(text))
    low, useful, high = score.usefulness_low, score.usefulness, score.usefulness_high
    assert 0 <= low <= useful <= high <= 100
    chances = [score.engagement, score.engagement_general, *(getattr(score, f"engagement_{r}") for r in REACTIONS)]
    assert all(0 <= chance <= 100 for chance in chances)
    assert score.engagement == score.engagement_general
    assert score.memory_posts == 0
    assert score.neighbours == ()
    assert tuple(score.checklist) == CHECKLIST
    assert set(score.checklist.values()) <= {True, False, None}
    assert score.type in TYPES
    assert score.status in STATUSES
    assert score.model == scorer.info["id"]


def test_numbers_have_one_decimal(scorer, posts):
    for score in scorer.map(posts):
        for value in score.row().values():
            assert not isinstance(value, float) or value == round(value, 1)


def test_scores_are_as_many_as_posts_and_in_order(scorer, posts, monkeypatch):
    expected = list(scorer.map(posts))
    monkeypatch.setattr(module, "CHUNK", 7)
    assert list(scorer.map(posts)) == expected
    assert list(scorer.map(posts[:14])) == expected[:14]
    assert list(scorer.map([])) == []


def test_map_reads_no_more_than_it_needs(scorer):
    taken = count()
    source = (Post(f"Завтра на улице Садовой не будет воды {next(taken)}") for _ in count())
    scores = scorer.map(source)
    assert next(taken) == 0  # nothing is read before a score is asked for
    assert all(isinstance(score, Score) for score in islice(scores, 3))
    assert next(taken) == CHUNK + 1


def test_threads_share_a_scorer(cold, scorer, posts):
    posts = posts[:50] * 2
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(cold, posts)) == list(scorer.map(posts))


def test_scores_do_not_depend_on_identity_and_counts(scorer):
    """Pages are not judged, posts are; and a scorer that saw the likes would be of no use before posting."""
    dressed = Post(
        OUTAGE, "vk", "1", "Мэрия", "government", "5", "2026-03-12", likes=900, comments=9, reposts=9, views=1
    )
    assert scorer(dressed) == scorer(Post(OUTAGE))


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_doubtful_numbers_are_pulled_to_the_usual(scorer, text):
    score = scorer(Post(text))
    said = scorer.predict([Post(text)])
    low, middle, high = scorer.manifest["usual"]["usefulness"]
    assert score.status != "ok"
    assert abs(score.usefulness - middle) <= TRUST * abs(25 * said.grade[0] - middle) + 0.1
    assert abs(score.engagement - 50) <= TRUST * abs(100 * said.chance["any"][0] - 50) + 0.1
    for reaction in REACTIONS:
        chance = 100 * said.chance[reaction][0]
        assert abs(getattr(score, f"engagement_{reaction}") - 50) <= TRUST * abs(chance - 50) + 0.1


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_doubtful_interval_is_that_of_any_post(scorer, text):
    score = scorer(Post(text))
    low, _, high = scorer.manifest["usual"]["usefulness"]
    assert score.usefulness_low <= low
    assert score.usefulness_high >= high


def test_trusted_number_is_the_prediction(scorer):
    said = scorer.predict([Post(OUTAGE)])
    score = scorer(Post(OUTAGE))
    assert score.status == "ok"
    assert score.usefulness == pytest.approx(25 * said.grade[0], abs=0.051)
    assert score.engagement == pytest.approx(100 * said.chance["any"][0], abs=0.051)


def test_what_is_present_applies(scorer, posts):
    """An item is missing only where it applies and is absent, by the heads' own thresholds."""
    said = scorer.predict(posts)
    limits = scorer.heads.thresholds
    present, applies = said.present >= limits[0], said.applies >= limits[1]
    for n, score in enumerate(scorer.map(posts)):
        for item, name in enumerate(CHECKLIST):
            assert score.checklist[name] is (True if present[n, item] else False if applies[n, item] else None)


def test_outage_is_useful_and_a_greeting_is_not(scorer):
    """The least that any model has to know; the greeting engages more."""
    greeting = "Дорогие земляки! От всей души поздравляем вас с праздником! Желаем счастья, здоровья и благополучия!"
    outage, greeted = scorer.map([Post(OUTAGE), Post(greeting)])
    assert outage.usefulness > greeted.usefulness + 20


@pytest.mark.parametrize(
    "decorate",
    [
        pytest.param(lambda text: f"🔥🔥 {text} 🎉👍", id="emoji around"),
        pytest.param(lambda text: text.replace(". ", ". ❗ "), id="emoji within"),
        pytest.param(lambda text: f"{text}\n\n#новости #район #мы_вместе #важно", id="hashtags at the end"),
        pytest.param(lambda text: f"#важно {text}", id="a hashtag at the start"),
        pytest.param(lambda text: f"{text} !!!", id="exclamation marks"),
        pytest.param(lambda text: re.sub(r"\.(?=\s|$)", "!", text), id="an exclamation mark for each full stop"),
        pytest.param(lambda text: f"@dk_sadovy {text} @biblioteka.5", id="mentions"),
        pytest.param(lambda text: f"1️⃣ {text} 2️⃣", id="keycaps"),
        pytest.param(lambda text: f"{text} #8марта #9мая_2026 #2026", id="hashtags that begin with a digit"),
        pytest.param(lambda text: f"🎉{text}🎉", id="emoji without a space"),
        pytest.param(lambda text: f"⚡️❤️ {text} 👨‍👩‍👧 🇷🇺", id="emoji of several signs"),
    ],
)
def test_decoration_does_not_move_usefulness(scorer, posts, decorate):
    """By construction, not by training: a score that emoji can raise will be raised by them."""
    plain = [post for post in posts if scorer(post).status == "ok"][:200]
    dressed = [replace(post, text=decorate(post.text)) for post in plain]
    said, again = scorer.predict(plain), scorer.predict(dressed)
    np.testing.assert_allclose(said.grade, again.grade, atol=1e-5)
    assert [score.status for score in scorer.map(dressed)] == ["ok"] * len(plain)


def test_info_names_the_model(scorer):
    assert scorer.info == {name: scorer.manifest[name] for name in ("id", "protocol", "trained_at")}


def test_scoring_imports_nothing_of_training():
    """A worker would hold twice the memory, and a start take twice as long."""
    code = (
        "import sys; from model import Post, load\n"
        f"load()(Post({OUTAGE!r}))\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    imported = set(done.stdout.split())
    assert {"model", "numpy"} <= imported
    assert not {"sklearn", "pandas", "pyarrow", "threadpoolctl", "natasha"} & imported
