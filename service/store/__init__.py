"""Store: scores that are kept, and questions about them.

`Store.open` opens the database and `Store.add` writes; everything else is a function of a
connection: `with store.reading() as connection: scores.read(connection, Selection(…))`.
"""

from service.store import feedback, history, jobs, keys, pages, portrait, regions, scores, series
from service.store.ingest import digest
from service.store.pages import Page
from service.store.scores import Sheet
from service.store.selection import USEFUL, Selection
from service.store.store import Store

__all__ = [
    "USEFUL",
    "Page",
    "Selection",
    "Sheet",
    "Store",
    "digest",
    "feedback",
    "history",
    "jobs",
    "keys",
    "pages",
    "portrait",
    "regions",
    "scores",
    "series",
]
