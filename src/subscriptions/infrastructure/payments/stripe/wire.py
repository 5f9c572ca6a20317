"""The connection to Stripe: one client per gateway, with our own time limits and nothing global."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import stripe

from subscriptions.infrastructure.payments.stripe.errors import unreadable
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.providers.reader import Node

TIMEOUT_SECONDS: Final = 15.0
RETRIES: Final = 2
"""By the library, with the same idempotency key: after 409, 5xx and cut connections, never after 429."""


class Wire:
    """A client and the connection pool under it, which must be closed. automatic_tax: as the settings say."""

    def __init__(self, settings: StripeSettings) -> None:
        self.automatic_tax = settings.automatic_tax
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_SECONDS)
        key = settings.secret_key.get_secret_value()
        if settings.api_base is None:
            self.client = stripe.StripeClient(key, http_client=self._http, max_network_retries=RETRIES)
        else:
            # The library puts `/v1/…` behind the address as it is, so it may have a path of its own.
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
    """An answer as plain data. Raises GatewayUnavailable where it is not an object with an id: the library passes any
    JSON on as it comes.
    """
    # Typed as the class the call promises, whatever came in truth.
    if not isinstance(answer, stripe.StripeObject):
        raise unreadable(what)
    node = Node(answer.to_dict())
    if node.text("id") is None:
        raise unreadable(what)
    return node


def plain_list(answer: object, what: str) -> list[Node]:
    """The members of a list answer. Raises GatewayUnavailable where it is none."""
    if not isinstance(answer, stripe.StripeObject):
        raise unreadable(what)
    data: Any = answer.to_dict().get("data")
    if not isinstance(data, list):
        raise unreadable(what)
    return [Node(member) for member in data]
