"""Check that reminder times are calculated once, stored, and checked again only when due."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.subscriptions.remind import NO_REMINDER
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from tests.fakes.shop import Shop

ONCE = {"recurring": False, "interval": None, "duration_days": 30}
SECOND = timedelta(seconds=1)


async def test_each_reminder_check_stores_the_time_of_the_next_check(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    held = (await shop.holding(ana, plan)).subscription
    end = held.access_until
    assert end is not None

    async def look() -> datetime | None:
        await shop.remind(held.id)
        return (await shop.holding(ana, plan)).subscription.next_reminder_at

    moments = [end - before for before in (timedelta(days=3), timedelta(days=1), timedelta(hours=3))]
    assert await look() == moments[0]
    for moment, then in pairwise([*moments, NO_REMINDER]):
        known = len(await shop.jobs("core.remind"))
        shop.clock.advance(moment - SECOND - shop.clock.now())
        await shop.run_due()
        assert len(await shop.jobs("core.remind")) == known
        shop.clock.advance(SECOND)
        for _ in range(2):
            await shop.run_due()
            assert len(await shop.jobs("core.remind")) == known + 1
        assert await look() == then
    assert len(await shop.notified("ending_soon")) == len(moments)


async def days_pass(shop: Shop, customer: Customer, plan: ServicePlan, days: int) -> None:
    """Advance the clock by the given days and check the customer's reminders twice a day."""
    held = (await shop.holding(customer, plan)).subscription
    for _ in range(2 * days):
        shop.clock.advance(timedelta(hours=12))
        await shop.remind(held.id)


async def test_customer_with_prepaid_time_is_notified_before_each_charge(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await give_days(shop, ana, plan, 40)
    for renewals in range(1, 4):
        await days_pass(shop, ana, plan, 29)
        assert len(await shop.notified("renewal_coming")) == renewals
        shop.clock.advance(timedelta(days=1))
        await shop.deliver(shop.provider.renew("sub-1", plan.price))
    assert not await shop.notified("ending_soon")


async def test_days_granted_in_a_trial_do_not_suppress_the_notice_before_its_charge(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(trial_days=14)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 14))
    await give_days(shop, ana, plan, 40)
    await days_pass(shop, ana, plan, 13)
    assert len(await shop.notified("trial_ending")) == 1


async def test_every_month_of_a_one_time_plan_has_the_same_reminders(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    reported: list[int] = []
    for _ in range(5):
        _, session = await shop.checkout(ana, plan)
        await shop.deliver(shop.provider.pay_once(session))
        held = (await shop.holding(ana, plan)).subscription
        assert held.access_until is not None
        # The next month is bought in the last hour of the current one.
        while shop.clock.now() < held.access_until - timedelta(hours=1):
            shop.clock.advance(timedelta(hours=1))
            await shop.remind(held.id)
        reported.append(len(await shop.notified("ending_soon")))
    assert reported == [3, 6, 9, 12, 15]


async def give_days(shop: Shop, customer: Customer, plan: ServicePlan, days: int) -> None:
    """Grant days that the provider does not know, as by a code or a staff command."""
    async with shop.units() as uow:
        held = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
        assert held is not None
        time_grant = TimeGrant(kind=LedgerKind.TOKEN, source_key="code", length=timedelta(days=days), price=plan.price)
        giving = GiveTime(GrantAccess(shop.policy))
        await giving.add(
            uow, TimeTarget(subscription=held, is_extension=True), customer, plan, time_grant, shop.clock.now()
        )
        await uow.commit()
