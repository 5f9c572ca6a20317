"""A customer who can change the plan: three plans with price objects at the provider, and a subscription to the middle
plan.
"""

from __future__ import annotations

from datetime import datetime

from subscriptions.application.subscriptions.offered_changes import ChangeOffer, ChangeQuote
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PlanChangeRequest
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

CHEAP, MIDDLE, DEAR = Money(1999, "EUR"), Money(2999, "EUR"), Money(4999, "EUR")
HALF = PERIOD / 2


class Member:
    """A customer in the middle of a paid period of the middle one of three plans."""

    def __init__(self, shop: Shop, customer: Customer, plans: dict[str, ServicePlan]) -> None:
        self.shop, self.customer, self.plans = shop, customer, plans
        self.end: datetime

    @property
    def to(self) -> TelegramId:
        return self.customer.telegram_id

    async def subscription(self) -> Subscription:
        async with self.shop.units() as uow:
            found = [item for item in await uow.subscriptions.of_customer(self.customer.id) if item.live]
        assert len(found) == 1
        return found[0]

    async def channel(self) -> Channel:
        async with self.shop.units() as uow:
            accesses = await uow.accesses.of_customer(self.customer.id)
            assert len(accesses) == 1
            channel = await uow.channels.get(accesses[0].channel_id)
        assert channel is not None
        return channel

    async def quote(self, to: str) -> ChangeQuote:
        subscription = (await self.subscription()).id.hex[:8].upper()
        return await self.shop.changes.quote(self.to, subscription, self.plans[to].soft_id)

    async def confirm(self, quote: ChangeQuote) -> ChangeOffer:
        offer = quote.offer
        return await self.shop.changes(self.to, offer.subscription, offer.to_soft_id, quote.as_of)

    async def change(self, to: str) -> ChangeOffer:
        return await self.confirm(await self.quote(to))

    async def has(self, name: str) -> None:
        """Assert that the subscription and the only channel belong to the given plan, and that access is active."""
        subscription, channel, plan = await self.subscription(), await self.channel(), self.plans[name]
        assert (subscription.plan_id, subscription.price) == (plan.id, plan.price)
        assert subscription.status is SubscriptionStatus.ACTIVE
        assert (channel.plan_id, channel.subscription_id) == (plan.id, subscription.id)
        assert plan.name in channel.title
        async with self.shop.units() as uow:
            (access,) = await uow.accesses.of_customer(self.customer.id)
            assert access.status is AccessStatus.ACTIVE


async def member_of(shop: Shop) -> Member:
    """Create a customer who is in the middle of a paid period and a member of the channel."""
    plans = {
        "cheap": await shop.priced(price=CHEAP, name="Barato"),
        "middle": await shop.priced(price=MIDDLE, name="Medio"),
        "dear": await shop.priced(price=DEAR, name="Caro"),
    }
    ana = Member(shop, await shop.customer(), plans)
    _, session = await shop.checkout(ana.customer, plans["middle"])
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.customer.id)
        access.status, access.joined_at = AccessStatus.ACTIVE, shop.clock.now()
        await uow.accesses.save(access)
        await uow.commit()
    ana.end = shop.clock.now() + PERIOD
    shop.clock.advance(HALF)
    return ana


def charged(shop: Shop) -> list[PaymentEvent]:
    """Return the events of all charges for plan changes so far."""
    return [event for event in shop.provider.changes.values() if event is not None]


def request_for(member: Member, to: str) -> PlanChangeRequest:
    """Return a plan change request as another program could send it to the provider."""
    plan = member.plans[to]
    return PlanChangeRequest(
        subscription_ref="sub-1",
        price_ref=f"price-{plan.soft_id}",
        amount=plan.price,
        at_renewal=False,
        as_of=member.shop.clock.now(),
        interval=Interval.MONTH,
        interval_count=1,
        idempotency_key="elsewhere",
    )
