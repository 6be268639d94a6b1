"""What a reader finds at one place of an archive, or why it will not look further."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from service.record import Place

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Found(NamedTuple):
    """A record as it lies in the file, or with the code of its refusal and what could be read of it.

    `around` are the scalar fields of the object that holds the record, such as the name of
    a chat; `own` are the user's columns where the file is a table, and the line of a file
    where it could not be read at all.
    """

    place: Place
    value: Any
    code: str = ""
    around: Mapping[str, Any] = NOTHING
    own: Any = None


class Unusable(OSError):
    """A file that must not be read on: `code` names why, the Russian message says it without the file's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoTextColumn(Exception):
    """A table in which it is not known which column holds the texts.

    `names` are its columns, `twins` those of them that claim to be the one.
    """

    def __init__(self, names: list[str], twins: list[str] | None = None) -> None:
        super().__init__(names)
        self.names = names
        self.twins = twins or []
