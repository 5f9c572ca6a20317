"""The win-back message: its recipients, its promotion, and the customers who do not get it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.features import FeatureState, StateOf, all_on
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import ComeBack
from subscriptions.application.people.customers import LeaveInPeace
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import DiscountCodeId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from tests.fakes.shop import Shop, memory_shop

ONCE: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30}
MONTH = timedelta(days=30)


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


async def left(shop: Shop) -> tuple[Customer, ServicePlan, Subscription]:
    """Create a customer whose access has ended, and return the customer, the plan and the subscription."""
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(MONTH)
    held = (await shop.holding(ana, plan)).subscription
    await shop.check(held.id)
    return ana, plan, (await shop.holding(ana, plan)).subscription


async def said(
    shop: Shop, subscription: Subscription, promotion: str = "", state_of: StateOf = all_on
) -> ComeBack | None:
    policy = replace(shop.policy, win_back_offer=promotion)
    async with shop.units() as uow:
        return await ComeBack.load(Sources(uow, policy, shop.clock.now(), state_of=state_of), subscription.id)


async def offer(shop: Shop, **more: Any) -> DiscountCode:
    made = DiscountCode(
        **({"id": DiscountCodeId(new_uuid()), "code": "VUELVE", "percent": 20, "created_at": shop.clock.now()} | more)
    )
    async with shop.units() as uow:
        assert await uow.of(DISCOUNTS_KEY).add_if_new(made)
        await uow.commit()
    return made


async def test_win_back_message_includes_the_running_promotion(shop: Shop) -> None:
    _, _, over = await left(shop)
    assert await said(shop, over, "VUELVE") == await said(shop, over)
    await offer(shop, expires_at=shop.clock.now() + MONTH)
    message = await said(shop, over, "VUELVE")
    assert message is not None
    assert (message.promotion, message.percent) == ("VUELVE", 20)
    shop.clock.advance(MONTH)
    plain = await said(shop, over, "VUELVE")
    assert plain is not None
    assert plain.promotion == ""


@pytest.mark.parametrize(
    "change", [lambda c, now: setattr(c, "barred_at", now), lambda c, now: setattr(c, "telegram_id", TelegramId(-5))]
)
async def test_blocked_or_erased_customer_gets_no_message(shop: Shop, change: Callable[[Customer, Any], None]) -> None:
    ana, _, over = await left(shop)
    async with shop.units() as uow:
        found = await uow.customers.by_telegram_id(ana.telegram_id, lock=True)
        assert found is not None
        change(found, shop.clock.now())
        await uow.customers.save(found)
        await uow.commit()
    assert await said(shop, over) is None


async def test_opted_out_customer_gets_no_message_until_they_opt_in(shop: Shop) -> None:
    ana, _, over = await left(shop)
    leave = LeaveInPeace(shop.units, shop.clock)
    await leave(ana.telegram_id, quiet=True)
    assert await said(shop, over) is None
    await leave(ana.telegram_id, quiet=False)
    assert await said(shop, over) is not None


async def test_customer_who_bought_the_plan_again_gets_no_message(shop: Shop) -> None:
    ana, plan, over = await left(shop)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    assert await said(shop, over) is None


@pytest.mark.parametrize("state", [FeatureState.DRAINING, FeatureState.OFF])
async def test_win_back_message_has_no_promotion_unless_the_feature_is_on(shop: Shop, state: FeatureState) -> None:
    _, _, over = await left(shop)
    await offer(shop, expires_at=shop.clock.now() + MONTH)
    message = await said(shop, over, "VUELVE", lambda _: state)
    assert message is not None
    assert (message.promotion, message.percent) == ("", None)
