"""A user's mistake, told to the user: no traceback, exit code 2."""

import errno


class Complaint(Exception):
    """Something that a user can put right; `code` names it, the Russian message says how."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_REASONS: dict[str | int, str] = {
    "FileNotFoundError": "такого файла нет",
    "IsADirectoryError": "это папка",
    "NotADirectoryError": "в пути стоит файл вместо папки",
    "PermissionError": "нет прав",
    errno.ENOSPC: "кончилось место на диске",
    errno.EROFS: "диск только для чтения",
    errno.ENAMETOOLONG: "имя слишком длинное",
    errno.EADDRINUSE: "порт занят",
    errno.EADDRNOTAVAIL: "такого адреса у этой машины нет",
}


def reason(error: BaseException) -> str:
    """Why a file or an address cannot be used, in Russian where the reason is a common one."""
    number = error.errno if isinstance(error, OSError) else None
    return (
        _REASONS.get(type(error).__name__)
        or _REASONS.get(number or 0)
        or getattr(error, "strerror", None)
        or "повреждён"
    )
