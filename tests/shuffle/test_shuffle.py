"""Some hundred shuffled events keep all promises, the same ones each time; each planted bug is found among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.money_back import MoneyBack
from subscriptions.application.payments.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.payments.purchase import Fact, Purchase, Untold
from subscriptions.application.payments.record_payment import RecordPayment
from subscriptions.application.subscriptions.follow_plan import FollowPlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes.shop import Shop, memory_shop
from tests.shuffle.street import shuffled

EVENTS = 600


class CountsDeliveries(RecordPayment):
    """Takes each delivery for money of its own."""

    async def record(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, excess: Money | None = None) -> str:
        """Under the delivery's key."""
        mine = replace(fact.event, payment_key=f"{fact.event.payment_key}:{fact.event.event_key}")
        return await super().record(uow, purchase, replace(fact, event=mine), excess)


class ForgetsRefunds(MoneyBack):
    """Lets the time stay when the money goes."""

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        """Nothing."""
        return "forgotten"


class DropsWhatIsEarly(ApplyEvent):
    """Waits for nothing."""

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        """Applied, or gone for good."""
        try:
            return await super().__call__(uow, purchase, fact)
        except Untold:
            return "dropped"


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
    recording: type[RecordPayment] = RecordPayment,
    money_back: type[MoneyBack] = MoneyBack,
    granting: type[GrantAccess] = GrantAccess,
    applying: type[ApplyEvent] = ApplyEvent,
) -> Callable[[], Shop]:
    """Opens shops in which one part is another."""

    def opened() -> Shop:
        shop = memory_shop()
        gives = granting(shop.policy)
        apply = applying(
            recording(gives), money_back(gives), gives, FollowPlan(shop.policy), IssueReceipts(shop.policy)
        )
        shop.apply = PaymentWebhookHandler(shop.units, shop.gateways, shop.clock, apply)
        return shop

    return opened


async def test_shuffled_events_keep_all_promises_and_are_the_same_again() -> None:
    first, second = await shuffled(1, EVENTS), await shuffled(1, EVENTS)
    assert first.broken is None, first.broken
    assert first.delivered >= EVENTS
    assert first == second


@pytest.mark.parametrize(
    ("opened", "promise"),
    [
        (shop_of(recording=CountsDeliveries), "exactly once"),
        (shop_of(money_back=ForgetsRefunds), "goes with it"),
        (shop_of(applying=DropsWhatIsEarly), "goes with it"),
        (shop_of(granting=LeavesTheDoorOpen), "where the ledger says"),
    ],
    ids=["counts deliveries", "forgets refunds", "drops what is early", "leaves the door open"],
)
async def test_a_planted_bug_is_found(opened: Callable[[], Shop], promise: str) -> None:
    outcome = await shuffled(1, EVENTS, opened)
    assert outcome.broken is not None
    assert promise in outcome.broken
