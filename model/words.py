"""Russian words that are data: families of words for features, phrases for the rules of style."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def read(name: str) -> dict[str, Any]:
    """A table of words of model/data."""
    return tomllib.loads(files("model").joinpath("data", name).read_text(encoding="utf-8"))


def _families() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in read("words.toml").items()}


FAMILIES = _families()


@cache  # large, and nothing but the rules of style reads it
def style() -> dict[str, Any]:
    """The tables of data/style.toml; its head says how they are written."""
    return read("style.toml")
