"""What Prometheus asks for."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service import metrics
from service.access import needs

router = APIRouter(tags=["здоровье"])


@router.get("/metrics", dependencies=[needs("read")], response_class=Response, summary="Метрики для Prometheus",
            responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})  # fmt: skip
def read(request: Request) -> Response:
    """Give counts of requests and posts, times to answer, the queue of archives, the model."""
    return Response(metrics.show(request.app), media_type=CONTENT_TYPE_LATEST)
