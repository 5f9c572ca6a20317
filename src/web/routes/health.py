"""Whether this process lives, which everybody may ask; whether it can work and what it measures, for its operator."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from web.bulkheads import Shared
from web.hall import Hall

FIGURES: Final = "/api/figures"

Ready = Callable[[], Awaitable[bool]]
Figures = Callable[[], Awaitable[Mapping[str, Mapping[str, float]]]]
"""Figure → label → value, as read from the database; the label `""` stands alone."""


def alive_router() -> APIRouter:
    """`/healthz` says that the process answers."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return router


def figures_router(figures: Figures) -> APIRouter:
    """The figures of the whole system as JSON, for who has shown a key for reports (see web.gate)."""
    router = APIRouter(include_in_schema=False)

    @router.get(FIGURES)
    async def reported() -> JSONResponse:
        return JSONResponse(dict(await figures()), headers={"Cache-Control": "no-store"})

    return router


def health_router(is_ready: Ready, figures: Figures, hall: Hall, keep_s: float) -> APIRouter:
    """`/readyz` says that the database answers, `/metrics` how things stand. hall: the visitors'. keep_s: seconds for
    which what it says is not written out again."""
    router = APIRouter(include_in_schema=False)

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        if await is_ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "the database does not answer"}, status_code=503)

    async def write() -> bytes:
        doors = {"umbral_web_connections": {"": len(hall)}, "umbral_web_connections_cut": hall.cut}
        return _render({**await figures(), **doors})

    written = Shared(write, keep_s)

    async def metrics(_: Request) -> Response:
        return Response(await written(), media_type=CONTENT_TYPE_LATEST)

    router.add_route("/metrics", metrics, methods=["GET"])
    return router


def _render(figures: Mapping[str, Mapping[str, float]]) -> bytes:
    # A registry each time: nearly all figures are the database's, not this process's.
    registry = CollectorRegistry()
    for name, values in figures.items():
        gauge = Gauge(name, name.replace("_", " "), ["name"], registry=registry)
        for label, value in values.items():
            gauge.labels(label).set(value)
    return generate_latest(registry)
