"""Parameters of a query: one that a route does not know, or that is told twice, is refused, not passed by."""

from collections import Counter
from difflib import get_close_matches

from fastapi import Depends, Request

from service.errors import Refused

# What people write for a parameter of another name, where that is none itself.
_MEANT = {"page_id": "page", "id": "page", "since": "from", "until": "to", "order_by": "sort", "offset": "cursor"}


async def _check(request: Request) -> None:
    """Compare a query with the OpenAPI of its route. Raises Refused."""
    path = request.app.openapi()["paths"][request.scope["route"].path_format]
    told = path[request.method.lower()].get("parameters", [])
    known = {one["name"]: one["schema"] for one in told if one["in"] == "query"}
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in known:
            raise Refused("unknown_parameter", f"Параметра {_shown(name)} здесь нет. {_advise(name, list(known))}")
        if times > 1 and not _is_list(known[name]):
            raise Refused("repeated_parameter", f"Параметр {name} указан несколько раз. Оставьте один.")


def _is_list(schema: dict[str, object]) -> bool:
    options = schema.get("anyOf", [schema])
    return isinstance(options, list) and any(option.get("type") == "array" for option in options)


def _advise(name: str, known: list[str]) -> str:
    meant = _MEANT.get(name)
    near = [meant] if meant in known else get_close_matches(name, known, 1)
    if near:
        number = ", номер страницы в хранилище: он есть в /v1/pages" if near == ["page"] else ""
        return f"Наверное, нужен {near[0]}{number}."
    return f"Есть: {', '.join(known)}." if known else "У этого адреса параметров нет."


def _shown(name: str) -> str:
    """A name as it may be repeated: nobody knows what was put into an address by mistake."""
    return name[:40] if name.isidentifier() else "с таким именем"


KNOWN = Depends(_check)
