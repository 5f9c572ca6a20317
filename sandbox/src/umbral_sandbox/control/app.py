"""Puts the control interface together."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from umbral_sandbox.control import (
    calls,
    channels,
    chats,
    clock,
    events,
    managing,
    opening,
    people,
    pressing,
    stars,
    state,
)
from umbral_sandbox.control.errors import Failure, install_handlers
from umbral_sandbox.control.guard import LoopbackOnly
from umbral_sandbox.world.world import World


def control_app(world: World, *, demo: bool, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The application to mount at ``/control``; ``routers`` are the providers' parts (paths without the mount).

    Routes find the world by the dependency ``WorldDep``. In a ``demo`` the world cannot be emptied.
    """
    app = FastAPI(
        title="Umbral sandbox: control interface",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": Failure, "description": "Why it could not be done."}},
    )
    app.state.world = world
    app.state.demo = demo
    app.add_middleware(LoopbackOnly)
    install_handlers(app)
    parts = (people, chats, pressing, opening, stars, channels, managing, clock, calls, state, events)
    for router in (*(part.router for part in parts), *routers):
        app.include_router(router)
    return app
