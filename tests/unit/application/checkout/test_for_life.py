"""Check that a lifetime plan is sold once: nothing extends it, and a later payment is refunded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.checkout.approve_chat_payment import ApproveChatPayment, ChatRefusal
from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.vip.code_answers import Activation, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import LIFETIME, AccessKind, ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.support.vip import VipShop

FOR_LIFE = {"recurring": False, "interval": None, "duration_days": LIFETIME}


async def pay(shop: Shop, who: TelegramId, plan: ServicePlan) -> str:
    """Buy the plan with the provider `coins`, which charges once, and return the checkout session's reference."""
    await shop.start(who, plan.soft_id, "coins")
    session = list(shop.coins.checkouts)[-1]
    await shop.deliver(shop.coins.paid(session))
    return session


@pytest.fixture
def sale(shop: Shop) -> Shop:
    """Return a shop with all payment methods enabled."""
    shop.sells_by_all()
    return shop


async def test_lifetime_plan_is_not_sold_again_to_its_holder(sale: Shop) -> None:
    ana, plan = await sale.customer(), await sale.plan(**FOR_LIFE)
    await pay(sale, ana.telegram_id, plan)
    first = (await sale.holding(ana, plan)).subscription.access_until
    sale.clock.advance(timedelta(days=40))
    (view,) = (await sale.status(ana.telegram_id)).live
    assert (view.renewable, view.for_life) == (False, True)
    with pytest.raises(AlreadySubscribed) as refusal:
        await sale.start(ana.telegram_id, plan.soft_id, "coins")
    assert refusal.value.for_life
    assert (await sale.holding(ana, plan)).subscription.access_until == first


@pytest.fixture
async def vip() -> VipShop:
    """Return a shop with a VIP channel, which sells by all payment methods and has activation codes."""
    opened = await VipShop.open()
    opened.shop.sells_by_all()
    return opened


async def test_payment_for_a_lifetime_plan_already_held_is_flagged_as_second_capture(vip: VipShop) -> None:
    plan = await vip.shop.plan(**FOR_LIFE, access=AccessKind.VIP_CHANNEL)
    ana = await vip.shop.customer()
    await vip.shop.start(ana.telegram_id, plan.soft_id, "coins")
    (session,) = vip.shop.coins.checkouts
    assert isinstance(await vip.activate(ana.telegram_id, await vip.token(plan)), Activation)
    await vip.shop.deliver(vip.shop.coins.paid(session))
    async with vip.shop.units() as uow:
        (held,) = await uow.subscriptions.of_customer(ana.id)
        (payment,) = await uow.payments.of_customer(ana.id, 9)
    assert (payment.flag, payment.subscription_id) == (FlagReason.SECOND_CAPTURE, None)
    assert held.access_until == vip.shop.clock.now() + timedelta(days=LIFETIME)


async def test_chat_payment_for_a_lifetime_plan_already_held_is_refused(vip: VipShop) -> None:
    plan = await vip.shop.plan(**FOR_LIFE, access=AccessKind.VIP_CHANNEL)
    await vip.shop.charges("tokens", plan, Money(1500, "XTR"))
    ana = await vip.shop.customer()
    await vip.shop.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = vip.shop.stars.checkouts
    vip.shop.stars.capabilities |= {Capability.IN_CHAT}
    approve = ApproveChatPayment(vip.shop.units, vip.shop.gateways, vip.shop.plans, vip.shop.clock)
    assert await approve(ana.telegram_id, session, Money(1500, "XTR")) is None
    assert isinstance(await vip.activate(ana.telegram_id, await vip.token(plan)), Activation)
    assert await approve(ana.telegram_id, session, Money(1500, "XTR")) is ChatRefusal.PAID


async def test_code_for_a_lifetime_plan_already_held_remains_unused(vip: VipShop) -> None:
    plan = await vip.shop.plan(**FOR_LIFE, access=AccessKind.VIP_CHANNEL)
    ana, ben = await vip.shop.customer(), await vip.shop.customer()
    first, second = await vip.token(plan), await vip.token(plan)
    assert isinstance(await vip.activate(ana.telegram_id, first), Activation)
    refused = await vip.activate(ana.telegram_id, second)
    assert isinstance(refused, CodeRefusal), "it would give nothing"
    assert refused.reason is TokenRefusal.FOR_LIFE
    assert isinstance(await vip.activate(ben.telegram_id, second), Activation)


async def test_staff_cannot_add_days_to_a_lifetime_plan(sale: Shop) -> None:
    ana, plan, olga = (
        await sale.customer(),
        await sale.plan(**FOR_LIFE),
        await sale.customer(staff_role=StaffRole.OWNER),
    )
    await pay(sale, ana.telegram_id, plan)
    act = Staff(sale)
    held = (await sale.holding(ana, plan)).subscription
    with pytest.raises(InputsRefused, match="for_life"):
        await act(olga.telegram_id, "grant", ana.id, plan=plan.soft_id, days=30, reason="sorry")
    for days in (30, -30):
        with pytest.raises(InputsRefused, match="for_life"):
            await act(olga.telegram_id, "extend", held.id, days=days, reason="sorry")
    assert (await sale.holding(ana, plan)).subscription.access_until == held.access_until
