"""A lock on a result: two runs that write one file would spoil it. The system drops it with the process."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.complaint import Complaint

# A network disk may know no locks; a run is not refused for that.
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)

if sys.platform == "win32":
    import msvcrt

    def _seize(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _seize(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def hold(path: Path, out: Path) -> Iterator[None]:
    """Hold the lock of a result. Raises Complaint where another process holds it, OSError where it cannot be made."""
    handle = _take(path, out)
    try:
        yield
    finally:
        try:
            with suppress(PermissionError):  # Windows keeps the name of an open file
                path.unlink(missing_ok=True)
        finally:
            os.close(handle)


def _take(path: Path, out: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _seize(handle)
            # Who held it before may have deleted it meanwhile: then it keeps nobody away.
            if _is_at(handle, path):
                return handle
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return handle
            os.close(handle)
            if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise Complaint(
                    "locked",
                    f"В {out} уже пишет другой запуск merilo. Дождитесь его или укажите другой файл после -o.",
                ) from None
            raise
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
