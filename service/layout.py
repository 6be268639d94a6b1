"""The layout of a result: the user's own columns untouched and in order, then ours."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from model.post import IDENTITY
from service.archive import jsonl
from service.record import TOLD

# Before the name of a column of ours where the user has one of that name.
OURS = "merilo_"


class Layout:
    """Which columns a result has.

    `own` are the user's; `ours` are names of an output row. Whose post it is is not told
    twice; a column of ours never takes the place of one that the user has.
    """

    def __init__(self, own: Iterable[str], ours: Sequence[str]) -> None:
        self.own = tuple(dict.fromkeys(own))
        taken = frozenset(self.own)
        self._all = [(name, name if name in IDENTITY else _free(name, taken)) for name in ours]
        self._ours = [(name, shown) for name, shown in self._all if shown not in taken]

    @property
    def ours(self) -> dict[str, str]:
        """What our columns hold, by the name they are shown under; whose post it is among them."""
        return {**{name: name for name in self.own if name in IDENTITY}, **{shown: name for name, shown in self._ours}}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table."""
        return (*self.own, *(shown for _, shown in self._ours))

    def table_row(self, own: Any, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of a table; what is nested in the user's record is written as JSON."""
        known = own if isinstance(own, Mapping) else {}
        told = {name: _flat(name, _told(name, known, row)) for name in self.own}
        for name, shown in self._ours:
            told[shown] = row[name]
        return told

    def object_row(self, own: Any, row: Mapping[str, Any]) -> dict[str, Any]:
        """A JSON object: the user's with all that is in it, then ours."""
        known = own if isinstance(own, Mapping) else {}
        told = {name: _told(name, known, row) if value is TOLD else value for name, value in known.items()}
        for name, shown in self._all:
            if shown not in known:
                told[shown] = row[name]
            elif name not in IDENTITY:
                told[_free(shown, known)] = row[name]
        return told


def _told(name: str, own: Mapping[str, Any], row: Mapping[str, Any]) -> Any:
    """What the user's record says; whose post it is, where that is not for it to say."""
    value = own.get(name, TOLD)
    return (row.get(name) if name in IDENTITY else None) if value is TOLD else value


def _free(name: str, taken: Container[str]) -> str:
    """A name that nobody has.

    >>> _free("type", {"type", "merilo_type"})
    'merilo_merilo_type'
    """
    while name in taken:
        name = f"{OURS}{name}"
    return name


def _flat(name: str, value: Any) -> Any:
    """A value as one cell; a number of a page or a post is a name and nothing to be added up."""
    if isinstance(value, (dict, list, bool)):
        return jsonl.encode(value)
    return str(value) if name in IDENTITY and value is not None else value
