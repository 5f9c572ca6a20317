"""Hosted page by plain HTTP: its content, and the targets of its buttons."""

from collections.abc import AsyncIterator

import pytest

from tests.support.stripe_sandbox import Shop, running_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def press(shop: Shop, url: str, button: str) -> str:
    answer = await shop.http.post(f"{url}/{button}", data={"outcome": button})
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.mark.parametrize(
    ("locale", "accept", "language", "amount"),
    [
        ("es", "en", "es", "29,99\xa0€"),
        ("auto", "en-GB,en;q=0.9", "en", "€29.99"),
        ("pt", "en", "pt", "29,99\xa0€"),
        ("de", "es", "en", "€29.99"),
    ],
)
async def test_page_is_in_the_language_of_the_payer(
    shop: Shop, locale: str, accept: str, language: str, amount: str
) -> None:
    session = await shop.checkout(locale=locale)
    page = await shop.http.get(str(session.url), headers={"Accept-Language": accept})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert amount in page.text
    for button in ("pay", "decline", "action", "cancel"):
        assert f'id="{button}"' in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


async def test_product_name_is_escaped_on_the_checkout_page(shop: Shop) -> None:
    product = await shop.client.v1.products.create_async({"name": "<b>&_*"})
    price = await shop.client.v1.prices.create_async(
        {"product": product.id, "currency": "eur", "unit_amount": 100, "recurring": {"interval": "month"}}
    )
    session = await shop.checkout(price)
    page = await shop.http.get(str(session.url))
    assert "&lt;b&gt;&amp;_*" in page.text
    assert "<b>&_*" not in page.text


async def test_payer_is_redirected_to_the_success_address_and_cannot_pay_twice(shop: Shop) -> None:
    session = await shop.checkout()
    url = str(session.url)
    assert await press(shop, url, "pay") == f"https://shop.example/thanks?session={session.id}"
    assert await shop.received("invoice.paid")
    path = url.removeprefix(shop.url)
    assert await press(shop, url, "pay") == path
    assert 'data-step="paid"' in (await shop.http.get(url)).text
    assert len((await shop.client.v1.invoices.list_async()).data) == 1


async def test_checkout_can_be_declined_confirmed_and_abandoned(shop: Shop) -> None:
    session = await shop.checkout()
    url, path = str(session.url), str(session.url).removeprefix(shop.url)
    assert await press(shop, url, "decline") == f"{path}?step=declined"
    assert 'id="declined"' in (await shop.http.get(f"{url}?step=declined")).text
    assert await press(shop, url, "action") == f"{path}?step=confirm"
    assert 'id="confirm"' in (await shop.http.get(f"{url}?step=confirm")).text
    assert await press(shop, url, "cancel") == "https://shop.example/back"
    [view] = (await shop.control("GET", "checkouts"))["checkouts"]
    assert view["state"] == "abandoned"
    assert (await press(shop, url, "pay")).startswith("https://shop.example/thanks")


async def test_expired_page_accepts_no_payment(shop: Shop) -> None:
    session = await shop.checkout()
    await shop.control("POST", f"checkouts/{session.id}/expire")
    assert 'data-step="expired"' in (await shop.http.get(str(session.url))).text
    await press(shop, str(session.url), "pay")
    assert (await shop.control("GET", "payments"))["payments"] == []
    assert (await shop.http.get(f"{shop.url}/pay/stripe/cs_test_none")).status_code == 404


async def test_customer_can_cancel_at_period_end_and_resume_in_the_billing_portal(shop: Shop) -> None:
    subscription = await shop.subscribed(locale="es")
    visit = await shop.client.v1.billing_portal.sessions.create_async(
        {"customer": str(subscription.customer), "return_url": "https://shop.example/me", "locale": "es"}
    )
    page = await shop.http.get(visit.url)
    assert "Tus suscripciones" in page.text
    for outcome, ending in (("cancel", True), ("resume", False)):
        answer = await shop.http.post(f"{visit.url}/{outcome}", data={"subscription": subscription.id})
        assert answer.status_code == 303
        changed = await shop.client.v1.subscriptions.retrieve_async(subscription.id)
        assert changed.cancel_at_period_end is ending
    assert len(await shop.received("customer.subscription.updated", 2)) == 2
    other = await shop.subscribed()
    stranger = await shop.http.post(f"{visit.url}/cancel", data={"subscription": other.id})
    assert stranger.status_code == 404
