"""Settings of the service: defaults, overridden by MERILO_* variables of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from model.folder import PRETRAINED
from service.complaint import Complaint

PREFIX = "MERILO_"
LAST_PORT = 65535


class SettingsError(Complaint):
    """A variable that cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, who may ask, which model to load, how much to accept, where scores are stored.

    Every field is also a variable: `max_posts` is MERILO_MAX_POSTS. An empty `database_url`
    is a file in the user's data folder, see `service.store`; it may hold a password, so it
    is not shown. Texts of posts are stored only with `keep_texts`.

    `open` lets in everybody, `keys` asks for a key on loopback too, for a service behind a
    proxy. `rate` is of one key or address; `cors` are origins and `hosts` further names
    of a service that asks for no key on loopback, with commas between. Above
    `max_waiting` requests at once, or when a body takes longer than `max_seconds`, a
    request is refused. Archives lie in the folder `archives` (by default beside the file of
    scores) with their results for `keep_results` days. `norm` is how many posts a week a
    page should have; `rating` is a file of weights and norms, see `service.site.rating`.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: Path = PRETRAINED
    max_posts: int = 1000
    max_history: int = 500
    max_explained: int = 20
    max_characters: int = 20_000
    max_body: int = 5 * 1024 * 1024
    open: bool = False
    keys: bool = False
    workers: int = 1
    rate: str = "1200/minute"
    cors: str = ""
    hosts: str = ""
    max_waiting: int = 64
    max_seconds: int = 30
    max_archive: int = 2 * 1024**3
    archives: str = ""
    keep_results: int = 30
    norm: int = 5
    store: bool = False
    database_url: str = field(default="", repr=False)
    keep_texts: bool = False
    rating: str = ""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables that are set. Raises SettingsError.

        >>> Settings.from_env({"MERILO_PORT": "9000"}).port
        9000
        """
        given: dict[str, Any] = {}
        for setting in fields(cls):
            value = environment.get(PREFIX + setting.name.upper())
            if value:
                given[setting.name] = _read(PREFIX + setting.name.upper(), value, type(setting.default))
        return cls(**given)

    def to_env(self) -> dict[str, str]:
        """The variables that another process reads the same settings from."""
        told = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        return {
            PREFIX + name.upper(): str(int(value)) if isinstance(value, bool) else str(value)
            for name, value in told.items()
        }


def _read(name: str, value: str, kind: type) -> Any:
    if kind is bool:
        if value not in ("0", "1"):
            raise SettingsError("bad_setting", f"{name}: нужно 1 (да) или 0 (нет).")
        return value == "1"
    if kind is not int:
        return Path(value) if issubclass(kind, Path) else value
    largest = LAST_PORT if name == PREFIX + "PORT" else 10**12
    if not re.fullmatch("[0-9]{1,12}", value) or not 0 < int(value) <= largest:
        raise SettingsError("bad_setting", f"{name}: нужно целое число от 1 до {largest}.")
    return int(value)
