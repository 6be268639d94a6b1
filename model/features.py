"""Named features of form: what a post has, where, and what it belongs to.

Every feature is a sum over pieces, a mark of the raw text, or a look at the company a
piece keeps: a date beside a verb in the past is not an announcement, a phone beside an
official's name is not a place to call. All are computed for a whole batch at once.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from model.lexicon import FLAG, FLAGS, ROLE, SOUGHT, Batch
from model.linear import FEW, Rows, fresh, narrowest

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.integer]

# How many pieces are the opening of a post: two short sentences.
LEAD = 25
# How far, in pieces, a date or a phone looks for what it belongs to.
NEAR = 7

_COUNTED = [f for f in FLAGS if f.startswith(("word.", "shape."))] + ["case.upper"]
_SHARED = [f for f in FLAGS if f.startswith(("gram.", "script.", "case.")) or f in ("word.function", "is.single")]
_COUNTED_AT = np.array([FLAG[name] for name in _COUNTED])
_SHARED_AT = np.array([FLAG[name] for name in _SHARED])


# The roles of pieces that look around, or are counted; the first three tell a day or an hour together.
_ROLES = ("day", "month", "clock", "phone", "number", "official", "word", "verb", "past_verb")
_BITS = np.array([ROLE[name] for name in _ROLES], np.uint32)[:, None]

# How far, in pieces, those that look around look back and ahead: dates, phones, numbers, officials, words.
_BACK = np.array([NEAR, NEAR, 3, 3, 4])
_AHEAD = np.array([NEAR, NEAR, 2, 6, 4])
_NEIGHBOUR = {role: number for number, role in enumerate(SOUGHT)}


def _places(batch: Batch) -> list[Ints]:
    """Where in the batch dates are (12.03, 18:30, the number in «12 марта»), phones, numbers and so on, as _ROLES."""
    has = (batch.piece_roles & _BITS) != 0
    day, month, dates = has[:3]
    dates[:-1] |= day[:-1] & month[1:] & (batch.posts[1:] == batch.posts[:-1])
    return [kind.nonzero()[0] for kind in has[2:]]


def _neighbours(batch: Batch, looking: Sequence[Ints]) -> list[npt.NDArray[np.uint8]]:
    """How many pieces of each role of SOUGHT stand near those that look around: for each kind (roles × places).

    Counted up to 255, within the post.
    """
    sizes = [*map(len, looking)]
    at = np.concatenate(looking)
    posts, bounds = batch.posts.take(at), batch.bounds
    left = np.maximum(at - _BACK.repeat(sizes), bounds.take(posts))
    right = np.minimum(at + (_AHEAD + 1).repeat(sizes), bounds.take(posts + 1))
    before = np.zeros(len(batch.posts) + 1, "<u8")
    batch.sought.take(batch.piece_patterns).cumsum(out=before[1:])  # all roles at once, carries and all
    around = (before.take(right) - before.take(left)).view(np.uint8).reshape(len(at), len(SOUGHT)).T
    ends = [*accumulate(sizes)]
    return [around[:, end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _first(batch: Batch, at: Ints, size: Floats) -> Floats:
    """How far into each post the first of the places lies, 1 where it has none."""
    first, at = np.ones(len(batch), np.float32), at[::-1]  # backwards: the first is written last
    posts = batch.posts[at]
    first[posts] = (at - batch.bounds[posts]) / size[posts]
    return first


def _count(batch: Batch, kinds: Iterable[Ints]) -> Floats:
    """How many places of each kind each post has: (kinds × posts)."""
    if len(batch) == 1:
        return np.array([[len(at)] for at in kinds], np.float32)
    return np.array([np.bincount(batch.posts[at], minlength=len(batch)) for at in kinds], np.float32)


def _company(batch: Batch) -> dict[str, Floats]:
    """Features of the company that dates, phones and words keep."""
    size = np.maximum(batch.sizes, 1).astype(np.float32)
    dates, phones, numbers, officials, words, verbs, past_verbs = _places(batch)
    by_date, by_phone, by_number, by_official, by_word = _neighbours(batch, (dates, phones, numbers, officials, words))
    past, coming, placed = (by_date[_NEIGHBOUR[role]] for role in ("past", "coming", "place"))
    starts = batch.bounds.take(batch.posts.take(past_verbs))
    all_dates, is_coming, is_past, bare, is_placed, on_duty, of_officials, laws, named = np.log1p(
        _count(
            batch,
            (
                dates,
                dates[coming > past],
                dates[(past >= coming) & (past > 0)],
                dates[past + coming == 0],
                dates[placed > 0],
                phones[by_phone[_NEIGHBOUR["duty"]] > 0],
                phones[by_phone[_NEIGHBOUR["named"]] > 0],
                numbers[by_number[_NEIGHBOUR["law"]] > 0],
                officials[by_official[_NEIGHBOUR["person"]] > 0],
            ),
        )
    )
    alone, opening = words[by_word[_NEIGHBOUR["joint"]] == 0], past_verbs[past_verbs - starts < LEAD]
    phone, number, date, verb, past_verb, lead, disjoint = _count(
        batch, (phones, numbers, dates, verbs, past_verbs, opening, alone)
    )
    return {
        "dates": all_dates,
        "dates.coming": is_coming,
        "dates.past": is_past,
        "dates.bare": bare,
        "dates.placed": is_placed,
        "dates.first": _first(batch, dates, size),
        "phones.duty": on_duty,
        "phones.officials": of_officials,
        "phones.share": phone / size,
        "law.numbers": laws,
        "officials.named": named,
        "words.disjoint": disjoint / size,
        "verbs.past_lead": lead,
        "verbs.past_share": past_verb / np.maximum(verb, 1),
        "numbers.share": (number + date + phone) / size,
        "repeats": 1 - _distinct(batch) / size,
    }


def _distinct(batch: Batch) -> Floats:
    """How many different pieces each post has."""
    if len(batch) == 1:
        return np.array([len(set(batch.rows.tolist()))], np.float32)
    width = len(batch.lemmas) + 1
    keys = batch.posts.astype(narrowest(len(batch) * width)) * width + batch.rows
    keys.sort()  # each post keeps its places
    return np.bincount(batch.posts[fresh(keys)], minlength=len(batch)).astype(np.float32)


# Marks of the raw text: how much a letter counts for a mark, wherever it stands.
_LETTERS: dict[str, dict[str, float]] = {
    "text.quotes": {"«": 1, '"': 0.5},
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
_INTEREST = sorted({*"".join("".join(letters) for letters in _LETTERS.values()), *".:–—-…"})
_KIND = np.zeros(0x110000, np.uint8)
_KIND[[ord(letter) for letter in _INTEREST]] = np.arange(1, len(_INTEREST) + 1)
_WORTH = np.zeros((len(_INTEREST) + 1, len(_MARKS)), np.float32)
for _name, _worth in _LETTERS.items():
    for _letter, _value in _worth.items():
        _WORTH[_KIND[ord(_letter)], _COLUMN[_name]] = _value

_DOT, _COLON, _SLASH, _SPACE, _LINE, _DASH, _EN_DASH, _EM_DASH, _ELLIPSIS = map(ord, ".:/ \n-–—…")


_PART = 250  # letters of more posts would leave the cache of a core


def _marks(texts: Sequence[str]) -> Floats:
    """Count the marks of raw texts, letter by letter over all of them at once: (posts × marks)."""
    codes = np.frombuffer(("\0" + "\0".join(texts) + "\0").encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes = np.array([len(text) for text in texts], np.int64)
    kinds = _KIND.take(codes)
    at = (kinds != 0).nonzero()[0]
    ends = (sizes + 1).cumsum()
    posts = ends.searchsorted(at)
    width = len(_INTEREST) + 1
    seen = np.bincount(posts * width + kinds.take(at), minlength=len(texts) * width).reshape(len(texts), width)
    marks: Floats = seen.astype(np.float32) @ _WORTH  # halves and wholes: exact in any order
    here, before, after = codes.take(at), codes.take(at - 1), codes.take(at + 1)
    is_dot, is_dash, is_ellipsis, is_last = here == _DOT, here == _DASH, here == _ELLIPSIS, at + 1 == ends.take(posts)
    spaced = (before == _SPACE) & (after == _SPACE)
    found = {
        "text.stops": is_dot & (is_last | (after == _SPACE) | (after == _LINE)),
        "text.colons": (here == _COLON) & (after != _SLASH),  # not that of an address
        "text.dashes": spaced & (is_dash | (here == _EN_DASH) | (here == _EM_DASH)),
        "text.bullets": is_dash & (before == _LINE),
        "text.cut": is_last & (is_ellipsis | (is_dot & (before == _DOT) & (codes[at - 2] == _DOT)))
        | is_ellipsis & (before == ord("[")) & (after == ord("]")),
    }
    for name, where in found.items():
        if where.any():
            marks[:, _COLUMN[name]] += np.bincount(posts[where], minlength=len(texts))
    marks[:, _COLUMN["text.letters"]] = sizes
    for post in set(posts[(here == _COLON) & (after == _SLASH)].tolist()):
        marks[post, _COLUMN["text.letters"]] = _length(texts[post])
    return marks


_SPACED_DASH = re.compile("[-–—](?= )(?<= .)")


def _marks_of(text: str) -> tuple[float, ...]:
    """The same of one text by itself, as _MARKS: sooner than `_marks` where there are FEW of them."""
    count = text.count
    addresses = count(":/")
    return (
        _length(text) if addresses else len(text),
        count("«") + count('"') / 2,
        count(":") - addresses,
        count("("),
        count(". ") + count(".\n") + text.endswith("."),
        count(","),
        len(_SPACED_DASH.findall(text)),
        sum(map(count, ("•", "✅", "▪", "📌", "\n-"))),
        count("№"),
        count("\n"),
        count("[…]") + text.endswith(("…", "...")),
    )


_ADDRESS = re.compile(r"https?://\S+")


def _length(text: str) -> int:
    """Letters of a text; an address is one thing, however long the site has made it."""
    length, at = len(text), text.find("://")
    while at >= 0:  # sought by what is rarer than a letter
        found = _ADDRESS.match(text, at - len("https")) or _ADDRESS.match(text, at - len("http"))
        if found:
            length -= len(found.group())
        at = text.find("://", found.end() if found else at + 1)
    return length


_EMPTY = Batch(
    texts=[],
    rows=np.zeros(0, np.int32),
    bounds=np.zeros(1, np.int32),
    lemmas=np.zeros(0, np.int32),
    patterns=np.zeros(0, np.int32),
    weights=np.zeros((0, 0), np.float32),
    flags=np.zeros((0, len(FLAGS)), np.float32),
    roles=np.zeros(0, np.uint32),
    sought=np.zeros(0, np.uint64),
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


def _measure_marks(texts: Sequence[str]) -> Floats:
    """Count the marks of raw texts, the few one by one: (posts × marks)."""
    if len(texts) <= FEW:
        return np.array([*map(_marks_of, texts)], np.float32).reshape(-1, len(_MARKS))
    return np.concatenate([_marks(texts[start : start + _PART]) for start in range(0, len(texts), _PART)])


def _sums(batch: Batch) -> Floats:
    """Sum the flags of each post and of its opening: (2 × posts × flags)."""
    before, bounds = batch.passed, batch.bounds
    lead = before[:-1] - before.take(bounds[:-1]).take(batch.posts) < LEAD
    rows = batch.piece_patterns
    if len(batch) <= FEW:
        ends = bounds.tolist()
        posts = [slice(*span) for span in zip(ends, ends[1:], strict=False)]
        chosen = [*(rows[post] for post in posts), *(rows[post][lead[post]] for post in posts)]
        # Sums of ones: exact in any order.
        table = np.array([batch.flags.take(numbers, axis=0).sum(axis=0) for numbers in chosen], np.float32)
    else:
        within = np.zeros(len(lead) + 1, np.int32)
        lead.cumsum(out=within[1:])
        columns = np.concatenate([rows, rows[lead]])
        bounds = np.concatenate([bounds, len(rows) + within[bounds[1:]]])
        table = Rows(np.ones(len(columns), np.float32), columns, bounds, len(batch.flags)) @ batch.flags
    return table.reshape(2, len(batch), len(FLAGS))


def measure(batch: Batch) -> Floats:
    """Measure all FEATURES of a batch: (posts × features)."""
    plain = batch.plain
    sizes = plain.sizes.astype(np.float32)[:, None]
    spans = np.array([np.maximum(sizes, 1), np.minimum(np.maximum(sizes, 1), LEAD)])
    sums = _sums(batch)
    counts, shares = np.log1p(sums.take(_COUNTED_AT, axis=2)), sums.take(_SHARED_AT, axis=2) / spans
    marks, company = _measure_marks(batch.texts), _company(plain)
    blocks = [
        np.log1p(sizes),
        marks[:, :1] / spans[0],  # letters
        *counts,
        *shares,
        np.log1p(marks),
        np.array([company[name] for name in _COMPANY]).T,
    ]
    return np.concatenate(blocks, axis=1, dtype=np.float32)
