"""Canonical rows in, clean posts with labels out, and an account of every row that left."""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.post import Post
from model.score import CHECKLIST, TYPES
from training.labels import RULES, reaction_labels

CORPUS = Path(__file__).parent / "corpus"
POSTS = CORPUS / "posts.jsonl"
INVENTED = CORPUS / "invented.jsonl.gz"  # graded posts of hundreds of pages that do not exist
LABELS = CORPUS / "labels.jsonl.gz"  # grades without texts of posts in ../shared/data
APPEALS = CORPUS / "appeals.jsonl.gz"  # what readers who saw no counts expect of such posts
Floats = npt.NDArray[np.float64]

USEFUL = 2.5  # from this grade up a resident can use the post

# What `picked` says of rows that are no part of the data: written for Merilo, or graded for it.
ADDED = ("authored", "targeted")
# What these readers expect, 0-9 each.
EXPECTED = ("likes", "reposts", "comments")
ARRAYS = ("grade", "kind", "present", "applies", "natural", "added", "groups")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of cleaning: how many rows it removed and why."""

    name: str
    why: str
    removed: int
    left: int


@dataclass
class Graded:
    """Posts with a rubric grade; arrays over posts.

    `present` and `applies` follow CHECKLIST; `natural` is False for rows picked by a
    model or authored, whose mix of grades is not that of real pages; `added` is True for
    rows that Merilo brought to the data as further training, which no figure speaks of.
    """

    posts: list[Post]
    grade: Floats
    kind: npt.NDArray[np.int64]
    present: Floats
    applies: Floats
    natural: npt.NDArray[np.bool_]
    added: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.str_]
    steps: list[Step] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.posts)

    def take(self, rows: npt.NDArray[Any]) -> "Graded":
        """The rows of a mask or of numbers."""
        numbers = np.arange(len(self))[rows]
        return Graded(
            [self.posts[n] for n in numbers], **{name: getattr(self, name)[rows] for name in ARRAYS}, steps=self.steps
        )

    def typical(self) -> npt.NDArray[np.bool_]:
        """The natural rows, or all where there are none."""
        return self.natural if self.natural.any() else ~self.natural

    def given(self) -> npt.NDArray[np.bool_]:
        """The rows of the data itself, or all where there are none."""
        return ~self.added if not self.added.all() else self.added


@dataclass
class Reacted:
    """Posts with reactions; arrays over posts, in order of page and time.

    `residual` and `usual` (posts × reaction heads): log count above the page's usual, and
    that usual; NaN where not known. `appeal` (posts × EXPECTED): how well readers who saw no
    counts expect a post to be met, each reader's ratings with mean 0 and deviation 1; NaN
    where nobody was asked. `labelled` marks rows that the rules keep: the others stay as
    history. `place` is the share of the page's posts that came before.
    """

    posts: list[Post]
    residual: Floats
    usual: Floats
    appeal: Floats
    labelled: npt.NDArray[np.bool_]
    place: Floats
    groups: npt.NDArray[np.str_]
    steps: list[Step] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.posts)

    def take(self, rows: npt.NDArray[Any]) -> "Reacted":
        """The rows of a mask or of numbers."""
        numbers = np.arange(len(self))[rows]
        return Reacted(
            [self.posts[n] for n in numbers], self.residual[rows], self.usual[rows], self.appeal[rows],
            self.labelled[rows], self.place[rows], self.groups[rows], self.steps,
        )  # fmt: skip


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read canonical JSONL, plain or gzip. Raises ValueError naming file and line of a broken row."""
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path.name}, строка {number}: не JSON ({error})") from None
            fault = _fault(row)
            if fault:
                raise ValueError(f"{path.name}, строка {number}: {fault}")
            yield row


def _fault(row: Any) -> str | None:
    """What is wrong with a canonical row, in Russian."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return "нужен объект с полем text"
    grade = row.get("usefulness")
    if grade is not None and not (isinstance(grade, int | float) and 0 <= grade <= 4):
        return "usefulness — оценка от 0 до 4"
    try:
        Post.from_row(row)
    except ValueError as error:
        return f"{str(error).partition(':')[0]}: нужно целое число от нуля"
    return None


def fingerprint(text: str) -> str:
    """What near-duplicates share: the first fourteen words, without digits and marks.

    >>> fingerprint("Уважаемые жители! 5 мая…") == fingerprint("Уважаемые жители, 7 мая")
    True
    """
    return " ".join(re.findall(r"[^\W\d_]+", text.lower())[:14])


def page_group(row: dict[str, Any] | Post) -> str:
    """What must stay on one side of a split: the page."""
    get = row.get if isinstance(row, dict) else lambda name: getattr(row, name)
    return f"{get('platform')}:{get('page_id') or get('page_name')}"


def is_invented(post: Post) -> bool:
    """Whether a post is of a page that Merilo invented, see INVENTED."""
    return str(post.page_id).startswith("invented-")


def count_invented(graded: Graded) -> int:
    """How many invented pages there are: of two networks, two."""
    return len({group for post, group in zip(graded.posts, graded.groups, strict=True) if is_invented(post)})


def read_graded(path: Path) -> Graded:
    """Read graded rows, see `graded_rows`."""
    return graded_rows(list(read_rows(path)))


def read_all(
    engagement: Path, usefulness: Path, labels: Path | None = None, appeals: Path | None = None
) -> tuple[Reacted, Graded]:
    """Read both data sets; to the graded posts come authored pairs and posts of invented pages, and `labels`.

    `labels`: grades kept without texts, joined to rows of `engagement` (see `join_labels`);
    `appeals`: what readers expect of them (see `read_appeals`).
    """
    reactions, grades = list(read_rows(engagement)), list(read_rows(usefulness))
    authored = [pairs_as_rows(read_pairs())]
    if usefulness.resolve() != POSTS.resolve():
        authored += [list(read_rows(path)) for path in (POSTS, INVENTED)]
    joined = join_labels(reactions, labels) if labels else []
    expected = read_appeals(appeals) if appeals else {}
    return reacted_rows(reactions, expected), join([graded_rows(rows) for rows in (grades, joined, *authored) if rows])


def read_ratings(path: Path) -> list[tuple[int, int]]:
    """Pairs of independent ratings of the posts that have them."""
    rated = [row.get("ratings") or [] for row in read_rows(path)]
    return [(int(both[0]), int(both[1])) for both in rated if len(both) == 2]


def graded_rows(rows: Sequence[dict[str, Any]]) -> Graded:
    """Turn graded rows into arrays; rows without a grade, empty ones and duplicates leave, and are counted."""
    steps: list[Step] = []
    kept = _filter(
        rows,
        steps,
        "no_grade",
        "нет оценки или типа",
        lambda r: r.get("usefulness") is not None and r.get("type") in TYPES,
    )
    kept = _filter(kept, steps, "empty", "нет ни одной буквы", lambda r: bool(fingerprint(r["text"])))
    seen: set[tuple[str, str]] = set()

    def fresh(row: dict[str, Any]) -> bool:
        # The same words on one page teach nothing new; graded twice they would count twice.
        key = (page_group(row), row["text"])
        known = key in seen
        seen.add(key)
        return not known

    kept = _filter(kept, steps, "duplicate", "тот же текст той же страницы", fresh)
    checks = [row.get("checklist") or {} for row in kept]
    return Graded(
        posts=[Post.from_row(row) for row in kept],
        grade=np.array([float(row["usefulness"]) for row in kept]),
        kind=np.array([TYPES.index(row["type"]) for row in kept], np.int64),
        present=np.array([[check.get(name) is True for name in CHECKLIST] for check in checks], np.float64),
        applies=np.array([[check.get(name) is not None for name in CHECKLIST] for check in checks], np.float64),
        natural=np.array([row.get("picked") not in (*ADDED, "active") for row in kept], bool),
        added=np.array([row.get("picked") in ADDED for row in kept], bool),
        groups=np.array([page_group(row) for row in kept]),
        steps=steps,
    )


def _filter(
    rows: Sequence[dict[str, Any]], steps: list[Step], name: str, why: str, keep: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    kept = [row for row in rows if keep(row)]
    steps.append(Step(name, why, len(rows) - len(kept), len(kept)))
    return kept


def join(parts: Sequence[Graded]) -> Graded:
    """Put graded sets one after another."""
    return Graded(
        posts=[post for part in parts for post in part.posts],
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS},
        steps=[step for part in parts for step in part.steps],
    )


def read_pairs(path: Path = CORPUS / "pairs.jsonl") -> list[dict[str, Any]]:
    """Read authored contrast pairs: rows with `kind`, `family`, `better`, `worse`."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def pairs_as_rows(pairs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both sides of authored pairs as graded rows; ten pairs make one page, so no pair is split."""
    rows = []
    for number, pair in enumerate(pairs):
        for side in ("better", "worse"):
            marks = pair[side]["checklist"]
            checklist = {
                name: {"1": True, "0": False, "-": None}[mark] for name, mark in zip(CHECKLIST, marks, strict=True)
            }
            rows.append(
                {"text": pair[side]["text"], "usefulness": pair[side]["usefulness"], "type": pair[side]["type"],
                 "checklist": checklist, "picked": "authored", "platform": "vk", "page_id": f"pairs-{number // 10}",
                 "post_id": f"{pair['id']}-{side}"}
            )  # fmt: skip
    return rows


def join_labels(rows: Sequence[dict[str, Any]], labels: Path) -> list[dict[str, Any]]:
    """Grade rows of another file by labels kept without texts, told by source, page and post."""
    found = {(label["source"], label["page_id"], label["post_id"]): label for label in read_labels(labels)}
    joined = []
    for row in rows:
        label = found.get((row.get("source"), row.get("page_id"), row.get("post_id")))
        if label is not None:
            joined.append({**row, **{name: label[name] for name in ("usefulness", "type", "checklist", "picked")}})
    return joined


def read_labels(path: Path) -> list[dict[str, Any]]:
    """Read labels without texts, written as in the labelling guide: `1`, `0`, `-` for the checklist."""
    labels = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            marks = row["checklist"]
            row["checklist"] = {
                name: {"1": True, "0": False, "-": None}[mark] for name, mark in zip(CHECKLIST, marks, strict=True)
            }
            labels.append(row)
    return labels


def read_reacted(path: Path) -> Reacted:
    """Read rows with reactions, see `reacted_rows`."""
    return reacted_rows(list(read_rows(path)))


def read_appeals(path: Path = APPEALS) -> dict[tuple[str, str, str], Floats]:
    """Read what readers expect of posts: by source, page and post, as `Reacted.appeal` keeps it."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    ratings = np.array([[row[name] for name in EXPECTED] for row in rows], np.float64)
    readers = np.array([row["reader"] for row in rows])
    for reader in np.unique(readers):  # each has a scale of their own
        mine = ratings[readers == reader]
        ratings[readers == reader] = (mine - mine.mean(axis=0)) / np.maximum(mine.std(axis=0), 1e-9)
    return {_identity(row): rating for row, rating in zip(rows, ratings, strict=True)}


def _identity(row: dict[str, Any]) -> tuple[str, str, str]:
    return str(row.get("source")), str(row.get("page_id")), str(row.get("post_id"))


def reacted_rows(
    rows: Sequence[dict[str, Any]], appeals: Mapping[tuple[str, str, str], Floats] | None = None
) -> Reacted:
    """Sort rows by page and time, label them, and apply the rules of `training.labels` one by one.

    `appeals`: see `read_appeals`.
    """
    steps: list[Step] = []
    unasked = np.full(len(EXPECTED), np.nan)
    posts = [(Post.from_row(row), (appeals or {}).get(_identity(row), unasked)) for row in rows]
    told = [both for both in posts if both[0].moment is not None]
    steps.append(Step("no_date", "нет даты", len(posts) - len(told), len(told)))
    told.sort(key=lambda both: (page_group(both[0]), both[0].moment, str(both[0].post_id)))
    dated = [post for post, _ in told]
    appeal = np.array([expected for _, expected in told]).reshape(-1, len(EXPECTED))
    groups = np.array([page_group(post) for post in dated])
    residual, typical, place = reaction_labels(dated, groups)
    labelled = np.ones(len(dated), bool)
    for rule in RULES:
        kept = labelled & rule(dated, groups, typical)
        steps.append(
            Step(rule.__name__, (rule.__doc__ or "").split("\n")[0], int(labelled.sum() - kept.sum()), int(kept.sum()))
        )
        labelled = kept
    return Reacted(dated, residual, typical, appeal, labelled, place, groups, steps)
