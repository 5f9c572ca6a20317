"""Purchase of a subscription: the session, the page, the webhooks."""

from collections.abc import AsyncIterator

import pytest

from tests.support.stripe_sandbox import Shop, running_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def test_paid_checkout_creates_a_subscription_and_signed_webhooks(shop: Shop) -> None:
    session = await shop.checkout()
    assert session.status == "open"
    assert session.url == f"{shop.url}/pay/stripe/{session.id}"
    assert session.subscription is None

    paid = await shop.control("POST", f"checkouts/{session.id}/pay")
    assert paid["state"] == "paid"
    [completed] = await shop.received("checkout.session.completed")
    [invoice_paid] = await shop.received("invoice.paid")

    done = completed["data"]["object"]
    assert done["payment_status"] == "paid"
    assert done["url"] is None
    assert done["invoice"] == invoice_paid["data"]["object"]["id"]
    subscription = await shop.client.v1.subscriptions.retrieve_async(done["subscription"])
    assert subscription.status == "active"
    assert subscription.metadata.to_dict() == {"telegram_id": "7"}
    lines = invoice_paid["data"]["object"]["lines"]["data"]
    assert lines[0]["period"]["end"] == subscription.items.data[0].current_period_end
