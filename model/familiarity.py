"""Whether a post is one that the model may speak about."""

import numpy as np
import numpy.typing as npt

from model.features import FEATURES
from model.lexicon import FLAG, Batch

# A post shorter than this says too little for any number.
MIN_WORDS = 4
# Below this share of dictionary words the text is another language, a transliteration or noise.
MIN_RUSSIAN = 0.5
# Repeating the same few words is not writing; real posts stay far below.
MAX_REPEATS = 0.75

_REPEATS = FEATURES.index("repeats")


def judge(batch: Batch, features: npt.NDArray[np.float32], min_known: float) -> list[str]:
    """Name the status of each post: `ok`, `too_short`, `not_russian` or `unfamiliar`.

    `features` (posts × FEATURES); `min_known`: the least share of words with a known
    lemma that training posts had.
    """
    words = _count(batch, batch.flags[:, FLAG["is.word"]] > 0)
    russian = _count(batch, (batch.flags[:, FLAG["gram.known"]] > 0) & (batch.flags[:, FLAG["script.foreign"]] == 0))
    known = _count(batch, (batch.lemmas >= 0) & (batch.flags[:, FLAG["is.word"]] > 0))
    size = np.maximum(words, 1)
    short = words < MIN_WORDS
    # One or two foreign words say nothing of the language; a short post is just short.
    foreign = (words > 0) & (russian / size < MIN_RUSSIAN)
    odd = (known / size < min_known) | ((features[:, _REPEATS] > MAX_REPEATS) & (words >= 8))
    statuses = np.select([foreign, short, odd], ["not_russian", "too_short", "unfamiliar"], "ok")
    return [str(status) for status in statuses]


def known_share(batch: Batch) -> npt.NDArray[np.float64]:
    """The share of words of each post whose lemma the model knows."""
    is_word = batch.flags[:, FLAG["is.word"]] > 0
    return _count(batch, (batch.lemmas >= 0) & is_word) / np.maximum(_count(batch, is_word), 1)


def _count(batch: Batch, marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    posts = np.repeat(np.arange(len(batch)), np.diff(batch.bounds))
    return np.bincount(posts, weights=marked[batch.rows], minlength=len(batch)).astype(np.float64)
