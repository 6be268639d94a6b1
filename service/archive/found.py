"""What a reader finds at one place of an archive."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Found(NamedTuple):
    """A record as it lies in the file, or with the code of its refusal and what could be read of it.

    `around` are the scalar fields of the object that holds the record, such as the name of a chat.
    """

    place: str
    value: Any
    code: str = ""
    around: Mapping[str, Any] = NOTHING
