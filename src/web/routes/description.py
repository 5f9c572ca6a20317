"""What programs may ask, as OpenAPI 3.1: `/api/v1/openapi.json`, which needs no key."""

from typing import Any, Final

from fastapi import APIRouter, Depends
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from web.problems import V1
from web.routes.writing import known_parameters

VERSION: Final = "1"


def description(*routers: APIRouter) -> dict[str, Any]:
    """Of all that these answer."""
    routes = [route for router in routers for route in router.routes]
    said = get_openapi(title="Umbral", version=VERSION, routes=routes)
    said["components"]["schemas"] |= _inner(said["paths"])
    return said


def description_router(*routers: APIRouter) -> APIRouter:
    """Of these, made once."""
    said, router = description(*routers), APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

    @router.get(f"{V1}/openapi.json")
    async def described() -> JSONResponse:
        return JSONResponse(said)

    return router


def _inner(part: Any) -> dict[str, Any]:
    """Schemas that stand within others, taken out of them: bodies that routes read by themselves bring their own."""
    if isinstance(part, list):
        part = dict(enumerate(part))
    if not isinstance(part, dict):
        return {}
    found: dict[str, Any] = part.pop("$defs", {})
    for each in [*part.values(), *list(found.values())]:
        found = found | _inner(each)
    return found
