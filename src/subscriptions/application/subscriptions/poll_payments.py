"""Polling of a provider for payments of a subscription that no webhook reported. The payments are
stored like webhooks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import FetchesPayments, GatewayRegistry, PaymentEvent
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

_EARLY_BY: Final = timedelta(days=1)
"""Maximum time before a period's start at which its payment may be captured."""


@dataclass(frozen=True)
class PollPayments:
    """Use case that fetches the payments of one subscription and stores each once."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self, subscription: Subscription, *, dry_run: bool = False) -> bool:
        """Fetch and store new payments. Return True if there was one. `dry_run`: True to store nothing. Raises gateway
        errors.
        """
        gateway, end = self.gateways.get(subscription.provider or ""), subscription.access_until
        if not isinstance(gateway, FetchesPayments) or subscription.provider_ref is None or end is None:
            return False
        async with self.units() as uow:
            counted_until = (await uow.ledger.counted_until([subscription.id])).get(subscription.id, end)
        # The current period may be recorded although no payment of the previous period was reported.
        period_start = min(subscription.current_period_start or end, end, counted_until)
        events = await gateway.fetch_payments(subscription.provider_ref, period_start - _EARLY_BY)
        return await self._store(subscription, events, dry_run) if events else False

    async def _store(self, subscription: Subscription, events: Sequence[PaymentEvent], dry_run: bool) -> bool:
        has_news = False
        async with self.units() as uow:
            for event in events:
                has_news = await self._new(uow, event) or has_news
            if not dry_run:
                await uow.commit()
        if has_news and not dry_run:
            log.info("payment found by asking", subscription=str(subscription.id), provider=subscription.provider)
        return has_news

    async def _new(self, uow: UnitOfWork, event: PaymentEvent) -> bool:
        if event.payment_key is None or await uow.payments.by_key(event.provider, event.payment_key) is not None:
            return False
        return await store_if_new(uow, event, self.clock.now())
