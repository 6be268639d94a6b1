"""The lexicon: what is known of every piece of text, remembered once.

A post becomes a row of numbers, one for each piece; everything else (word families,
grammemes, weights of the heads) is looked up by these numbers in tables. New pieces get
a new row, so a warm lexicon reads a post with one split and one dictionary look-up a
chunk, and the first post of a cold one costs some milliseconds more.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count, islice
from threading import RLock
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from model.morphology import GRAMMEMES, Parse
from model.text import AROUND, DECORATION, SHAPES, chunks, normalise, pieces, shape
from model.words import FAMILIES

# What is true or false of one piece; the columns of the flag table.
FLAGS = (
    *(f"word.{name}" for name in FAMILIES),
    *(f"shape.{name}" for name in SHAPES),
    *(f"gram.{name}" for name in GRAMMEMES),
    "case.upper",
    "case.title",
    "script.latin",
    "script.foreign",
    "is.word",
    "is.single",
    "is.prompt",
)
FLAG = {name: number for number, name in enumerate(FLAGS)}

# What a piece can be to its neighbours: each role is any of some flags, and one bit of
# the role table, so that looking around (see `model.features`) costs one mask.
ROLES = {
    "past": ("gram.past", "word.past_time"),  # прошёл, вчера
    "coming": ("gram.futr", "gram.impr", "gram.pres", "gram.INFN", "word.invite", "word.how"),  # пройдёт, приходите
    "place": ("word.address", "word.venue"),
    "duty": ("word.how", "word.contact", "word.act", "gram.impr"),  # справки по телефону
    "named": ("gram.Surn", "gram.Patr", "word.officials"),  # глава района Иванов
    "law": ("word.law",),
    "person": ("gram.Surn", "gram.Name"),
    "joint": ("word.function", "gram.PREP", "gram.CONJ", "gram.VERB", "gram.INFN", "gram.PRCL", "gram.NPRO"),
    "word": ("is.word",),
    "function": ("word.function",),
    "capitals": ("case.upper",),
    "dictionary": ("gram.known",),
    "foreign": ("script.foreign",),
    "clock": ("shape.date", "shape.time", "shape.hours"),  # 12.03, 18:30
    "day": ("shape.digit", "shape.digits"),  # 12 (of March)
    "month": ("word.months",),
    "phone": ("shape.phone",),
    "number": ("shape.digit", "shape.digits", "shape.number"),
    "official": ("word.officials",),
    "verb": ("gram.VERB", "gram.INFN"),
    "past_verb": ("gram.past",),
    "decoration": tuple(f"shape.{name}" for name in DECORATION),
    "prompt": ("is.prompt",),
}
ROLE = {name: np.uint32(1 << number) for number, name in enumerate(ROLES)}
# The first of them are what others look for: each a byte of one number, and numbers of neighbours add up.
SOUGHT = tuple(ROLES)[:8]
_ROLES_OF = np.array(
    [sum(int(ROLE[role]) for role, flags in ROLES.items() if flag in flags) for flag in FLAGS], np.uint32
)
_IS_WORD, _IS_SINGLE, _IS_PROMPT = FLAG["is.word"], FLAG["is.single"], FLAG["is.prompt"]
_UPPER, _TITLE, _LATIN_SCRIPT, _FOREIGN_SCRIPT = (
    FLAG[name] for name in ("case.upper", "case.title", "script.latin", "script.foreign")
)

_FAMILIES_OF: dict[str, list[int]] = {}
for _name, _words in FAMILIES.items():
    for _word in _words:
        _FAMILIES_OF.setdefault(_word.replace("ё", "е"), []).append(FLAG[f"word.{_name}"])
# How words begin that an order to a model has; seldom in a post, and only then it is searched for such an order.
PROMPTS = (
    *("инструкци", "указани", "промпт", "ассистент", "помощник", "нейросет", "модел", "оцен", "балл", "отвечай"),
    *("instruction", "prompt", "assistant", "system", "usefulness", "engagement"),
)

_OTHER = re.compile(r"[^а-я]")
_LATIN = re.compile(r"[a-z]")
_FOREIGN = re.compile(r"[^\Wа-яёa-z\d_-]")  # letters that Russian does not have

# Above this many chunks, rows of them, or forties of their letters the lexicon starts anew, so that
# a million posts take no more memory than a hundred thousand, whatever is in them.
CAPACITY = 500_000
LETTERS = 40


class Weights(Protocol):
    """What gives a word its linear weights; see `model.linear`."""

    @property
    def width(self) -> int:
        """How many numbers a word has."""
        ...

    def lemma_numbers(self, lemmas: Sequence[str]) -> Sequence[int]:
        """The number of each lemma in the vocabulary, -1 where it is not there."""
        ...

    def word_weights(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """The weights of normalised words or shapes, from their letters: (words × width)."""
        ...


@dataclass
class Batch:
    """Posts as numbers: `rows[bounds[i]:bounds[i + 1]]` are the pieces of post i, in order.

    `lemmas`, `patterns` and `weights` are tables with a line for each row that `rows` names; `flags`,
    `roles` and `sought` have one for each pattern: thousands of words share some hundreds. From these
    follow the `sizes` of posts in pieces, and the post, lemma, pattern and roles of each of the `rows`.
    """

    texts: Sequence[str]
    rows: npt.NDArray[np.int32]
    bounds: npt.NDArray[np.int32]
    lemmas: npt.NDArray[np.int32]
    patterns: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    flags: npt.NDArray[np.float32]
    roles: npt.NDArray[np.uint32]
    sought: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.int32] = field(init=False)
    posts: npt.NDArray[np.int32] = field(init=False)
    piece_lemmas: npt.NDArray[np.int32] = field(init=False)
    piece_patterns: npt.NDArray[np.int32] = field(init=False)
    piece_roles: npt.NDArray[np.uint32] = field(init=False)

    def __post_init__(self) -> None:
        """Look up what is asked for many times."""
        self.sizes = self.bounds[1:] - self.bounds[:-1]
        self.posts = np.arange(len(self.texts), dtype=np.int32).repeat(self.sizes)
        self.piece_lemmas = self.lemmas.take(self.rows)
        self.piece_patterns = self.patterns.take(self.rows)
        self.piece_roles = self.roles.take(self.piece_patterns)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def plain(self) -> "Batch":
        """The same posts without decoration; the texts stay as they are."""
        if self.passed[-1] == len(self.rows):
            return self
        tables = self.lemmas, self.patterns, self.weights, self.flags, self.roles, self.sought
        return Batch(self.texts, self.rows[self._kept], self.passed.take(self.bounds), *tables)

    @cached_property
    def passed(self) -> npt.NDArray[np.int32]:
        """How many pieces that are no decoration stand before each of the `rows`, and in all."""
        passed = np.zeros(len(self.rows) + 1, np.int32)
        self._kept.cumsum(out=passed[1:])
        return passed

    @cached_property
    def _kept(self) -> npt.NDArray[np.bool_]:
        kept: npt.NDArray[np.bool_] = (self.piece_roles & ROLE["decoration"]) == 0
        return kept


class Lexicon:
    """Pieces and what is known of them; grows as it reads. Safe to share between threads.

    `parse` gives the lemma and the grammemes of a normalised word.
    """

    def __init__(self, parse: Callable[[str], Parse], weights: Weights) -> None:
        self._parse = parse
        self._weights = weights
        self._lock = RLock()
        self._clear()

    def _clear(self) -> None:
        self._chunks, self._pieces, self._cuts = _Numbers[str](), _Numbers[str](), _Cuts()
        self._patterns = _Numbers[tuple[int, ...]]()  # by their flags
        self._pieces_table = _Table(
            lemmas=(np.int32, ()), patterns=(np.int32, ()), weights=(np.float32, (self._weights.width,))
        )
        self._patterns_table = _Table(
            flags=(np.float32, (len(FLAGS),)), roles=(np.uint32, ()), sought=(np.dtype("<u8"), ())
        )
        self._letters = 0  # of the chunks met

    def read(self, texts: Sequence[str]) -> Batch:
        """Turn texts into a batch, learning the pieces not met before."""
        with self._lock:
            if self._is_full():
                self._clear()
            try:
                rows, bounds = self._read(texts)
            except BaseException:  # what was half learned would be wrong for ever
                self._clear()
                raise
            return Batch(texts, rows, bounds, **self._pieces_table.columns(), **self._patterns_table.columns())

    @contextmanager
    def spare(self) -> Iterator[bool]:
        """Whether nobody is reading; then it is kept for the caller until the end of the block."""
        held = self._lock.acquire(blocking=False)
        try:
            yield held
        finally:
            if held:
                self._lock.release()

    def _is_full(self) -> bool:
        # A chunk of marks has no rows, and a word may be as long as a post.
        return max(self._cuts.size, len(self._cuts), self._letters // LETTERS) > CAPACITY

    def _read(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The rows of all pieces of the texts, and after how many of them each text ends, a zero before."""
        met, numbers, passed = len(self._chunks), array("q"), [0]
        number_of = self._chunks.__getitem__
        for text in texts:  # one after another: the chunks of a whole batch would not stay in the cache
            numbers.extend(map(number_of, chunks(text)))
            passed.append(len(numbers))
        new = self._chunks.latest(len(self._chunks) - met)
        self._cut(new)
        self._learn(self._pieces.latest(len(self._pieces) - len(self._pieces_table)))
        rows, ends = self._cuts.take(np.frombuffer(numbers, np.int64))
        return rows, ends[passed].astype(np.int32)

    def _cut(self, new: Sequence[str]) -> None:
        """Cut the new chunks and give every piece a row."""
        if not new:
            return
        rows, sizes = array("i"), array("q")  # arrays, not lists of lists: a garbage collector walks those
        row_of = self._pieces.__getitem__
        self._letters += sum(map(len, new))
        for chunk in new:
            if len(chunk) > 64:  # a base64 blob will not come twice
                del self._chunks[chunk]
            word = chunk.strip(AROUND)
            if word.isalpha():  # most are
                rows.append(row_of(word))
                sizes.append(1)
                continue
            found = pieces(chunk)
            rows.extend([row_of(piece if piece.isalpha() else named(piece)) for piece in found])
            sizes.append(len(found))
        self._cuts.add(rows, sizes)

    def _learn(self, new: Sequence[str]) -> None:
        """Fill the lines of the new pieces, and of patterns that no piece had before."""
        if not new:
            return
        lemmas: list[str] = []
        patterns = array("i")
        # All at once, for no piece has a line break: this is all that most words need to be normalised.
        surfaces = "\n".join(new).lower().replace("ё", "е").split("\n")
        for number, piece in enumerate(new):
            if odd := _OTHER.search(surfaces[number]) is not None:
                surfaces[number] = normalise(piece)
            lemma, flags = self._describe(piece, surfaces[number], odd)
            lemmas.append(lemma)
            patterns.append(self._patterns[flags])
        self._pieces_table.add(
            lemmas=self._weights.lemma_numbers(lemmas),
            patterns=patterns,
            weights=self._weights.word_weights(surfaces),
        )
        if fresh := self._patterns.latest(len(self._patterns) - len(self._patterns_table)):
            has = np.zeros((len(fresh), len(FLAGS)), np.float32)
            for line, flags in zip(has, fresh, strict=True):
                line[list(flags)] = 1
            roles = np.array([np.bitwise_or.reduce(_ROLES_OF[list(flags)]) for flags in fresh])
            sought = np.unpackbits(roles.astype("<u4").view(np.uint8)[::4], bitorder="little").view("<u8")
            self._patterns_table.add(flags=has, roles=roles, sought=sought)

    def names(self) -> list[str]:
        """A piece for every row, in the order of rows; shapes in angle brackets."""
        return list(self._pieces)

    def describe(self, piece: str) -> tuple[str, tuple[int, ...]]:
        """The lemma (or shape in angle brackets) of a piece and the numbers of its flags."""
        name = named(piece)
        return self._describe(name, surface(name), odd=True)

    def _describe(self, piece: str, word: str, odd: bool) -> tuple[str, tuple[int, ...]]:
        """The lemma and the flags of a named piece, which is `word` when it is normalised; `odd` has other letters."""
        if piece[0] == "<":
            return piece, (FLAG[f"shape.{piece[1:-1]}"],)
        lemma, grammemes = self._parse(word)
        flags = [*_word_flags(grammemes)]
        if listed := _FAMILIES_OF.get(lemma):
            flags += listed
        if word != lemma and (listed := _FAMILIES_OF.get(word)):  # inflected, listed as they stand: "ждем", "целях"
            flags += [flag for flag in listed if flag not in flags]
        if len(word) == 1:
            flags.append(_IS_SINGLE)
        if word.startswith(PROMPTS) or ("-" in word and any(part.startswith(PROMPTS) for part in word.split("-"))):
            flags.append(_IS_PROMPT)
        if not piece.islower():  # most are
            if len(piece) > 2 and piece.isupper():
                flags.append(_UPPER)
            elif piece[0].isupper():
                flags.append(_TITLE)
        if odd and _OTHER.search(word):  # hardly any has other letters than Russian ones
            if _LATIN.search(word):
                flags.append(_LATIN_SCRIPT)
            elif _FOREIGN.search(word):
                flags.append(_FOREIGN_SCRIPT)
        return lemma, tuple(flags)


@lru_cache(maxsize=10_000)  # words share a few hundred combinations
def _word_flags(grammemes: int) -> tuple[int, ...]:
    return _IS_WORD, *(FLAG[f"gram.{name}"] for bit, name in enumerate(GRAMMEMES) if grammemes >> bit & 1)


def _grown(table: npt.NDArray[Any], least: int) -> npt.NDArray[Any]:
    """The table with room for at least that many lines, and for as many more as it had."""
    room = np.empty((max(least, 2 * len(table)), *table.shape[1:]), table.dtype)
    room[: len(table)] = table
    return room


class _Table:
    """Columns that grow line by line, given as name → kind of number and shape of a line."""

    def __init__(self, **columns: tuple[npt.DTypeLike, tuple[int, ...]]) -> None:
        self._count = 0
        self._columns: dict[str, npt.NDArray[Any]] = {
            name: np.empty((1024, *shape), kind) for name, (kind, shape) in columns.items()
        }
        self._filled = self._views()

    def __len__(self) -> int:
        return self._count

    def add(self, **lines: Any) -> None:
        """Add lines, given by column."""
        start, stop = self._count, self._count + len(next(iter(lines.values())))
        for name, values in lines.items():
            if stop > len(self._columns[name]):
                self._columns[name] = _grown(self._columns[name], stop)
            self._columns[name][start:stop] = values
        self._count = stop
        self._filled = self._views()

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The columns as they are now: they only grow at the end and are replaced whole, so these views stay true."""
        return self._filled

    def _views(self) -> dict[str, npt.NDArray[Any]]:
        return {name: column[: self._count] for name, column in self._columns.items()}


_Key = TypeVar("_Key")


class _Numbers(defaultdict[_Key, int]):
    """Key → its number; a key not met before is given the next one, without a step of Python."""

    def __init__(self) -> None:
        super().__init__(count().__next__)

    def latest(self, number: int) -> list[_Key]:
        """The keys met last, in the order in which they were met."""
        return list(islice(reversed(self), number))[::-1]


class _Cuts:
    """The rows of the pieces of each chunk, chunk after chunk; arrays, which no garbage collector walks."""

    def __init__(self) -> None:
        self._count = 0
        self._rows = np.zeros(4096, np.int32)
        self._ends = np.zeros(1024, np.int32)  # where in `_rows` each chunk ends; the first ends nothing

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """Rows held."""
        return int(self._ends[self._count])

    def add(self, rows: "array[int]", sizes: "array[int]") -> None:
        """Put the rows of new chunks behind the others."""
        start, count = self.size, self._count + len(sizes)
        if count + 1 > len(self._ends):
            self._ends = _grown(self._ends, count + 1)
        if start + len(rows) > len(self._rows):
            self._rows = _grown(self._rows, start + len(rows))
        self._rows[start : start + len(rows)] = rows
        self._ends[self._count + 1 : count + 1] = start + np.cumsum(sizes)
        self._count = count

    def take(self, numbers: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Rows of the pieces of some chunks; after how many of them each chunk ends, a zero before."""
        starts = self._ends.take(numbers)
        sizes = self._ends.take(numbers + 1) - starts
        ends = np.zeros(len(numbers) + 1, np.int64)
        sizes.cumsum(out=ends[1:])
        places = (starts - ends[:-1]).repeat(sizes) + np.arange(ends[-1])
        return self._rows.take(places), ends


def named(piece: str) -> str:
    """The piece, or its shape in angle brackets: all dates are one row, all links another."""
    kind = shape(piece)
    return piece if kind is None else f"<{kind}>"


def surface(piece: str) -> str:
    """What the letters of a piece are for the weights: a normalised word or its shape."""
    name = piece if piece[0] == "<" else named(piece)
    return name if name[0] == "<" else normalise(name)
