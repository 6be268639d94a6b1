"""Archives that are sent whole, scored aside, and fetched when they are done."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse

from service.access import needs
from service.complaint import Complaint
from service.dependencies import Kept, refusals
from service.errors import Refused
from service.guard import declared
from service.intake import Asked, Intake
from service.routes.parameters import KNOWN
from service.run import rejects_of
from service.store import jobs

PAUSE = 0.5

router = APIRouter(tags=["архивы"], dependencies=[needs("write"), KNOWN])


class Skipped(BaseModel):
    """A file inside the archive that was passed by."""

    name: str
    reason: str


class JobAnswer(BaseModel):
    """How an archive fares."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    file_name: str | None
    size: int | None = Field(description="Сколько байтов читать, в сжатом виде, если они сжаты")
    read: int | None = Field(description="Сколько из них прочитано")
    received: int = Field(description="Сколько строк прочитано")
    refused: int
    stored: int = Field(description="Сколько оценок сохранено")
    skipped: list[Skipped] = Field(description="Какие файлы внутри ZIP не прочитаны и почему")
    error: str | None
    created: str
    updated: str


Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def _intake(request: Request, store: Kept) -> Intake:
    intake: Intake = request.app.state.intake
    return intake


Taken = Annotated[Intake, Depends(_intake)]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Файл целиком: любой формат, который читает merilo score",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/v1/archives", response_model=JobAnswer, status_code=202, responses=refusals(408, 413, 422, 503),
             openapi_extra=_BODY, summary="Отправить архив")  # fmt: skip
async def send(
    request: Request, response: Response, intake: Taken,
    name: Annotated[str, Query(max_length=200, description="Имя файла, для людей")] = "архив",
    out: Annotated[Literal["csv", "xlsx", "jsonl", "parquet"], Query(description="Какой нужен результат")] = "csv",
    memory: Annotated[bool, Query(description="Личный отклик по прежним постам из самого архива")] = False,
    store: Annotated[bool, Query(description="Сохранить оценки в хранилище")] = True,
) -> Any:  # fmt: skip
    """Take an archive of up to 2 GB as it is, and score it aside. The answer tells where to look.

    When it is answered the archive is on the disk: a restart does not lose it.
    """
    intake.admit(declared(request.scope))  # before two gigabytes have come
    job = await intake.receive(request.stream(), name, Asked(out, memory, store))
    response.headers["Location"] = f"/v1/archives/{job.id}"
    return _told(job)


@router.get("/v1/archives", response_model=list[JobAnswer], responses=refusals(422, 503), summary="Что отправлено")
def read(store: Kept, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Any:
    """Give the newest archives."""
    with store.reading() as connection:
        return [_told(job) for job in jobs.read(connection, limit=limit)]


@router.get("/v1/archives/{id}", response_model=JobAnswer, responses=refusals(404, 422, 503), summary="Как идёт работа")
def find(id: Id, intake: Taken) -> Any:
    """Tell how far an archive has come."""
    return _told(_job(intake, id))


@router.get("/v1/archives/{id}/events", responses=refusals(404, 422, 503), response_class=EventSourceResponse,
            summary="Ход работы событиями")  # fmt: skip
async def watch(id: Id, intake: Taken) -> Any:
    """Tell how far an archive has come whenever that changes, as server-sent events, until it is done or failed."""
    first = await to_thread.run_sync(_job, intake, id)
    return EventSourceResponse(_events(intake, first), ping=15)


@router.get("/v1/archives/{id}/result", responses=refusals(404, 422, 503), response_class=FileResponse,
            summary="Результат")  # fmt: skip
def result(
    id: Id, intake: Taken,
    part: Annotated[Literal["scores", "rejects"], Query(description="rejects — отклонённые строки")] = "scores",
) -> Any:  # fmt: skip
    """Give the file with scores, or with the rows that were refused."""
    job = _job(intake, id)
    if job.state == "failed":
        raise Complaint("archive_failed", job.error or "Архив не обработан. Отправьте его ещё раз.")
    if job.state != "done":
        raise Refused("not_found", "Архив ещё обрабатывается. Ход работы — в /v1/archives/{id}/events.")
    path = intake.result(job)
    if part == "rejects":
        path = rejects_of(path)
        if not path.is_file():
            raise Refused("not_found", "Отклонённых строк нет.")
    elif not path.is_file():
        raise Refused("not_found", "Результат уже удалён: он хранится ограниченное время. Отправьте архив ещё раз.")
    return FileResponse(path, filename=f"merilo-{job.id[:8]}{''.join(path.suffixes)[-20:]}")


def _job(intake: Intake, id: str) -> jobs.Job:
    with intake.store.reading() as connection:
        job = jobs.find(connection, id)
    if job is None:
        raise Refused("not_found", "Такого архива нет: он не отправлялся или удалён.")
    return job


def _told(job: jobs.Job) -> dict[str, Any]:
    told: dict[str, Any] = jsonable_encoder(asdict(job)) | {"skipped": json.loads(job.skipped or "[]")}
    return {name: told[name] for name in JobAnswer.model_fields}


async def _events(intake: Intake, job: jobs.Job) -> AsyncIterator[dict[str, str]]:
    told = None
    while True:
        now = _told(job)
        if now != told:
            told = now
            yield {"event": "progress", "data": json.dumps(told, ensure_ascii=False)}
        if job.state not in jobs.UNFINISHED:
            return
        await asyncio.sleep(PAUSE)
        try:
            job = await to_thread.run_sync(_job, intake, job.id)
        except Complaint as error:  # the database; the reader may come again
            yield {"event": "problem", "data": json.dumps({"code": error.code, "message": str(error)})}
            return
