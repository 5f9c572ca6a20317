"""Subscriptions in Stars: renewals, failures, cancellations, refunds, the list of transactions."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Scene
from tests.support.plain_http import plain_http
from umbral_sandbox.world.telegram.star_records import Invoice, StarPayment

MONTH = timedelta(days=30)
SECONDS = 2_592_000
SHOWN = {"title": "VIP", "description": "monthly", "payload": "order 2", "currency": "XTR"}


def bought(scene: Scene, *, once: bool = False) -> StarPayment:
    """Pay an invoice as the customer, with the bot's approval."""
    stars = scene.telegram.stars
    period = None if once else SECONDS
    invoice = Invoice(bot=scene.bot.id, total=250, subscription_period=period, **SHOWN)
    stars.create_link(invoice)
    asked = stars.begin(scene.customer.id, invoice)
    stars.answer(scene.bot.id, asked.id, ok=True)
    paid = stars.complete(asked)
    scene.world.commit()
    return paid


def heard(scene: Scene) -> list[dict[str, Any]]:
    """Return the updates about payments since the last call."""
    found = scene.telegram.updates.fetch(scene.bot.id)
    scene.telegram.updates.drop(scene.bot.id)
    return [each for each in found if "pre_checkout_query" not in each]


async def control(scene: Scene, method: str, path: str, **body: Any) -> httpx.Response:
    async with plain_http(timeout=90) as client:
        return await client.request(method, f"{scene.sandbox.url}/control/{path}", json=body or None)


async def act(scene: Scene, charge: str, action: str, **body: Any) -> httpx.Response:
    return await control(scene, "POST", f"subscriptions/stars/{scene.customer.id}:{charge}/{action}", **body)


async def test_subscription_renews_each_month_by_the_clock(scene: Scene) -> None:
    paid = bought(scene)
    (first,) = heard(scene)
    receipt = first["message"]["successful_payment"]
    assert receipt["is_recurring"] is True
    assert receipt["is_first_recurring"] is True
    assert receipt["subscription_expiration_date"] == int(paid.at.timestamp()) + SECONDS

    await scene.world.advance(2 * MONTH + timedelta(minutes=1))
    renewals = [each["message"]["successful_payment"] for each in heard(scene)]
    assert ["is_first_recurring" in each for each in renewals] == [False, False]
    ends = [receipt["subscription_expiration_date"], *(each["subscription_expiration_date"] for each in renewals)]
    assert [late - early for early, late in pairwise(ends)] == [SECONDS, SECONDS]
    assert {each["invoice_payload"] for each in renewals} == {"order 2"}
    charges = {each["telegram_payment_charge_id"] for each in (receipt, *renewals)}
    assert len(charges) == 3


async def test_one_off_purchase_does_not_renew(scene: Scene) -> None:
    bought(scene, once=True)
    (told,) = heard(scene)
    assert "is_recurring" not in told["message"]["successful_payment"]
    await scene.world.advance(2 * MONTH)
    assert heard(scene) == []


async def test_charge_fails_until_the_payer_can_pay_again(scene: Scene) -> None:
    charge = bought(scene).charge_id
    heard(scene)
    assert (await act(scene, charge, "fail_payment")).json()["state"] == "active"
    await scene.world.advance(MONTH + timedelta(minutes=1))
    (failed,) = heard(scene)
    assert failed["subscription"]["state"] == "failed"
    assert failed["subscription"]["user"]["id"] == scene.customer.id
    await scene.world.advance(timedelta(days=2))
    assert heard(scene) == []
    assert (await act(scene, charge, "recover")).json()["state"] == "active"
    (paid,) = heard(scene)
    assert paid["message"]["successful_payment"]["is_recurring"] is True


async def test_unrecovered_charge_ends_the_subscription(scene: Scene) -> None:
    charge = bought(scene).charge_id
    await act(scene, charge, "fail_payment")
    await scene.world.advance(MONTH + timedelta(days=8))
    assert (await act(scene, charge, "recover")).status_code == 409
    (row,) = (await control(scene, "GET", "subscriptions")).json()["subscriptions"]
    assert (row["provider"], row["state"]) == ("stars", "ended")


async def test_payer_can_cancel_and_resume_the_subscription(scene: Scene) -> None:
    charge = bought(scene).charge_id
    heard(scene)
    stopped = (await act(scene, charge, "cancel")).json()
    assert (stopped["state"], stopped["cancel_at_period_end"], stopped["reference"]) == ("canceled", True, "order 2")
    assert (await act(scene, charge, "cancel")).status_code == 409
    assert (await act(scene, charge, "resume")).json()["state"] == "active"
    assert [each["subscription"]["state"] for each in heard(scene)] == ["canceled", "active"]
    await act(scene, charge, "cancel")
    heard(scene)
    await scene.world.advance(MONTH + timedelta(minutes=1))
    assert heard(scene) == []


async def test_bot_can_cancel_and_resume_the_subscription(scene: Scene) -> None:
    charge = bought(scene).charge_id
    heard(scene)
    edit = {"user_id": scene.customer.id, "telegram_payment_charge_id": charge}
    assert (await scene.call("editUserStarSubscription", **edit, is_canceled=True)).json()["result"] is True
    assert (await act(scene, charge, "renew")).status_code == 409
    assert (await scene.call("editUserStarSubscription", **edit, is_canceled=False)).json()["result"] is True
    assert (await act(scene, charge, "renew")).json()["state"] == "active"
    assert len(heard(scene)) == 1
    await scene.call("editUserStarSubscription", **edit, is_canceled=True)
    await scene.world.advance(3 * MONTH)
    assert await scene.refused("editUserStarSubscription", **edit, is_canceled=False) == (
        400,
        "Bad Request: SUBSCRIPTION_NOT_ACTIVE",
    )


@pytest.mark.parametrize("other", ["user_id", "telegram_payment_charge_id"])
async def test_bot_cannot_edit_a_subscription_with_a_wrong_user_or_charge(scene: Scene, other: str) -> None:
    edit: dict[str, Any] = {
        "user_id": scene.customer.id,
        "telegram_payment_charge_id": bought(scene).charge_id,
        "is_canceled": True,
    }
    edit[other] = scene.stranger.id if other == "user_id" else "another"
    assert await scene.refused("editUserStarSubscription", **edit) == (400, "Bad Request: CHARGE_NOT_FOUND")


async def test_stars_payment_is_refunded_once_and_in_full(scene: Scene) -> None:
    paid = bought(scene, once=True)
    heard(scene)
    path = f"payments/stars/{paid.charge_id}"
    assert (await control(scene, "POST", f"{path}/refund", amount="1")).status_code == 409
    assert (await control(scene, "POST", f"{path}/dispute")).status_code == 409
    assert (await control(scene, "POST", f"{path}/refund")).json()["state"] == "refunded"
    (told,) = heard(scene)
    assert told["message"]["refunded_payment"]["telegram_payment_charge_id"] == paid.charge_id
    assert (await control(scene, "POST", f"{path}/refund")).status_code == 409


async def test_transactions_are_listed_in_order(scene: Scene) -> None:
    once, monthly = bought(scene, once=True), bought(scene)
    scene.telegram.stars.refund(scene.bot.id, scene.customer.id, once.charge_id)
    scene.world.commit()
    listed = (await scene.call("getStarTransactions")).json()["result"]["transactions"]
    assert [each["id"] for each in listed] == [once.charge_id, monthly.charge_id, once.charge_id]
    assert ["receiver" in each for each in listed] == [False, False, True]
    assert [each.get("source", {}).get("subscription_period") for each in listed] == [None, SECONDS, None]
    page = (await scene.call("getStarTransactions", offset=1, limit=1)).json()["result"]["transactions"]
    assert [each["id"] for each in page] == [monthly.charge_id]
    code, _ = await scene.refused("getStarTransactions", limit=101)
    assert code == 400


async def test_subscription_invoice_with_a_too_high_price_or_wrong_period_is_refused(scene: Scene) -> None:
    link = {**SHOWN, "prices": [{"label": "VIP", "amount": 10_001}]}
    assert await scene.refused("createInvoiceLink", **link, subscription_period=SECONDS) == (
        400,
        "Bad Request: STARS_SUBSCRIPTION_AMOUNT_INVALID",
    )
    assert await scene.refused("createInvoiceLink", **link, subscription_period=SECONDS - 1) == (
        400,
        "Bad Request: SUBSCRIPTION_PERIOD_INVALID",
    )


async def test_invoice_above_the_maximum_of_stars_is_refused(scene: Scene) -> None:
    over = {**SHOWN, "prices": [{"label": "VIP", "amount": 10_001}]}
    refused = (400, "Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID")
    assert await scene.refused("createInvoiceLink", **over) == refused
    assert await scene.refused("sendInvoice", chat_id=scene.customer.id, **over) == refused


async def test_subscription_ended_by_the_seller_lasts_to_the_end_of_its_period(scene: Scene) -> None:
    paid = bought(scene)
    heard(scene)

    assert (await act(scene, paid.charge_id, "end")).json()["state"] == "canceled"
    assert (await act(scene, paid.charge_id, "end")).json()["state"] == "canceled"

    assert [each["subscription"]["state"] for each in heard(scene)] == ["canceled"]
    await scene.world.advance(2 * MONTH)
    assert heard(scene) == []
    assert (await act(scene, paid.charge_id, "end")).json()["state"] == "ended"
