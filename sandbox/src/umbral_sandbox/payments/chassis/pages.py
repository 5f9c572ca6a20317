"""Routes of a provider's hosted payment page and of the buttons on it."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.world.world import World

DEFAULT_SELLER: Final = "Sandbox Store"
"""Name shown to payers if the account has none."""

#: Function that renders the page with this key as HTML, for the step in its address and the languages of the browser.
# None: no such page.
Shown = Callable[[str, str, str | None], str | None]
#: Function that performs a button's action and returns the target: an address, or a suffix of the page's own. None: no
# such page.
Pressed = Callable[[str, str], str | None]


def page_router(world: World, base: str, shown: Shown, pressed: Pressed) -> APIRouter:
    """Return the routes ``GET {base}/{key}`` of the page, and ``POST {base}/{key}/{outcome}`` of its buttons.

    shown: function that renders the page of a key; None for a missing page
    pressed: function that performs a button's action and returns the target of the redirect; None for a missing page
    """

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
    """Return the response for a missing page."""
    return HTMLResponse("<h1>404</h1>", 404)


def fresh(page: str) -> Response:
    """Return the response with a page that browsers do not cache, because the page shows the current state."""
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})
