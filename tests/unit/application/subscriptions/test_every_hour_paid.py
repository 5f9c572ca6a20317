"""Check that customers who buy, are charged with late events and change plans have exactly the time
that they paid for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.shop import Shop
from tests.support.paid_member import DAY, PaidMember, paid_member

HOUR = timedelta(hours=1)
STEPS = 25
ROUNDED = 10.0
"""Tolerance per change in cents, for rounding down to the hour and the cent: slightly more than an hour of the most
expensive plan.
"""


class Life:
    """Simulated customer, hour by hour.

    had, paid: value of the received access time, and the amount paid, in cents. unreported: payments that were not
    reported yet.
    """

    def __init__(self, ana: PaidMember, random: Random) -> None:
        self.ana, self.shop, self.random = ana, ana.shop, random
        self.worth = {plan.id: plan.price.minor / 30 / 24 for plan in ana.plans.values()}
        self.had, self.paid, self.unserved = 0.0, float(ana.plans["middle"].price.minor), 0.0
        self.changes = 0
        self.unreported: list[tuple[PlanId, PaymentEvent, datetime]] = []
        self.lived: list[tuple[PlanId, datetime]] = []

    async def pay(self) -> None:
        name = self.random.choice(sorted(self.ana.plans))
        try:
            event = await self.ana.buys(name)
        except UmbralError:
            return
        self.unreported.append((self.ana.plans[name].id, event, self.shop.clock.now()))

    async def deliver_one(self) -> None:
        """Deliver one unreported payment. Flagged payments are left for review."""
        if not self.unreported:
            return
        plan_id, event, at = self.unreported.pop(self.random.randrange(len(self.unreported)))
        aside, held = await self.shop.alarms(), {item.plan_id for item in await self.ana.live()}
        await self.shop.deliver(event)
        if await self.shop.alarms() != aside:
            return
        self.paid += self.worth[plan_id] * 30 * 24
        if plan_id not in held:
            # The time runs from the payment, so hours before the event was received could not be used.
            ran = sum(each == plan_id and moment >= at for each, moment in self.lived)
            self.unserved += max(0.0, (self.shop.clock.now() - at) / HOUR + 1 - ran) * self.worth[plan_id]

    async def change(self) -> None:
        offers = await self.shop.changes.offers(self.ana.to)
        if not offers:
            return
        offer = self.random.choice(list(offers))
        quote = await self.shop.changes.quote(self.ana.to, offer.subscription, offer.to_soft_id)
        await self.ana.confirm(quote)
        self.changes += 1

    async def wait(self, hours: int | None = None) -> None:
        for _ in range(hours or self.random.choice([1, 3, 24, 48, 24 * 7, 24 * 12])):
            async with self.shop.units() as uow:
                for item in await uow.subscriptions.of_customer(self.ana.customer.id):
                    if not item.live or item.access_until is None:
                        continue
                    left = (item.access_until - self.shop.clock.now()) / HOUR
                    if left > 0:
                        self.had += min(left, 1.0) * self.worth[item.plan_id]
                        self.lived.append((item.plan_id, self.shop.clock.now()))
                    else:
                        item.end("period_over", self.shop.clock.now())
                        await uow.subscriptions.save(item)
                await uow.commit()
            self.shop.clock.advance(HOUR)


@pytest.mark.parametrize("seed", range(14))
async def test_value_of_the_access_time_equals_the_payments_in_any_order_of_events(shop: Shop, seed: int) -> None:
    life = Life(await paid_member(shop), Random(seed))
    for _ in range(STEPS):
        step = life.random.choice([life.pay, life.pay, life.deliver_one, life.change, life.wait, life.wait])
        await step()
    for _ in range(10 * 12):
        if not await life.ana.live():
            break
        await life.wait(30 * DAY // HOUR // 10)
    assert await life.ana.live() == []
    assert life.had <= life.paid + 1
    assert life.had >= life.paid - life.unserved - life.changes * ROUNDED - 1
