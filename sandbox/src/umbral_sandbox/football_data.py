"""Simulator of football-data.org, version 4: serves the matches set through the control interface."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse

from umbral_sandbox.world.matches import Match
from umbral_sandbox.world.world import World

KNOWN: Final = "demo-football-data"
"""The only API key that the simulator accepts."""
LONGEST: Final = timedelta(days=10)
Goals = tuple[int, int] | None


def football_data_router(world: World) -> APIRouter:
    """Return the route `GET /v4/matches` over the matches of this world."""
    router = APIRouter()

    @router.get("/v4/matches", response_model=None)
    async def matches(
        first: Annotated[date, Query(alias="dateFrom")],
        last: Annotated[date, Query(alias="dateTo")],
        x_auth_token: Annotated[str, Header()] = "",
    ) -> dict[str, Any] | JSONResponse:
        if x_auth_token != KNOWN:
            return _refused("Your API token is invalid.")
        if last - first > LONGEST:
            return _refused("Specified period must not exceed 10 days.")
        since, until = (datetime.combine(day, time(), UTC) for day in (first, last))
        told = [
            _told(int(number), match)
            for number, match in world.matches.items()
            if since <= match.starts_at.astimezone(UTC) <= until
        ]
        return {"filters": {"dateFrom": f"{first}", "dateTo": f"{last}"}, "matches": told}

    return router


def _refused(message: str) -> JSONResponse:
    return JSONResponse({"message": message, "errorCode": 400}, 400)


def _told(number: int, match: Match) -> dict[str, Any]:
    score: dict[str, Any] = {
        "duration": "REGULAR" if match.regular is None else "EXTRA_TIME",
        "fullTime": _goals(match.goals),
        "halfTime": _goals(match.half_time),
    }
    if match.regular is not None:
        score["regularTime"] = _goals(match.regular)
    return {
        "id": number,
        "competition": {"name": match.competition, "type": "LEAGUE"},
        "utcDate": f"{match.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "status": match.status,
        "homeTeam": {"name": match.home},
        "awayTeam": {"name": match.away},
        "score": score,
    }


def _goals(goals: Goals) -> dict[str, int | None]:
    home, away = goals or (None, None)
    return {"home": home, "away": away}
