"""Named features of form: what a post has, where, and what it belongs to.

Every feature is a sum over pieces, a mark of the raw text, or a look at the company a
piece keeps: a date beside a verb in the past is not an announcement, a phone beside an
official's name is not a place to call. All are computed for a whole batch at once.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from model.lexicon import FLAG, FLAGS, ROLE, Batch

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.integer]

# How many pieces are the opening of a post: two short sentences.
LEAD = 25
# How far, in pieces, a date or a phone looks for what it belongs to.
NEAR = 7

_COUNTED = [f for f in FLAGS if f.startswith(("word.", "shape."))] + ["case.upper"]
_SHARED = [f for f in FLAGS if f.startswith(("gram.", "script.", "case.")) or f in ("word.function", "is.single")]
_COUNTED_AT = [FLAG[name] for name in _COUNTED]
_SHARED_AT = [FLAG[name] for name in _SHARED]


class Company:
    """Pieces of a batch in the order of the text, and who stands near whom."""

    def __init__(self, batch: Batch) -> None:
        sizes = np.diff(batch.bounds)
        self.size = len(batch)
        self.posts = np.repeat(np.arange(self.size, dtype=np.int32), sizes)
        self.places = np.arange(len(batch.rows), dtype=np.int32)
        self.starts = np.repeat(batch.bounds[:-1], sizes)
        self._stops = np.repeat(batch.bounds[1:], sizes)
        self._roles = batch.piece_roles()

    def has(self, role: str) -> Bools:
        """Which pieces have the role."""
        marked: Bools = (self._roles & ROLE[role]) != 0
        return marked

    def near(self, role: str, at: Ints, before: int = NEAR, after: int = NEAR) -> Ints:
        """How many pieces of that role the same post has around the places `at`."""
        total = np.concatenate([[0], np.cumsum(self.has(role), dtype=np.int32)])
        left = np.maximum(at - before, self.starts[at])
        right = np.minimum(at + after + 1, self._stops[at])
        return total[right] - total[left]  # type: ignore[no-any-return]

    def count(self, at: Ints) -> Floats:
        """How many of the places `at` each post has."""
        return np.bincount(self.posts[at], minlength=self.size).astype(np.float32)

    def dates(self) -> Ints:
        """Places that tell a day or an hour: 12.03, 18:30, the number in «12 марта»."""
        month, day = self.has("month"), self.has("day")
        named = day[:-1] & month[1:] & (self.posts[1:] == self.posts[:-1])
        marks = self.has("clock")
        marks[:-1] |= named
        return np.flatnonzero(marks)


def _company(batch: Batch) -> dict[str, Floats]:
    """Features of the company that dates, phones and words keep."""
    see = Company(batch)
    size = np.maximum(np.diff(batch.bounds), 1).astype(np.float32)
    dates, phones, words = see.dates(), np.flatnonzero(see.has("phone")), np.flatnonzero(see.has("word"))
    numbers, officials = np.flatnonzero(see.has("number")), np.flatnonzero(see.has("official"))
    past_verbs = np.flatnonzero(see.has("past_verb"))
    past, coming = see.near("past", dates), see.near("coming", dates)
    verbs = see.count(np.flatnonzero(see.has("verb")))
    first = np.ones(see.size, np.float32)
    posts, index = np.unique(see.posts[dates], return_index=True)
    first[posts] = (dates[index] - batch.bounds[posts]) / size[posts]
    return {
        "dates": np.log1p(see.count(dates)),
        "dates.coming": np.log1p(see.count(dates[coming > past])),
        "dates.past": np.log1p(see.count(dates[(past >= coming) & (past > 0)])),
        "dates.bare": np.log1p(see.count(dates[past + coming == 0])),
        "dates.placed": np.log1p(see.count(dates[see.near("place", dates) > 0])),
        "dates.first": first,
        "phones.duty": np.log1p(see.count(phones[see.near("duty", phones) > 0])),
        "phones.officials": np.log1p(see.count(phones[see.near("named", phones) > 0])),
        "phones.share": see.count(phones) / size,
        "law.numbers": np.log1p(see.count(numbers[see.near("law", numbers, 3, 2) > 0])),
        "officials.named": np.log1p(see.count(officials[see.near("person", officials, 3, 6) > 0])),
        "words.disjoint": see.count(words[see.near("joint", words, 4, 4) == 0]) / size,
        "verbs.past_lead": see.count(past_verbs[past_verbs - see.starts[past_verbs] < LEAD]),
        "verbs.past_share": see.count(past_verbs) / np.maximum(verbs, 1),
        "numbers.share": (see.count(numbers) + see.count(dates) + see.count(phones)) / size,
        "repeats": 1 - _distinct(batch, see.posts) / size,
    }


def _distinct(batch: Batch, posts: Ints) -> Floats:
    """How many different pieces each post has."""
    width = len(batch.lemmas) + 1
    keys = posts.astype(np.int64) * width + batch.rows
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return np.bincount(keys[first] // width, minlength=len(batch)).astype(np.float32)


# Marks of the raw text: how much a letter counts for a mark, wherever it stands.
_LETTERS: dict[str, dict[str, float]] = {
    "text.quotes": {"«": 1, '"': 0.5},
    "text.colons": {":": 1},
    "text.brackets": {"(": 1},
    "text.commas": {",": 1},
    "text.bullets": dict.fromkeys("•✅▪📌", 1),
    "text.numero": {"№": 1},
    "text.lines": {"\n": 1},
}
_MARKS = (
    "text.letters", "text.quotes", "text.colons", "text.brackets", "text.stops", "text.commas", "text.dashes",
    "text.bullets", "text.numero", "text.lines", "text.cut",
)  # fmt: skip
_COLUMN = {name: number for number, name in enumerate(_MARKS)}

# What a letter is looked at for: a number for each letter of interest, 0 for all the rest.
_INTEREST = sorted({*"".join("".join(letters) for letters in _LETTERS.values()), *".–—-…"})
_KIND = np.zeros(0x110000, np.uint8)
_KIND[[ord(letter) for letter in _INTEREST]] = np.arange(1, len(_INTEREST) + 1)
_WORTH = np.zeros((len(_INTEREST) + 1, len(_MARKS)), np.float32)
for _name, _worth in _LETTERS.items():
    for _letter, _value in _worth.items():
        _WORTH[_KIND[ord(_letter)], _COLUMN[_name]] = _value


def _marks(texts: Sequence[str]) -> Floats:
    """Count the marks of raw texts, letter by letter over all of them at once: (posts × marks)."""
    codes = np.frombuffer(("\0" + "\0".join(texts) + "\0").encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes = np.array([len(text) for text in texts], np.int64)
    kinds = _KIND[codes]
    at = np.flatnonzero(kinds)
    posts = np.searchsorted(np.cumsum(sizes + 1), at, side="left")
    width = len(_INTEREST) + 1
    seen = np.bincount(posts * width + kinds[at], minlength=len(texts) * width).reshape(len(texts), width)
    marks: Floats = seen.astype(np.float32) @ _WORTH  # halves and wholes: exact in any order
    here, before, after = codes[at], codes[at - 1], codes[at + 1]
    dot, space, line, dash = ord("."), ord(" "), ord("\n"), ord("-")
    end = (after == 0) & ((here == ord("…")) | ((here == dot) & (before == dot) & (codes[at - 2] == dot)))
    found = {
        "text.stops": (here == dot) & ((after == space) | (after == line) | (after == 0)),
        "text.dashes": np.isin(here, [ord("–"), ord("—"), dash]) & (before == space) & (after == space),
        "text.bullets": (here == dash) & (before == line),
        "text.cut": end | ((here == ord("…")) & (before == ord("[")) & (after == ord("]"))),
    }
    for name, where in found.items():
        marks[:, _COLUMN[name]] += np.bincount(posts[where], minlength=len(texts))
    marks[:, _COLUMN["text.letters"]] = [_length(text) for text in texts]
    return marks


_ADDRESS = re.compile(r"https?://\S+")


def _length(text: str) -> int:
    """Letters of a text; an address is one thing, however long the site has made it."""
    return len(text) - sum(map(len, _ADDRESS.findall(text))) if "://" in text else len(text)


_EMPTY = Batch(
    texts=[],
    rows=np.zeros(0, np.int32),
    bounds=np.zeros(1, np.int32),
    lemmas=np.zeros(0, np.int32),
    patterns=np.zeros(0, np.int32),
    weights=np.zeros((0, 0), np.float32),
    flags=np.zeros((0, len(FLAGS)), np.float32),
    roles=np.zeros(0, np.uint32),
)
_COMPANY = tuple(_company(_EMPTY))

FEATURES = (
    "size.pieces",
    "size.word",
    *(f"count.{name}" for name in _COUNTED),
    *(f"lead.{name}" for name in _COUNTED),
    *(f"share.{name}" for name in _SHARED),
    *(f"lead_share.{name}" for name in _SHARED),
    *_MARKS,
    *_COMPANY,
)


def _sums(batch: Batch, kept: Bools | None = None) -> Floats:
    """Sum the flags of each post, of its `kept` pieces where given."""
    rows, bounds = batch.rows, batch.bounds
    if kept is not None:
        rows, bounds = rows[kept], np.concatenate([[0], np.cumsum(kept, dtype=np.int32)])[bounds]
    ones = np.ones(len(rows), np.float32)
    patterns = batch.patterns[rows]
    return sp.csr_matrix((ones, patterns, bounds), shape=(len(batch), len(batch.flags))) @ batch.flags  # type: ignore[no-any-return]


def measure(batch: Batch) -> Floats:
    """Measure all FEATURES of a batch: (posts × features)."""
    plain = batch.plain()
    sizes = np.diff(plain.bounds).astype(np.float32)
    counted = ~batch.decoration()
    before: Ints = np.cumsum(counted) - counted - np.repeat(plain.bounds[:-1], np.diff(batch.bounds))
    total, lead = _sums(batch), _sums(batch, before < LEAD)
    size = np.maximum(sizes, 1)[:, None]
    lead_size = np.clip(sizes, 1, LEAD)[:, None]
    marks = _marks(batch.texts)
    company = _company(plain)
    blocks = [
        np.log1p(sizes)[:, None],
        (marks[:, _COLUMN["text.letters"]] / size[:, 0])[:, None],
        np.log1p(total[:, _COUNTED_AT]),
        np.log1p(lead[:, _COUNTED_AT]),
        total[:, _SHARED_AT] / size,
        lead[:, _SHARED_AT] / lead_size,
        np.log1p(marks),
        np.stack([company[name] for name in _COMPANY], axis=1),
    ]
    return np.concatenate(blocks, axis=1, dtype=np.float32)
