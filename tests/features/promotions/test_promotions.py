"""Promotions from the code to the payment: eligible customers, requested amount, and amount charged by the provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from features.promotions.use_cases.claim_promotion import Claim, PromotionRefusal
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.ids import DiscountCodeId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, PaymentEventKind
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from tests.fakes.provider import PERIOD
from tests.fakes.shop import TRIAL_MARKS, Shop
from tests.features.promotions.fakes import claiming

ONCE: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30}
EUR = "EUR"


async def promote(shop: Shop, code: str = "VERANO20", **more: Any) -> DiscountCode:
    gives = more if {"percent", "amount", "days"} & more.keys() else {"percent": 20, **more}
    made = DiscountCode(id=DiscountCodeId(new_uuid()), code=code, created_at=shop.clock.now(), **gives)
    async with shop.units() as uow:
        assert await uow.of(DISCOUNTS_KEY).add_if_new(made)
        await uow.commit()
    return made


async def holder(shop: Shop, *codes: str, **more: Any) -> Customer:
    person = await shop.customer(**more)
    for code in codes:
        assert isinstance(await claiming(shop)(person.telegram_id, f" {code.lower()}"), Claim)
    return person


async def use(shop: Shop, promotion: DiscountCode):
    async with shop.units() as uow:
        found = [each for each in await uow.of(DISCOUNTS_KEY).figures() if each.discount_code_id == promotion.id]
    return found[0]


async def test_discounted_one_time_plan_is_paid_at_its_discounted_price(shop: Shop) -> None:
    plan, offer = await shop.plan(price=Money(2999, EUR), **ONCE), await promote(shop)
    ana = await holder(shop, "VERANO20")
    view, session = await shop.checkout(ana, plan)
    assert (view.amount, view.each, view.deal and view.deal.code) == (Money(2399, EUR), Money(2399, EUR), "VERANO20")
    await shop.deliver(shop.provider.pay_once(session))
    held = await shop.holding(ana, plan)
    assert (held.payment.amount, held.payment.flag) == (Money(2399, EUR), None)
    assert held.subscription.access_until == shop.clock.now() + timedelta(days=30)
    figures = await use(shop, offer)
    assert (figures.claimed, figures.used) == (1, 1)
    assert (figures.paid, figures.saved) == ((Money(2399, EUR),), (Money(600, EUR),))


async def test_discounted_payment_for_an_order_without_the_promotion_is_put_under_review(shop: Shop) -> None:
    plan = await shop.plan(price=Money(2999, EUR), **ONCE)
    await promote(shop)
    ana = await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session, amount=Money(2399, EUR)))
    assert (await shop.holding(ana, plan)).payment.flag is FlagReason.AMOUNT_MISMATCH


async def test_discount_of_the_first_period_does_not_apply_to_renewals(shop: Shop) -> None:
    plan = await shop.priced(price=Money(2999, EUR))
    await promote(shop)
    ana = await holder(shop, "VERANO20")
    view, session = await shop.checkout(ana, plan)
    request = shop.provider.checkouts[session]
    assert (request.amount, request.later, request.price_ref) == (
        Money(2399, EUR),
        Money(2999, EUR),
        f"price-{plan.soft_id}",
    )
    assert view.each == Money(2999, EUR)
    await shop.deliver(*shop.provider.pay(session))
    subscription = (await shop.holding(ana, plan)).subscription
    assert subscription.price == Money(2999, EUR)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew(subscription.provider_ref or "", Money(2999, EUR)))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew(subscription.provider_ref or "", Money(2399, EUR)))
    flags = [payment.flag for payment in (await shop.holding(ana, plan)).payments]
    assert flags == [None] * 3, "whatever the provider charges pays its period"
    assert await shop.alarms() == ["renewal_differs"], "the discount again is not what was agreed"


async def test_discount_of_every_period_applies_to_renewals(shop: Shop) -> None:
    plan = await shop.plan(price=Money(2999, EUR))
    await promote(shop, first_only=False)
    ana = await holder(shop, "VERANO20")
    view, session = await shop.checkout(ana, plan)
    assert (view.amount, view.each) == (Money(2399, EUR), Money(2399, EUR))
    await shop.deliver(*shop.provider.pay(session))
    subscription = (await shop.holding(ana, plan)).subscription
    assert subscription.price == Money(2399, EUR)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew(subscription.provider_ref or "", Money(2399, EUR)))
    assert {payment.flag for payment in (await shop.holding(ana, plan)).payments} == {None}


async def test_first_period_discount_is_not_offered_if_the_provider_cannot_charge_the_discount(shop: Shop) -> None:
    shop.provider.capabilities -= {Capability.FIRST_PRICE}
    plan = await shop.plan(price=Money(2999, EUR))
    await promote(shop)
    ana = await holder(shop, "VERANO20")
    view, _ = await shop.checkout(ana, plan)
    assert (view.amount, view.deal) == (Money(2999, EUR), None)
    assert (await shop.choose(ana.telegram_id, plan.soft_id)).plan.deals == {}


async def test_customer_who_used_the_trial_sees_the_discounted_price(shop: Shop) -> None:
    plan = await shop.priced(price=Money(2999, EUR), trial_days=7)
    ana = await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 7))
    await promote(shop)
    assert isinstance(await claiming(shop)(ana.telegram_id, "VERANO20"), Claim)
    shown = (await shop.choose(ana.telegram_id, plan.soft_id)).plan
    assert shown.asked_by("acme") == Money(2399, EUR)
    bea = await holder(shop, "VERANO20", telegram_id=700002)
    assert (await shop.choose(bea.telegram_id, plan.soft_id)).plan.deals == {}, "their first period is the trial"


async def test_promotion_days_are_added_and_are_removed_when_the_payment_is_reversed(shop: Shop) -> None:
    plan = await shop.plan(**ONCE)
    await promote(shop, days=7)
    ana = await holder(shop, "VERANO20")
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay_once(session)
    await shop.deliver(paid, replace(paid, event_key="again"))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == shop.clock.now() + timedelta(days=37)
    back = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount": paid.amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", order_id=paid.order_id, **back))
    assert not (await shop.holding(ana, plan)).subscription.live


async def test_largest_promotion_applies_and_promotions_are_not_combined(shop: Shop) -> None:
    plan = await shop.plan(price=Money(3000, EUR), **ONCE)
    await promote(shop, "DIEZ", percent=10)
    await promote(shop, "CINCO", amount=Money(500, EUR))
    await promote(shop, "DIAS", days=4)
    ana = await holder(shop, "CINCO", "DIEZ", "DIAS")
    view, _ = await shop.checkout(ana, plan)
    assert (view.deal and view.deal.code, view.amount) == ("CINCO", Money(2500, EUR))


async def test_promotion_used_in_one_checkout_leaves_another_checkout_at_full_price_and_open(shop: Shop) -> None:
    one, two = await shop.plan(**ONCE), await shop.plan(soft_id="sportium", **ONCE)
    await promote(shop)
    ana = await holder(shop, "VERANO20")
    _, session = await shop.checkout(ana, one)
    other, _ = await shop.checkout(ana, two)
    assert (other.deal, other.amount) == (None, two.price)
    await shop.deliver(shop.provider.pay_once(session))
    assert (await shop.order(other.reference)).status is OrderStatus.OPEN, "what it asks is still to be had"
    again, _ = await shop.checkout(ana, two)
    assert again.deal is None
    assert await claiming(shop)(ana.telegram_id, "VERANO20") is PromotionRefusal.USED


async def test_use_of_a_promotion_limited_to_once_per_customer_is_remembered_after_erasure(shop: Shop) -> None:
    plan, offer = await shop.plan(**ONCE), await promote(shop)
    often = await promote(shop, "SIEMPRE", percent=10, once=False)
    ana = await holder(shop, "VERANO20", "SIEMPRE")
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    erase = ErasePerson(shop.units, shop.clock, GrantAccess(shop.policy), TRIAL_MARKS)
    assert (await erase(ana.telegram_id, "asked for")).obstacle is None
    async with shop.units() as uow:
        mark = TRIAL_MARKS.mark_of(ana.telegram_id, offer.id)
        assert mark is not None
        assert await uow.personal_data.has_trial_mark(mark)
        # The state after erasure: no customer has this Telegram account.
        stored = await uow.customers.get(ana.id, lock=True)
        assert stored is not None
        await uow.customers.save(replace(stored, telegram_id=stored.stand_in))
        await uow.commit()
    again = await shop.customer(telegram_id=ana.telegram_id)
    assert again.id != ana.id
    assert await claiming(shop)(again.telegram_id, "VERANO20") is PromotionRefusal.USED
    assert isinstance(await claiming(shop)(again.telegram_id, often.code), Claim)


async def test_promotion_is_not_used_more_often_than_its_limit(shop: Shop) -> None:
    plan = await shop.plan(**ONCE)
    await promote(shop, uses=1)
    ana = await holder(shop, "VERANO20")
    bea = await holder(shop, "VERANO20", telegram_id=700002)
    first, _ = await shop.checkout(ana, plan)
    second, _ = await shop.checkout(bea, plan)
    assert (first.deal is not None, second.deal) == (True, None)
    shop.clock.advance(timedelta(hours=2))
    third, _ = await shop.checkout(bea, plan)
    assert third.deal is not None, "a page that nobody paid holds it no longer than it lasts"
    eve = await shop.customer(telegram_id=700003)
    assert await claiming(shop)(eve.telegram_id, "VERANO20") is PromotionRefusal.TAKEN


async def test_checkout_opened_before_the_end_keeps_the_discount(shop: Shop) -> None:
    plan = await shop.plan(**ONCE)
    await promote(shop, expires_at=shop.clock.now() + timedelta(minutes=5))
    ana = await holder(shop, "VERANO20")
    view, session = await shop.checkout(ana, plan)
    shop.clock.advance(timedelta(minutes=6))
    later, _ = await shop.checkout(ana, plan)
    assert (later.deal, later.url != view.url) == (None, True)
    assert await claiming(shop)(ana.telegram_id, "VERANO20") is PromotionRefusal.OVER
    await shop.deliver(shop.provider.pay_once(session))
    assert (await shop.holding(ana, plan)).payment.flag is None


async def test_promotion_of_one_plan_applies_to_that_plan_only(shop: Shop) -> None:
    plan, other = await shop.plan(**ONCE), await shop.plan(soft_id="sportium", **ONCE)
    await promote(shop, plan_id=other.id)
    ana = await holder(shop, "VERANO20")
    assert (await shop.checkout(ana, plan))[0].deal is None
    assert (await shop.checkout(ana, other))[0].deal is not None


async def test_unknown_code_and_blocked_customer_are_refused(shop: Shop) -> None:
    await promote(shop)
    ana = await shop.customer()
    assert await claiming(shop)(ana.telegram_id, "NADA") is PromotionRefusal.UNKNOWN
    assert not await claiming(shop).exists("hola")
    assert await claiming(shop).exists("verano20")
    eve = await shop.customer(telegram_id=700009, barred_at=shop.clock.now())
    assert await claiming(shop)(eve.telegram_id, "VERANO20") is PromotionRefusal.BARRED


async def test_partially_paid_order_keeps_its_discounted_price(shop: Shop) -> None:
    shop.sells_by_all()
    plan = await shop.plan(price=Money(3000, EUR), **ONCE)
    await promote(shop, expires_at=shop.clock.now() + timedelta(minutes=5))
    ana = await holder(shop, "VERANO20")
    await shop.start(ana.telegram_id, plan.soft_id, "coins")
    (page,) = shop.coins.checkouts
    await shop.deliver(shop.coins.underpaid(page, Money(1000, EUR)))
    (order,) = (await shop.status(ana.telegram_id)).open_orders
    assert (order.price, order.received_amount) == (Money(1400, EUR), Money(1000, EUR)), "the rest of what was agreed"
    shop.clock.advance(timedelta(minutes=6))
    rest = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert (rest.amount, rest.price) == (Money(1400, EUR), Money(2400, EUR))
