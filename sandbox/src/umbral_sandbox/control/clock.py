"""Routes that read and advance the clock that the simulators and the product share."""

import time
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from umbral_sandbox.control.access import WorldDep
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.world.world import World

router = APIRouter()
Amount = Annotated[float, Field(ge=0, le=3e9, allow_inf_nan=False)]


class ClockView(BaseModel):
    """Current time, and its offset from wall time in seconds."""

    now: datetime
    offset_s: float


class Advance(BaseModel):
    """Amount of time by which to advance the clock, which never goes back."""

    model_config = ConfigDict(extra="forbid")

    days: Amount = 0
    hours: Amount = 0
    minutes: Amount = 0
    seconds: Amount = 0


@router.get("/clock")
async def read_clock(
    world: WorldDep, offset_s: float | None = None, wait_s: Annotated[float, Query(ge=0, le=600)] = 0
) -> ClockView:
    """Return the time. A caller that passes its known ``offset_s`` waits up to ``wait_s`` for the clock to be
    advanced.
    """
    until = time.monotonic() + wait_s
    while _view(world).offset_s == offset_s and (left := until - time.monotonic()) > 0 and not world.feed.closed:
        await world.feed.wait(left)
    return _view(world)


@router.post("/clock/advance")
async def advance_clock(world: WorldDep, by: Advance) -> ClockView:
    """Advance the clock, and let the providers perform everything that is due."""
    try:
        delta = timedelta(days=by.days, hours=by.hours, minutes=by.minutes, seconds=by.seconds)
        too_far = (world.clock.now() + delta).year > 2200
    except OverflowError:
        too_far = True
    if too_far:
        raise ControlError("the clock ends in the year 2200")
    await world.advance(delta)
    return _view(world)


def _view(world: World) -> ClockView:
    return ClockView(now=world.clock.now(), offset_s=round(world.clock.offset.total_seconds(), 3))
