"""Purchase of a subscription: the plan, the approval page, the webhooks and their signature."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.paypal_sandbox import PAGES, PayPalShop, running_paypal


@pytest.fixture
async def shop() -> AsyncIterator[PayPalShop]:
    async with running_paypal() as running:
        yield running


async def test_approved_subscription_is_active_and_paid(shop: PayPalShop) -> None:
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


async def waiting(shop: PayPalShop, **changes: Any) -> tuple[str, str]:
    """Create a subscription, and return its id and the address of its approval page."""
    made = await shop.subscribe(**changes)
    return made["id"], next(each["href"] for each in made["links"] if each["rel"] == "approve")


async def press(shop: PayPalShop, url: str, button: str) -> str:
    answer = await shop.http.post(f"{url}/{button}", data={"outcome": button})
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.mark.parametrize(
    ("locale", "accept", "language", "amount"),
    [("es-ES", "en", "es", "29,99\xa0€"), (None, "en-GB,en;q=0.9", "en", "€29.99"), ("de-DE", "es", "en", "€29.99")],
    ids=["the seller's", "the browser's", "unknown"],
)
async def test_page_is_in_the_language_of_the_payer(
    shop: PayPalShop, locale: str | None, accept: str, language: str, amount: str
) -> None:
    context = {**PAGES, "brand_name": "Retador <b>", **({"locale": locale} if locale else {})}
    _, url = await waiting(shop, application_context=context)
    page = await shop.http.get(url, headers={"Accept-Language": accept})
    assert f'<html lang="{language}">' in page.text
    assert amount in page.text
    for button in ("pay", "decline", "expire", "cancel"):
        assert f'id="{button}"' in page.text
    assert "Retador &lt;b&gt;" in page.text
    assert "Stripe" not in page.text
    assert "4242" not in page.text


async def test_checkout_can_be_declined_abandoned_and_expired(shop: PayPalShop) -> None:
    key, url = await waiting(shop)
    path, token = url.removeprefix(shop.url), url.rpartition("/")[2]
    assert await press(shop, url, "decline") == f"{path}?step=declined"
    assert 'id="declined"' in (await shop.http.get(f"{url}?step=declined")).text
    assert await press(shop, url, "cancel") == (
        f"https://shop.example/back?subscription_id={key}&ba_token={token}&token={token}"
    )
    [view] = (await shop.control("GET", "checkouts"))["checkouts"]
    assert (view["id"], view["state"], view["url"]) == (key, "abandoned", url)
    assert (view["amount"], view["currency"], view["reference"]) == ("29.99", "EUR", "order-1")
    assert await press(shop, url, "expire") == path
    assert 'data-step="expired"' in (await shop.http.get(url)).text
    await press(shop, url, "pay")
    assert (await shop.control("GET", "payments"))["payments"] == []
    assert (await shop.control("GET", "subscriptions"))["subscriptions"] == []
    assert (await shop.read(key))["status"] == "APPROVAL_PENDING"
    assert (await shop.http.get(f"{shop.url}/pay/paypal/BA-NONE")).status_code == 404
    _, late = await waiting(shop)
    await shop.advance(hours=4)
    assert 'data-step="expired"' in (await shop.http.get(late)).text


async def test_checkout_webhooks_can_be_sent_before_the_payment_call_returns_or_not_at_all(shop: PayPalShop) -> None:
    first, second = (await waiting(shop))[0], (await waiting(shop))[0]
    await shop.received("BILLING.SUBSCRIPTION.CREATED", 2)
    await shop.control("POST", f"checkouts/{first}/pay", {"webhooks": "never"})
    assert (await shop.read(first))["status"] == "ACTIVE"
    await shop.control("POST", f"checkouts/{second}/pay", {"webhooks": "before", "amount": "25.00"})
    # The first checkout sent no webhooks, and the second sent all of them before the page returned.
    told = {each["resource"].get("billing_agreement_id") for each in shop.receiver.of("PAYMENT.SALE.COMPLETED")}
    assert told == {second}
    assert [each["amount"] for each in (await shop.control("GET", "payments"))["payments"]] == ["29.99", "25.00"]
    await shop.control("POST", f"checkouts/{second}/pay", status=409)


async def test_seller_can_activate_an_approved_subscription(shop: PayPalShop) -> None:
    key, _ = await waiting(shop, application_context={**PAGES, "user_action": "CONTINUE"})
    await shop.control("POST", f"checkouts/{key}/pay")
    assert (await shop.read(key))["status"] == "APPROVED"
    await shop.call("POST", f"/v1/billing/subscriptions/{key}/activate", {}, 204)
    assert (await shop.read(key))["status"] == "ACTIVE"
    await shop.received("PAYMENT.SALE.COMPLETED")


async def test_subscription_can_have_its_own_price_setup_fee_tax_and_start(shop: PayPalShop) -> None:
    fee = {"currency_code": "EUR", "value": "5.00"}
    plan = await shop.plan(
        payment_preferences={"setup_fee": fee},
        taxes={"percentage": "10", "inclusive": False},
        quantity_supported=True,
    )
    price = {"fixed_price": {"currency_code": "EUR", "value": "19.99"}}
    own = {"billing_cycles": [{"sequence": 1, "pricing_scheme": price, "total_cycles": 0}]}
    made = await shop.subscribed(plan, plan=own, quantity="2")
    assert (made["plan_overridden"], made["quantity"]) == (True, "2")
    # 2 × 19.99 and 10 % of it, plus the set-up fee of 5.
    assert made["billing_info"]["last_payment"]["amount"]["value"] == "48.98"
    later = (shop.world.clock.now() + timedelta(days=3)).isoformat(timespec="seconds")
    made = await shop.subscribed(await shop.plan(), start_time=later)
    assert datetime.fromisoformat(made["billing_info"]["next_billing_time"]) == datetime.fromisoformat(later)
    assert "last_payment" not in made["billing_info"]
    await shop.advance(days=3)
    assert len((await shop.control("GET", "payments"))["payments"]) == 2
