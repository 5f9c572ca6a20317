"""Check that several hundred shuffled events fulfil all guarantees, that a run is repeatable, and that planted errors
are found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.load_purchase import LoadPurchase
from subscriptions.application.payments.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.subscriptions.sync_plan import SyncPlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.payment_outcomes import Outcome
from subscriptions.domain.services.purchase import Fact, Purchase
from tests.fakes.shop import Shop, memory_shop
from tests.shuffle.street import shuffled

EVENTS = 600


class CountsDeliveries(FetchEventDetails):
    """Planted error: treats each delivery as a separate payment."""

    async def __call__(self, event: PaymentEvent) -> Fact:
        """Return the event's details with a payment key that differs for each delivery."""
        fact = await super().__call__(event)
        if fact.event.kind is not PaymentEventKind.PAYMENT_COMPLETED or fact.event.payment_key is None:
            return fact
        return replace(fact, event=replace(fact.event, payment_key=f"{fact.event.payment_key}:{event.event_key}"))


class ForgetsRefunds(ApplyEvent):
    """Planted error: does not remove the access time when the payment is refunded."""

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: Outcome) -> None:
        """Apply the outcome, unless the event is a reversal."""
        if purchase.reversal is None:
            await super().__call__(uow, purchase, fact, outcome)


class DropsWhatIsEarly(PaymentWebhookHandler):
    """Planted error: never waits for an earlier event."""

    async def __call__(self, inbox_id: InboxId) -> None:
        """Apply the event, or drop it permanently."""
        try:
            await super().__call__(inbox_id)
        except RetryLater:
            async with self._units() as uow:
                entry = await uow.inbox.get(inbox_id, lock=True)
                assert entry is not None
                entry.status = InboxStatus.APPLIED
                await uow.inbox.save(entry)
                await uow.commit()


class NeverEndsEarlier(GrantAccess):
    """Planted error: recalculates the end of access but never moves the end earlier."""

    async def recount(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Move the end of access only to later times."""
        before = subscription.access_until
        await super().recount(uow, subscription)
        if before is not None and subscription.access_until is not None:
            subscription.access_until = max(before, subscription.access_until)


def shop_of(
    *,
    asking: type[FetchEventDetails] = FetchEventDetails,
    applying: type[ApplyEvent] = ApplyEvent,
    granting: type[GrantAccess] = GrantAccess,
    handling: type[PaymentWebhookHandler] = PaymentWebhookHandler,
) -> Callable[[], Shop]:
    """Return a function that opens shops, in which the given classes replace the product's use cases."""

    def opened() -> Shop:
        shop = memory_shop()
        asks = asking(shop.units, shop.gateways, shop.clock)
        applies = applying(granting(shop.policy), IssueReceipts(shop.policy))
        shop.apply = handling(shop.units, asks, LoadPurchase(SyncPlan(shop.policy), shop.policy), applies)
        return shop

    return opened


async def test_shuffled_events_fulfil_all_guarantees_and_two_runs_with_one_seed_are_equal() -> None:
    first, second = await shuffled(1, EVENTS), await shuffled(1, EVENTS)
    assert first.broken is None, first.broken
    assert first.delivered >= EVENTS
    assert first.moved > 0
    assert first == second


@pytest.mark.parametrize(
    ("opened", "promise"),
    [
        (shop_of(asking=CountsDeliveries), "exactly once"),
        (shop_of(applying=ForgetsRefunds), "removed exactly if"),
        (shop_of(handling=DropsWhatIsEarly), "removed exactly if"),
        (shop_of(granting=NeverEndsEarlier), "calculated from its ledger entries"),
    ],
    ids=["counts deliveries", "forgets refunds", "drops early events", "admits strangers"],
)
async def test_planted_error_in_a_use_case_breaks_a_guarantee(opened: Callable[[], Shop], promise: str) -> None:
    outcome = await shuffled(2, EVENTS, opened)
    assert outcome.broken is not None
    assert promise in outcome.broken
