"""Access: who may ask what, and how often.

A key is `merilo_` and 43 letters; the store knows its SHA-256 alone. Without one the
service answers only on loopback, or where the operator said that it is open to all.
"""

import hashlib
import ipaddress
import math
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from anyio import to_thread
from fastapi import Depends, Request

from service import storage
from service.complaint import Complaint
from service.errors import Refused
from service.settings import Settings
from service.store import Store, keys
from service.store.moment import now

Need = Literal["open", "any", "score", "read", "write", "admin"]

# What a key of a scope opens. `any` is what every key opens.
GRANTS: dict[str, frozenset[str]] = {
    "score": frozenset({"any", "score"}),
    "read": frozenset({"any", "read"}),
    "write": frozenset({"any", "score", "read", "write"}),
    "admin": frozenset({"any", "score", "read", "write", "admin"}),
}

NOBODY = "без ключа"

SPANS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

# Above so many those who have not come for a while are forgotten: addresses are without end.
MOST_CALLERS = 10_000

_PREFIX = "merilo_"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of a key, or NOBODY; and what they may."""

    name: str
    grants: frozenset[str]


def make() -> str:
    """A new key; it is shown once and never kept."""
    return _PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What the store keeps of a key. It is random and long, so a plain hash of it cannot be guessed back."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


@cache  # asked for every request, of the one address that is listened on
def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def asks_for_key(settings: Settings) -> bool:
    """Whether a request without a key is refused."""
    return not settings.open and (settings.keys or not is_loopback(settings.host))


def check_bind(settings: Settings, store: Store | None) -> None:
    """Refuse to listen to a network where nobody could come in, or everybody. Raises Complaint."""
    if not asks_for_key(settings):
        return
    if store is not None:
        with store.reading() as connection:
            if any(key.valid(now()) for key in keys.read(connection)):
                return
    raise Complaint(
        "no_keys",
        f"Служба на {settings.host} отвечает только по ключам, а ключей нет. Сделайте ключ: "
        "merilo keys add --name имя --scope score. Или откройте службу всем, кто до неё достанет: --open.",
    )


class Gate:
    """Lets callers through at a rate: as many at once as it allows, then evenly.

    Of a caller is known only when all that was let through would have come evenly, by a
    clock that nobody sets. Every process counts its own, so it lets through its share.
    """

    def __init__(self, rate: str, workers: int = 1) -> None:
        count, self._span = _rate(rate)
        self._step = self._span / max(1, count // workers)
        self._full: dict[str, float] = {}
        self._lock = threading.Lock()

    def pass_through(self, who: str) -> None:
        """Count one request. Raises Refused, which says when to come again."""
        with self._lock:
            at = time.monotonic()
            full = max(at, self._full.get(who, at)) + self._step
            early = full - at - self._span
            if early > self._step / 1000:  # a sum of many steps is not quite the span
                again = math.ceil(early)
                raise Refused("too_many_requests", f"Слишком много запросов. Повторите через {again} с.", again)
            self._full[who] = full
            if len(self._full) > MOST_CALLERS:
                self._full = {name: until for name, until in self._full.items() if until > at}


def _rate(text: str) -> tuple[int, int]:
    """How many requests in how many seconds.

    >>> _rate("600/minute")
    (600, 60)
    """
    told = re.fullmatch(rf"([1-9][0-9]{{0,8}})/({'|'.join(SPANS)})", text)
    if told is None:
        raise Complaint(
            "bad_setting", f"MERILO_RATE: нужно число запросов за время ({', '.join(SPANS)}), например 600/minute."
        )
    return int(told[1]), SPANS[told[2]]


def needs(need: Need) -> Any:
    """The dependency of a route that opens to callers with a grant; `open` routes let in everybody."""

    async def admit(request: Request) -> Caller:
        state = request.app.state
        # Only a key is looked up in the store, which may block; without one a thread would cost more than the look.
        if "authorization" in request.headers and need != "open":
            caller = await to_thread.run_sync(_identify, request, state.settings, need)
        else:
            caller = _identify(request, state.settings, need)
        if need not in ("open", *caller.grants):
            raise Refused(
                "forbidden", f"Ключу это не разрешено: нужны права {need}. Попросите другой ключ у того, кто его дал."
            )
        request.scope["caller"], request.scope["grants"] = caller.name, caller.grants
        return caller

    admit.need = need  # type: ignore[attr-defined]  # a test asks every route for its decision
    return Depends(admit)


def may_read(request: Request) -> bool:
    """Whether who asks may see what the store has, however little of it."""
    return "read" in request.scope.get("grants", ())


def _identify(request: Request, settings: Settings, need: Need) -> Caller:
    address = request.client.host if request.client else ""
    everything = GRANTS["admin"]
    if need == "open":
        return Caller(NOBODY, frozenset())
    gate: Gate = request.app.state.gate
    given = _key(request)
    if given is None:
        gate.pass_through(address)
        if asks_for_key(settings):
            raise Refused(
                "no_key", "Нужен ключ: заголовок Authorization: Bearer КЛЮЧ. Ключ даёт тот, кто ведёт службу."
            )
        return Caller(NOBODY, everything)
    known = _find(request, hash_of(given))
    if known is None:
        gate.pass_through(address)  # so that keys cannot be tried without end
        raise Refused(
            "no_key", "Ключ не подходит: его нет, он отозван или истёк. Попросите новый у того, кто ведёт службу."
        )
    gate.pass_through(f"key:{known.name}")
    return Caller(known.name, GRANTS[known.scope])


def _key(request: Request) -> str | None:
    """The key of a request: a bearer's, or the password that a browser asks a person for."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        return _password(value.strip())
    return None if not kind else ""


def _password(value: str) -> str:
    import base64

    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""


def _find(request: Request, hash: str) -> keys.Key | None:
    state = request.app.state
    if storage.connect(state) is None:  # keys live in the store
        if state.store_problem is not None:
            raise state.store_problem
        return None
    with state.store.reading() as connection:
        key = keys.find(connection, hash)
    if key is None or not key.valid(now()):
        return None
    if key.stale(now()):
        with suppress(Complaint), state.store.writing() as connection:  # a busy store must not keep a caller out
            keys.touch(connection, hash)
    return key
