"""A hosted page: shown to a payer, and what its buttons do."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.world.world import World

DEFAULT_SELLER: Final = "Sandbox Store"
"""What payers read where the account has no name."""

#: The page with this key as HTML, by the step in its address and the languages the browser accepts. None: no such page.
Shown = Callable[[str, str, str | None], str | None]
#: Do what the button says; where to go: an address, or what to add to the page's own. None: no such page.
Pressed = Callable[[str, str], str | None]


def page_router(world: World, base: str, shown: Shown, pressed: Pressed) -> APIRouter:
    """``GET {base}/{key}``, and ``POST {base}/{key}/{outcome}`` where its buttons lead."""

    async def show(request: Request) -> Response:
        page = shown(
            request.path_params["key"], request.query_params.get("step", ""), request.headers.get("accept-language")
        )
        return no_page() if page is None else fresh(page)

    async def act(request: Request) -> Response:
        key, outcome = request.path_params["key"], request.path_params["outcome"]
        try:
            target = pressed(key, outcome)
        except CannotPay:
            target = ""
        if target is None:
            return no_page()
        world.commit()
        return RedirectResponse(f"{base}/{key}{target}" if target[:1] in {"", "?"} else target, 303)

    router = APIRouter()
    router.add_route(base + "/{key}", show, ["GET"])
    router.add_route(base + "/{key}/{outcome}", act, ["POST"])
    return router


def no_page() -> Response:
    """There is no such page."""
    return HTMLResponse("<h1>404</h1>", 404)


def fresh(page: str) -> Response:
    """A page that no browser keeps: it shows how things stand."""
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})
