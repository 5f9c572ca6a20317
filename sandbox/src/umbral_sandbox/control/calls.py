"""The log of wire calls, and the faults that happen to them."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel

from umbral_sandbox.control.access import WorldDep
from umbral_sandbox.world.calls import Call
from umbral_sandbox.world.faults import Fault

router = APIRouter()


class CallLog(BaseModel):
    """Calls, oldest first."""

    calls: list[Call]


class FaultsInForce(BaseModel):
    """The faults in force, with the times they have left."""

    faults: list[Fault]


class Released(BaseModel):
    """How many calls were held."""

    released: int


@router.get("/calls")
async def read_calls(world: WorldDep, after: Annotated[int, Query(ge=0)] = 0) -> CallLog:
    """Every wire call of the product with a greater id; one appears when it ends or is held."""
    return CallLog(calls=world.wire.calls(after))


@router.get("/faults", response_model_exclude_none=True)
async def read_faults(world: WorldDep) -> FaultsInForce:
    """The faults in force."""
    return FaultsInForce(faults=world.wire.faults)


@router.put("/faults", response_model_exclude_none=True)
async def put_faults(world: WorldDep, faults: Annotated[list[Fault], Body()]) -> FaultsInForce:
    """Replaces the faults in force; an empty list ends all."""
    world.wire.set_faults(faults)
    world.commit()
    return FaultsInForce(faults=world.wire.faults)


@router.post("/faults/release")
async def release(world: WorldDep, until: Annotated[int | None, Query(ge=0)] = None) -> Released:
    """Lets held calls go on; with `until` those up to that id, so that none goes on unseen that came meanwhile."""
    held = sum(call.state == "held" and (until is None or call.id <= until) for call in world.wire.calls())
    world.wire.release(until)
    return Released(released=held)
