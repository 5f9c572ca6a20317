"""Check that customers from another country, or without a stated country, cannot open a checkout of a plan limited to
countries.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.checkout.purchase_terms import CountryNotServed
from subscriptions.application.people.customers import ChooseCountry
from subscriptions.domain.services.vat import read_countries
from tests.fakes.shop import POLICY, Shop, memory_shop

SOLD = replace(POLICY, countries=frozenset({"ES", "PT"}))


@pytest.mark.parametrize("said", [None, "MX"])
async def test_customer_without_a_country_or_from_another_country_cannot_buy(said: str | None) -> None:
    shop = memory_shop(policy=SOLD)
    customer, plan = await shop.customer(), await shop.plan()
    if said is not None:
        assert (await ChooseCountry(shop.units, SOLD)(customer.telegram_id, said)).country is None
    for gift in (False, True):
        with pytest.raises(CountryNotServed):
            await shop.start(customer.telegram_id, plan.soft_id, for_another=gift)


async def test_country_of_the_customer_is_stored_with_the_order() -> None:
    shop = memory_shop(policy=SOLD)
    customer, plan = await shop.customer(), await shop.plan()
    await ChooseCountry(shop.units, SOLD)(customer.telegram_id, "PT")
    view = await shop.start(customer.telegram_id, plan.soft_id)
    assert (await shop.order(view.reference)).country == "PT"


async def test_customer_needs_no_country_for_a_plan_without_a_country_list(shop: Shop) -> None:
    customer, plan = await shop.customer(), await shop.plan()
    view = await shop.start(customer.telegram_id, plan.soft_id)
    assert (await shop.order(view.reference)).country is None


@pytest.mark.parametrize("written", ["ES PT", "Spain", "E1", "ES, , P"])
def test_invalid_country_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no country"):
        read_countries(written)


def test_country_list_is_parsed_into_upper_case_codes() -> None:
    assert read_countries(" es, PT ,") == {"ES", "PT"}
