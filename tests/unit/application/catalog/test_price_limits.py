"""Check that prices that a provider can never charge are refused when they are entered, and that methods with such a
price are not offered.
"""

from __future__ import annotations

import pytest

from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_input import read_price
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff
from tests.support.stars import environ as stars
from tests.support.stripe import environ as stripe

ENVIRON = {**stripe(), **stars()}
YEAR_ONCE = samples.plan(price=Money(29900, "EUR"), recurring=False, interval=None, duration_days=365)


@pytest.fixture
def registry() -> GatewayFactory:
    made = GatewayFactory(ENVIRON, ManualClock())
    assert {"stripe", "stars"} <= set(made.enabled_names()), made.problems()
    return made


def monthly(price: Money) -> ServicePlan:
    return samples.plan(price=price, recurring=True, interval=Interval.MONTH)


@pytest.mark.parametrize(
    ("plan", "own", "field"),
    [
        (monthly(Money(29900, "EUR")), {"stars": Money(15000, "XTR")}, "prices"),
        (monthly(Money(9995, "KWD")), {}, "price"),
        (monthly(Money(30, "EUR")), {}, "price"),
    ],
)
def test_price_that_no_method_can_charge_is_refused(
    registry: GatewayFactory, plan: ServicePlan, own: dict[str, Money], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        MethodPrices(registry).refuse_plan(plan, own)
    assert refused.value.field == field
    assert str(own.get("stars", plan.price)) in refused.value.problem


@pytest.mark.parametrize(
    ("plan", "own"),
    [
        (monthly(Money(4990, "EUR")), {"stars": Money(2600, "XTR")}),
        (monthly(Money(9990, "KWD")), {}),
        (monthly(Money(0, "EUR")), {}),
        (YEAR_ONCE, {"stars": Money(15000, "XTR")}),
        (monthly(Money(2999, "VES")), {}),
    ],
)
def test_price_that_a_method_can_charge_is_accepted(
    registry: GatewayFactory, plan: ServicePlan, own: dict[str, Money]
) -> None:
    MethodPrices(registry).refuse_plan(plan, own)


def test_method_that_cannot_charge_its_price_is_not_offered(registry: GatewayFactory) -> None:
    shop = memory_shop()
    browse = BrowsePlans(shop.units, registry, shop.clock)
    dear, low = monthly(Money(29900, "EUR")), monthly(Money(30, "EUR"))
    assert browse.methods(dear, {"stars": Money(15000, "XTR")}, ()) == ("stripe",)
    assert set(browse.methods(dear, {"stars": Money(9999, "XTR")}, ())) == {"stripe", "stars"}
    assert browse.methods(low, {}, ()) == ()


def test_example_price_shown_to_staff_can_be_charged_by_its_method(registry: GatewayFactory) -> None:
    """The question about prices by other methods gives an example: an installed method and an amount that this method
    accepts.
    """
    prices = MethodPrices(registry)
    method, _, price = prices.named()["example"].partition(" ")
    assert method in prices.methods()
    prices.refuse(method, read_price(price))


async def test_changed_price_that_no_method_can_charge_is_refused_without_a_preview() -> None:
    shop = memory_shop()
    shop.gateways.charges = lambda price: price.minor >= 50
    plan, staff = await shop.plan(price=Money(2999, "EUR")), Staff(shop)
    with pytest.raises(InputsRefused) as refused:
        await staff(SHELL, "change_price", plan.id, price="0.30 EUR")
    assert refused.value.errors["price"].key == "plan_field"
    assert (await staff(SHELL, "change_price", plan.id, price="0.60 EUR")).name == "changed"
