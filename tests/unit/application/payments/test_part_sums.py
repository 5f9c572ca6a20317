"""Check that each cent of a payment in arbitrary parts counts once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.domain.money import Money
from tests.fakes.shop import memory_shop
from tests.support.parts import ONCE, PRICE, page

DAYS = timedelta(days=30)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 3500), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_access_is_granted_once_partial_payments_of_any_amounts_reach_the_price(amounts: list[int], chance) -> None:
    """Access is granted once the partial payments reach the price, for any amounts and any number of repeated
    events.
    """
    asyncio.run(_pay_in_pieces(amounts, chance))


async def _pay_in_pieces(amounts: list[int], chance) -> None:
    shop = memory_shop()
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    paid = 0
    for amount in amounts:
        if paid >= PRICE.minor:
            break
        session = await page(shop, ana, plan)
        asked = shop.coins.checkouts[session].amount
        assert asked == Money(PRICE.minor - paid, "USD")
        money, paid = Money(amount, "USD"), paid + amount
        if money < asked:
            event = shop.coins.underpaid(session, money)
        else:
            event = shop.coins.overpaid(session, money) if asked < money else shop.coins.paid(session)
        for number in range(chance.randint(1, 3)):
            await shop.deliver(replace(event, event_key=f"{event.event_key}-{number}"))
    held = await shop.holding(ana, plan)
    assert sum(payment.amount.minor for payment in held.payments) == paid
    assert all(payment.flag is None for payment in held.payments)
    assert len(held.subscriptions) == (paid >= PRICE.minor)
    if held.subscriptions:
        excess = sum(payment.excess.minor for payment in held.payments if payment.excess is not None)
        assert paid - excess == PRICE.minor
        assert held.subscription.access_until == shop.clock.now() + DAYS
        assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
