"""Forms: what a post is to its readers beside its text, by what is attached to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from model import Post

# Of several attachments the first of these names the post: a poll with a picture is a poll. `text` has none.
# Their Russian names are in advice.toml, for these are what an editor is advised.
FORMS = (
    "live", "poll", "clip", "story", "video", "article", "cards", "photo", "audio", "document", "link", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormedPost(Post):
    """A post whose form is known. The model never looks at it."""

    form: str = "text"


def known(value: Any) -> str | None:
    """A form as a canonical row tells it; None, not known, where it is none of FORMS.

    >>> known("poll"), known("листовка"), known(None)
    ('poll', None, None)
    """
    return value if isinstance(value, str) and value in FORMS else None


def choose(found: Iterable[str | None]) -> str | None:
    """The most telling of some forms; None where none is known.

    >>> choose(["photo", None, "poll"]), choose([None])
    ('poll', None)
    """
    return min((form for form in found if form is not None), key=FORMS.index, default=None)


def of(post: Post) -> str | None:
    """The form of a post, None where it is not known."""
    return post.form if isinstance(post, FormedPost) else None
