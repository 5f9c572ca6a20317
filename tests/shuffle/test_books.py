"""The rules that find wrong memberships at the end of a run of shuffled events, checked against correct and incorrect
states.
"""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Holding, Shop, memory_shop
from tests.shuffle.books import REST, wrong_balances


class Sale:
    """One sale in a shop whose database is in memory."""

    def __init__(self) -> None:
        self.shop: Shop = memory_shop()

    async def begin(self) -> Sale:
        self.ana, self.plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(self.ana, self.plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        return self

    async def held(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    async def dispute(self) -> None:
        about = {"payment_key": "dp-1", "about_payment": (await self.held()).payment.payment_key}
        opened = PaymentEventKind.DISPUTE_OPENED
        await self.shop.deliver(self.shop.provider.create_event(opened, "money.back", **about))

    async def cancel(self) -> None:
        await self.shop.provider.cancel_subscription("sub-1")
        await self.shop.deliver(self.shop.provider.updated("sub-1"))

    async def faults(self, *, disputed: bool) -> list[str]:
        """Return the violated rules. disputed: True if the dispute is open at the provider."""
        order = ("acme", str((await self.held()).subscription.order_id))
        found = wrong_balances(self.shop, {order} if disputed else set(), set(), self.shop.clock.now())
        return [fault.split(":")[0] for fault in found]


@pytest.mark.parametrize("canceled", [False, True])
async def test_checker_accepts_a_subscription_that_a_dispute_pauses_beyond_its_period(canceled: bool) -> None:
    sale = await Sale().begin()
    await sale.dispute()
    if canceled:
        await sale.cancel()
    sale.shop.clock.advance(PERIOD + 2 * REST)
    status = SubscriptionStatus.CANCELED if canceled else SubscriptionStatus.PAUSED
    assert (await sale.held()).subscription.status is status
    assert await sale.faults(disputed=True) == []
    assert await sale.faults(disputed=False) == ["Nothing is paused for a dispute that is over"]


async def test_checker_reports_access_granted_while_a_dispute_pauses_the_subscription() -> None:
    sale = await Sale().begin()
    await sale.dispute()
    [access] = (await sale.held()).accesses
    async with sale.shop.units() as uow:
        access.grant()
        await uow.accesses.save(access)
        await uow.commit()
    assert await sale.faults(disputed=True) == ["Whose subscription is paused is out"]


async def test_checker_reports_early_removal_and_missing_removal_after_expiry() -> None:
    sale = await Sale().begin()
    assert await sale.faults(disputed=False) == []
    [access] = (await sale.held()).accesses
    async with sale.shop.units() as uow:
        access.end()
        await uow.accesses.save(access)
        await uow.commit()
    assert await sale.faults(disputed=False) == ["Who has paid is not put out"]
    sale.shop.clock.advance(PERIOD + 2 * REST)
    assert await sale.faults(disputed=False) == ["Whose time is over is out"]
