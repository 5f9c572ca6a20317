"""Check that a renewal reduced by a credit or discount at the provider pays for its whole period."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")


async def subscriber(shop: Shop) -> tuple[Customer, ServicePlan]:
    """Create a customer whose first period is over."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    return ana, plan


def renewed(shop: Shop, paid: int, **more: Any) -> PaymentEvent:
    """Return the event of the next period with the given charged amount in minor units."""
    less = {"regular": PRICE, "reduction": PRICE - Money(paid, "EUR")}
    return shop.provider.renew("sub-1", Money(paid, "EUR"), **(less | more))


@pytest.mark.parametrize("paid", [999, 0], ids=["part of the price", "free of charge"])
async def test_renewal_reduced_by_a_discount_extends_access_by_a_full_period(shop: Shop, paid: int) -> None:
    ana, plan = await subscriber(shop)
    before = (await shop.holding(ana, plan)).subscription.access_until
    assert before is not None
    await shop.deliver(renewed(shop, paid))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == before + PERIOD
    last = next(payment for payment in held.payments if payment.is_renewal)
    assert (last.amount, last.flag) == (Money(paid, "EUR"), None)
    assert len(await shop.notified("renewed")) == 1
    assert await shop.notified("payment_flagged") == []
    assert await shop.alarms() == []


async def test_renewal_discount_is_noted_in_the_ledger(shop: Shop) -> None:
    ana, plan = await subscriber(shop)
    await shop.deliver(renewed(shop, 999))
    held = await shop.holding(ana, plan)
    async with shop.units() as uow:
        entries = await uow.ledger.of_subscription(held.subscription.id)
    notes = [entry.note for entry in entries if entry.kind is LedgerKind.PAYMENT]
    assert notes == ["", "29.99€ - 20.00€"]


async def test_failed_charge_is_recovered_by_a_charge_reduced_to_zero(shop: Shop) -> None:
    ana, plan = await subscriber(shop)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(timedelta(days=1))
    event = shop.provider.recover("sub-1", Money(0, "EUR"), regular=PRICE, reduction=PRICE)
    await shop.deliver(event)
    subscription = (await shop.holding(ana, plan)).subscription
    assert subscription.owed_since is None
    assert len(await shop.notified("recovered")) == 1


async def test_renewal_unconfirmed_by_the_provider_gives_no_access(shop: Shop) -> None:
    ana, plan = await subscriber(shop)
    before = (await shop.holding(ana, plan)).subscription.access_until
    event = renewed(shop, 0)
    shop.provider.forgetful = True
    entry = await shop.deliver_with_retries(event)
    assert (entry.status, entry.note) == (InboxStatus.PARKED, "the provider does not say that this period is paid")
    assert await shop.alarms() == ["payment_event_stuck"]
    held = await shop.holding(ana, plan)
    assert (held.subscription.access_until, len(held.payments)) == (before, 1)


async def test_fetched_amount_replaces_the_reported_amount(shop: Shop) -> None:
    ana, plan = await subscriber(shop)
    true = renewed(shop, 2999, regular=None, reduction=None)
    reported = {"amount": Money(0, "EUR"), "regular": PRICE, "reduction": PRICE, "event_key": "evt-false"}
    await shop.deliver(type(true)(**{**vars(true), **reported}))
    last = next(payment for payment in (await shop.holding(ana, plan)).payments if payment.is_renewal)
    assert last.amount == PRICE


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"amount": Money(0, "USD")}, id="charged in another currency"),
        pytest.param({"amount": Money(2999, "USD"), "regular": None, "reduction": None}, id="paid in another currency"),
    ],
)
async def test_period_charged_in_another_currency_is_under_review(shop: Shop, more: dict[str, Any]) -> None:
    ana, plan = await subscriber(shop)
    before = (await shop.holding(ana, plan)).subscription.access_until
    await shop.deliver(renewed(shop, 0, **more))
    held = await shop.holding(ana, plan)
    last = next(payment for payment in held.payments if payment.is_renewal)
    assert (last.flag, held.subscription.access_until) == (FlagReason.AMOUNT_MISMATCH, before)


async def test_reduced_first_payment_is_flagged(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    less = {"amount": Money(999, "EUR"), "regular": plan.price, "reduction": Money(2000, "EUR")}
    await shop.deliver(*shop.provider.pay(session, **less))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.subscriptions) == (FlagReason.AMOUNT_MISMATCH, [])


async def test_renewal_before_the_first_payment_is_retried(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    first = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    second = await shop.store(renewed(shop, 0))
    with pytest.raises(RetryLater):
        await shop.apply(second)
    assert (await shop.holding(ana, plan)).subscriptions == []
    await shop.deliver(*first)
    await shop.apply(second)
    assert [payment.amount.minor for payment in (await shop.holding(ana, plan)).payments] == [0, 2999]
