"""Whether a post is one that the model may speak about."""

import re

import numpy as np
import numpy.typing as npt

from model.features import FEATURES
from model.lexicon import FLAG, Batch
from model.text import undressed

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
_FACT = re.compile(r"[\d/]")
# Decoration that may hold a digit, and what only looks like it.
_DRESS = re.compile(r"#\w[\w@]*|@\w[\w.]*|[0-9#*]\ufe0f?\u20e3|\[(?:club|public|id|event)\d+\|")
# What is written for a program and not for a resident: tags, templates, orders to a model.
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>|<!--|\{\{|\{%", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:игнорир|забуд|отмен|ignore|disregard|forget)\w*\W+(?:\w+\W+){0,4}(?:инструкци|указани|промпт|instruction|prompt)",
    re.IGNORECASE,
)

_REPEATS = FEATURES.index("repeats")


def judge(batch: Batch, features: npt.NDArray[np.float32], min_known: float) -> list[str]:
    """Name the status of each post: `ok`, `too_short`, `not_russian` or `unfamiliar`.

    `features` (posts × FEATURES); `min_known`: the least share of words with a known
    lemma that training posts had.
    """
    is_word, content, capital, dictionary, foreign_script = (
        batch.flags[batch.rows, FLAG[name]] > 0
        for name in ("is.word", "word.function", "case.upper", "gram.known", "script.foreign")
    )
    content = is_word & ~content
    words, contents, capitals, russian, known = _counts(
        batch,
        is_word,
        content,
        content & capital,
        dictionary & ~foreign_script,
        is_word & (batch.lemmas[batch.rows] >= 0),
    )
    size = np.maximum(words, 1)
    # One or two foreign words say nothing of the language; a short post is just short.
    foreign = (words > 0) & (russian / size < MIN_RUSSIAN)
    odd = ((known + FORGIVEN) / size < min_known) | np.fromiter(map(_is_odd, batch.texts), bool, len(batch))
    shouted = capitals > MAX_CAPITALS * np.maximum(contents, 1)
    odd |= ((features[:, _REPEATS] > MAX_REPEATS) | shouted) & (words >= ENOUGH_WORDS)
    statuses = np.select([foreign, words < MIN_WORDS, odd], ["not_russian", "too_short", "unfamiliar"], "ok")
    return [str(status) for status in statuses]


def _is_odd(text: str) -> bool:
    """Whether a text is verse, written for a program, or too long for a post."""
    if (
        len(text) > MAX_LETTERS
        and len(undressed(text)) > MAX_LETTERS
        or ("<" in text or "{" in text)
        and _TAG.search(text)
    ):
        return True
    # A regular expression over every text would cost more than the rest of the judgement.
    if ("нструкци" in text or "казани" in text or "ромпт" in text or "nstruct" in text or "rompt" in text) and (
        _ORDER.search(text)
    ):
        return True
    return text.count("\n") >= _VERSE_LINES - 1 and _is_verse(text)


def _is_verse(text: str) -> bool:
    # Most posts have a fact, which is told at a glance: to undress every text would cost as much as to read it.
    if _FACT.search(_DRESS.sub("", text)):
        return False
    text = undressed(text)
    if _FACT.search(text):
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) >= _VERSE_LINES and sum(map(bool, map(_VERSE_LINE.fullmatch, lines))) > 0.8 * len(lines)


def known_share(batch: Batch) -> npt.NDArray[np.float64]:
    """The share of words of each post whose lemma the model knows."""
    is_word = batch.flags[batch.rows, FLAG["is.word"]] > 0
    known, words = _counts(batch, is_word & (batch.lemmas[batch.rows] >= 0), is_word)
    return known / np.maximum(words, 1)


def _counts(batch: Batch, *marked: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.float64]]:
    """How many pieces of each post are marked, by each of the marks over all pieces of the batch."""
    posts = np.repeat(np.arange(len(batch)), np.diff(batch.bounds))
    return [np.bincount(posts[marks], minlength=len(batch)).astype(np.float64) for marks in marked]
