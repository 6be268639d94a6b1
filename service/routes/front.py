"""The page where a draft is typed, and the page for programs."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from service.access import needs

PAGE = Path(__file__).parent.parent / "page"

router = APIRouter(dependencies=[needs("open")])


@router.get("/", include_in_schema=False)
def page() -> FileResponse:
    """Give the page where a draft is typed and scored."""
    return FileResponse(PAGE / "index.html")


@router.get("/docs", include_in_schema=False)
def docs() -> FileResponse:
    """Give the page that shows the OpenAPI; unlike Swagger UI it takes nothing from other servers."""
    return FileResponse(PAGE / "docs.html")


@router.get("/how", include_in_schema=False)
def how() -> FileResponse:
    """Give the page that tells in plain words how scores are made."""
    return FileResponse(PAGE / "how.html")
