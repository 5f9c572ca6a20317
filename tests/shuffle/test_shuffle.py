"""Some hundred shuffled events keep all promises, the same ones each time; each planted bug is found among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.ask_provider import AskProvider
from subscriptions.application.payments.gather_purchase import GatherPurchase
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.subscriptions.follow_plan import FollowPlan
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


class CountsDeliveries(AskProvider):
    """Takes each delivery for money of its own."""

    async def __call__(self, event: PaymentEvent) -> Fact:
        """Under the delivery's key."""
        fact = await super().__call__(event)
        if fact.event.kind is not PaymentEventKind.PAYMENT_COMPLETED or fact.event.payment_key is None:
            return fact
        return replace(fact, event=replace(fact.event, payment_key=f"{fact.event.payment_key}:{event.event_key}"))


class ForgetsRefunds(ApplyEvent):
    """Lets the time stay when the money goes."""

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: Outcome) -> None:
        """Nothing, where money went back."""
        if purchase.reversal is None:
            await super().__call__(uow, purchase, fact, outcome)


class DropsWhatIsEarly(PaymentWebhookHandler):
    """Waits for nothing."""

    async def __call__(self, inbox_id: InboxId) -> None:
        """Applied, or gone for good."""
        try:
            await super().__call__(inbox_id)
        except RetryLater:
            async with self._units() as uow:
                entry = await uow.inbox.get(inbox_id, lock=True)
                assert entry is not None
                entry.status = InboxStatus.APPLIED
                await uow.inbox.save(entry)
                await uow.commit()


class LeavesTheDoorOpen(GrantAccess):
    """Reckons, and lets the time end never."""

    async def recount(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Only ever later."""
        before = subscription.access_until
        await super().recount(uow, subscription)
        if before is not None and subscription.access_until is not None:
            subscription.access_until = max(before, subscription.access_until)


def shop_of(
    *,
    asking: type[AskProvider] = AskProvider,
    applying: type[ApplyEvent] = ApplyEvent,
    granting: type[GrantAccess] = GrantAccess,
    handling: type[PaymentWebhookHandler] = PaymentWebhookHandler,
) -> Callable[[], Shop]:
    """Opens shops in which one part is another."""

    def opened() -> Shop:
        shop = memory_shop()
        asks = asking(shop.units, shop.gateways, shop.clock)
        applies = applying(granting(shop.policy), IssueReceipts(shop.policy))
        shop.apply = handling(shop.units, asks, GatherPurchase(FollowPlan(shop.policy), shop.policy), applies)
        return shop

    return opened


async def test_shuffled_events_keep_all_promises_and_are_the_same_again() -> None:
    first, second = await shuffled(1, EVENTS), await shuffled(1, EVENTS)
    assert first.broken is None, first.broken
    assert first.delivered >= EVENTS
    assert first.moved > 0
    assert first == second


@pytest.mark.parametrize(
    ("opened", "promise"),
    [
        (shop_of(asking=CountsDeliveries), "exactly once"),
        (shop_of(applying=ForgetsRefunds), "goes with it"),
        (shop_of(handling=DropsWhatIsEarly), "goes with it"),
        (shop_of(granting=LeavesTheDoorOpen), "where the ledger says"),
    ],
    ids=["counts deliveries", "forgets refunds", "drops what is early", "leaves the door open"],
)
async def test_a_planted_bug_is_found(opened: Callable[[], Shop], promise: str) -> None:
    outcome = await shuffled(2, EVENTS, opened)
    assert outcome.broken is not None
    assert promise in outcome.broken
