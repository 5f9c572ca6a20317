"""Matches of the source of results."""

from fastapi import APIRouter
from pydantic import BaseModel

from umbral_sandbox.control.access import WorldDep
from umbral_sandbox.world.matches import Match

router = APIRouter()


class MatchId(BaseModel):
    """What the source calls it."""

    id: int


@router.put("/matches/{number}")
async def put_match(world: WorldDep, number: int, match: Match) -> MatchId:
    """Says what the source tells of a match from now on."""
    world.matches.put(number, match)
    world.commit()
    return MatchId(id=number)
