"""Customer who gives a plan as a gift, and customer who opens the gift. Used by tests with in-memory and PostgreSQL
repositories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from features.gifts.ports import GIFTS_KEY
from features.gifts.use_cases.show_gift import GiftView, ShowGift
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.shop import POLICY, Shop

MONTH = timedelta(days=30)


@dataclass
class Giving:
    """Ana, who gives a monthly plan to Berta."""

    shop: Shop
    plan: ServicePlan
    ana: Customer
    berta: Customer
    seal: CodeSeal = field(default_factory=lambda: CodeSeal(b"the key of codes"))

    def __post_init__(self) -> None:
        self.gifts = ShowGift(self.shop.units, self.shop.clock, self.seal)
        giving = GiveTime(GrantAccess(POLICY))
        self.open = ActivateToken(self.shop.units, giving, self.shop.clock, self.seal)

    async def begins(self, who: Customer | None = None) -> str:
        view = await self.shop.start((who or self.ana).telegram_id, self.plan.soft_id, "acme", for_another=True)
        return next(s.id for s in self.shop.provider.sessions.values() if s.url == view.url)

    async def pays(self) -> PaymentEvent:
        session = await self.begins()
        events = self.shop.provider.pay(session)
        await self.shop.deliver(*events)
        return next(each for each in events if each.payment_key is not None)

    async def order(self) -> Order:
        async with self.shop.units() as uow:
            return (await uow.of(GIFTS_KEY).paid_by(self.ana.id, 9))[0]

    async def seen(self) -> GiftView:
        view = await self.gifts(self.ana.telegram_id, (await self.order()).id)
        assert view is not None
        return view

    async def code(self) -> str:
        link = (await self.seen()).link
        assert link is not None
        return link.rpartition("=")[2]

    async def has(self, who: Customer) -> Subscription | None:
        async with self.shop.units() as uow:
            return await uow.subscriptions.live_for(who.id, self.plan.id)

    async def report(self, kind: PaymentEventKind, paid: PaymentEvent, key: str, **more: object) -> None:
        about: dict[str, Any] = {"payment_key": key, "about_payment": paid.payment_key, "amount": paid.amount}
        if kind is PaymentEventKind.REFUND:
            about["amount_refunded"] = paid.amount
        await self.shop.deliver(self.shop.provider.create_event(kind, f"{kind}.{key}.{more}", **about, **more))


async def giving_at(shop: Shop) -> Giving:
    """Create Ana, Berta and a plan that renews."""
    plan, ana = await shop.priced(), await shop.customer()
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.commit()
    return Giving(shop, plan, ana, await shop.customer(telegram_id=TelegramId(777)))
