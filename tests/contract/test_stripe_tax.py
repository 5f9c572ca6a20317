"""The gateway against the sandbox's Stripe over HTTP: prices include tax, and the tax is reported with the payment."""

from __future__ import annotations

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.support.stripe_till import EUR, MONTHLY, VERSIONS, Till, open_till

ON = {"STRIPE_AUTOMATIC_TAX": "on"}
TAX = Money(520, "EUR")
"""Tax of 21 % included in 29.99 €."""


def reported(event: PaymentEvent) -> tuple[Money | None, Money | None]:
    return event.amount, event.tax


@pytest.mark.parametrize("version", VERSIONS)
async def test_customer_pays_the_displayed_price_and_the_included_tax_is_reported(version: str) -> None:
    async with open_till(version, **ON) as till:
        ref = await till.gateway.ensure_price(MONTHLY)
        session = await till.bought(price_ref=ref)
        assert reported(await till.event("checkout.session.completed")) == (EUR, TAX)
        assert reported(await till.event("invoice.paid")) == (EUR, TAX)
        state = await till.gateway.fetch_checkout(session)
        assert state is not None
        assert state.event is not None
        assert reported(state.event) == (EUR, TAX)


async def test_payment_for_one_time_plan_reports_tax_without_a_stored_price_object() -> None:
    async with open_till(**ON) as till:
        await till.bought(interval=None)
        assert reported(await till.event("checkout.session.completed")) == (EUR, TAX)


async def test_existing_customer_enters_the_address_at_the_checkout() -> None:
    async with open_till(**ON) as till:
        customer = await till.shop.client.v1.customers.create_async({})
        await till.bought(customer_ref=customer.id)
        assert reported(await till.event("invoice.paid")) == (EUR, TAX)


async def test_checkout_of_a_customer_missing_at_the_provider_creates_the_customer_again() -> None:
    async with open_till(**ON) as till:
        await till.bought(customer_ref="cus_gone")
        assert reported(await till.event("invoice.paid")) == (EUR, TAX)


async def test_price_with_unspecified_tax_becomes_tax_inclusive_and_tax_exclusive_price_is_replaced() -> None:
    async with open_till(**ON) as till:
        first = await till.gateway.ensure_price(MONTHLY)
        prices = till.shop.client.v1.prices
        found = await prices.retrieve_async(first)
        assert found.tax_behavior == "inclusive"
        for behavior in ("unspecified", "exclusive"):
            made = await prices.create_async(
                {
                    "currency": "eur",
                    "unit_amount": 2999,
                    "product": "umbral_retabet",
                    "recurring": {"interval": "month", "interval_count": 1},
                    "lookup_key": found.lookup_key or "",
                    "transfer_lookup_key": True,
                    "tax_behavior": behavior,
                }
            )
            used = await till.gateway.ensure_price(MONTHLY)
            assert (used == made.id) is (behavior == "unspecified")
            assert (await prices.retrieve_async(used)).tax_behavior == "inclusive"


async def test_no_tax_is_reported_unless_the_tax_setting_is_on(till: Till) -> None:
    await till.bought()
    assert reported(await till.event("checkout.session.completed")) == (EUR, None)
    assert reported(await till.event("invoice.paid")) == (EUR, None)
