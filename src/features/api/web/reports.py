"""API operation that returns the metrics of `/metrics`, for API keys with the ability to read reports."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from subscriptions.domain.entities.api_key import Ability
from web.problems import V1
from web.routes.health import Figures
from web.routes.writing import dependencies, describe, problems

REPORTS: Final = f"{V1}/reports"


def reports_router(figures: Figures) -> APIRouter:
    """Return the route of the metrics."""
    router = APIRouter(responses=problems(404, 409, 413, 422), dependencies=dependencies())

    @router.get(
        REPORTS,
        response_model=dict[str, dict[str, float]],
        operation_id="see_reports",
        description=describe(
            Ability.REPORTS,
            "Return every metric of `/metrics`. Keys are the label values, joined by `:`.",
        ),
        summary="Retrieve the metrics",
    )
    async def get_reports() -> JSONResponse:
        return JSONResponse(dict(await figures()), headers={"Cache-Control": "no-store"})

    return router
