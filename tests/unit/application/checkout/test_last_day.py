"""Plans with a last day: buyers have access until that day ends in Madrid; afterwards the plan is not sold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.texts import texts_for
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import ComeBack
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.application.vip.code_answers import Activation, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import LIFETIME, AccessKind, Interval
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.services.payment_policy import has_all
from tests.fakes import samples
from tests.fakes.shop import Shop
from tests.support.vip import VipShop
from web.prices import price_line
from web.texts import raw_texts

LAST = date(2027, 6, 30)
OVER = datetime(2027, 6, 30, 21, 59, 59, tzinfo=UTC)
"""One second before midnight in Madrid, which is two hours ahead of UTC in summer: the last second of a last day."""
PASS = {"recurring": False, "interval": None, "duration_days": LIFETIME, "ends_on": LAST}


def advance_to(shop: Shop, moment: datetime) -> None:
    shop.clock.advance(moment - shop.clock.now())


@pytest.mark.parametrize("before", [timedelta(days=100), timedelta(days=3), timedelta(minutes=5)], ids=str)
async def test_buyer_has_access_until_the_last_day_of_the_plan(shop: Shop, before: timedelta) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS)
    advance_to(shop, OVER - before)
    view, session = await shop.checkout(ana, plan)
    assert view.amount == plan.price, "nothing is taken off for days that ran already"
    await shop.deliver(shop.provider.pay_once(session))
    assert (await shop.holding(ana, plan)).subscription.access_until == OVER


async def test_plan_is_not_sold_after_its_last_day_and_a_late_payment_is_under_review(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS)
    advance_to(shop, OVER - timedelta(seconds=1))
    assert [view.soft_id for view in await shop.plans.all()] == [plan.soft_id]
    _, session = await shop.checkout(ana, plan)
    advance_to(shop, OVER)
    assert await shop.plans.all() == []
    with pytest.raises(PlanUnavailable):
        await shop.start((await shop.customer()).telegram_id, plan.soft_id)
    await shop.deliver(shop.provider.pay_once(session))
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.subscriptions) == (FlagReason.ORDER_CLOSED, [])


def test_last_day_ends_in_the_operators_time_zone() -> None:
    """On the evening before the last day in America, the last day has already begun in UTC. The operator's day counts,
    so one day is left to buy or grant.
    """
    plan, zone = samples.plan(**PASS | {"duration_days": 30}), ZoneInfo("America/Bogota")
    evening = datetime(2027, 6, 29, 20, tzinfo=zone).astimezone(UTC)
    live = samples.given(samples.customer(), plan, evening)
    assert not has_all(live, plan, zone)
    assert has_all(samples.given(samples.customer(), plan, evening + timedelta(hours=6)), plan, zone)
    assert plan.cut_length(evening, timedelta(days=plan.days_from(evening)), zone) == timedelta(
        hours=27, minutes=59, seconds=59
    )


async def test_purchased_days_end_on_the_last_day_and_further_days_cannot_be_bought(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS | {"duration_days": 30})
    advance_to(shop, OVER - timedelta(days=40))
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    assert (await shop.holding(ana, plan)).subscription.access_until == OVER - timedelta(days=10)
    assert (await shop.status(ana.telegram_id)).live[0].renewable
    shop.clock.advance(timedelta(days=1))
    _, again = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(again))
    assert (await shop.holding(ana, plan)).subscription.access_until == OVER
    assert not (await shop.status(ana.telegram_id)).live[0].renewable
    with pytest.raises(AlreadySubscribed):
        await shop.start(ana.telegram_id, plan.soft_id)


async def test_second_of_two_paid_checkout_pages_of_a_plan_with_a_last_day_is_flagged(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS)
    advance_to(shop, OVER - timedelta(days=9))
    _, early = await shop.checkout(ana, plan)
    shop.clock.advance(timedelta(hours=2))
    _, late = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(late), shop.provider.pay_once(early))
    held = await shop.holding(ana, plan)
    assert sorted(str(payment.flag) for payment in held.payments) == ["None", str(FlagReason.SECOND_CAPTURE)]
    assert held.subscription.access_until == OVER


async def test_changed_last_day_opens_a_new_order(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS)
    old = await shop.start(ana.telegram_id, plan.soft_id)
    plan.ends_on = date(2027, 7, 31)
    await shop.change_plan(plan)
    assert (await shop.start(ana.telegram_id, plan.soft_id)).reference != old.reference


async def test_free_plan_ends_on_its_last_day(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS, price=Money(0, "EUR"))
    advance_to(shop, OVER - timedelta(days=2))
    give = GiveFreePlan(shop.units, shop.plans, GiveTime(GrantAccess(shop.policy)), shop.clock, shop.policy)
    assert (await give(ana.telegram_id, plan.soft_id)).access_end == OVER


async def test_code_gives_access_until_the_last_day_of_the_plan_and_no_access_afterwards() -> None:
    vip = await VipShop.open()
    plan = await vip.shop.plan(**PASS, access=AccessKind.VIP_CHANNEL)
    early, late = await vip.shop.customer(), await vip.shop.customer()
    advance_to(vip.shop, OVER - timedelta(days=20))
    first, second = await vip.token(plan), await vip.token(plan)
    vip.shop.clock.advance(timedelta(days=15))
    used = await vip.activate(early.telegram_id, first)
    assert isinstance(used, Activation)
    assert used.access_end == OVER
    vip.shop.clock.advance(timedelta(days=5))
    refused = await vip.activate(late.telegram_id, second)
    assert isinstance(refused, CodeRefusal)
    assert refused.reason is TokenRefusal.WITHDRAWN


@pytest.mark.parametrize("more", [{"recurring": True, "interval": Interval.MONTH}, {"trial_days": 3}], ids=str)
def test_recurring_or_trial_plan_cannot_have_a_last_day(more: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="ends_on"):
        samples.plan(**PASS | more)


def test_end_of_the_last_day_follows_the_given_time_zone() -> None:
    plan = samples.plan(**PASS)
    assert plan.end_in(ZoneInfo("Europe/Madrid")) == OVER
    assert plan.end_in(ZoneInfo("America/Bogota")) == OVER + timedelta(hours=7)
    assert samples.plan().end_in(ZoneInfo("Europe/Madrid")) is None


async def test_no_win_back_message_is_sent_after_the_last_day(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS)
    advance_to(shop, OVER - timedelta(days=5))
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    subscription = (await shop.holding(ana, plan)).subscription
    advance_to(shop, OVER + timedelta(days=1))
    await shop.check(subscription.id)
    async with shop.units() as uow:
        assert await ComeBack.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id) is None
        plan.ends_on = date(2027, 12, 31)
        await uow.plans.save(plan)
        assert await ComeBack.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id) is not None


async def test_last_day_is_shown_with_the_price(shop: Shop) -> None:
    await shop.plan(**PASS)
    (view,) = await shop.plans.all()
    assert plan_price(texts_for("es"), view) == "29,99\xa0€ · hasta el 30 jun 2027"
    assert price_line(view, raw_texts("es")["price"], "es") == "29,99\xa0€ · hasta el 30 jun 2027"
    assert view.per_day is None


async def test_timely_payment_reported_after_the_last_day_is_under_review(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(**PASS)
    advance_to(shop, OVER - timedelta(minutes=20))
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay_once(session)
    advance_to(shop, OVER + timedelta(hours=1))
    await shop.deliver(paid)
    held = await shop.holding(ana, plan)
    assert (held.payment.flag, held.subscriptions) == (FlagReason.ORDER_CLOSED, []), "nothing was had for it"


async def test_plan_length_is_shown_with_the_last_day_if_the_plan_ends_earlier(shop: Shop) -> None:
    await shop.plan(**PASS | {"duration_days": 30})
    (view,) = await shop.plans.all()
    assert price_line(view, raw_texts("es")["price"], "es") == "29,99\xa0€ · 30 días · hasta el 30 jun 2027"
    line = price_line(replace(view, duration_days=1), raw_texts("en")["price"], "en")
    assert line.endswith("1 day · until 30 Jun 2027")


async def test_code_for_a_plan_held_until_its_last_day_remains_unused() -> None:
    vip = await VipShop.open()
    plan = await vip.shop.plan(**PASS, access=AccessKind.VIP_CHANNEL)
    ana = await vip.shop.customer()
    advance_to(vip.shop, OVER - timedelta(days=20))
    first, second = await vip.token(plan), await vip.token(plan)
    assert isinstance(await vip.activate(ana.telegram_id, first), Activation)
    refused = await vip.activate(ana.telegram_id, second)
    assert isinstance(refused, CodeRefusal), "it would give nothing"
    assert refused.reason is TokenRefusal.TERM_LIMIT
    ben = await vip.shop.customer()
    assert isinstance(await vip.activate(ben.telegram_id, second), Activation)


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(27, 6, 30)], ids=str)
def test_last_day_in_an_impossible_year_is_refused(day: date) -> None:
    with pytest.raises(InvalidInput, match="ends_on"):
        samples.plan(**PASS | {"ends_on": day})
