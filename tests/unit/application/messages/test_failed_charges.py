"""Check that messages about a failed charge name its amount, which can differ from the price."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import PaymentFailedMessage
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from tests.fakes.shop import Shop

PRICE, TWICE, REDUCED = Money(2999, "EUR"), Money(5998, "EUR"), Money(1499, "EUR")


async def subscribed(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(timedelta(days=31))
    return ana, plan


async def notified(shop: Shop) -> Money | None:
    """Return the amount named by the last notice of a failed charge."""
    job = (await shop.notified("payment_failed"))[-1]
    async with shop.units() as uow:
        message = await PaymentFailedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))
    assert message is not None
    return message.amount


@pytest.mark.parametrize(("amount", "named"), [(TWICE, TWICE), (REDUCED, REDUCED), (None, PRICE)])
async def test_failed_charge_is_announced_with_the_reported_amount(
    shop: Shop, amount: Money | None, named: Money
) -> None:
    await subscribed(shop)
    await shop.deliver(shop.provider.fail_renewal("sub-1", amount=amount))
    assert await notified(shop) == named


async def test_failed_charge_found_by_polling_is_announced_with_the_unpaid_amount(shop: Shop) -> None:
    ana, plan = await subscribed(shop)
    shop.provider.fail_renewal("sub-1", amount=REDUCED)
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    assert await notified(shop) == REDUCED


async def test_failed_amount_is_kept_if_a_later_charge_attempt_reports_no_amount(shop: Shop) -> None:
    await subscribed(shop)
    await shop.deliver(shop.provider.fail_renewal("sub-1", amount=TWICE))
    await shop.deliver(shop.provider.fail_again("sub-1"))
    assert await notified(shop) == TWICE


async def test_debt_and_its_amount_are_cleared_by_the_payment(shop: Shop) -> None:
    ana, plan = await subscribed(shop)
    await shop.deliver(shop.provider.fail_renewal("sub-1", amount=TWICE))
    await shop.deliver(shop.provider.recover("sub-1", TWICE))
    held = (await shop.holding(ana, plan)).subscription
    assert (held.owed_since, held.owed_amount) == (None, None)
