"""Health check of the process for the public, and readiness and metrics for the operator."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from subscriptions.bootstrap.web import FIGURES, Figure
from web.concurrency import CachedRead
from web.connections import ConnectionLimiter
from web.routes.writing import dependencies

FIGURES_PATH: Final = "/api/figures"

Ready = Callable[[], Awaitable[bool]]
Figures = Callable[[], Awaitable[Mapping[str, Mapping[str, float]]]]
"""Function that reads the metrics from the database as a mapping: name → label values joined by `:` → value."""

FailingPages = Callable[[], Awaitable[Sequence[str]]]
"""Function that returns the paths of pages that cannot be rendered."""

CONNECTION_FIGURES: Final = (
    Figure("umbral_web_connections", "Connections of visitors that are open."),
    Figure("umbral_web_connections_cut_total", "Connections of visitors that were cut, by docs/security.md.", ("why",)),
)
METRICS: Final[Mapping[str, Figure]] = {**FIGURES, **{figure.name: figure for figure in CONNECTION_FIGURES}}
"""All metrics served at `/metrics`."""


def alive_router(failing: FailingPages | None = None, is_ready: Ready | None = None) -> APIRouter:
    """Return the route of `/healthz`, which reports that the process responds, which pages cannot be rendered, and
    whether the database lets the process work.

    A restart would fix neither, so the status remains 200; `/readyz` answers 503. failing: check of the pages, or None
    if this application serves no pages. is_ready: check of the database, or None if the application does not use one.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        if is_ready is not None and not await is_ready():
            return JSONResponse({"status": "the database does not answer"})
        pages = await failing() if failing is not None else ()
        return JSONResponse({"status": "ok", **({"failing": list(pages)} if pages else {})})

    return router


def figures_router(figures: Figures) -> APIRouter:
    """Return the route of the metrics as JSON, for API keys with the ability `reports` (see web.authentication)."""
    router = APIRouter(include_in_schema=False, dependencies=dependencies())

    @router.get(FIGURES_PATH)
    async def get_figures() -> JSONResponse:
        return JSONResponse(dict(await figures()), headers={"Cache-Control": "no-store"})

    return router


def health_router(is_ready: Ready, figures: Figures, limiter: ConnectionLimiter, keep_s: float) -> APIRouter:
    """Return the routes of `/readyz`, which reports whether the database responds, and of `/metrics`.

    limiter: limiter of visitors' connections, whose counts are included. keep_s: seconds for which the rendered metrics
    are cached.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        if await is_ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "the database does not answer"}, status_code=503)

    async def write() -> bytes:
        own = {
            figure.name: values
            for figure, values in zip(CONNECTION_FIGURES, ({"": len(limiter)}, limiter.closures), strict=True)
        }
        return _render({**await figures(), **own})

    cached_read = CachedRead(write, keep_s)

    async def metrics(_: Request) -> Response:
        return Response(await cached_read(), media_type=CONTENT_TYPE_LATEST)

    router.add_route("/metrics", metrics, methods=["GET"])
    return router


class _Metrics(Collector):
    def __init__(self, figures: Mapping[str, Mapping[str, float]]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for name, values in self._figures.items():
            figure = METRICS[name]
            family = (CounterMetricFamily if figure.counts else GaugeMetricFamily)(
                name, figure.help, labels=figure.labels
            )
            for label, value in values.items():
                family.add_metric(label.split(":", len(figure.labels) - 1) if figure.labels else (), value)
            yield family


def _render(figures: Mapping[str, Mapping[str, float]]) -> bytes:
    # Use a new registry each time, because nearly all metrics are read from the database and do not belong to this
    # process.
    registry = CollectorRegistry()
    registry.register(_Metrics(figures))
    return generate_latest(registry)
