"""Paying an invoice: exactly, too little, too much, too late; and the webhooks about it."""

from collections.abc import AsyncIterator

import pytest

from tests.support.cryptomus_sandbox import CryptoShop, running_crypto_shop


@pytest.fixture
async def shop() -> AsyncIterator[CryptoShop]:
    async with running_crypto_shop() as running:
        yield running


async def test_an_exact_payment_is_seen_confirmed_and_told(shop: CryptoShop) -> None:
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
