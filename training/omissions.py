"""Omissions: graded posts with one fact taken out, graded lower for it.

Posts as people write them never show what a date, a place or a phone is worth where all else
stays the same. Trees learn it from these; linear heads do not see them, and no figure speaks
of them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from model.heads import CALLS, stack
from model.score import CHECKLIST
from training.dataset import Graded
from training.ridge import Blocks, GradeRidge

Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

# How much a tree minds one of them, beside a post that somebody graded.
WEIGHT = 0.3

# A fact is taken out of posts that are worth something, and short enough for it to matter.
LEAST_GRADE = 1.5
LONGEST = 1500
SHORTEST = 20

_MONTH = "(?:январ|феврал|март|апрел|ма[йяе]|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]*"
_DATE = re.compile(
    r"[,\s—–-]{0,3}(?:\b(?:с|до|по|на|в|во|к|не позднее|начало в|начало)\s+)?"
    r"(?:(?:\b\d{1,2}\s*(?:и|-|–|—|,)\s*){0,3}"
    rf"\b\d{{1,2}}\s+{_MONTH}(?:\s+20\d\d(?:\s*(?:г\.|года))?)?"  # 12, 13 и 14 марта 2026 года
    r"|\b\d{1,2}\.\d{2}(?:\.\d{2,4})?\b|\b\d{1,2}[:-]\d{2}\b|\b\d{1,2}\s+час(?:ов|а)\b)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"[,\s]{0,2}(?:по адресу:?|на (?:площадк|улиц|стадион|площад)\w+|на ул\.|во дворе|ул\.|улиц\w+|просп\.|пр\."
    r"|проспект\w*|в каб\.|в (?:парк|дом|дк|библиотек|школ|музе|центр|зал|клуб|кабинет)\w*)"
    r"\s*[^,.!?\n]*(?:,\s*(?:(?:д\.|дом|корп\.|к\.|каб\.|кабинет|ул\.)\s*)?\d+[^,.!?\n]*)*",  # …, 5, каб. 12
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+7|8)[\s(-]*\d{3,5}[)\s-]*\d{1,3}[\s-]?\d{2}[\s-]?\d{2}|\d{1,3}-\d{2}-\d{2}"
    r"|\(\d{3,5}\)\s*\d[\d\s-]{4,9}\d|\b1(?:12|0[1-4])\b)(?!\d)"
)
_OTHER_CONTACT = re.compile(r"https?://|@|\bt\.me|vk\.com|vk\.cc|\[club|\[id")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[А-ЯA-Z«\"\d📞☎✅👉])|(\n+)")


def without_dates(text: str) -> str | None:
    """The text without days and hours; None where it has none, or would still tell one."""
    cut = _cut(_DATE, text)
    return None if cut is None or _DATE.search(cut) else cut


def without_places(text: str) -> str | None:
    """The text without addresses and rooms; None where it has none."""
    return _cut(_PLACE, text)


def without_phones(text: str) -> str | None:
    """The text without the sentences that tell a phone; None where there are none, or another way to get in touch.

    >>> without_phones("Завтра не будет воды. Диспетчер: 5-12-34.")
    'Завтра не будет воды.'
    """
    if _OTHER_CONTACT.search(text):
        return None
    parts = [part for part in _SENTENCE_END.split(text) if part]
    kept = [part for part in parts if not _PHONE.search(part)]
    if len(kept) == len(parts):
        return None
    rest = re.sub(r" ?(\n+) ?", r"\1", " ".join(kept))
    rest = re.sub(r"\n{3,}", "\n\n", rest).strip()
    return rest if len(rest) >= len(text) / 2 else _PHONE.sub("", text)


def _cut(what: re.Pattern[str], text: str) -> str | None:
    cut = what.sub("", text)
    return None if cut == text or len(cut) < len(text) / 2 else cut


@dataclass(frozen=True)
class Fact:
    """A fact that is taken out: how, by how much the grade falls, from how many posts at most."""

    item: int
    take_out: Callable[[str], str | None]
    price: float
    most: int


# Places are what trees knew least the price of, dates what they knew best.
FACTS = (
    Fact(CHECKLIST.index("when"), without_dates, price=0.5, most=300),
    Fact(CHECKLIST.index("where"), without_places, price=1.0, most=1500),
    Fact(CHECKLIST.index("contact"), without_phones, price=0.5, most=1500),
)


@dataclass(frozen=True)
class Omissions:
    """Cut posts: `graded` with the labels of the whole ones but for the fact, `source` their rows in the whole set.

    `features` (posts × FEATURES) and `kernel`, the products with the whole set (posts × graded), are
    what linear heads look at; `opinions` (posts × GRADE_HEADS) what they said.
    """

    graded: Graded
    source: Ints
    features: Floats
    kernel: Floats
    opinions: Floats

    def __len__(self) -> int:
        return len(self.source)

    @property
    def inputs(self) -> Floats:
        """What trees look at, columns as STACK."""
        return stack(self.opinions, self.features)

    def of(self, posts: npt.NDArray[np.bool_]) -> "Omissions":
        """Those that some posts of the whole set were cut from."""
        rows = posts[self.source]
        arrays = {name: getattr(self, name)[rows] for name in ("source", "features", "kernel", "opinions")}
        return Omissions(self.graded.take(rows), **arrays)


def cut_posts(graded: Graded) -> tuple[Graded, Ints]:
    """Take facts out of graded posts, one at a time: the cut posts, and the row that each was."""
    cuts = [cut for fact in FACTS for cut in _spread([*_cuts_of(graded, fact)], fact.most)]
    source = np.array([row for row, _, _ in cuts], np.int64)
    cut = graded.take(source)
    cut.posts = [replace(post, text=text) for post, (_, text, _) in zip(cut.posts, cuts, strict=True)]
    cut.grade = np.maximum(cut.grade - [fact.price for _, _, fact in cuts], 0)
    cut.present[np.arange(len(cuts)), [fact.item for _, _, fact in cuts]] = 0
    cut.natural, cut.added = np.zeros(len(cuts), bool), np.ones(len(cuts), bool)
    return cut, source


def _cuts_of(graded: Graded, fact: Fact) -> Sequence[tuple[int, str, Fact]]:
    calling = np.isin(graded.kind, CALLS) & (graded.grade >= LEAST_GRADE) & (graded.present[:, fact.item] > 0)
    found = []
    for row in np.flatnonzero(calling).tolist():
        text = graded.posts[row].text
        cut = fact.take_out(text) if len(text) <= LONGEST else None
        if cut is not None and len(cut) >= SHORTEST:
            found.append((row, cut, fact))
    return found


def _spread(cuts: list[tuple[int, str, Fact]], most: int) -> list[tuple[int, str, Fact]]:
    """At most so many of them, from all over the set."""
    if len(cuts) <= most:
        return cuts
    return [cuts[n] for n in np.linspace(0, len(cuts) - 1, most).round().astype(int)]


def look_at(cut: Graded, source: Ints, blocks: Blocks, ridge: GradeRidge) -> Omissions:
    """See cut posts (`blocks`) as linear heads on the whole set do; opinions are yet to be asked for."""
    opinions = np.zeros((len(cut), ridge.targets.shape[1]), np.float32)
    return Omissions(cut, source, blocks.features, ridge.products(blocks), opinions)
