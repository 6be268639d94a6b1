"""Patience: how long a connection may hold the service without doing anything.

The body of a request is minded where it is read (`service.guard`). What no route ever sees
is minded here: a request whose head does not come, and an answer that nobody reads.
"""

import asyncio
import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.errors import Refused, body

# Bytes a second below which an answer counts as not being read.
SLOWEST = 1024


class Patient(H11Protocol):
    """A connection that is closed after so many seconds without a head of a request, or with an answer unread."""

    def __init__(self, *arguments: Any, seconds: float, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._seconds = seconds
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._mind_head()

    def data_received(self, data: bytes) -> None:
        """Wait on where only a part of a head has come."""
        super().data_received(data)
        self._mind_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        for timer in (self._head, self._reading):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to mind whether the answer is read."""
        super().pause_writing()
        self._mind_reading()

    def resume_writing(self) -> None:
        """The answer was read."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()

    def _mind_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            if self._head is not None:
                self._head.cancel()
                self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(self._seconds, self._refuse)

    def _refuse(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            return
        error = Refused("too_slow", f"Запрос не пришёл за {self._seconds:g} с. Повторите.")
        said = json.dumps(body(error.code, str(error)), ensure_ascii=False).encode()
        head = f"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n"
        self.transport.write(head.encode() + b"Connection: close\r\n\r\n" + said)
        self.transport.close()

    def _mind_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(self._seconds, self._look, left)

    def _look(self, left: int) -> None:
        if left - self.transport.get_write_buffer_size() < SLOWEST * self._seconds:
            self.transport.abort()  # closing would wait for the reader
        else:
            self._mind_reading()
