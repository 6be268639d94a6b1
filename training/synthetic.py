"""Counts for the bundled corpus, drawn from a random model that is written down here.

The bundled posts were authored, so nobody ever reacted to them. To train and test on them
all the same, their counts are drawn; every such row says `"synthetic": true`. The model:

    log(expected likes) = page + type + marks + chance

- page: normal around log(25), spread 0.6, one draw a page: pages differ in audience;
- type: TYPE_EFFECT, applause for greetings and stories, little for outages, as on real pages;
- marks: small effects of what can be seen in the text (MARKS), so that there is something
  weak to learn beyond the type;
- chance: normal, spread 0.35, one draw a post: what no text explains.

Likes are Poisson with that mean. Comments and reposts are Poisson too, at 8 % and 12 % of
it, times a factor of their own by type and a factor of chance. Views are Poisson around
twenty to sixty times the likes and never below three times the reactions. Unknown stays
unknown: a fifth of the pages keep no comments, a quarter keep no views, and one post in
forty misses its views anyway.

Each draw hangs on the seed, the page and the post alone, so adding or moving posts leaves
the counts of the others as they were.

`python -m training.synthetic` draws the counts of `corpus/posts.jsonl` anew.
"""

import json
import math
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.dataset import CORPUS, page_group, read_rows

TYPICAL_LIKES = 25
PAGE_SPREAD = 0.6
CHANCE_SPREAD = 0.35

# In log counts; only the differences between types matter.
TYPE_EFFECT = {
    "alert": -0.35,
    "service": -0.45,
    "event": -0.15,
    "explain": -0.2,
    "news": 0.15,
    "report": -0.1,
    "greeting": 0.5,
    "culture": 0.45,
    "ad": -0.6,
    "other": 0.0,
}
# What is argued about and what is passed on, beside what is liked.
COMMENT_SHARE = 0.08
COMMENT_EFFECT = {"alert": 0.9, "service": 0.3, "news": 0.4, "other": 0.7, "report": -0.5}
REPOST_SHARE = 0.12
REPOST_EFFECT = {"alert": 1.2, "event": 0.6, "explain": 0.5, "service": 0.4, "report": -0.6, "other": -0.8}

# Effects of what can be seen in the text, in log counts.
MARKS: dict[str, Callable[[str], float]] = {
    "question": lambda text: 0.15 * ("?" in text),  # readers answer
    "emoji": lambda text: 0.1 * bool(re.search("[\U0001f000-\U0001faff\u2600-\u27bf]", text)),
    "length": lambda text: -0.12 * math.log(max(len(text), 20) / 200),  # a long post is read by fewer
}

UNKNOWN_COMMENTS = 0.2  # of pages
UNKNOWN_VIEWS = 0.25  # of pages
LOST_VIEWS = 0.025  # of posts


def draw_counts(rows: Sequence[dict[str, Any]], seed: int = 0) -> list[dict[str, Any]]:
    """Give rows counts drawn from the random model above and mark them synthetic.

    Rows need `text`, `type` and what names their page and post. Counts that they already
    have are replaced. The same rows and seed give the same counts.
    """
    return [{**row, **_draw(row, seed), "synthetic": True} for row in rows]


def _draw(row: dict[str, Any], seed: int) -> dict[str, int | None]:
    page, post = _page(row, seed), _generator(seed, page_group(row), str(row.get("post_id")))
    kind, text = row["type"], row["text"]
    level = page["level"] + TYPE_EFFECT[kind] + text_effect(text) + CHANCE_SPREAD * post.standard_normal()
    expected = math.exp(level)
    talk, spread = np.exp(0.4 * post.standard_normal(2))
    likes = int(post.poisson(expected))
    comments = int(post.poisson(expected * COMMENT_SHARE * talk * math.exp(COMMENT_EFFECT.get(kind, 0))))
    reposts = int(post.poisson(expected * REPOST_SHARE * spread * math.exp(REPOST_EFFECT.get(kind, 0))))
    views = max(int(post.poisson(expected * post.uniform(20, 60))), 3 * (likes + comments + reposts))
    lost = post.random() < LOST_VIEWS
    return {
        "likes": likes,
        "comments": comments if page["has_comments"] else None,
        "reposts": reposts,
        "views": views if page["has_views"] and not lost else None,
    }


def text_effect(text: str) -> float:
    """What the marks of a text add to its log counts.

    >>> round(text_effect("?" * 200), 2)
    0.15
    """
    return sum(effect(text) for effect in MARKS.values())


def _page(row: dict[str, Any], seed: int) -> dict[str, Any]:
    page = _generator(seed, page_group(row))
    return {
        "level": math.log(TYPICAL_LIKES) + PAGE_SPREAD * page.standard_normal(),
        "has_comments": page.random() >= UNKNOWN_COMMENTS,
        "has_views": page.random() >= UNKNOWN_VIEWS,
    }


def _generator(seed: int, *names: str) -> np.random.Generator:
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as JSON lines."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    posts = CORPUS / "posts.jsonl"
    write_rows(posts, draw_counts(list(read_rows(posts))))
