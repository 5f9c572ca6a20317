"""Single purchases: ordered, approved on the page, captured, refunded."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.paypal_sandbox import PAGES, PayPalShop, running_paypal

ORDERS = "/v2/checkout/orders"


@pytest.fixture
async def shop() -> AsyncIterator[PayPalShop]:
    async with running_paypal() as running:
        yield running


def order(value: str = "9.99", currency: str = "USD", **changes: Any) -> dict[str, Any]:
    unit = {"amount": {"currency_code": currency, "value": value}, "custom_id": "order-1", "description": "VIP"}
    context = {**PAGES, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING"}
    return {"intent": "CAPTURE", "purchase_units": [unit], "application_context": context, **changes}


async def approved(shop: PayPalShop, **changes: Any) -> str:
    made = await shop.call("POST", ORDERS, order(**changes), 201)
    await shop.control("POST", f"checkouts/{made['id']}/pay", {"webhooks": "before"})
    return made["id"]


async def test_order_is_approved_and_captured_once(shop: PayPalShop) -> None:
    made = await shop.call("POST", ORDERS, order(), 201, PayPal_Request_Id="o-1")
    assert (set(made), made["status"]) == ({"id", "status", "links"}, "CREATED")
    capture = f"{ORDERS}/{made['id']}/capture"
    assert await shop.refused("POST", capture, {}) == "ORDER_NOT_APPROVED"
    [page] = [each["href"] for each in made["links"] if each["rel"] == "approve"]
    answer = await shop.http.post(f"{page}/pay")
    assert answer.headers["location"].startswith(f"https://shop.example/thanks?a=1&token={made['id']}&PayerID=")
    [told] = await shop.received("CHECKOUT.ORDER.APPROVED")
    assert told["resource"]["purchase_units"][0]["custom_id"] == "order-1"
    assert (await shop.control("GET", "payments"))["payments"] == []

    done = await shop.call("POST", capture, None, 201, PayPal_Request_Id="c-1")
    [taken] = done["purchase_units"][0]["payments"]["captures"]
    assert (done["status"], taken["status"], taken["custom_id"]) == ("COMPLETED", "COMPLETED", "order-1")
    assert (await shop.call("POST", capture, None, 200, PayPal_Request_Id="c-1"))["id"] == done["id"]
    assert await shop.refused("POST", capture, {}) == "ORDER_ALREADY_CAPTURED"
    answer = await shop.http.post(shop.base + capture, headers={"Authorization": f"Bearer {shop.token}"})
    assert answer.status_code == 415
    [completed] = await shop.received("PAYMENT.CAPTURE.COMPLETED")
    assert completed["resource"]["amount"] == {"currency_code": "USD", "value": "9.99"}
    assert completed["resource"]["supplementary_data"]["related_ids"]["order_id"] == made["id"]
    assert (await shop.call("GET", f"{ORDERS}/{made['id']}"))["status"] == "COMPLETED"
    [view] = (await shop.control("GET", "payments"))["payments"]
    assert (view["id"], view["reference"], view["subscription"]) == (taken["id"], "order-1", None)


async def test_capture_can_be_refunded(shop: PayPalShop) -> None:
    key = await approved(shop, value="1500", currency="JPY")
    done = await shop.call("POST", f"{ORDERS}/{key}/capture", {}, 201)
    capture = done["purchase_units"][0]["payments"]["captures"][0]["id"]
    path = f"/v2/payments/captures/{capture}"
    part = {"amount": {"currency_code": "JPY", "value": "500"}}
    wrong = {"amount": {"currency_code": "USD", "value": "5.00"}}
    assert await shop.refused("POST", f"{path}/refund", wrong) == "REFUND_CAPTURE_CURRENCY_MISMATCH"
    refund = await shop.call("POST", f"{path}/refund", part, 201, Prefer="return=representation")
    assert refund["seller_payable_breakdown"]["total_refunded_amount"]["value"] == "500"
    assert (await shop.call("GET", path))["status"] == "PARTIALLY_REFUNDED"
    too_much = {"amount": {"currency_code": "JPY", "value": "1001"}}
    assert await shop.refused("POST", f"{path}/refund", too_much) == "REFUND_AMOUNT_EXCEEDED"
    await shop.control("POST", f"payments/paypal/{capture}/refund")
    assert await shop.refused("POST", f"{path}/refund", {}) == "CAPTURE_FULLY_REFUNDED"
    events = await shop.received("PAYMENT.CAPTURE.REFUNDED", 2)
    assert [each["resource"]["amount"]["value"] for each in events] == ["500", "1000"]
    assert (await shop.call("GET", f"/v2/payments/refunds/{refund['id']}"))["id"] == refund["id"]
    assert await shop.refused("GET", f"/v1/payments/sale/{capture}", status=404) == "INVALID_RESOURCE_ID"


async def test_lost_dispute_reverses_the_capture(shop: PayPalShop) -> None:
    key = await approved(shop)
    done = await shop.call("POST", f"{ORDERS}/{key}/capture", {}, 201)
    capture = done["purchase_units"][0]["payments"]["captures"][0]["id"]
    await shop.control("POST", f"payments/paypal/{capture}/dispute")
    part = {"amount": {"currency_code": "USD", "value": "1.00"}}
    path = f"/v2/payments/captures/{capture}/refund"
    assert await shop.refused("POST", path, part) == "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED"
    await shop.control("POST", f"payments/paypal/{capture}/lose_dispute")
    [taken] = await shop.received("PAYMENT.CAPTURE.REVERSED")
    assert (taken["resource_type"], taken["resource"]["amount"]["value"]) == ("refund", "9.99")
    up = [each["href"] for each in taken["resource"]["links"] if each["rel"] == "up"]
    assert up == [f"{shop.base}/v2/payments/captures/{capture}"]


async def test_capture_can_be_declined_or_denied(shop: PayPalShop) -> None:
    key = await approved(shop)
    await shop.control("POST", "providers/paypal", {"captures": "declined"})
    assert await shop.refused("POST", f"{ORDERS}/{key}/capture", {}) == "INSTRUMENT_DECLINED"
    await shop.control("POST", "providers/paypal", {"captures": "denied"})
    done = await shop.call("POST", f"{ORDERS}/{key}/capture", {}, 201)
    assert done["purchase_units"][0]["payments"]["captures"][0]["status"] == "PENDING"
    assert await shop.received("PAYMENT.CAPTURE.PENDING")
    await shop.advance(minutes=2)
    [denied] = await shop.received("PAYMENT.CAPTURE.DENIED")
    assert denied["resource"]["status"] == "DENIED"
    [view] = (await shop.control("GET", "payments"))["payments"]
    assert view["state"] == "failed"
    await shop.control("POST", "providers/paypal", {"captures": "sometimes"}, status=400)


async def test_order_with_inconsistent_amounts_is_refused_and_unapproved_order_expires(shop: PayPalShop) -> None:
    euros = {"currency_code": "EUR", "value": "4.00"}
    amount = {"currency_code": "EUR", "value": "5.00", "breakdown": {"item_total": euros}}
    wrong = order(purchase_units=[{"amount": amount}])
    assert await shop.refused("POST", ORDERS, wrong) == "AMOUNT_MISMATCH"
    source = {"paypal": {"experience_context": {**PAGES, "user_action": "PAY_NOW"}}}
    body = order(payment_source=source)
    del body["application_context"]
    made = await shop.call("POST", ORDERS, body, 201)
    assert (made["status"], [each["rel"] for each in made["links"]]) == (
        "PAYER_ACTION_REQUIRED",
        ["self", "payer-action"],
    )
    await shop.advance(hours=7)
    assert await shop.refused("GET", f"{ORDERS}/{made['id']}", status=404) == "INVALID_RESOURCE_ID"
    await shop.control("POST", f"checkouts/{made['id']}/pay", status=409)
