"""Families of Russian words, read from data/words.toml."""

import tomllib
from importlib.resources import files


def _families() -> dict[str, frozenset[str]]:
    source = files("model").joinpath("data/words.toml").read_text(encoding="utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(source).items()}


FAMILIES = _families()
