"""The giver's withdrawal from the contract for a gift, and the deduction for the days that the recipient has used."""

from __future__ import annotations

import pytest

from features.gifts.use_cases.show_gift import ShowGift
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.code_answers import CodeRefusal, TokenRefusal
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.domain.services.code_seal import CodeSeal
from subscriptions.domain.services.withdrawal_policy import Refusal
from tests.fakes.shop import Shop, memory_shop
from tests.features.gifts.fakes import Giving, giving_at
from tests.unit.application.withdrawals.test_owed_for_use import DAY, SERVICE, contract_of, declare, shop, two_weeks
from tests.unit.application.withdrawals.test_withdraw_contract import refusal_of, withdrawing

__all__ = ["shop"]


@pytest.fixture
async def giving() -> Giving:
    return await giving_at(memory_shop())


async def test_withdrawal_voids_an_unopened_gift(giving: Giving) -> None:
    await giving.pays()
    code = await giving.code()
    await withdrawing(giving.shop)(giving.ana.telegram_id, (await giving.order()).id)
    refused = await giving.open(giving.berta.telegram_id, code)
    assert isinstance(refused, CodeRefusal)
    assert refused.reason is TokenRefusal.MONEY_BACK
    assert len(await giving.shop.jobs("core.refund_payment")) == 1


async def test_only_the_payer_can_withdraw_from_a_gift(giving: Giving) -> None:
    await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    order = await giving.order()
    assert (await refusal_of(giving.shop, giving.berta, order)).refusal is Refusal.FROM_ANOTHER
    with pytest.raises(WithdrawalRefused) as refused:
        await withdrawing(giving.shop).open_to(giving.berta.telegram_id)
    assert refused.value.refusal is Refusal.FROM_ANOTHER
    await withdrawing(giving.shop)(giving.ana.telegram_id, order.id)
    assert await giving.has(giving.berta) is None
    assert [job["customer_id"] for job in await giving.shop.notified("gift_taken")] == [str(giving.berta.id)]


async def test_time_of_an_opened_gift_counts_as_used(shop: Shop) -> None:
    (ana, plan), bea = await two_weeks(shop), await shop.customer()
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.commit()
    view = await shop.start(ana.telegram_id, plan.soft_id, "acme", for_another=True)
    await declare(shop, ana, view.order_id)
    session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
    await shop.deliver(shop.provider.pay_once(session))
    seal = CodeSeal(b"the key of codes")
    gift = await ShowGift(shop.units, shop.clock, seal)(ana.telegram_id, view.order_id)
    assert (await contract_of(shop, ana)).retention is None, "nobody has opened it"
    opening = ActivateToken(shop.units, GiveTime(GrantAccess(SERVICE)), shop.clock, seal)
    await opening(bea.telegram_id, gift.link.rpartition("=")[2])
    shop.clock.advance(13 * DAY)
    retention = (await contract_of(shop, ana)).retention
    assert retention is not None
    assert retention.minor == 2999 * 13 // 14
