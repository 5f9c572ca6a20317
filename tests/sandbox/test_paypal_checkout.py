"""Buying a subscription: the plan, the approve page, the webhooks and their signature."""

from collections.abc import AsyncIterator

import pytest

from tests.support.paypal_sandbox import PayPalShop, running_paypal


@pytest.fixture
async def shop() -> AsyncIterator[PayPalShop]:
    async with running_paypal() as running:
        yield running


async def test_an_approved_subscription_is_active_and_paid(shop: PayPalShop) -> None:
    made = await shop.subscribe()
    assert made["status"] == "APPROVAL_PENDING"
    assert made["custom_id"] == "order-1"
    [approve] = [each["href"] for each in made["links"] if each["rel"] == "approve"]
    assert approve.startswith(f"{shop.url}/pay/paypal/BA-")

    page = await shop.http.get(approve)
    assert 'id="pay"' in page.text
    answer = await shop.http.post(f"{approve}/pay")
    assert answer.status_code == 303
    token = approve.rpartition("/")[2]
    expected = f"https://shop.example/thanks?a=1&subscription_id={made['id']}&ba_token={token}&token={token}"
    assert answer.headers["location"] == expected

    [sale] = await shop.received("PAYMENT.SALE.COMPLETED")
    [activated] = await shop.received("BILLING.SUBSCRIPTION.ACTIVATED")
    assert sale["resource"]["amount"]["total"] == "29.99"
    assert sale["resource"]["billing_agreement_id"] == made["id"]
    assert sale["resource"]["custom"] == "order-1"
    now = await shop.read(made["id"])
    assert now["status"] == activated["resource"]["status"] == "ACTIVE"
    assert now["billing_info"]["last_payment"]["amount"] == {"currency_code": "EUR", "value": "29.99"}
    assert now["billing_info"]["next_billing_time"] > now["start_time"]
