"""Check that buyers of a lifetime plan are shown which subscription still charges for the same channel, and how to
cancel that subscription.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot import callbacks
from bot.screens import Screen, notices, plans
from bot.screens import checkout as screens
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import PaymentReceivedMessage
from subscriptions.application.vip.code_answers import Activation
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import LIFETIME, AccessKind, ServicePlan
from tests.support.vip import VipShop

ONCE = {"recurring": False, "interval": None}
FOR_LIFE = {**ONCE, "duration_days": LIFETIME, "access": AccessKind.VIP_CHANNEL}


@dataclass
class Two:
    """Customer with a monthly VIP subscription, and a lifetime plan for the VIP channel."""

    vip: VipShop
    ana: Customer
    monthly: ServicePlan
    life: ServicePlan

    async def beside(self, plan: ServicePlan, *, for_another: bool = False) -> list[str]:
        """Return the overlapping plans shown while the customer chooses the payment method.

        for_another: True if the plan is bought as a gift for another person.
        """
        found = (await self.vip.shop.choose(self.ana.telegram_id, plan.soft_id, for_another=for_another)).plan
        return [each.soft_id for each in found.overlaps]

    async def buys(self, plan: ServicePlan) -> PaymentReceivedMessage:
        """Buy the plan and return the message sent after the payment."""
        shop = self.vip.shop
        view, session = await shop.checkout(self.ana, plan)
        assert [each.soft_id for each in view.plan.overlaps] == await self.beside(plan)
        event = shop.provider.pay_once(session)
        await shop.deliver(event)
        async with shop.units() as uow:
            payment = await uow.payments.by_key("acme", str(event.payment_key))
            assert payment is not None
            message = await PaymentReceivedMessage.load(Sources(uow, shop.policy, shop.clock.now()), payment.id)
        assert message is not None
        return message


@pytest.fixture
async def two() -> Two:
    vip = await VipShop.open()
    ana = await vip.shop.customer()
    monthly = await vip.shop.plan(name="Mensual", access=AccessKind.VIP_CHANNEL)
    _, session = await vip.shop.checkout(ana, monthly)
    await vip.shop.deliver(*vip.shop.provider.pay(session))
    return Two(vip, ana, monthly, await vip.shop.plan(name="Siempre", **FOR_LIFE))


async def test_buyer_of_a_lifetime_plan_sees_the_renewing_subscription_before_and_after_payment(two: Two) -> None:
    assert await two.beside(two.life) == [two.monthly.soft_id]
    message = await two.buys(two.life)
    assert (message.charged, message.charged_plan) == ("Mensual", two.monthly.soft_id)


async def test_canceled_renewal_is_not_an_overlap(two: Two) -> None:
    await two.vip.shop.cancel(two.ana.telegram_id, two.monthly.soft_id)
    assert await two.beside(two.life) == []
    message = await two.buys(two.life)
    assert (message.charged, message.charged_plan) == ("", "")


async def test_fixed_term_plan_personal_channel_and_gift_cause_no_overlap(two: Two) -> None:
    month = await two.vip.shop.plan(**ONCE, duration_days=30, access=AccessKind.VIP_CHANNEL)
    personal = await two.vip.shop.plan(**ONCE, duration_days=LIFETIME)
    assert [await two.beside(plan) for plan in (month, personal)] == [[], []]
    assert await two.beside(two.life, for_another=True) == []


async def test_activation_of_a_lifetime_code_names_the_subscription_that_still_charges(two: Two) -> None:
    code = await two.vip.token(two.life)
    gain = await two.vip.activate(two.ana.telegram_id, code)
    assert isinstance(gain, Activation)
    assert [each.soft_id for each in gain.overlaps] == [two.monthly.soft_id]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_screen_names_the_plan_that_still_charges_and_has_its_cancel_button(two: Two, language: str) -> None:
    t, shop = texts_for(language), two.vip.shop
    view = (await shop.choose(two.ana.telegram_id, two.life.soft_id)).plan
    pay_screen, _ = await shop.checkout(two.ana, two.life)
    message = await two.buys(two.life)
    shown: list[Screen] = [
        screens.methods(t, view, shop.gateways.descriptors(), consent="…"),
        screens.pay(t, pay_screen),
        plans.plan_card(t, view, checkout=pay_screen),
        notices.render(message, language),
    ]
    for screen in shown:
        assert t("checkout.still_charged", plan="Mensual").strip() in screen.text
        assert screen.markup is not None
        data = [item.callback_data for row in screen.markup.inline_keyboard for item in row]
        assert callbacks.cancel(two.monthly.soft_id) in data
