"""ZIP: packages of posts and, since a workbook is one too, the guard against those that are bombs or traps."""

import re
import struct
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from service.archive.found import Unusable

BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")  # the second is of a package with nothing in it

# What is packed by more than this and is larger than LARGE when unpacked is a bomb:
# different posts pack by 5, a sheet of equal rows by 20.
EXPANSION = 200
LARGE = 1 << 30

# Whatever unpacks to more than this is refused.
LARGEST = 20 << 30

# Of other methods (Deflate64, LZMA …) Python knows some and some not.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)

# Bits of a member's flags.
_ENCRYPTED = 0x1
_IN_UTF8 = 0x800

# What Windows in Russia names files in where a ZIP does not say that it is UTF-8.
_UNTOLD = "cp866"

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


class Member(NamedTuple):
    """A file inside an open package."""

    package: zipfile.ZipFile
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """Its path as it may be shown."""
        return _shown(self.info)

    def open(self) -> BinaryIO:
        """Open it for reading. Raises OSError, Unusable."""
        if self.info.compress_type not in _METHODS:
            raise Unusable("rare_method", "сжат редким способом: перепакуйте обычным ZIP или дайте файл без сжатия")
        try:
            return cast(BinaryIO, self.package.open(self.info))
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
            raise OSError(str(error)) from None


def _shown(info: zipfile.ZipInfo) -> str:
    name = info.filename
    if not info.flag_bits & _IN_UTF8:  # macOS writes UTF-8 and does not say so
        with suppress(UnicodeError):
            name = name.encode(_UNTOLD).decode("utf-8")
    return _CONTROL.sub("?", name)


def is_package(path: Path) -> bool:
    """Whether a file begins as a ZIP does."""
    with path.open("rb") as file:
        return file.read(4) in BEGINNINGS


def open_package(file: Path | BinaryIO) -> zipfile.ZipFile:
    """Open a package. Raises OSError where it is damaged."""
    try:
        return zipfile.ZipFile(file, metadata_encoding=_UNTOLD)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise OSError(str(error)) from None


def check_size(unpacked: int, packed: int) -> None:
    """Refuse what would fill the memory or the disk. Raises Unusable."""
    if unpacked > LARGEST or (unpacked > LARGE and unpacked > EXPANSION * packed):
        size = unpacked / (1 << 30)
        raise Unusable(
            "zip_bomb", f"внутри {size:.0f} ГБ и больше: это бомба или архив, который лучше распаковать самим"
        )


def check_package(package: zipfile.ZipFile, packed: int) -> None:
    """Refuse bombs, passwords and names that lead out of the package; `packed` is its size. Raises Unusable."""
    # By the size of the file, not by the sizes it tells of: members of a bomb may share their bytes.
    check_size(sum(info.file_size for info in package.infolist()), packed)
    for info in package.infolist():
        name = _shown(info)
        if info.flag_bits & _ENCRYPTED:
            raise Unusable("encrypted", f"«{name}» внутри закрыт паролем: распакуйте архив сами")
        if _leads_out(info.filename):
            raise Unusable("unsafe_name", f"имя «{name}» внутри ведёт за пределы архива: такой архив не читается")


def _leads_out(name: str) -> bool:
    steps = name.replace("\\", "/").split("/")
    return steps[0] == "" or ".." in steps or bool(_DRIVE.match(name))


def members(package: zipfile.ZipFile) -> list[Member]:
    """The files of a package in its order, but for those that systems hide in it."""
    return [
        Member(package, info)
        for info in package.infolist()
        if not info.is_dir() and not info.filename.replace("\\", "/").rpartition("/")[2].startswith(".")
    ]


def check_workbook(names: Iterable[str]) -> None:
    """Tell a workbook from other packages by the names inside. Raises Unusable."""
    inside = {name.lower() for name in names}
    if "[content_types].xml" in inside:
        if "xl/workbook.xml" not in inside:
            raise Unusable("binary_file", "это документ Office, но не книга XLSX: сохраните таблицу как XLSX или CSV")
    elif "mimetype" in inside:
        raise Unusable("binary_file", "это документ OpenDocument: сохраните таблицу как XLSX или CSV")
    else:
        raise Unusable("nested_zip", "архив ZIP внутри другого файла не читается: распакуйте его и дайте сам архив")
