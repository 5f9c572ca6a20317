"""Payments of an invoice: exact, underpaid, overpaid, late; and their webhooks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.cryptomus_sandbox_http import KEY, CryptoShop, running_crypto_shop
from umbral_sandbox.payments.cryptomus.hooks import PATIENCE
from umbral_sandbox.payments.cryptomus.phpjson import FORMS
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.webhooks import Attempt, Delivery
from umbral_sandbox.world.world import World


@pytest.fixture
async def shop() -> AsyncIterator[CryptoShop]:
    async with running_crypto_shop() as running:
        yield running


def in_currency(told: dict[str, Any]) -> str:
    """Convert the received coins back into the invoice's currency."""
    share = Decimal(told["payment_amount"]) / Decimal(told["payer_amount"])
    return f"{share * Decimal(told['amount']):.2f}"


async def test_exact_payment_is_confirmed_and_reported(shop: CryptoShop) -> None:
    made = await shop.invoice(additional_data="o=1")
    assert (made["payment_status"], made["is_final"], made["payer_currency"]) == ("check", False, None)
    assert made["url"] == f"{shop.url}/pay/cryptomus/{made['uuid']}"

    assert (await shop.pay(made["uuid"]))["state"] == "paid"
    [seen] = await shop.received("confirm_check")
    [paid] = await shop.received("paid")

    assert (seen["is_final"], seen["payment_amount_usd"]) == (False, "0.00")
    assert paid["is_final"] is True
    assert (paid["uuid"], paid["order_id"], paid["additional_data"]) == (made["uuid"], "order-1", "o=1")
    assert (paid["amount"], paid["currency"]) == ("29.99000000", "EUR")
    assert paid["payment_amount"] == paid["payer_amount"]
    assert (paid["payer_currency"], paid["network"]) == ("USDT", "tron")
    now = await shop.info(made["uuid"])
    assert (now["amount"], now["payment_status"], now["txid"]) == ("29.99", "paid", paid["txid"])


async def test_coin_amounts_have_eight_decimals_and_an_exchange_rate(shop: CryptoShop) -> None:
    made = await shop.invoice()
    await shop.pay(made["uuid"])
    now = await shop.info(made["uuid"])

    for name in ("payment_amount", "payer_amount", "merchant_amount", "commission", "payer_amount_exchange_rate"):
        assert len(now[name].partition(".")[2]) == 8, name
    kept = Decimal(now["merchant_amount"]) + Decimal(now["commission"])
    assert kept == Decimal(now["payment_amount"])
    assert f"{Decimal(now['payer_amount']) * Decimal(now['payer_amount_exchange_rate']):.2f}" == "29.99"
    assert 32 < Decimal(now["payment_amount_usd"]) < 33


async def test_underpaid_invoice_has_status_wrong_amount_and_overpaid_invoice_paid_over(shop: CryptoShop) -> None:
    for amount, status in (("20.00", "wrong_amount"), ("29.98", "wrong_amount"), ("35.50", "paid_over")):
        order_id = f"order-{amount[:2]}"
        made = await shop.invoice(order_id)
        await shop.pay(made["uuid"], amount)
        now = await shop.info(made["uuid"])

        assert (now["status"], now["is_final"]) == (status, True)
        assert in_currency(now) == amount
        payment = (await shop.control("GET", "payments"))["payments"][-1]
        assert (payment["amount"], payment["state"], payment["reference"]) == (amount, "paid", order_id)
    assert {in_currency(each) for each in await shop.received("wrong_amount", 2)} == {"20.00", "29.98"}
    assert in_currency((await shop.received("paid_over"))[0]) == "35.50"


async def test_missing_amount_can_be_paid_later_if_several_payments_are_allowed(shop: CryptoShop) -> None:
    made = await shop.invoice(is_payment_multiple=True)
    assert (await shop.pay(made["uuid"], "20.00"))["state"] == "open"
    [waiting] = await shop.received("wrong_amount_waiting")
    assert (waiting["is_final"], in_currency(waiting)) == (False, "20.00")

    await shop.pay(made["uuid"])
    [paid] = await shop.received("paid")
    assert paid["payment_amount"] == paid["payer_amount"]
    assert paid["txid"] != waiting["txid"]


async def test_partial_payments_that_add_up_exactly_to_the_amount_pay_the_invoice(shop: CryptoShop) -> None:
    for number, parts in enumerate((("10.00", "9.99", "10.00"), ("0.01", "29.98"), ("7.77", "11.11", "11.11"))):
        made = await shop.invoice(f"order-{number}", is_payment_multiple=True)
        for part in parts:
            await shop.pay(made["uuid"], part)
        assert (await shop.info(made["uuid"]))["status"] == "paid"


async def test_partially_paid_invoice_is_underpaid_after_expiry(shop: CryptoShop) -> None:
    made = await shop.invoice(is_payment_multiple=True, lifetime=300)
    await shop.pay(made["uuid"], "20.00")
    await shop.advance(seconds=301)
    [told] = await shop.received("wrong_amount")
    assert (told["is_final"], in_currency(told)) == (True, "20.00")


async def test_underpayment_within_the_permitted_inaccuracy_counts_as_paid(shop: CryptoShop) -> None:
    for order_id, amount, status in (("near", "28.50", "paid"), ("far", "28.40", "wrong_amount")):
        made = await shop.invoice(order_id, accuracy_payment_percent=5)
        await shop.pay(made["uuid"], amount)
        assert (await shop.info(made["uuid"]))["status"] == status


async def test_unpaid_invoice_is_canceled_after_expiry_without_payment_details(shop: CryptoShop) -> None:
    made = await shop.invoice()
    await shop.advance(seconds=3601)
    [told] = await shop.received("cancel")
    assert (told["is_final"], told["payer_amount"], told["network"]) == (True, None, None)
    assert "txid" not in told
    assert (await shop.info(made["uuid"]))["expired_at"] == made["expired_at"]
    await shop.control("POST", f"checkouts/{made['uuid']}/pay", status=409)
    [checkout] = (await shop.control("GET", "checkouts"))["checkouts"]
    assert (checkout["state"], checkout["amount"], checkout["currency"]) == ("expired", "29.99", "EUR")


async def test_checkout_can_be_declined_abandoned_and_expired(shop: CryptoShop) -> None:
    keys = {name: (await shop.invoice(name))["uuid"] for name in ("decline", "abandon", "expire")}
    states = {name: (await shop.control("POST", f"checkouts/{key}/{name}"))["state"] for name, key in keys.items()}
    assert states == {"decline": "declined", "abandon": "abandoned", "expire": "expired"}
    assert (await shop.received("fail"))[0]["order_id"] == "decline"
    assert (await shop.received("cancel"))[0]["order_id"] == "expire"
    assert (await shop.pay(keys["abandon"]))["state"] == "paid"


async def test_refund_is_pending_and_then_paid(shop: CryptoShop) -> None:
    made = await shop.invoice()
    await shop.control("POST", f"payments/cryptomus/{made['uuid']}/refund", status=404)
    await shop.pay(made["uuid"])
    await shop.control("POST", f"payments/cryptomus/{made['uuid']}/refund", {"amount": "1.00"}, 409)
    await shop.control("POST", f"payments/cryptomus/{made['uuid']}/dispute", status=409)
    refunded = await shop.control("POST", f"payments/cryptomus/{made['uuid']}/refund")
    assert refunded["state"] == "refunded"
    await shop.received("refund_process")
    [told] = await shop.received("refund_paid")
    assert in_currency(told) == "29.99"
    await shop.control("POST", f"payments/cryptomus/{made['uuid']}/refund", status=409)


async def test_payment_is_confirmed_after_the_configured_time() -> None:
    async with running_crypto_shop(confirm_after_s="600") as shop:
        made = await shop.invoice()
        assert (await shop.pay(made["uuid"]))["state"] == "open"
        await shop.received("confirm_check")
        assert (await shop.info(made["uuid"]))["is_final"] is False
        await shop.control("POST", f"checkouts/{made['uuid']}/pay", status=409)
        await shop.advance(seconds=601)
        await shop.received("paid")
        await shop.control("POST", f"payments/cryptomus/{made['uuid']}/refund")
        assert (await shop.info(made["uuid"]))["status"] == "refund_process"
        await shop.advance(seconds=601)
        await shop.received("refund_paid")


async def test_body_is_sent_in_the_configured_json_form(shop: CryptoShop) -> None:
    note = "Подписка/año\u2028"
    for count, form in enumerate(FORMS, 1):
        await shop.control("POST", "providers/cryptomus", {"json_form": form})
        made = await shop.invoice(f"order-{form}", additional_data=note)
        await shop.pay(made["uuid"])
        assert {each["additional_data"] for each in await shop.received("paid", count)} == {note}
    await shop.control("POST", "providers/cryptomus", {"json_form": "yaml"}, 400)


async def test_refused_webhook_is_repeated_with_the_same_body(shop: CryptoShop) -> None:
    shop.receiver.status = 503
    made = await shop.invoice()
    await shop.control("POST", f"checkouts/{made['uuid']}/decline")
    await shop.received("fail", 2)
    assert len(set(shop.receiver.bodies)) == 1


async def test_delivery_fails_after_a_few_attempts() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    told = Delivery(id=1, provider="", endpoint="", url="", event="", type="", body="", created=now, due=now)
    while told.state == "waiting":
        told.record([Attempt(at=told.due, headers={}, status=500)], told.due, PATIENCE)
    assert told.tries == 7
    assert timedelta(minutes=30) < told.due - now < timedelta(hours=3)


async def test_forged_webhook_is_signed_with_another_key(shop: CryptoShop) -> None:
    await shop.control("PUT", "faults", [{"on": "webhooks", "do": "forge", "method": "payment.paid", "times": 1}])
    made = await shop.invoice()
    await shop.pay(made["uuid"])
    await shop.until(lambda: len(shop.receiver.bodies) == 2)
    assert [each["status"] for each in shop.receiver.verified()] == ["confirm_check"]


async def test_webhooks_after_a_key_change_are_signed_with_the_new_key(shop: CryptoShop) -> None:
    made = await shop.invoice()
    shop.receiver.key = "another-key-of-the-shop"
    await shop.control("POST", "providers/cryptomus", {"api_key": shop.receiver.key})
    await shop.pay(made["uuid"])
    await shop.received("paid")
    await shop.control("POST", "providers/cryptomus", {"api_key": KEY})


async def test_no_webhook_is_sent_without_an_address_or_when_disabled(shop: CryptoShop) -> None:
    silent = await shop.invoice("silent", url_callback=None)
    await shop.pay(silent["uuid"])
    never = await shop.invoice("never")
    await shop.pay(never["uuid"], webhooks="never")
    assert (await shop.control("GET", "deliveries"))["deliveries"] == []


async def test_account_state_survives_a_kill(tmp_path: Path) -> None:
    async with running_crypto_shop(tmp_path / "world.sqlite3") as shop:
        made = await shop.invoice()
        await shop.pay(made["uuid"], "20.00")
        plan = await shop.recurrence()
        await shop.pay(plan["uuid"])
        before = await shop.control("GET", "state")
        # Nothing was closed: a killed process leaves this state behind.
        reopened = World(tmp_path / "world.sqlite3")
        simulator = payments_of(reopened).simulators["cryptomus"]
        assert simulator.state() == before["cryptomus"]
        reopened.close()
