"""What a reader finds at one place of an archive."""

from typing import Any, NamedTuple


class Found(NamedTuple):
    """A record as it lies in the file, or with the code of its refusal and what could be read of it."""

    place: str
    value: Any
    code: str = ""
