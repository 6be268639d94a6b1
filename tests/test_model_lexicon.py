"""The lexicon: the same numbers for the same text, whatever was read before, in whatever order."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import lexicon as module
from model.lexicon import FLAG, FLAGS, ROLE, ROLES, Lexicon, surface
from model.linear import LinearHeads, Vocabulary
from model.morphology import GRAMMEMES, Parse
from model.text import locate, pieces
from training.morphology import parse


@pytest.fixture(scope="module")
def heads():
    """Two heads over two lemmas, with random weights of letters."""
    vocabulary = Vocabulary(("мост", "<date>"), np.zeros(0, np.int64), np.ones(2, np.float32))
    grams = np.random.default_rng(0).normal(size=(64, 2))
    return LinearHeads(vocabulary, ("a", "b"), np.zeros(2), np.ones((2, 2)), grams)


@pytest.fixture
def lexicon(heads):
    return Lexicon(parse, heads)


@pytest.fixture(scope="module")
def texts(corpus):
    return [row["text"] for row in corpus[:120]]


def meaning(batch):
    """What a batch says of each piece, without the numbers of rows."""
    tables = (batch.lemmas, batch.flags[batch.patterns], batch.roles[batch.patterns], batch.weights)
    return [table[batch.rows] for table in tables]


def same(left, right):
    return np.array_equal(left.bounds, right.bounds) and all(
        np.array_equal(a, b) for a, b in zip(meaning(left), meaning(right), strict=True)
    )


def test_a_word_is_what_its_parse_says(heads):
    assert Lexicon(lambda word: Parse("река", 1), heads).describe("мост")[0] == "река"


def test_a_read_that_breaks_loses_nothing(heads, texts):
    """Pieces that were given a row are learned by the next read."""
    breaks = iter([True])

    def fragile(word):
        if next(breaks, False):
            raise KeyboardInterrupt
        return parse(word)

    lexicon = Lexicon(fragile, heads)
    with pytest.raises(KeyboardInterrupt):
        lexicon.read(texts[:3])
    assert same(lexicon.read(texts), Lexicon(parse, heads).read(texts))


def test_row_is_found_for_every_piece(lexicon):
    batch = lexicon.read(["Мост, мост 12.03.2026", "", "мост 11.02.2025"])
    assert np.diff(batch.bounds).tolist() == [3, 0, 2]
    names = lexicon.names()
    assert [names[row] for row in batch.rows] == ["Мост", "мост", "<date>", "мост", "<date>"]
    assert batch.lemmas[batch.rows].tolist() == [0, 0, 1, 0, 1]


def test_batch_follows_the_pieces_of_each_post(lexicon, texts):
    batch = lexicon.read(texts)
    names = lexicon.names()
    for text, start, stop in zip(texts, batch.bounds, batch.bounds[1:], strict=False):
        read = [surface(names[row]) for row in batch.rows[start:stop]]
        assert read == [surface(token.text) for token in locate(text)]


def test_reading_again_gives_the_same(lexicon, texts):
    assert same(lexicon.read(texts), lexicon.read(texts))


def test_order_of_reading_does_not_matter(heads, texts):
    forwards, backwards = Lexicon(parse, heads), Lexicon(parse, heads)
    for text in reversed(texts):
        backwards.read([text])
    assert same(forwards.read(texts), backwards.read(texts))


def test_earlier_batch_stays_true_while_the_lexicon_grows(lexicon, texts):
    batch = lexicon.read(texts[:5])
    before = meaning(batch)
    lexicon.read(texts)
    assert all(np.array_equal(a, b) for a, b in zip(before, meaning(batch), strict=True))


def test_full_lexicon_starts_anew_and_says_the_same(heads, texts, monkeypatch):
    expected = [Lexicon(parse, heads).read([text]) for text in texts]
    monkeypatch.setattr(module, "CAPACITY", 50)
    small, counts = Lexicon(parse, heads), []
    for text, batch in zip(texts, expected, strict=True):
        assert same(small.read([text]), batch)
        counts.append(len(small.names()))
    assert min(np.diff(counts)) < 0  # it did start anew


@pytest.mark.parametrize("unit", ["а1б", "абв", "—…"])
def test_long_chunk_is_not_remembered(lexicon, unit):
    lexicon.read([unit * 1000])
    assert len(lexicon._chunks) == 0


@pytest.mark.parametrize(
    "chunk", [lambda n: f"{n:010b}".translate({48: "—", 49: "…"}), lambda n: "абвг"[n % 4] * (1000 + n)]
)
def test_lexicon_holds_no_more_than_its_measure_whatever_it_reads(heads, chunk, monkeypatch):
    monkeypatch.setattr(module, "CAPACITY", 100)
    lexicon, held = Lexicon(parse, heads), []
    for n in range(500):
        lexicon.read([chunk(n)])
        held.append((len(lexicon._chunks), sum(map(len, lexicon.names()))))
    chunks, letters = map(max, zip(*held, strict=True))
    assert chunks <= 101 and letters <= 101 * module.LETTERS + 1500


def test_threads_read_what_one_reads(heads, texts):
    expected = Lexicon(parse, heads).read(texts)
    shared = Lexicon(parse, heads)
    shuffled = np.random.default_rng(0).permutation(len(texts))
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda n: shared.read([texts[n]]), [*shuffled, *range(len(texts))]))
    for n, batch in enumerate(batches[len(texts) :]):
        start, stop = expected.bounds[n : n + 2]
        for got, wanted in zip(meaning(batch), meaning(expected), strict=True):
            assert np.array_equal(got, wanted[start:stop])


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_every_piece_has_a_flag_and_a_surface(heads, text):
    lexicon = Lexicon(parse, heads)
    for token in locate(text):
        lemma, flags = lexicon.describe(token.text)
        assert flags
        assert len(set(flags)) == len(flags)
        assert (FLAG["is.word"] in flags) != lemma.startswith("<")
        assert pieces(token.text)  # a piece read alone is still something


@pytest.mark.parametrize(
    ("piece", "has", "has_not"),
    [
        ("ВНИМАНИЕ", "case.upper", "case.title"),
        ("Внимание", "case.title", "case.upper"),
        ("внимание", "gram.known", "case.title"),
        ("ДК", "case.title", "case.upper"),  # two capitals are an abbreviation, not shouting
        ("я", "is.single", "case.title"),
        ("wifi", "script.latin", "script.foreign"),
        ("ҡала", "script.foreign", "script.latin"),
        ("ёлка", "is.word", "script.foreign"),
        ("Ждём", "word.invite", "script.foreign"),
    ],
)
def test_flag_of_a_piece(lexicon, piece, has, has_not):
    flags = {FLAGS[number] for number in lexicon.describe(piece)[1]}
    assert has in flags
    assert has_not not in flags


@pytest.mark.parametrize("role", ROLES)
def test_role_is_of_known_flags(role):
    assert set(ROLES[role]) <= set(FLAGS)


@pytest.mark.parametrize(
    ("piece", "roles"),
    [
        ("12.03.2026", {"clock"}),
        ("12", {"day", "number"}),
        ("5-12-34", {"phone"}),
        ("марта", {"month", "word", "dictionary"}),
        (
            "прошёл",
            {"past", "past_verb", "verb", "joint", "word", "dictionary", "coming"},
        ),  # пройти is an invitation too
        ("улице", {"place", "word", "dictionary"}),
    ],
)
def test_piece_has_its_roles(lexicon, piece, roles):
    batch = lexicon.read([piece])
    assert {role for role, bit in ROLE.items() if batch.piece_roles[0] & bit} == roles


def test_bits_suffice():
    assert len(ROLES) <= 32
    assert len(GRAMMEMES) == len(set(GRAMMEMES))


@pytest.mark.parametrize(("piece", "expected"), [("Ёлка", "елка"), ("18:30", "<time>"), ("<time>", "<time>")])
def test_surface(piece, expected):
    assert surface(piece) == expected
