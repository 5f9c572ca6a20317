"""The gateway against the sandbox's Stripe over HTTP: the price objects of plans."""

from __future__ import annotations

from dataclasses import replace

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from tests.support.stripe_till import MONTHLY, Till


async def test_price_is_created_once_and_found_again(till: Till) -> None:
    first = await till.gateway.ensure_price(MONTHLY)
    assert await till.gateway.ensure_price(MONTHLY) == first
    price = await till.shop.client.v1.prices.retrieve_async(first)
    assert (price.unit_amount, price.currency, price.product) == (2999, "eur", "umbral_retabet")
    assert price.recurring is not None
    assert (price.recurring.interval, price.recurring.interval_count) == ("month", 1)


async def test_each_amount_period_and_currency_is_a_separate_price(till: Till) -> None:
    requests = [
        MONTHLY,
        replace(MONTHLY, amount=Money(3999, "EUR")),
        replace(MONTHLY, amount=Money(2999, "USD")),
        replace(MONTHLY, interval_count=3),
        replace(MONTHLY, interval=Interval.YEAR),
        replace(MONTHLY, recurring=False, interval=None),
        replace(MONTHLY, plan="sportium", name="Sportium"),
    ]
    made = [await till.gateway.ensure_price(request) for request in requests]
    assert len(set(made)) == len(requests)
    assert [await till.gateway.ensure_price(request) for request in requests] == made


async def test_archived_price_is_activated_again(till: Till) -> None:
    first = await till.gateway.ensure_price(MONTHLY)
    await till.shop.client.v1.prices.update_async(first, {"active": False})
    assert await till.gateway.ensure_price(MONTHLY) == first
    assert (await till.shop.client.v1.prices.retrieve_async(first)).active is True


async def test_lookup_key_moved_to_another_price_is_moved_back(till: Till) -> None:
    first = await till.gateway.ensure_price(MONTHLY)
    known = await till.shop.client.v1.prices.retrieve_async(first)
    wrong = await till.shop.client.v1.prices.create_async(
        {
            "product": "umbral_retabet",
            "currency": "eur",
            "unit_amount": 1,
            "lookup_key": known.lookup_key or "",
            "transfer_lookup_key": True,
        }
    )
    again = await till.gateway.ensure_price(MONTHLY)
    assert again not in {first, wrong.id}
    assert await till.gateway.ensure_price(MONTHLY) == again


async def test_renamed_plan_renames_its_product(till: Till) -> None:
    await till.gateway.ensure_price(MONTHLY)
    await till.gateway.ensure_price(replace(MONTHLY, name="Retabet Oro"))
    assert (await till.shop.client.v1.products.retrieve_async("umbral_retabet")).name == "Retabet Oro"


async def test_subscription_uses_the_price_of_its_checkout(till: Till) -> None:
    price = await till.gateway.ensure_price(MONTHLY)
    found = await till.gateway.fetch_subscription(await till.subscribed(price_ref=price))
    assert found is not None
    assert (found.price_ref, found.order_id, found.telegram_id) == (price, "ord_1", 7001)
