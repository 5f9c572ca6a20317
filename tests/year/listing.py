"""The part of the year's provider that tells what happened, when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from tests.fakes.provider import Provider

MONEY = frozenset(
    {
        PaymentEventKind.PAYMENT_COMPLETED,
        PaymentEventKind.REFUND,
        PaymentEventKind.DISPUTE_OPENED,
        PaymentEventKind.DISPUTE_CLOSED,
    }
)
"""What every provider lists."""


@dataclass
class ListingProvider(Provider):
    """lists_all: whether its list holds more than money. disturb: is told of every call, to let it go wrong."""

    lists_all: bool = True
    disturb: Callable[[str], None] = lambda method: None

    async def list_events(self, since: datetime, until: datetime) -> Sequence[PaymentEvent]:
        self.disturb("list_events")
        listed = [] if self.forgetful else await super().list_events(since, until)
        return [event for event in listed if self.lists_all or event.kind in MONEY]
