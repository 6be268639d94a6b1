"""Storage: the store of a running service, opened when it can be, with what stands on it."""

import logging
import threading
import time

from starlette.datastructures import State

from service.complaint import Complaint
from service.intake import Intake
from service.recollection import Recollection
from service.store import Store

# Seconds between attempts to open a store that could not be opened.
PAUSE = 5.0

log = logging.getLogger("merilo")

_opening = threading.Lock()


def attach(state: State, store: Store) -> None:
    """Give a store to a service."""
    state.store, state.store_problem = store, None
    state.recollection = Recollection(store)
    state.intake = Intake(store, state.settings)
    if state.running:
        state.intake.start()


def connect(state: State) -> Store | None:
    """The store of a service; one that could not be opened before is tried again now and then."""
    if state.store is None and state.settings.store:
        with _opening:
            if state.store is None and time.monotonic() >= state.next_attempt:
                _try(state)
    store: Store | None = state.store
    return store


def _try(state: State) -> None:
    try:
        attach(state, Store.open(state.settings.database_url, state.settings.keep_texts, patience=5))
    except Complaint as error:
        state.store_problem = error
        state.next_attempt = time.monotonic() + PAUSE
        log.error("store: %s", error.code)
