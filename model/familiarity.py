"""Whether a post is one that the model may speak about."""

import re

import numpy as np
import numpy.typing as npt

from model.features import FEATURES
from model.lexicon import ROLE, Batch
from model.text import DECORATION, SHAPES, undressed

# A post shorter than this says too little for any number.
MIN_WORDS = 4
# Below this share of dictionary words the text is another language, a transliteration or noise.
MIN_RUSSIAN = 0.5
# Repeating the same few words is not writing; real posts stay far below.
MAX_REPEATS = 0.75
# A whole post in capitals, or one longer than a network takes: not one training post in five hundred is.
MAX_CAPITALS = 0.8
MAX_LETTERS = 16_500
# A typo and a name are unknown words too, and weigh much in a short post.
FORGIVEN = 1
# From so many words on a share of them says something.
ENOUGH_WORDS = 8

# Verse: not one training post in a thousand is nothing but short capitalised lines without a fact.
_VERSE_LINES = 6
_VERSE_LINE = re.compile(r"\s*[«\"–—-]?\s*[А-ЯЁ].{10,50}")
# What is written for a program and not for a resident: tags, templates, orders to a model.
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>|<!--|\{\{|\{%", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:игнорир|забуд|отмен|ignore|disregard|forget)\w*\W+(?:\w+\W+){0,4}(?:инструкци|указани|промпт|instruction|prompt)"
)

_BITS = np.array([ROLE[name] for name in ("word", "function", "capitals", "dictionary", "foreign")], np.uint32)[:, None]
_REPEATS = FEATURES.index("repeats")
_FACTS = np.array([FEATURES.index(f"count.shape.{name}") for name in SHAPES if name not in (*DECORATION, "question")])


def judge(batch: Batch, features: npt.NDArray[np.float32], min_known: float) -> list[str]:
    """Name the status of each post: `ok`, `too_short`, `not_russian` or `unfamiliar`.

    `features` (posts × FEATURES); `min_known`: the least share of words with a known
    lemma that training posts had.
    """
    roles = batch.piece_roles
    is_word, function, capital, dictionary, foreign_script = (roles & _BITS) != 0
    content = is_word & ~function
    words, contents, capitals, russian, known = _counts(
        batch, is_word, content, content & capital, dictionary & ~foreign_script, is_word & _in_vocabulary(batch)
    )
    size = np.maximum(words, 1)
    # One or two foreign words say nothing of the language; a short post is just short.
    foreign = (words > 0) & (russian / size < MIN_RUSSIAN)
    odd = ((known + FORGIVEN) / size < min_known) | np.array([*map(_is_odd, batch.texts)], bool)
    for n in np.flatnonzero(~features.take(_FACTS, axis=1).any(axis=1)).tolist():  # few posts have no fact at all
        odd[n] |= _is_verse(batch.texts[n])
    shouted = capitals > MAX_CAPITALS * np.maximum(contents, 1)
    odd |= ((features[:, _REPEATS] > MAX_REPEATS) | shouted) & (words >= ENOUGH_WORDS)
    judged = zip(foreign.tolist(), (words < MIN_WORDS).tolist(), odd.tolist(), strict=True)
    return [
        "not_russian" if foreign else "too_short" if short else "unfamiliar" if odd else "ok"
        for foreign, short, odd in judged
    ]


def _is_odd(text: str) -> bool:
    """Whether a text is written for a program or too long for a post."""
    if (
        len(text) > MAX_LETTERS
        and len(undressed(text)) > MAX_LETTERS
        or ("<" in text or "{" in text)
        and _TAG.search(text)
    ):
        return True
    # A regular expression over every text would cost more than the rest of the judgement.
    return ("нструкци" in text or "казани" in text or "ромпт" in text or "nstruct" in text or "rompt" in text) and bool(
        _ORDER.search(text.lower())
    )


def _is_verse(text: str) -> bool:
    if text.count("\n") < _VERSE_LINES - 1:
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    verse = other = 0
    # Prose is told by its first lines, and to undress a whole text costs as much as to read it.
    for line in map(undressed, lines):
        if _VERSE_LINE.fullmatch(line):
            verse += 1
        elif line.strip():
            other += 1
            if other >= 0.2 * len(lines):
                return False
    return verse + other >= _VERSE_LINES and verse > 0.8 * (verse + other)


def known_share(batch: Batch) -> npt.NDArray[np.float64]:
    """The share of words of each post whose lemma the model knows."""
    is_word = (batch.piece_roles & ROLE["word"]) != 0
    known, words = _counts(batch, is_word & _in_vocabulary(batch), is_word)
    return known / np.maximum(words, 1)  # type: ignore[no-any-return]


def _in_vocabulary(batch: Batch) -> npt.NDArray[np.bool_]:
    return batch.piece_lemmas >= 0


def _counts(batch: Batch, *marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """How many pieces of each post are marked, by each of the marks over all pieces of the batch: (marks × posts)."""
    if len(batch) == 1:
        return np.array([[np.count_nonzero(marks)] for marks in marked], np.float64)
    return np.array([np.bincount(batch.posts[marks], minlength=len(batch)) for marks in marked], np.float64)
