"""A refund in another currency than its payment does not end access and raises an alarm, with the same results in
memory and in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from subscriptions.application.subscriptions.money_left import given_back, left_of
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.subscription import REMOVED, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.alarm_watch import Watch
from tests.support.paid_member import PRICE, PaidMember, paid_member

__all__ = ["database"]

DOLLARS = Money(3300, "USD")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def ana(shop: Shop) -> PaidMember:
    """Create a member who paid in euros."""
    return await paid_member(shop)


async def refund(ana: PaidMember, amount: Money, reason: str | None = None) -> str | None:
    """Deliver a refund and return the note of its inbox entry. Calls with the same amount report the same refund."""
    shop = ana.shop
    reported = shop.coins.create_event(
        PaymentEventKind.REFUND,
        payment_key=f"re-{amount.currency}-{amount.minor}",
        about_payment=ana.paid.payment_key,
        amount_refunded=amount,
        reason=reason,
    )
    (entry,) = await shop.deliver(reported)
    assert entry.status is InboxStatus.APPLIED
    return entry.note


async def test_refund_in_another_currency_is_recorded_without_ending_access_and_raises_an_alarm(
    shop: Shop, ana: PaidMember
) -> None:
    assert await refund(ana, DOLLARS) == "refunded in another currency"
    held = await shop.holding(ana.customer, ana.plans["middle"])
    assert (held.subscription.status, held.payment.status) == (SubscriptionStatus.ACTIVE, PaymentStatus.CAPTURED)
    (alarm,) = await shop.jobs("bot.alarm")
    facts = alarm["facts"]
    assert (alarm["kind"], facts["amount"], facts["paid"]) == ("refund_currency", str(DOLLARS), str(PRICE))
    assert (facts["customer"], facts["order"]) == (str(ana.customer.id), held.payment.reference)
    assert len(await shop.notified("refunded")) == 1
    async with shop.units() as uow:
        assert [item.amount for item in await uow.reversals.refunds_of(held.payment.id)] == [DOLLARS]
        assert [item.amount for item in await uow.receipts.of_payment(held.payment.id)] == [PRICE]


async def test_later_refunds_in_the_payment_currency_are_applied(shop: Shop, ana: PaidMember) -> None:
    assert await refund(ana, DOLLARS) == "refunded in another currency"
    assert await refund(ana, DOLLARS) == "refunded in another currency"
    assert await refund(ana, Money(100, "EUR")) == "refunded in part"
    assert len({job["key"] for job in await shop.jobs("bot.alarm")}) == 1
    assert await refund(ana, Money(PRICE.minor - 100, "EUR")) == "refunded in full"
    assert await ana.live() == []
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(ana.customer.id, 10)
        noted = [item.signed_amount for item in await uow.receipts.of_payment(payment.id)]
    assert sum(noted, Money(0, "EUR")) == Money(0, "EUR")


async def test_refunded_amount_includes_the_payment_currency_only(shop: Shop, ana: PaidMember) -> None:
    await refund(ana, DOLLARS)
    await refund(ana, Money(100, "EUR"))
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(ana.customer.id, 10)
        assert await given_back(uow, payment) == Money(100, "EUR")
        assert await left_of(uow, payment) == Money(PRICE.minor - 100, "EUR")
    assert await shop.changes.offers(ana.to) == []


@pytest.mark.parametrize("way", ["failed", "all went back", "access ended"])
async def test_alarm_closes_when_the_refund_fails_or_is_completed_or_access_ends(
    shop: Shop, ana: PaidMember, way: str
) -> None:
    watch = Watch(shop)
    await refund(ana, DOLLARS)
    assert await watch.open() == ["refund_currency"]
    if way == "failed":
        assert await refund(ana, DOLLARS, "reversed") == "the refund failed"
        # The failed refund has a separate alarm, which staff can resolve.
        assert await watch.open() == ["refund_reversed"]
        await refund(ana, Money(3301, "USD"))
        # The earlier amount in that currency has been reversed, so the alarm is about the new refund.
        assert await watch.open() == ["refund_currency"]
        return
    if way == "all went back":
        await refund(ana, PRICE)
    else:
        bought = await ana.subscription()
        async with shop.units() as uow:
            held = await uow.subscriptions.get(bought.id, lock=True)
            assert held is not None
            held.end(REMOVED, shop.clock.now())
            await uow.subscriptions.save(held)
            await uow.commit()
    assert await watch.open() == []
