"""Check that a provider without automatic charges sells a renewing plan one period at a time, and that each period is
added to the current one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.application.checkout.purchase_terms import AlreadySubscribed, NoPaymentMethod
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import EndingSoon
from subscriptions.application.subscriptions.subscription_handler import NothingToCancel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.billing_period import Calendar
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, memory_shop

MARCH, APRIL = timedelta(days=31, hours=-1), timedelta(days=30)
"""Length of the month in which the shop starts and Madrid sets its clocks forward, and of the following month."""


@pytest.fixture
def sale(shop: Shop) -> Shop:
    """Return the shop with all payment methods enabled."""
    shop.sells_by_all()
    return shop


async def pay(shop: Shop, buyer: Customer, plan: ServicePlan) -> str:
    """Buy one period and return its paid checkout session."""
    await shop.start(buyer.telegram_id, plan.soft_id, "coins")
    session = list(shop.coins.checkouts)[-1]
    await shop.deliver(shop.coins.paid(session))
    return session


async def test_first_prepaid_period_starts_with_its_payment(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    session = await pay(sale, ana, plan)
    assert sale.coins.checkouts[session].interval is Interval.MONTH
    held = (await sale.holding(ana, plan)).subscription
    assert (held.status, held.provider, held.provider_ref) == (SubscriptionStatus.ACTIVE, "coins", None)
    assert held.access_until == NOON + MARCH
    (view,) = (await sale.status(ana.telegram_id)).live
    assert (view.renews, view.renewable, view.access_until) == (False, True, NOON + MARCH)


async def test_next_period_is_added_to_the_current_period(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    first = await pay(sale, ana, plan)
    sale.clock.advance(timedelta(days=25))
    assert await pay(sale, ana, plan) != first
    held = await sale.holding(ana, plan)
    # Bought on 26 March, the second month begins on 1 April.
    assert held.subscription.access_until == NOON + MARCH + APRIL
    assert [payment.flag for payment in held.payments] == [None, None]


async def test_next_period_can_be_paid_by_another_method_without_automatic_renewal(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await sale.charges("tokens", plan, Money(1500, "XTR"))
    await pay(sale, ana, plan)
    sale.clock.advance(timedelta(minutes=1))
    await sale.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = sale.stars.checkouts
    await sale.deliver(sale.stars.paid(session))
    held = (await sale.holding(ana, plan)).subscription
    assert (held.provider, held.price) == ("tokens", Money(1500, "XTR"))
    assert held.access_until == NOON + MARCH + APRIL


async def test_month_bought_early_begins_at_the_end_of_the_current_month(sale: Shop):
    sale.clock.advance(datetime(2027, 2, 1, tzinfo=UTC) - sale.clock.now())
    ana, plan = await sale.customer(), await sale.plan()
    await pay(sale, ana, plan)
    sale.clock.advance(timedelta(days=25))
    await pay(sale, ana, plan)
    held = (await sale.holding(ana, plan)).subscription
    assert held.access_until == datetime(2027, 3, 31, 23, tzinfo=UTC), "one hour of March was put forward in Madrid"


async def test_method_with_automatic_renewal_is_not_offered_during_a_prepaid_period(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    assert (await sale.choose(ana.telegram_id, plan.soft_id)).plan.methods == ("acme", "coins")
    await pay(sale, ana, plan)
    assert (await sale.choose(ana.telegram_id, plan.soft_id)).plan.methods == ("coins",)
    with pytest.raises(AlreadySubscribed):
        await sale.start(ana.telegram_id, plan.soft_id, "acme")
    assert (await sale.start(ana.telegram_id, plan.soft_id)).provider == "coins"


async def test_automatically_renewed_period_cannot_be_extended_manually(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await sale.start(ana.telegram_id, plan.soft_id, "coins")
    (session,) = sale.coins.checkouts
    _, card = await sale.checkout(ana, plan)
    await sale.deliver(*sale.provider.pay(card))
    with pytest.raises(AlreadySubscribed):
        await sale.start(ana.telegram_id, plan.soft_id, "coins")
    await sale.deliver(sale.coins.paid(session))
    flags = {payment.provider: payment.flag for payment in (await sale.holding(ana, plan)).payments}
    assert flags == {"acme": None, "coins": FlagReason.SECOND_CAPTURE}


async def test_trial_added_to_a_plan_later_is_offered_to_new_customers_only(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await pay(sale, ana, plan)
    await sale.change_plan(replace(plan, trial_days=7))
    sale.clock.advance(timedelta(days=25))
    assert (await sale.status(ana.telegram_id)).live[0].renewable
    choices = await sale.choose(ana.telegram_id, plan.soft_id)
    assert (choices.plan.methods, choices.plan.asked_by("coins")) == (("coins",), plan.price)
    session = await pay(sale, ana, plan)
    assert sale.coins.checkouts[session].trial_days == 0
    assert (await sale.holding(ana, plan)).subscription.access_until == NOON + MARCH + APRIL
    newcomer = await sale.customer()
    assert (await sale.choose(newcomer.telegram_id, plan.soft_id)).plan.methods == ("acme",)
    with pytest.raises(NoPaymentMethod):
        await sale.start(newcomer.telegram_id, plan.soft_id, "coins")


async def test_returning_customer_can_pay_by_any_method(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await pay(sale, ana, plan)
    await sale.change_plan(replace(plan, trial_days=7))
    sale.clock.advance(timedelta(days=40))
    await sale.check((await sale.holding(ana, plan)).subscription.id)
    await sale.charges("coins", plan, Money(3500, "USD"))
    choices = await sale.choose(ana.telegram_id, plan.soft_id)
    assert (choices.plan.methods, choices.plan.asked_by("coins")) == (("coins", "acme"), Money(3500, "USD"))
    await sale.start(ana.telegram_id, plan.soft_id, "acme")
    assert sale.provider.requests[-1].trial_days == 0


async def test_automatic_payment_after_a_prepaid_period_is_flagged(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    _, card = await sale.checkout(ana, plan)
    await pay(sale, ana, plan)
    await sale.deliver(*sale.provider.pay(card))
    flags = {payment.provider: payment.flag for payment in (await sale.holding(ana, plan)).payments}
    assert flags == {"coins": None, "acme": FlagReason.SECOND_CAPTURE}


async def test_prepaid_period_has_no_renewal_to_cancel(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await pay(sale, ana, plan)
    with pytest.raises(NothingToCancel):
        await sale.cancel(ana.telegram_id)
    assert (await sale.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_end_of_a_prepaid_period_is_announced_and_ends_access(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await pay(sale, ana, plan)
    held = (await sale.holding(ana, plan)).subscription
    sale.clock.advance(timedelta(days=28, hours=1))
    await sale.remind(held.id)
    assert len(await sale.notified("ending_soon")) == 1
    sale.clock.advance(timedelta(days=3))
    await sale.check(held.id)
    ended = (await sale.holding(ana, plan)).subscription
    assert (ended.status, ended.end_reason) == (SubscriptionStatus.EXPIRED, "period_over")
    await pay(sale, ana, plan)
    assert {item.status for item in (await sale.holding(ana, plan)).subscriptions} == {
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.EXPIRED,
    }


async def test_reminder_offers_the_next_period_at_its_method_price(sale: Shop):
    ana, plan = await sale.customer(), await sale.plan()
    await sale.charges("tokens", plan, Money(1500, "XTR"))
    await sale.start(ana.telegram_id, plan.soft_id, "tokens")
    (session,) = sale.stars.checkouts
    await sale.deliver(sale.stars.paid(session))
    held = (await sale.holding(ana, plan)).subscription
    async with sale.units() as uow:
        reported = await EndingSoon.load(Sources(uow, sale.policy, sale.clock.now()), held.id)
    assert reported is not None
    assert (reported.renewable, reported.renews, reported.price) == (True, False, Money(1500, "XTR"))


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        ("2026-01-31", Interval.MONTH, 1, "2026-02-28"),
        ("2028-01-31", Interval.MONTH, 1, "2028-02-29"),
        ("2026-12-15", Interval.MONTH, 3, "2027-03-15"),
        ("2028-02-29", Interval.YEAR, 1, "2029-02-28"),
        ("2026-03-01", Interval.WEEK, 2, "2026-03-15"),
        ("2026-03-01", Interval.DAY, 10, "2026-03-11"),
    ],
)
def test_period_ends_on_the_same_calendar_day_or_the_last_day_of_a_shorter_month(
    start: str, interval: Interval, count: int, end: str
):
    begun, over = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))
    assert begun + Calendar().length(begun, interval, count) == over


@pytest.mark.parametrize("day", [31, 30, 29, 28])
async def test_months_bought_in_advance_end_on_the_same_day_of_the_month(day: int):
    begin = datetime(2027, 1, day, 12, tzinfo=UTC)
    shop = memory_shop(clock=ManualClock(begin))
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan()
    end = begin
    for _ in range(12):
        await pay(shop, ana, plan)
        end = (await shop.holding(ana, plan)).subscription.access_until
        shop.clock.advance(end - shop.clock.now() - timedelta(days=1))
    assert end == begin.replace(year=2028)


async def test_month_bought_after_a_gap_starts_on_its_own_day():
    """The months are 31 January to 28 February and, after one day without access, 1 March to 1 April."""
    shop = memory_shop(clock=ManualClock(datetime(2027, 1, 31, 12, tzinfo=UTC)))
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan()
    await pay(shop, ana, plan)
    shop.clock.advance(timedelta(days=29))
    await pay(shop, ana, plan)
    ends = {each.access_until for each in (await shop.holding(ana, plan)).subscriptions}
    assert datetime(2027, 4, 1, 12, tzinfo=UTC).date() in {end.date() for end in ends}


async def test_month_bought_just_after_midnight_ends_on_the_same_day_of_the_shops_calendar():
    """00:30 on 1 March in Madrid is still 28 February in UTC, a month of 28 days."""
    shop = memory_shop(clock=ManualClock(datetime(2027, 2, 28, 23, 30, tzinfo=UTC)))
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan()
    await pay(shop, ana, plan)
    assert (await shop.holding(ana, plan)).subscription.access_until == datetime(2027, 3, 31, 22, 30, tzinfo=UTC)
