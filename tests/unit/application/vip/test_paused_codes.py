"""Check that the code of a paused plan remains unused, because it would give no access yet, and that a link that
expired meanwhile is recreated.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.vip.code_answers import Activation, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, STAFF
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.support.vip import VipShop


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open()


@pytest.mark.parametrize("cause", [DISPUTE, STAFF, PROVIDER])
async def test_code_for_a_paused_subscription_remains_unused(vip: VipShop, cause: str):
    plan = await vip.plan()
    person = await vip.inside(plan)
    await _pause(vip, person, cause)
    token = await vip.token(plan)
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, CodeRefusal)
    assert outcome.reason is TokenRefusal.PAUSED
    assert outcome.expires_at is not None
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        subscription.resume(cause, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
    again = await vip.activate(person.telegram_id, token)
    assert isinstance(again, Activation)
    assert again.is_extension


async def test_expired_link_is_recreated_when_the_subscription_resumes(vip: VipShop):
    plan = await vip.plan()
    person = await vip.vip(plan)
    await vip.through(person)
    await _change_pause(vip, person, plan, is_paused=True)
    await vip.pass_time(timedelta(days=4))
    assert await vip.live_links(person) == []
    await _change_pause(vip, person, plan, is_paused=False)
    await vip.work()
    assert (await vip.access_of(person)).status is AccessStatus.INVITED
    (link,) = await vip.live_links(person)
    assert await vip.ask(person, link.url)


async def _change_pause(vip: VipShop, person: Customer, plan: ServicePlan, *, is_paused: bool) -> None:
    now = vip.shop.clock.now()
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        (subscription.pause if is_paused else subscription.resume)(PROVIDER, now)
        await uow.subscriptions.save(subscription)
        await vip.granting.settle(uow, subscription, person, plan, now)
        await uow.commit()


async def _pause(vip: VipShop, person: Customer, cause: str) -> None:
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        subscription.pause(cause, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
