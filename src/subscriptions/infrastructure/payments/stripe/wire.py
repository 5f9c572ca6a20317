"""HTTP client of Stripe: one client per gateway, with our own time limits and without the library's global state."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import stripe

from subscriptions.infrastructure.payments.stripe.errors import unreadable
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.providers.reader import Node

TIMEOUT_SECONDS: Final = 15.0
RETRIES: Final = 2
"""Number of the library's retries, which use the same idempotency key. The library retries after 409, 5xx and failed
connections, never after 429.
"""


class Wire:
    """Client with a connection pool, which must be closed with `aclose`. `automatic_tax`: see the settings."""

    def __init__(self, settings: StripeSettings) -> None:
        self.automatic_tax = settings.automatic_tax
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_SECONDS)
        key = settings.secret_key.get_secret_value()
        if settings.api_base is None:
            self.client = stripe.StripeClient(key, http_client=self._http, max_network_retries=RETRIES)
        else:
            # The library appends `/v1/…` to the URL unchanged, so the URL may contain a path.
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

    Raises GatewayUnavailable unless the answer is an object with an id, because the library passes on any JSON.
    """
    # The declared type is the promise of the call, not necessarily the actual answer.
    if not isinstance(answer, stripe.StripeObject):
        raise unreadable(what)
    node = Node(answer.to_dict())
    if node.text("id") is None:
        raise unreadable(what)
    return node


def plain_list(answer: object, what: str) -> list[Node]:
    """Return the members of a list. Raises GatewayUnavailable if the answer is not a list."""
    if not isinstance(answer, stripe.StripeObject):
        raise unreadable(what)
    data: Any = answer.to_dict().get("data")
    if not isinstance(data, list):
        raise unreadable(what)
    return [Node(member) for member in data]
