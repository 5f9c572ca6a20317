"""Calls of the API by plain HTTP: authentication, validation, answers."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.cryptomus_sandbox_http import KEY, MERCHANT, CryptoShop, running_crypto_shop, sign

PATHS = (
    "/v1/payment",
    "/v1/payment/info",
    "/v1/payment/list",
    "/v1/payment/resend",
    "/v1/payment/refund",
    "/v1/payment/services",
    "/v1/test-webhook/payment",
    "/v1/recurrence/create",
    "/v1/recurrence/info",
    "/v1/recurrence/list",
    "/v1/recurrence/cancel",
)


@pytest.fixture
async def shop() -> AsyncIterator[CryptoShop]:
    async with running_crypto_shop() as running:
        yield running


async def test_signature_covers_the_exact_bytes_of_each_call(shop: CryptoShop) -> None:
    body, wrong = b'{ "order_id": "a" }', "0" * 32
    for path in PATHS:
        for merchant, mark, message in (
            (MERCHANT, wrong, "Invalid Sign"),
            (MERCHANT, sign(b'{"order_id":"a"}'), "Invalid Sign"),
            (MERCHANT, sign(body, "another"), "Invalid Sign"),
            (MERCHANT, "é", "Invalid Sign"),
            ("somebody", sign(body), "Merchant was not found"),
        ):
            headers = [
                (b"merchant", merchant.encode()),
                (b"sign", mark.encode()),
                (b"content-type", b"application/json"),
            ]
            answer = await shop.http.post(f"{shop.url}/cryptomus{path}", content=body, headers=headers)
            assert (answer.status_code, answer.json()) == (401, {"state": 1, "message": message})


async def test_unconfigured_account_refuses_every_call(shop: CryptoShop) -> None:
    await shop.control("POST", "reset")
    assert (await shop.call("/v1/payment/services")).status_code == 401


async def test_calls_with_an_unsupported_http_method_or_path_are_refused(shop: CryptoShop) -> None:
    assert (await shop.http.get(f"{shop.url}/cryptomus/v1/payment/info")).status_code == 405
    assert (await shop.call("/v1/payment/nothing")).status_code == 404


async def test_body_that_is_not_an_object_is_refused(shop: CryptoShop) -> None:
    for body in (b"<html>", b"\xff\xfe", b'"x"', b"[1]", b"[" * 50_000):
        answer = await shop.call("/v1/payment/info", body)
        assert (answer.status_code, answer.json()["state"]) == (400, 1), body[:8]


async def test_empty_body_has_no_parameters(shop: CryptoShop) -> None:
    assert (await shop.call("/v1/payment/services", b"")).status_code == 200
    assert (await shop.call("/v1/payment/info", b"")).json() == {
        "state": 1,
        "errors": {"uuid": ["validation.required_without"], "order_id": ["validation.required_without"]},
    }


GOOD: dict[str, Any] = {"amount": "1.00", "currency": "USD", "order_id": "x"}
PLAN: dict[str, Any] = {"amount": "1.00", "currency": "USD", "name": "Plan", "period": "weekly"}


WRONG: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("/v1/payment", {}, {"amount": "required", "currency": "required", "order_id": "required"}),
    ("/v1/payment", {**GOOD, "colour": "red"}, {"colour": "prohibited"}),
    ("/v1/payment", {**GOOD, "amount": 1}, {"amount": "string"}),
    ("/v1/payment", {**GOOD, "amount": "1,00"}, {"amount": "numeric"}),
    ("/v1/payment", {**GOOD, "amount": "0.00"}, {"amount": "gt"}),
    ("/v1/payment", {**GOOD, "currency": "XXX"}, {"currency": "in"}),
    ("/v1/payment", {**GOOD, "order_id": "a b"}, {"order_id": "alpha_dash"}),
    ("/v1/payment", {**GOOD, "order_id": "a" * 129}, {"order_id": "max"}),
    ("/v1/payment", {**GOOD, "lifetime": 299}, {"lifetime": "min"}),
    ("/v1/payment", {**GOOD, "lifetime": 43_201}, {"lifetime": "max"}),
    ("/v1/payment", {**GOOD, "lifetime": True}, {"lifetime": "integer"}),
    ("/v1/payment", {**GOOD, "is_payment_multiple": "no"}, {"is_payment_multiple": "boolean"}),
    ("/v1/payment", {**GOOD, "accuracy_payment_percent": 6}, {"accuracy_payment_percent": "max"}),
    ("/v1/payment", {**GOOD, "additional_data": "x" * 256}, {"additional_data": "max"}),
    ("/v1/payment", {**GOOD, "url_callback": "shop"}, {"url_callback": "min"}),
    ("/v1/payment", {**GOOD, "url_success": "ftp://shop.example"}, {"url_success": "url"}),
    ("/v1/payment", {**GOOD, "currencies": [{"name": "BTC"}]}, {"currencies": "array"}),
    ("/v1/payment", {**GOOD, "to_currency": "EUR"}, {"to_currency": "in"}),
    ("/v1/payment/info", {"uuid": "x"}, {"uuid": "uuid"}),
    ("/v1/payment/list", {"date_from": "yesterday"}, {"date_from": "date_format"}),
    ("/v1/recurrence/create", {**PLAN, "period": "yearly"}, {"period": "in"}),
    ("/v1/recurrence/create", {**PLAN, "name": "ab"}, {"name": "min"}),
    ("/v1/recurrence/create", {**PLAN, "order_id": "a" * 101}, {"order_id": "max"}),
    ("/v1/recurrence/create", {**PLAN, "discount_days": 3}, {"discount_amount": "required_with"}),
    ("/v1/test-webhook/payment", {"currency": "USD"}, {"url_callback": "required", "network": "required"}),
]


async def test_each_wrong_parameter_is_named(shop: CryptoShop) -> None:
    for path, params, broken in WRONG:
        body = await shop.refused(path, **params)
        assert body["errors"] == {name: [f"validation.{rule}"] for name, rule in broken.items()}, params


async def test_repeated_order_id_returns_the_same_invoice_in_any_status(shop: CryptoShop) -> None:
    made = await shop.invoice()
    assert (await shop.invoice(amount="5.00"))["amount"] == "29.99"
    await shop.advance(hours=2)
    again = await shop.invoice()
    assert (again["uuid"], again["status"]) == (made["uuid"], "cancel")

    fresh = await shop.invoice(is_refresh=True)
    assert (fresh["uuid"], fresh["status"]) == (made["uuid"], "check")
    assert fresh["expired_at"] > made["expired_at"]
    await shop.refused("/v1/recurrence/create", **PLAN, order_id="order-1")


async def test_invoice_is_found_by_order_id_before_uuid(shop: CryptoShop) -> None:
    one, two = await shop.invoice("one"), await shop.invoice("two")
    assert (await shop.done("/v1/payment/info", order_id="two"))["uuid"] == two["uuid"]
    both = await shop.done("/v1/payment/info", order_id="two", uuid=one["uuid"])
    assert both["uuid"] == two["uuid"]
    assert await shop.refused("/v1/payment/info", order_id="three") == {"state": 1, "message": "Payment was not found"}


async def test_invoice_shows_the_coin_chosen_by_the_seller_before_the_payment(shop: CryptoShop) -> None:
    made = await shop.invoice(to_currency="BTC", network="btc")
    assert (made["payer_currency"], made["network"], made["payment_amount"]) == ("BTC", "btc", "0.00000000")
    assert made["address"].startswith("bt1q")
    refused = await shop.refused("/v1/payment", **GOOD, to_currency="BTC", network="tron")
    assert refused["message"] == "The service was not found"


async def test_cryptomus_times_are_in_utc_plus_three(shop: CryptoShop) -> None:
    made = await shop.invoice()
    assert made["created_at"].endswith("+03:00")
    assert made["expired_at"] - 3600 == pytest.approx(shop.world.clock.timestamp(), abs=60)


async def test_cryptomus_lists_are_paged(shop: CryptoShop) -> None:
    for number in range(17):
        await shop.invoice(f"order-{number}")
    first = await shop.done("/v1/payment/list")
    assert [each["order_id"] for each in first["items"][:2]] == ["order-16", "order-15"]
    assert first["paginate"] | {"nextCursor": "…"} == {
        "count": 15,
        "hasPages": True,
        "nextCursor": "…",
        "previousCursor": None,
        "perPage": 15,
    }
    second = await shop.done(f"/v1/payment/list?cursor={first['paginate']['nextCursor']}")
    assert [each["order_id"] for each in second["items"]] == ["order-1", "order-0"]
    later = await shop.done("/v1/payment/list", date_from="2100-01-01 00:00:00")
    assert later["items"] == []


async def test_service_list_contains_available_coins(shop: CryptoShop) -> None:
    found = await shop.done("/v1/payment/services")
    assert {"USDT", "BTC", "ETH"} <= {each["currency"] for each in found}
    assert all(each["is_available"] for each in found)


async def test_webhook_of_a_paid_invoice_can_be_resent(shop: CryptoShop) -> None:
    made = await shop.invoice()
    assert "not finalized" in (await shop.refused("/v1/payment/resend", uuid=made["uuid"]))["message"]
    await shop.pay(made["uuid"])
    [paid] = await shop.received("paid")
    assert await shop.done("/v1/payment/resend", txid=paid["txid"]) == []
    first, second = await shop.received("paid", 2)
    assert first == second


async def test_test_webhook_is_signed_and_not_stored(shop: CryptoShop) -> None:
    await shop.done(
        "/v1/test-webhook/payment",
        url_callback=shop.receiver.url,
        currency="USD",
        network="tron",
        status="paid_over",
        order_id="try",
    )
    [told] = await shop.received("paid_over")
    assert (told["order_id"], told["network"], told["type"]) == ("try", "tron", "payment")
    assert (await shop.refused("/v1/payment/info", order_id="try"))["message"] == "Payment was not found"


async def test_refund_requires_a_paid_invoice_and_a_recipient_address(shop: CryptoShop) -> None:
    made = await shop.invoice()
    wanted = {"uuid": made["uuid"], "address": "TDD97yguPESTpcrJMqU6h2ozZbibv4Vaqm", "is_subtract": True}
    assert "can not" in (await shop.refused("/v1/payment/refund", **wanted))["message"]
    await shop.pay(made["uuid"])
    assert set((await shop.refused("/v1/payment/refund", uuid=made["uuid"]))["errors"]) == {"address", "is_subtract"}
    assert await shop.done("/v1/payment/refund", **wanted) == []
    await shop.received("refund_paid")


async def test_calls_are_logged_by_name_without_the_key(shop: CryptoShop) -> None:
    await shop.invoice()
    [call] = [each for each in (await shop.control("GET", "calls"))["calls"] if each["protocol"] == "cryptomus"]
    assert (call["method"], call["state"], call["params"]["order_id"]) == ("POST /v1/payment", "done", "order-1")
    assert KEY not in json.dumps(call)


async def test_faults_apply_to_the_named_call(shop: CryptoShop) -> None:
    faults: list[tuple[dict[str, Any], int, str]] = [
        ({"do": "flood", "seconds": 7}, 429, "Too Many Attempts."),
        ({"do": "error", "code": 503}, 503, "Server Error"),
        ({"do": "garbage"}, 200, "<html>"),
    ]
    for fault, status, text in faults:
        meant = {"on": "cryptomus", "method": "POST /v1/payment/services", "times": 1}
        await shop.control("PUT", "faults", [meant | fault])
        await shop.invoice()
        answer = await shop.call("/v1/payment/services")
        assert answer.status_code == status
        assert text in answer.text
        assert answer.headers.get("retry-after") == ("7" if status == 429 else None)
        assert (await shop.call("/v1/payment/services")).json()["state"] == 0
