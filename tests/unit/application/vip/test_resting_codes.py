"""A code for what is paused: it would let nobody in sooner, so it is kept for later."""

from __future__ import annotations

import pytest

from subscriptions.application.vip.activate_token import Activated, Refused, TokenRefusal
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, STAFF
from tests.support.vip import VipShop


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open()


@pytest.mark.parametrize("cause", [DISPUTE, STAFF, PROVIDER])
async def test_a_code_for_what_is_paused_is_kept_for_later(vip: VipShop, cause: str):
    plan = await vip.plan()
    person = await vip.inside(plan)
    await _pause(vip, person, cause)
    token = await vip.token(plan)
    outcome = await vip.activate(person.telegram_id, token)
    assert isinstance(outcome, Refused)
    assert outcome.why is TokenRefusal.RESTING
    assert outcome.expires_at is not None
    async with vip.shop.units() as uow:
        subscription = (await uow.vip.live_subscriptions(person.id))[0]
        subscription.resume(cause, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
    again = await vip.activate(person.telegram_id, token)
    assert isinstance(again, Activated)
    assert again.extended


async def _pause(vip: VipShop, person: Customer, cause: str) -> None:
    async with vip.shop.units() as uow:
        subscription = (await uow.vip.live_subscriptions(person.id))[0]
        subscription.pause(cause, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
