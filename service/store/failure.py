"""What may befall a database, told to people. Neither SQL nor values get into a message: values are people's data."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.complaint import Complaint

# What is said, by code; {place} is the path or the server, {detail} what the database calls it.
SAID = {
    "database_locked": "База {place} занята другой программой. Подождите и повторите; если не пройдёт, закройте "
    "программы, которые держат её открытой.",
    "database_busy": "База {place} не даёт новых соединений: их слишком много. Подождите и повторите.",
    "database_gone": "База {place} недоступна. Проверьте, что она на месте и запущена, и повторите: "
    "записанное до сбоя сохранено.",
    "database_refused": "База {place} не пускает. Проверьте имя и пароль в MERILO_DATABASE_URL.",
    "database_absent": "На сервере нет базы {place}. Создайте её (createdb) или поправьте MERILO_DATABASE_URL.",
    "database_full": "База {place}: кончилось место на диске. Освободите его и повторите: "
    "записанное до сбоя сохранено.",
    "database_readonly": "База {place} открыта только для чтения. Дайте права на запись в файл и в его папку "
    "или на таблицы.",
    "database_damaged": "Файл {place} повреждён или это не база. Восстановите его из копии.",
    "database_unprepared": "В базе {place} нет таблиц Мерила или они другие. Перезапустите программу: таблицы она "
    "создаёт при запуске.",
    "database_newer": "База {place} создана более новым Мерилом. Обновите программу.",
    "no_driver": "Для PostgreSQL нужен psycopg. Установите: pip install 'merilo[postgres]'.",
    "database_failed": "База {place} не выполнила запрос ({detail}). Повторите; если не пройдёт, сообщите "
    "разработчикам, назвав то, что в скобках.",
}

_SQLITE = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_FULL: "database_full",
    sqlite3.SQLITE_READONLY: "database_readonly",
    sqlite3.SQLITE_PERM: "database_readonly",
    sqlite3.SQLITE_CANTOPEN: "database_gone",
    sqlite3.SQLITE_IOERR: "database_gone",
    sqlite3.SQLITE_CORRUPT: "database_damaged",
    sqlite3.SQLITE_NOTADB: "database_damaged",
}

# By the beginning of a code of PostgreSQL, the longer first.
_POSTGRES = {
    "57P": "database_gone",
    "08": "database_gone",
    "28": "database_refused",
    "3D000": "database_absent",
    "53100": "database_full",
    "53300": "database_busy",
    "55P03": "database_locked",
    "40P01": "database_locked",
    "40001": "database_locked",
    "25006": "database_readonly",
    "42501": "database_readonly",
    "42P01": "database_unprepared",
    "42703": "database_unprepared",
}

# Where a connection could not be made there is no code, only words in the language of the server.
_WORDS = {
    r"database \".*\" does not exist|база данных \".*\" не существует": "database_absent",
    r"password|role \"|pg_hba|парол|подлинност|роль \"|пользовател": "database_refused",
    r"too many|слишком много": "database_busy",
}

# Two writers got in each other's way, and the database chose the one that begins anew.
_CLASHES = ("40P01", "40001")


def complain(code: str, place: str, detail: str = "") -> Complaint:
    """The complaint of a code."""
    return Complaint(code, SAID[code].format(place=place, detail=detail))


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn errors of a database into complaints."""
    try:
        yield
    except (StatementError, sqlite3.Error) as error:
        code, detail = judge(error)
        raise complain(code, place, detail) from None
    except PoolTimeout:
        raise complain("database_busy", place) from None


def judge(error: StatementError | sqlite3.Error) -> tuple[str, str]:
    """The code of a complaint for an error, and what the database calls the error."""
    cause = error.orig if isinstance(error, StatementError) else error
    detail = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    if isinstance(cause, sqlite3.Error):
        return _judge_file(cause), detail
    state = getattr(cause, "sqlstate", None)
    for beginning, code in _POSTGRES.items():
        if state and state.startswith(beginning):
            return code, detail
    if isinstance(error, DBAPIError) and not state and type(cause).__name__ == "OperationalError":
        said = str(cause)
        return next((code for words, code in _WORDS.items() if re.search(words, said)), "database_gone"), detail
    return "database_failed", detail


def _judge_file(cause: sqlite3.Error) -> str:
    primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest tells kinds of one mishap apart
    if primary == sqlite3.SQLITE_ERROR and "no such" in str(cause):
        return "database_unprepared"
    return _SQLITE.get(primary, "database_failed")


def is_clash(error: DBAPIError) -> bool:
    """Whether the same transaction may be tried again at once."""
    return getattr(error.orig, "sqlstate", None) in _CLASHES
