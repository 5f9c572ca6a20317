"""Web process that only verifies webhooks: the baseline for the rest in `benchmarks.webhooks`."""

from __future__ import annotations

import sys

from subscriptions.application.inbox.delivery_store import DeliveryStore
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.inbox import Deliveries, InboxEntry
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from web.main import run


class Forgetful(DeliveryStore):
    """Inbox that stores nothing."""

    async def __call__(self, entry: InboxEntry) -> bool:
        """Report the entry as stored."""
        return True


class Proving(ReceiveWebhook):
    """Use case that only verifies."""

    def __init__(
        self, units: UnitOfWorkFactory, deliveries: Deliveries, gateways: GatewayRegistry, clock: Clock, *_: object
    ) -> None:
        super().__init__(units, deliveries, gateways, clock)
        self._delivery_store = Forgetful(units, deliveries)


if __name__ == "__main__":
    WebContainer.receive_webhook.set_provides(Proving)
    sys.exit(run())
