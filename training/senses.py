"""Word vectors: what words that many posts used say of words that few did.

The vectors are natasha's own (navec, GloVe on Russian news, 250,000 words × 300), which
lie in its wheel. A linear head over their mean is one number a word, so only that number
ships (see `model.linear`) and scoring needs no vectors.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from model.lexicon import Lexicon, surface
from model.morphology import Morphology

Floats = npt.NDArray[np.float32]


def word_vectors(morphology: Morphology) -> Floats:
    """Vectors of the words that a morphology lists, in its order, centred: (words × 300).

    Zero where navec knows neither the word nor its lemma.
    """
    from natasha import NewsEmbedding

    navec = NewsEmbedding()
    vectors = np.zeros((len(morphology.words), 300), np.float32)
    known = np.zeros(len(vectors), bool)
    for number, word in enumerate(morphology.words):
        found = next((form for form in (word, morphology.parse(word).lemma) if form in navec), None)
        if found is not None:
            vectors[number] = navec[found]
            known[number] = True
    vectors[known] -= vectors[known].mean(axis=0) if known.any() else 0
    return vectors


def rows_of_pieces(lexicon: Lexicon, words: Iterable[str], vectors: Floats) -> Floats:
    """The vector of every row of a lexicon that has read some posts: (rows × 300)."""
    numbers = {word: number for number, word in enumerate(words)}
    found = np.array([numbers.get(surface(name), -1) for name in lexicon.names()], np.int64)
    return np.where(found[:, None] >= 0, vectors[found], np.float32(0))
