"""Check that customers whose access time was granted by a code can buy the plan's subscription during that time, and
that the paid time is added to the granted time.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import EndingSoon
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

GIVEN = timedelta(days=20)


async def holder(shop: Shop) -> tuple[Customer, ServicePlan]:
    """Return a customer who has an activation code, and the code's plan, which is charged monthly."""
    ana, plan = await shop.customer(), await shop.plan()
    await use_code(shop, ana, plan)
    return ana, plan


async def use_code(shop: Shop, ana: Customer, plan: ServicePlan) -> None:
    """Grant twenty days by a code."""
    giving, now = GiveTime(GrantAccess(shop.policy)), shop.clock.now()
    async with shop.units() as uow:
        given = await giving.find(uow, ana, plan, plan.price, now)
        time_grant = TimeGrant(kind=LedgerKind.TOKEN, source_key="code-1", length=GIVEN, price=plan.price)
        await giving.add(uow, given, ana, plan, time_grant, now)
        await uow.commit()


async def test_purchase_adds_the_paid_period_to_access_granted_by_a_code(shop: Shop):
    ana, plan = await holder(shop)
    start = shop.clock.now()
    shop.clock.advance(timedelta(days=5))
    assert (await shop.status(ana.telegram_id)).live[0].renewable is True
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.provider_ref) == (SubscriptionStatus.ACTIVE, "sub-1")
    assert held.subscription.access_until == start + GIVEN + PERIOD
    assert (held.payment.flag, held.subscription.renews) == (None, True)
    assert len(held.accesses) == 1


async def test_subscription_bought_during_access_by_a_code_can_renew_and_be_canceled(shop: Shop):
    ana, plan = await holder(shop)
    start = shop.clock.now()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    assert (await shop.holding(ana, plan)).subscription.access_until == start + GIVEN + 2 * PERIOD
    await shop.cancel(ana.telegram_id, plan.soft_id)
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.CANCELED,
        start + GIVEN + 2 * PERIOD,
    )


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)], ids=["session.completed first", "invoice.paid first"])
async def test_trial_from_an_older_checkout_page_is_added_to_access_granted_by_a_code(shop: Shop, turn):
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    _, session = await shop.checkout(ana, plan)
    await use_code(shop, ana, plan)
    start, trial = shop.clock.now(), timedelta(days=7)
    events = shop.provider.start_trial(session, 7)
    await shop.deliver(*(events[index] for index in turn))
    held = await shop.holding(ana, plan)
    assert (held.subscription.provider_ref, held.subscription.renews) == ("sub-1", True)
    assert held.subscription.access_until == start + GIVEN + trial
    shop.clock.advance(trial)
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.subscription.access_until) == (None, start + GIVEN + trial + PERIOD)
    await shop.cancel(ana.telegram_id, plan.soft_id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED


async def test_second_subscription_is_refused_while_days_granted_by_a_code_remain(shop: Shop):
    ana, plan = await holder(shop)
    _, first = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(first))
    with pytest.raises(AlreadySubscribed):
        await shop.start(ana.telegram_id, plan.soft_id)
    await shop.deliver(*shop.provider.pay(first, card="cus-2"))
    flags = [payment.flag for payment in (await shop.holding(ana, plan)).payments]
    assert flags.count(FlagReason.SECOND_CAPTURE) == 1


async def test_reminder_about_the_end_of_access_by_a_code_shows_the_plan_price(shop: Shop):
    ana, plan = await holder(shop)
    held = await shop.holding(ana, plan)
    async with shop.units() as uow:
        said = await EndingSoon.load(Sources(uow, shop.policy, shop.clock.now()), held.subscription.id)
    assert said is not None
    assert (said.word, said.price) == ("given", plan.price)
