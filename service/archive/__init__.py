"""Archives: exports of pages, recognised by content, read and written one record at a time."""

from service.archive.archive import Archive, ArchiveError, recognise
from service.archive.output import OutputError, check_output, open_output

__all__ = ["Archive", "ArchiveError", "OutputError", "check_output", "open_output", "recognise"]
