"""HTTP client of Stripe: one client per gateway, with our own time limits and without global state."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import stripe

from subscriptions.infrastructure.payments.stripe.errors import unreadable
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.providers.reader import Node

TIMEOUT_SECONDS: Final = 15.0
RETRIES: Final = 2
"""Retries by the library with the same idempotency key: after 409, 5xx and failed connections, never after 429."""


class Wire:
    """Client with a connection pool, which has to be closed. automatic_tax: see the settings."""

    def __init__(self, settings: StripeSettings) -> None:
        self.automatic_tax = settings.automatic_tax
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_SECONDS)
        key = settings.secret_key.get_secret_value()
        if settings.api_base is None:
            self.client = stripe.StripeClient(key, http_client=self._http, max_network_retries=RETRIES)
        else:
            # The library appends `/v1/…` to the URL unchanged, so the URL may have a path.
            self.client = stripe.StripeClient(
                key,
                http_client=self._http,
                max_network_retries=RETRIES,
                base_addresses={"api": settings.api_base, "files": settings.api_base},
            )

    async def aclose(self) -> None:
        """Close the connections."""
        close: Callable[[], Awaitable[None]] = self._http.close_async
        await close()


def plain(answer: object, what: str) -> Node:
    """Return an answer as plain data.

    Raises GatewayUnavailable unless it is an object with an id, because the library passes on any JSON.
    """
    # The declared type is what the call promises, not necessarily what arrived.
    if not isinstance(answer, stripe.StripeObject):
        raise unreadable(what)
    node = Node(answer.to_dict())
    if node.text("id") is None:
        raise unreadable(what)
    return node


def plain_list(answer: object, what: str) -> list[Node]:
    """Return the members of a list. Raises GatewayUnavailable for any other answer."""
    if not isinstance(answer, stripe.StripeObject):
        raise unreadable(what)
    data: Any = answer.to_dict().get("data")
    if not isinstance(data, list):
        raise unreadable(what)
    return [Node(member) for member in data]
