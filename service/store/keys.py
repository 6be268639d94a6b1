"""API keys as the database knows them: by hash, never by what a client sends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.complaint import Complaint
from service.store.moment import now
from service.store.schema import KEYS, SCOPES

# A last use is written no oftener: a busy key must not write with every request.
FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Key:
    """A key. `scope` is one of SCOPES."""

    name: str
    scope: str
    hash: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None

    def valid(self, moment: datetime) -> bool:
        """Whether it opens anything at a moment."""
        return self.revoked is None and (self.expires is None or moment < self.expires)

    def stale(self, moment: datetime) -> bool:
        """Whether its last use is to be written anew, see `touch`."""
        return self.last_used is None or abs(moment - self.last_used) >= FRESH  # a clock may have been set back


_COLUMNS = [KEYS.c[name] for name in ("name", "scope", "hash", "created", "expires", "revoked", "last_used")]


def add(connection: Connection, name: str, scope: str, hash: str, expires: datetime | None = None) -> Key:
    """Keep a new key. Raises Complaint where the name is taken or the scope is none."""
    if scope not in SCOPES:
        raise Complaint("bad_scope", f"Таких прав нет. Можно: {', '.join(SCOPES)}.")
    key = Key(name, scope, hash, now(), expires)
    values = {column.name: getattr(key, column.name) for column in _COLUMNS}
    try:
        with connection.begin_nested():
            connection.execute(insert(KEYS).values(values))
    except IntegrityError:
        raise Complaint("key_exists", f"Ключ {name} уже есть. Отзовите его или назовите новый иначе.") from None
    return key


def find(connection: Connection, hash: str) -> Key | None:
    """The key of a hash, whether it is valid or not."""
    row = connection.execute(select(*_COLUMNS).where(KEYS.c.hash == hash)).one_or_none()
    return None if row is None else _key(row)


def read(connection: Connection) -> list[Key]:
    """All keys, revoked ones too, in the order they were made."""
    return [_key(row) for row in connection.execute(select(*_COLUMNS).order_by(KEYS.c.id))]


def revoke(connection: Connection, name: str) -> None:
    """Revoke the key of a name. Raises Complaint where there is no such key or it is revoked."""
    done = connection.execute(update(KEYS).where(KEYS.c.name == name, KEYS.c.revoked.is_(None)).values(revoked=now()))
    if not done.rowcount:
        raise Complaint("no_key", f"Действующего ключа {name} нет.")


def touch(connection: Connection, hash: str) -> None:
    """Write that a key was used just now."""
    connection.execute(update(KEYS).where(KEYS.c.hash == hash).values(last_used=now()))


def _key(row: Any) -> Key:
    return Key(*row)
