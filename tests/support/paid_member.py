"""A customer who paid once for thirty days of a plan and is a member of the plan's channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from subscriptions.application.subscriptions.offered_changes import ChangeOffer, ChangeQuote
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.shop import Shop

DAY = timedelta(days=1)
PRICE, DEAR, CHEAP = Money(2900, "EUR"), Money(4970, "EUR"), Money(1450, "EUR")


class PaidMember:
    """Member of a plan's channel who paid once for the plan.

    paid: event of the member's payment.
    plans: plans of thirty days each, keyed by name.
    """

    def __init__(self, shop: Shop, customer: Customer, plans: dict[str, ServicePlan], paid: PaymentEvent) -> None:
        self.shop, self.customer, self.plans, self.paid = shop, customer, plans, paid
        self.began = shop.clock.now()

    @property
    def to(self) -> TelegramId:
        return self.customer.telegram_id

    async def live(self) -> list[Subscription]:
        async with self.shop.units() as uow:
            return [item for item in await uow.subscriptions.of_customer(self.customer.id) if item.live]

    async def subscription(self) -> Subscription:
        (found,) = await self.live()
        return found

    async def entries(self) -> list[LedgerEntry]:
        async with self.shop.units() as uow:
            mine = await uow.subscriptions.of_customer(self.customer.id)
            return [entry for item in mine for entry in await uow.ledger.of_subscription(item.id)]

    async def moved(self) -> list[LedgerEntry]:
        """Return the ledger entries of credits that were transferred between plans."""
        return [entry for entry in await self._changes() if entry.changed_from is None]

    async def switched(self) -> list[LedgerEntry]:
        """Return the ledger entries that put another plan into effect."""
        return [entry for entry in await self._changes() if entry.changed_from is not None]

    async def _changes(self) -> list[LedgerEntry]:
        return [entry for entry in await self.entries() if entry.kind is LedgerKind.CHANGE]

    async def rooms(self) -> list[tuple[Channel, Access]]:
        async with self.shop.units() as uow:
            accesses = await uow.accesses.of_customer(self.customer.id)
            found = [(await uow.channels.get(access.channel_id), access) for access in accesses]
        return [(channel, access) for channel, access in found if channel is not None]

    async def quote(self, to: str) -> ChangeQuote:
        subscription = (await self.subscription()).id.hex[:8].upper()
        return await self.shop.changes.quote(self.to, subscription, self.plans[to].soft_id)

    async def confirm(self, quote: ChangeQuote, shop: Shop | None = None) -> ChangeOffer:
        """Confirm a quote. shop: the process that carries out the change; by default the member's own shop."""
        offer = quote.offer
        return await (shop or self.shop).changes(self.to, offer.subscription, offer.to_soft_id, quote.as_of)

    async def change(self, to: str) -> ChangeOffer:
        return await self.confirm(await self.quote(to))

    async def over(self) -> None:
        """End all live subscriptions of the member."""
        live = await self.live()
        async with self.shop.units() as uow:
            for item in live:
                held = await uow.subscriptions.get(item.id, lock=True)
                assert held is not None
                held.end("period_over", self.shop.clock.now())
                await uow.subscriptions.save(held)
            await uow.commit()

    async def buys(self, name: str) -> PaymentEvent:
        """Open and pay a checkout of the plan, and return the payment event without delivering it."""
        return await _paid(self.shop, self.customer, self.plans[name])


async def paid_member(shop: Shop, **more: Any) -> PaidMember:
    """Create a member who has paid for the plan `middle`. more: further fields of all three plans."""
    shop.sells_by_all()
    terms: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30, **more}
    plans = {
        name: await shop.plan(name=name.title(), soft_id=name, price=price, **terms)
        for name, price in (("middle", PRICE), ("dear", DEAR), ("cheap", CHEAP))
    }
    ana = await shop.customer()
    paid = await _paid(shop, ana, plans["middle"])
    member = PaidMember(shop, ana, plans, paid)
    await shop.deliver(paid)
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        access.status, access.joined_at = AccessStatus.ACTIVE, shop.clock.now()
        await uow.accesses.save(access)
        await uow.commit()
    return member


async def _paid(shop: Shop, customer: Customer, plan: ServicePlan) -> PaymentEvent:
    view = await shop.start(customer.telegram_id, plan.soft_id, "coins")
    async with shop.units() as uow:
        attempts = await uow.orders.attempts(view.order_id)
    session = next(item.session_ref for item in attempts if item.number == view.attempt)
    assert session is not None
    return replace(shop.coins.paid(session), occurred_at=shop.clock.now())
