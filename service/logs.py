"""Logs: lines of JSON for machines. No text of a post, no key, no address gets into them."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any


class Lines(logging.Formatter):
    """A record as a line of JSON; of an exception its kind and where it was raised, never its message."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = record.exc_info[0].__name__
            told["places"] = traceback.format_list(traceback.extract_tb(record.exc_info[2]))
        return json.dumps(told, ensure_ascii=False)


def setup() -> dict[str, Any]:
    """The configuration: lines of JSON, unless a person looks on, who is told of troubles alone."""
    person = sys.stderr.isatty()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "service.logs.Lines"}, "plain": {"format": "%(message)s"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "plain" if person else "lines"},
        },
        "loggers": {
            "merilo": {"handlers": ["stderr"], "level": "WARNING" if person else "INFO", "propagate": False},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
