"""Route that sets the football matches that the simulator of football-data.org returns."""

from fastapi import APIRouter
from pydantic import BaseModel

from umbral_sandbox.control.access import WorldDep
from umbral_sandbox.world.matches import Match

router = APIRouter()


class MatchId(BaseModel):
    """Id of a match at football-data.org."""

    id: int


@router.put("/matches/{number}")
async def put_match(world: WorldDep, number: int, match: Match) -> MatchId:
    """Set the data that the simulator of football-data.org returns for a match."""
    world.matches.put(number, match)
    world.commit()
    return MatchId(id=number)
