"""Archives: exports of pages, recognised by content, read and written one record at a time."""

from service.archive.archive import KINDS, Archive, ArchiveError, recognise, recognise_all
from service.archive.output import OutputError, check_output, open_output

__all__ = [
    "KINDS",
    "Archive",
    "ArchiveError",
    "OutputError",
    "check_output",
    "open_output",
    "recognise",
    "recognise_all",
]
