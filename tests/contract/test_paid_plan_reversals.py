"""A refund or lost dispute removes the credit that came from its payment, in any order of events, with the same results
in memory and in PostgreSQL.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.subscriptions.offered_changes import NothingToChange
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.paid_member import DAY, PRICE, PaidMember, paid_member

__all__ = ["database"]

HOUR = timedelta(hours=1)
USED = 18 * DAY
LEFT = Money(1160, "EUR")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database, pool_size=30)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def ana(shop: Shop) -> PaidMember:
    """Create a member who has used eighteen of thirty days."""
    member = await paid_member(shop)
    shop.clock.advance(USED)
    return member


def bank(shop: Shop, ana: PaidMember, kind: PaymentEventKind, reason: str = "fraudulent") -> PaymentEvent:
    return shop.coins.create_event(
        kind, payment_key="dp-1", about_payment=ana.paid.payment_key, amount=PRICE, reason=reason
    )


async def test_payment_under_bank_inquiry_is_not_credited_to_another_plan_until_the_inquiry_closes(
    shop: Shop, ana: PaidMember
) -> None:
    quote = await ana.quote("dear")
    await shop.deliver(bank(shop, ana, PaymentEventKind.DISPUTE_OPENED, "inquiry"))
    with pytest.raises(NothingToChange):
        await ana.confirm(quote)
    assert await ana.moved() == await ana.switched() == []
    await shop.deliver(bank(shop, ana, PaymentEventKind.DISPUTE_CLOSED, "closed"))
    await ana.confirm(quote)
    assert len(await ana.moved()) == len(await ana.switched()) == 1


async def test_partially_refunded_payment_is_not_credited_to_another_plan(shop: Shop, ana: PaidMember) -> None:
    await shop.deliver(shop.coins.refunded(ana.paid, Money(100, "EUR")))
    assert await shop.changes.offers(ana.to) == []


async def test_payment_with_a_requested_refund_is_not_credited_to_another_plan(shop: Shop, ana: PaidMember) -> None:
    """Staff requested the refund and the provider has not reported it yet."""
    quote = await ana.quote("dear")
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(ana.customer.id, 10)
    await shop.wants_back(payment, 100)
    assert await shop.changes.offers(ana.to) == []
    with pytest.raises(NothingToChange):
        await ana.confirm(quote)


@pytest.mark.parametrize("way", ["refunded", "lost"])
async def test_refund_or_lost_dispute_of_the_credited_payment_ends_the_access_from_its_credit(
    shop: Shop, ana: PaidMember, way: str
) -> None:
    await ana.change("dear")
    shop.clock.advance(2 * DAY)
    if way == "refunded":
        await shop.deliver(shop.coins.refunded(ana.paid))
    else:
        await shop.deliver(bank(shop, ana, PaymentEventKind.DISPUTE_OPENED))
        assert (await ana.subscription()).status is SubscriptionStatus.PAUSED
        await shop.deliver(bank(shop, ana, PaymentEventKind.DISPUTE_CLOSED, "lost"))
    assert await ana.live() == []
    ((_, access),) = await ana.rooms()
    assert access.status is AccessStatus.REVOKING
    async with shop.units() as uow:
        (over,) = await uow.subscriptions.of_customer(ana.customer.id)
    assert over.access_until == shop.clock.now()


async def test_refund_of_the_credited_payment_does_not_affect_a_later_purchase(shop: Shop, ana: PaidMember) -> None:
    await ana.change("dear")
    await shop.deliver(await ana.buys("dear"))
    shop.clock.advance(2 * DAY)
    await shop.deliver(shop.coins.refunded(ana.paid))
    subscription = await ana.subscription()
    assert subscription.plan_id == ana.plans["dear"].id
    assert subscription.access_until == shop.clock.now() + 30 * DAY


async def test_refund_of_a_later_payment_does_not_affect_the_credit(shop: Shop, ana: PaidMember) -> None:
    await ana.change("cheap")
    more = await ana.buys("cheap")
    await shop.deliver(more)
    shop.clock.advance(DAY)
    await shop.deliver(shop.coins.refunded(more))
    assert (await ana.subscription()).access_until == ana.began + USED + 24 * DAY


async def test_won_dispute_restores_the_days_that_remained_when_the_dispute_opened(shop: Shop, ana: PaidMember) -> None:
    await ana.change("dear")
    shop.clock.advance(2 * DAY)
    await shop.deliver(bank(shop, ana, PaymentEventKind.DISPUTE_OPENED))
    shop.clock.advance(30 * DAY)
    await shop.deliver(bank(shop, ana, PaymentEventKind.DISPUTE_CLOSED, "won"))
    subscription = await ana.subscription()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert subscription.access_until == shop.clock.now() + 5 * DAY


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_order_of_reversal_events_does_not_matter(shop: Shop, ana: PaidMember, order: tuple[int, ...]) -> None:
    """The events are the plan change, the refund, and the first payment reported again."""

    async def press() -> None:
        quote = quotes[0]
        try:
            await ana.shop.changes(ana.to, quote.offer.subscription, quote.offer.to_soft_id, quote.as_of)
        except NothingToChange:
            return

    async def reported(event: PaymentEvent) -> None:
        await shop.deliver(event)

    quotes = [await ana.quote("dear")]
    back = shop.coins.refunded(ana.paid)
    again = replace(ana.paid, event_key="told-again")
    steps = [press, lambda: reported(back), lambda: reported(again)]
    for index in order:
        await steps[index]()
    assert await ana.live() == []
    assert len(await ana.moved()) == len(await ana.switched()) == (order.index(0) < order.index(1))
    async with shop.units() as uow:
        (over,) = await uow.subscriptions.of_customer(ana.customer.id)
        assert len(await uow.payments.of_customer(ana.customer.id, 10)) == 1
    assert over.access_until == shop.clock.now()
