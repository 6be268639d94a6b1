"""Sheets: flat rows as an answer, in the form that a reader asks for."""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.encoders import jsonable_encoder

from model.score import CHECKLIST, TYPES
from service.archive import table
from service.store.views import SCORES

Row = Mapping[str, Any]

TYPES_OF_CONTENT = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
}

_NESTED = ("checklist", "missing", "digest", "latest")
CHECKED = tuple(f"checklist_{name}" for name in CHECKLIST)
SHARES = tuple(f"share_{name}" for name in TYPES)

# Columns of each kind of rows: a table says what it holds even where it holds nothing.
SCORE = (*(column.name for column in SCORES.c if column.name not in _NESTED), *CHECKED, "missing")
PLACE = ("page", "platform", "page_id", "name", "kind", "region", "municipality", "followers", "zone")
SUMMARY = ("posts", "trusted", "usefulness", "engagement", "useful")
PAGE = (
    *(*PLACE, *SUMMARY, "usefulness_median", "engagement_median", "posts_per_week", "norm", "of_norm"),
    *("trend", "first", "last", "ahead", *SHARES),
)
PERIOD = (*PLACE, "start", *SUMMARY)

OF_CONTENT: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}, "application/x-ndjson": {}}


class Form:
    """In which form rows are asked for."""

    def __init__(
        self,
        request: Request,
        format: Annotated[
            Literal["json", "csv", "ndjson"], Query(description="json — массив, csv — таблица, ndjson — строки JSON")
        ] = "json",
        excel: Annotated[bool, Query(description="CSV для русского Excel: метка, точки с запятой, запятые")] = False,
    ) -> None:
        self._request = request
        self._format = format
        self._excel = excel

    def give(self, rows: Iterable[Row], columns: Sequence[str], headers: Mapping[str, str] | None = None) -> Response:
        """The answer; 304 where the reader has the same already."""
        body = self._write(rows, columns)
        # Weak: the same rows packed by gzip are other bytes.
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        told = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
        if tag in self._request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=told)
        return Response(body, media_type=TYPES_OF_CONTENT[self._format], headers=told)

    def _write(self, rows: Iterable[Row], columns: Sequence[str]) -> bytes:
        flat = [{name: _plain(row[name]) for name in columns} for row in rows]
        if self._format == "json":
            return json.dumps(flat, ensure_ascii=False).encode()
        if self._format == "ndjson":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in flat).encode()
        text = io.StringIO(newline="")
        writer = table.Writer(text, columns, plain=not self._excel)
        for row in flat:
            writer.write(row)
        return text.getvalue().encode("utf-8-sig" if self._excel else "utf-8")


Asked = Annotated[Form, Depends(Form)]


def flatten_score(row: Row) -> dict[str, Any]:
    """A row of scores without anything nested: the checklist as columns, what is missing as one string."""
    checked = {f"checklist_{name}": row["checklist"].get(name) for name in CHECKLIST}
    return {**row, **checked, "missing": ", ".join(row["missing"])}


def flatten_page(row: Row, norm: float) -> dict[str, Any]:
    """A row of pages without anything nested, with the posts a week set against a norm."""
    shares = {f"share_{name}": row["types"].get(name) for name in TYPES}
    return {**row, **shares, "norm": norm, "of_norm": row["posts_per_week"] / norm}


def _plain(value: Any) -> Any:
    """A value of a row as JSON has it: moments in UTC, figures no finer than anybody reads."""
    if isinstance(value, datetime):
        return jsonable_encoder(value).replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 4) if isinstance(value, float) else value
