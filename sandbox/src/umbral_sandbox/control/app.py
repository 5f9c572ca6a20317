"""Application that combines all routes of the control interface."""

from functools import cache

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from umbral_sandbox.control import (
    calls,
    channels,
    chats,
    clock,
    events,
    managing,
    matches,
    mini_apps,
    opening,
    payments,
    people,
    pressing,
    providers,
    setup,
    stars,
    state,
)
from umbral_sandbox.control.access import ROOM, Room
from umbral_sandbox.control.errors import Failure, install_handlers
from umbral_sandbox.control.guard import LoopbackOnly, WellFormed


def control_app(room: Room) -> ASGIApp:
    """Return the application to mount at ``/control``. Its routes get their context (`Room`) from ``RoomDep`` and the
    dependencies built on ``RoomDep``.
    """
    routes = _routes()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await routes({**scope, ROOM: room}, receive, send)

    return app


@cache
def _routes() -> FastAPI:
    """Build the routes once for all worlds, because building them takes far longer than building a world."""
    app = FastAPI(
        title="Umbral sandbox: control interface",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": Failure, "description": "Why it could not be done."}},
    )
    app.add_middleware(WellFormed)
    app.add_middleware(LoopbackOnly)
    install_handlers(app)
    parts = (people, chats, pressing, opening, mini_apps, stars, channels, managing, clock, calls, state, events)
    for part in (*parts, payments, providers, matches, setup):
        app.include_router(part.router)
    return app
