"""Archives: exports of pages, recognised by content, read and written one record at a time."""

from service.archive.archive import KINDS, Archive, ArchiveError, read_line, recognise, recognise_all
from service.archive.output import OutputError, check_output, give_name, open_output, open_writer
from service.archive.reading import CONTENT, Reading

__all__ = [
    "CONTENT",
    "KINDS",
    "Archive",
    "ArchiveError",
    "OutputError",
    "Reading",
    "check_output",
    "give_name",
    "open_output",
    "open_writer",
    "read_line",
    "recognise",
    "recognise_all",
]
