"""Log of the product's calls to the simulators, and the faults injected into these calls."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel

from umbral_sandbox.control.access import WorldDep
from umbral_sandbox.world.calls import Call
from umbral_sandbox.world.faults import Fault

router = APIRouter()


class CallLog(BaseModel):
    """List of the product's calls to the simulators, oldest first."""

    calls: list[Call]


class FaultsInForce(BaseModel):
    """Active faults, with the number of calls that each still affects."""

    faults: list[Fault]


class Released(BaseModel):
    """Result of a release: number of released calls."""

    released: int


@router.get("/calls")
async def read_calls(world: WorldDep, after: Annotated[int, Query(ge=0)] = 0) -> CallLog:
    """Return the product's calls with an id greater than `after`; a call appears when it ends or is held."""
    return CallLog(calls=world.wire.calls(after))


@router.get("/faults", response_model_exclude_none=True)
async def read_faults(world: WorldDep) -> FaultsInForce:
    """Return the active faults."""
    return FaultsInForce(faults=world.wire.faults)


@router.put("/faults", response_model_exclude_none=True)
async def put_faults(world: WorldDep, faults: Annotated[list[Fault], Body()]) -> FaultsInForce:
    """Replace the active faults; an empty list ends all."""
    world.wire.set_faults(faults)
    world.commit()
    return FaultsInForce(faults=world.wire.faults)


@router.post("/faults/release")
async def release(world: WorldDep, until: Annotated[int | None, Query(ge=0)] = None) -> Released:
    """Release held calls. until: release only calls up to this id, so that calls held later are not released by
    mistake.
    """
    held = sum(call.state == "held" and (until is None or call.id <= until) for call in world.wire.calls())
    world.wire.release(until)
    return Released(released=held)
