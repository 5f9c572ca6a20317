"""Check that discounts of promotions are whole minor units, rounded in the customer's favor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.application.catalog.deals import Product, product_of
from subscriptions.domain.entities.discount_code import DiscountCode, deal_for, looks_like_discount_code
from subscriptions.domain.entities.service_plan import LIFETIME
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import DiscountCodeId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor
from subscriptions.infrastructure.payments.paypal import descriptor as paypal
from subscriptions.infrastructure.payments.stripe import descriptor as stripe
from tests.fakes import samples
from tests.fakes.samples import NOON

PRICES = st.builds(Money, st.integers(1, 10_000_000), st.sampled_from(["EUR", "JPY", "KWD", "XTR"]))


def promotion(**more: Any) -> DiscountCode:
    gives = more if {"percent", "amount", "days"} & more.keys() else {"percent": 20, **more}
    return DiscountCode(**({"id": DiscountCodeId(new_uuid()), "code": "VERANO20", "created_at": NOON} | gives))


@given(PRICES, st.integers(1, 99))
def test_percentage_discount_is_rounded_in_the_customers_favor(price: Money, percent: int) -> None:
    left = promotion(percent=percent).price_after(price)
    assert left.currency == price.currency
    assert 1 <= left.minor <= price.minor
    if left != price:
        exact = price.minor * (100 - percent)
        assert left.minor * 100 <= exact < (left.minor + 1) * 100


@given(PRICES, st.integers(1, 10_000_000), st.sampled_from(["EUR", "JPY"]))
def test_fixed_discount_applies_in_its_own_currency_only(price: Money, off: int, currency: str) -> None:
    left = promotion(amount=Money(off, currency)).price_after(price)
    fits = currency == price.currency and off < price.minor
    assert left == (Money(price.minor - off, currency) if fits else price)


@given(PRICES, st.integers(1, 99), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_later_periods_cost_the_full_price_only_if_the_discount_is_for_the_first_period(
    price: Money, percent: int, first: bool, renews: bool, trial: bool, first_price: bool
) -> None:
    deal = deal_for(
        promotion(percent=percent, first_only=first), price, renews=renews, trial=trial, first_price=first_price
    )
    if deal is None:
        assert (first and renews and (trial or not first_price)) or promotion(percent=percent).price_after(
            price
        ) == price
        return
    assert deal.amount_due < deal.price == price
    assert deal.later_price == ((price if first else deal.amount_due) if renews else None)


def test_promotion_days_are_valued_at_the_daily_price_of_the_plan() -> None:
    deal = deal_for(promotion(days=3), Money(3000, "EUR"), renews=True, trial=True, first_price=False)
    assert deal is not None
    assert (deal.amount_due, deal.first_only, deal.worth(30)) == (Money(3000, "EUR"), False, 300)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "no"}, "code"),
        ({"code": "ABCD1234EFGH5678"}, "code"),
        ({"percent": 0}, "percent"),
        ({"percent": 100}, "percent"),
        ({"percent": 5, "days": 1}, "gives"),
        ({"amount": Money(0, "EUR")}, "amount"),
        ({"days": 0}, "days"),
        ({"uses": 0, "percent": 5}, "uses"),
    ],
)
def test_refusal_of_an_invalid_promotion_names_the_invalid_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        promotion(**wrong)
    assert refused.value.field == field


def test_activation_code_is_not_a_promotion_code() -> None:
    assert looks_like_discount_code("VERANO-20")
    assert not looks_like_discount_code("ABCD1234EFGH5678")


@pytest.mark.parametrize(
    ("gateway", "price", "percent", "asked"),
    [
        (stripe, Money(2999, "EUR"), 99, None),
        (stripe, Money(100, "EUR"), 50, Money(50, "EUR")),
        (stripe, Money(2999, "GBP"), 99, None),
        (stripe, Money(1000, "JPY"), 96, None),
        (stripe, Money(10010, "KWD"), 15, Money(8500, "KWD")),
        (paypal, Money(299000, "HUF"), 33, Money(200300, "HUF")),
        (paypal, Money(299000, "HUF"), 20, Money(239200, "HUF")),
        (paypal, Money(100, "EUR"), 99, Money(1, "EUR")),
    ],
)
def test_discount_that_the_provider_cannot_charge_is_not_offered(
    gateway: GatewayDescriptor, price: Money, percent: int, asked: Money | None
) -> None:
    plan = samples.plan(price=price, recurring=False, interval=None, duration_days=30)
    deal = product_of(plan, price, gateway, trial=False).deal(promotion(percent=percent))
    assert (deal and deal.amount_due) == asked


def test_lifetime_plan_gets_no_promotion_days() -> None:
    once = {"recurring": False, "interval": None}
    for lasts, gives in ((30, 7), (LIFETIME, None)):
        plan = samples.plan(**once, duration_days=lasts)
        deal = product_of(plan, plan.price, stripe, trial=False).deal(promotion(days=7))
        assert (deal and deal.days) == gives


@pytest.mark.parametrize("uses", [1, 1_000_000, None])
def test_promotion_can_be_limited_to_a_million_uses(uses: int | None) -> None:
    assert promotion(uses=uses).uses == uses


@pytest.mark.parametrize("uses", [0, 1_000_001])
def test_number_of_uses_outside_its_limits_is_refused(uses: int) -> None:
    with pytest.raises(InvalidInput, match="uses"):
        promotion(uses=uses)


@pytest.mark.parametrize(
    ("price", "charges", "code", "due"),
    [
        (Money(199000, "HUF"), paypal.charges, {"percent": 15}, Money(169100, "HUF")),
        (Money(199000, "HUF"), stripe.charges, {"percent": 15}, Money(169150, "HUF")),
        (Money(9990, "KWD"), stripe.charges, {"percent": 33}, Money(6690, "KWD")),
        (Money(1990, "JPY"), paypal.charges, {"percent": 15}, Money(1691, "JPY")),
        (Money(59900, "TWD"), paypal.charges, {"amount": Money(10050, "TWD")}, Money(49800, "TWD")),
        (Money(2999, "EUR"), paypal.charges, {"percent": 15}, Money(2549, "EUR")),
    ],
)
def test_discounted_price_is_rounded_to_an_amount_that_the_provider_can_charge(
    price: Money, charges: Callable[[Money], bool], code: dict[str, Any], due: Money
) -> None:
    plan = samples.plan(price=price, recurring=False, interval=None, duration_days=30)
    product = Product(plan=plan, price=price, renews=False, trial=False, first_price=True, charges=charges)
    deal = product.deal(promotion(**code))
    assert deal is not None
    assert deal.amount_due == due


def test_promotion_is_not_applied_if_the_price_would_fall_below_the_minimum_charge() -> None:
    plan = samples.plan(price=Money(100, "EUR"), recurring=False, interval=None, duration_days=30)
    product = Product(plan=plan, price=plan.price, renews=False, trial=False, first_price=True, charges=stripe.charges)
    assert product.deal(promotion(percent=60)) is None
