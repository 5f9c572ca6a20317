"""Limits of promotions: an open checkout reserves one use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.promotions.use_cases.claim_promotion import Claim
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from tests.fakes.shop import Shop
from tests.features.promotions.fakes import claiming
from tests.features.promotions.test_promotions import ONCE, holder, promote, use


async def plans(shop: Shop, count: int) -> list[ServicePlan]:
    return [await shop.plan(soft_id=f"plan-{number}", **ONCE) for number in range(count)]


async def test_promotion_with_one_use_discounts_one_of_three_checkouts_of_a_customer(shop: Shop) -> None:
    offer, three = await promote(shop, once=False, uses=1), await plans(shop, 3)
    ana = await holder(shop, "VERANO20")
    pages = [await shop.checkout(ana, plan) for plan in three]
    for _, session in pages:
        await shop.deliver(shop.provider.pay_once(session))
    assert [view.deal is not None for view, _ in pages] == [True, False, False]
    assert (await use(shop, offer)).used == 1


async def test_promotion_limited_to_once_per_customer_discounts_one_of_two_checkouts(shop: Shop) -> None:
    offer, two = await promote(shop), await plans(shop, 2)
    ana = await holder(shop, "VERANO20")
    pages = [await shop.checkout(ana, plan) for plan in two]
    for _, session in pages:
        await shop.deliver(shop.provider.pay_once(session))
    assert [view.deal is not None for view, _ in pages] == [True, False]
    assert (await use(shop, offer)).used == 1


async def test_second_checkout_at_another_provider_has_no_discount(shop: Shop) -> None:
    shop.sells_by_all()
    offer, (one, two) = await promote(shop), await plans(shop, 2)
    ana = await holder(shop, "VERANO20")
    _, session = await shop.checkout(ana, one)
    other = await shop.start(ana.telegram_id, two.soft_id, "coins")
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(timedelta(seconds=12))
    (page,) = shop.coins.checkouts
    await shop.deliver(shop.coins.paid(page))
    assert (other.deal, (await shop.holding(ana, two)).subscription.price) == (None, two.price)
    assert (await use(shop, offer)).used == 1


async def test_expired_checkout_releases_its_use_and_a_late_payment_raises_an_alarm(shop: Shop) -> None:
    offer, (one, two) = await promote(shop), await plans(shop, 2)
    ana = await holder(shop, "VERANO20")
    first, session = await shop.checkout(ana, one)
    shop.clock.advance(timedelta(hours=2))
    second, other = await shop.checkout(ana, two)
    assert (first.deal is not None, second.deal is not None) == (True, True), "the first can be paid no more"
    await shop.deliver(shop.provider.pay_once(other))
    assert await shop.alarms() == []
    await shop.deliver(shop.provider.pay_once(session))
    held = await shop.holding(ana, one)
    assert [payment.flag for payment in held.payments] == [None, None], "money is never lost"
    assert held.subscription.live
    (notified,) = await shop.jobs("bot.alarm")
    assert (notified["kind"], notified["facts"]["promotion"]) == ("promotion_overused", "VERANO20")
    assert (await use(shop, offer)).used == 2


async def test_late_payment_after_the_reservation_expired_is_reported_as_overuse(shop: Shop) -> None:
    await promote(shop, once=False, uses=1)
    (one,) = await plans(shop, 1)
    ana, bea = await holder(shop, "VERANO20"), await holder(shop, "VERANO20", telegram_id=700002)
    _, late = await shop.checkout(ana, one)
    shop.clock.advance(timedelta(hours=2))
    view, session = await shop.checkout(bea, one)
    assert view.deal is not None
    await shop.deliver(shop.provider.pay_once(late), shop.provider.pay_once(session))
    notified = await shop.jobs("bot.alarm")
    assert [job["facts"]["customer"] for job in notified] == [str(ana.id)], "Bea had it by right"


async def test_plan_card_shows_the_reserved_code_and_the_price(shop: Shop) -> None:
    await promote(shop)
    one, two = await plans(shop, 2)
    ana = await holder(shop, "VERANO20")
    assert (await shop.choose(ana.telegram_id, two.soft_id)).plan.asked_by("acme") < two.price
    await shop.checkout(ana, one)
    mine, other = [(await shop.choose(ana.telegram_id, plan.soft_id)).plan for plan in (one, two)]
    assert (mine.asked_by("acme") < one.price, mine.reservation) == (True, None)
    assert (other.asked_by("acme"), other.reservation) == (two.price, "VERANO20")
    assert isinstance(await claiming(shop)(ana.telegram_id, "VERANO20"), Claim), "it is theirs still"


async def months(shop: Shop, ana: Customer, plan: ServicePlan, method: str, count: int) -> list[Money]:
    """Return the amounts requested for the given number of months, each of which the customer pays separately."""
    asked = []
    for _ in range(count):
        view = await shop.start(ana.telegram_id, plan.soft_id, method)
        page = list(shop.coins.checkouts)[-1]
        asked.append(view.amount)
        await shop.deliver(shop.coins.paid(page))
        shop.clock.advance(timedelta(days=25))
    return asked


@pytest.mark.parametrize("gives", [{"percent": 50}, {"days": 7}])
async def test_first_payment_discount_applies_once_without_automatic_renewal(shop: Shop, gives: dict[str, int]) -> None:
    shop.sells_by_all()
    plan = await shop.plan(price=Money(2999, "EUR"))
    offer = await promote(shop, once=False, **gives)
    ana = await holder(shop, "VERANO20")
    asked = await months(shop, ana, plan, "coins", 3)
    assert asked == [Money(1499 if "percent" in gives else 2999, "EUR"), plan.price, plan.price]
    assert (await use(shop, offer)).used == 1
    shop.clock.advance(timedelta(days=90))
    assert (await shop.start(ana.telegram_id, plan.soft_id, "coins")).deal is None, "nor after a gap"


async def test_first_payment_promotion_does_not_apply_to_a_payment_for_a_later_month(shop: Shop) -> None:
    shop.sells_by_all()
    plan = await shop.plan(price=Money(2999, "EUR"))
    ana = await shop.customer()
    assert await months(shop, ana, plan, "coins", 1) == [plan.price]
    await promote(shop, once=False)
    await promote(shop, "SIEMPRE", percent=10, once=False, first_only=False)
    for code in ("VERANO20", "SIEMPRE"):
        assert isinstance(await claiming(shop)(ana.telegram_id, code), Claim)
    view = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert (view.deal and view.deal.code) == "SIEMPRE", "each payment is each payment"
