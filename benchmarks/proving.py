"""Web process that only verifies webhooks: the baseline for `benchmarks.webhooks`."""

from __future__ import annotations

import sys
from typing import Any

from subscriptions.application.inbox.delivery_store import DeliveryStore
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.ports.repositories.inbox import InboxEntry
from web.main import run


class Forgetful(DeliveryStore):
    """Inbox that discards every event."""

    async def __call__(self, entry: InboxEntry) -> bool:
        """Return True, as if the entry were stored."""
        return True


class Proving(ReceiveWebhook):
    """Use case that only verifies webhooks."""

    def __init__(self, **dependencies: Any) -> None:
        """Create the use case. dependencies: those of the replaced use case."""
        super().__init__(**dependencies)
        self._delivery_store = Forgetful(dependencies["units"], dependencies["deliveries"])


if __name__ == "__main__":
    WebContainer.receive_webhook.set_provides(Proving)
    sys.exit(run())
