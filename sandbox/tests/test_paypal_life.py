"""Lifecycle of a subscription by the world's clock: renewals, failures, suspensions, ends, refunds, disputes."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.paypal_sandbox import PAGES, PayPalShop, cycle, running_paypal
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.world.world import World


@pytest.fixture
async def shop() -> AsyncIterator[PayPalShop]:
    async with running_paypal() as running:
        yield running


def next_billing(subscription: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(subscription["billing_info"]["next_billing_time"])


async def sales(shop: PayPalShop) -> list[dict[str, Any]]:
    return (await shop.control("GET", "payments"))["payments"]


async def test_subscription_renews_each_month_on_its_day(shop: PayPalShop) -> None:
    subscription = await shop.subscribed()
    await shop.advance(days=62)
    await shop.sign_in()
    [_, second, third] = await shop.received("PAYMENT.SALE.COMPLETED", 3)
    now = await shop.read(subscription["id"])
    begun = datetime.fromisoformat(subscription["start_time"])
    assert next_billing(now).day == begun.day or next_billing(now).month == 2
    assert second["create_time"] < third["create_time"] < now["billing_info"]["next_billing_time"]
    assert now["billing_info"]["cycle_executions"][0]["cycles_completed"] == 3
    listed = f"/v1/billing/subscriptions/{subscription['id']}/transactions"
    times = "start_time=2000-01-01T00:00:00Z&end_time=2100-01-01T00:00:00Z"
    transactions = (await shop.call("GET", f"{listed}?{times}"))["transactions"]
    assert [each["status"] for each in transactions] == ["COMPLETED"] * 3
    assert {each["amount_with_breakdown"]["gross_amount"]["value"] for each in transactions} == {"29.99"}
    assert third["resource"]["id"] == transactions[0]["id"]
    assert await shop.refused("GET", listed, status=400) == "MISSING_REQUIRED_PARAMETER"


@pytest.mark.parametrize("order", ["before", "after"])
async def test_activation_and_first_sale_webhooks_are_sent_in_the_configured_order(order: str) -> None:
    async with running_paypal(activation=order) as shop:
        await shop.subscribed()
        await shop.received("PAYMENT.SALE.COMPLETED")
        await shop.received("BILLING.SUBSCRIPTION.ACTIVATED")
        came = [each["event_type"] for each in shop.receiver.events()]
        activated, sold = came.index("BILLING.SUBSCRIPTION.ACTIVATED"), came.index("PAYMENT.SALE.COMPLETED")
        assert (activated < sold) is (order == "before")


async def test_failed_payment_is_retried_before_the_suspension(shop: PayPalShop) -> None:
    subscription = (await shop.subscribed())["id"]
    end = next_billing(await shop.read(subscription))
    await shop.act(subscription, "fail_payment")
    await shop.act(subscription, "renew")
    [failed] = await shop.received("BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    assert failed["resource"]["status"] == "ACTIVE"
    info = failed["resource"]["billing_info"]
    assert (info["failed_payments_count"], info["outstanding_balance"]["value"]) == (1, "29.99")
    assert info["next_billing_time"] > end.isoformat()
    first, again = info["last_failed_payment"]["time"], info["last_failed_payment"]["next_payment_retry_time"]
    assert (datetime.fromisoformat(again) - datetime.fromisoformat(first)).days == 5

    await shop.advance(days=11)
    await shop.received("BILLING.SUBSCRIPTION.PAYMENT.FAILED", 3)
    [suspended] = await shop.received("BILLING.SUBSCRIPTION.SUSPENDED")
    assert suspended["resource"]["status"] == "SUSPENDED"
    assert "next_billing_time" not in suspended["resource"]["billing_info"]
    assert len(await sales(shop)) == 1

    await shop.act(subscription, "recover")
    assert await shop.received("BILLING.SUBSCRIPTION.RE-ACTIVATED")
    await shop.received("PAYMENT.SALE.COMPLETED", 2)
    await shop.sign_in()
    info = (await shop.read(subscription))["billing_info"]
    assert (info["failed_payments_count"], info["outstanding_balance"]["value"]) == (0, "0.00")


async def test_failed_payment_without_failure_threshold_remains_outstanding_until_the_payer_can_pay(
    shop: PayPalShop,
) -> None:
    plan = await shop.plan(payment_preferences={})
    subscription = (await shop.subscribed(plan))["id"]
    await shop.act(subscription, "fail_payment")
    await shop.act(subscription, "renew")
    await shop.advance(days=11)
    await shop.sign_in()
    info = (await shop.read(subscription))["billing_info"]
    assert (info["failed_payments_count"], info["outstanding_balance"]["value"]) == (3, "29.99")
    amount = {"note": "now", "capture_type": "OUTSTANDING_BALANCE", "amount": info["outstanding_balance"]}
    path = f"/v1/billing/subscriptions/{subscription}/capture"
    assert await shop.refused("POST", path, amount) == "USER_ACCOUNT_CLOSED"
    await shop.act(subscription, "recover")
    assert await shop.refused("POST", path, amount) == "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE"
    assert [each["amount"] for each in await sales(shop)] == ["29.99", "29.99"]


async def test_subscription_is_canceled_immediately_and_cannot_be_canceled_twice(shop: PayPalShop) -> None:
    waiting = await shop.subscribe()
    reason = {"reason": "No longer wanted"}
    path = f"/v1/billing/subscriptions/{waiting['id']}/cancel"
    assert await shop.refused("POST", path, reason) == "SUBSCRIPTION_STATUS_INVALID"
    await shop.control("POST", f"checkouts/{waiting['id']}/pay")
    assert (await shop.send("POST", path, reason)).status_code == 204
    [cancelled] = await shop.received("BILLING.SUBSCRIPTION.CANCELLED")
    assert cancelled["resource"]["status_change_note"] == "No longer wanted"
    assert "next_billing_time" not in cancelled["resource"]["billing_info"]
    assert await shop.refused("POST", path, reason) == "SUBSCRIPTION_STATUS_INVALID"
    await shop.act(waiting["id"], "renew", status=409)
    await shop.advance(days=40)
    assert len(await sales(shop)) == 1
    [view] = (await shop.control("GET", "subscriptions"))["subscriptions"]
    assert view["state"] == "CANCELLED"
    assert datetime.fromisoformat(view["period_end"]) > datetime.fromisoformat(waiting["create_time"])


async def test_suspended_subscription_is_not_billed(shop: PayPalShop) -> None:
    before = await shop.subscribed()
    path, why = f"/v1/billing/subscriptions/{before['id']}", {"reason": "Ends with the period"}
    await shop.call("POST", f"{path}/suspend", why, 204)
    assert await shop.refused("POST", f"{path}/suspend", why) == "SUBSCRIPTION_STATUS_INVALID"
    suspended = await shop.read(before["id"])
    assert (suspended["status"], suspended["status_change_note"]) == ("SUSPENDED", "Ends with the period")
    await shop.call("POST", f"{path}/activate", {}, 204)
    assert next_billing(await shop.read(before["id"])) == next_billing(before)
    assert await shop.refused("POST", f"{path}/activate", {}) == "SUBSCRIPTION_STATUS_INVALID"
    await shop.act(before["id"], "pause")
    await shop.advance(days=70)
    await shop.act(before["id"], "resume")
    await shop.sign_in()
    assert len(await sales(shop)) == 1
    now = await shop.read(before["id"])
    assert next_billing(now) > next_billing(before)
    assert now["billing_info"]["outstanding_balance"]["value"] == "0.00"
    await shop.received("BILLING.SUBSCRIPTION.RE-ACTIVATED", 2)


async def test_subscription_expires_after_trial_and_two_months(shop: PayPalShop) -> None:
    week = {"interval_unit": "WEEK", "interval_count": 1}
    plan = await shop.plan(cycle(None, tenure_type="TRIAL", total=1, frequency=week), cycle(total=2))
    subscription = (await shop.subscribed(plan))["id"]
    assert await shop.received("BILLING.SUBSCRIPTION.ACTIVATED")
    assert await sales(shop) == []
    await shop.advance(days=8)
    await shop.received("PAYMENT.SALE.COMPLETED")
    await shop.advance(days=31)
    await shop.received("PAYMENT.SALE.COMPLETED", 2)
    await shop.sign_in()
    now = await shop.read(subscription)
    assert (now["status"], "next_billing_time" in now["billing_info"]) == ("ACTIVE", False)
    await shop.advance(days=32)
    [expired] = await shop.received("BILLING.SUBSCRIPTION.EXPIRED")
    assert expired["resource"]["status"] == "EXPIRED"
    assert len(await sales(shop)) == 2


async def test_plan_change_requires_approval_and_is_charged_from_the_next_cycle(shop: PayPalShop) -> None:
    product = await shop.product()
    cheap, dear = await shop.plan(product=product), await shop.plan(cycle("59.99"), product=product)
    subscription = (await shop.subscribed(cheap))["id"]
    path = f"/v1/billing/subscriptions/{subscription}/revise"
    assert await shop.refused("POST", path, {"plan_id": await shop.plan()}) == "PRODUCT_MISMATCH"
    revised = await shop.call("POST", path, {"plan_id": dear, "application_context": PAGES})
    [approve] = [each["href"] for each in revised["links"] if each["rel"] == "approve"]
    assert (await shop.read(subscription))["plan_id"] == cheap
    answer = await shop.http.post(f"{approve}/pay")
    assert answer.headers["location"].startswith("https://shop.example/thanks?a=1&subscription_id=I-")
    [updated] = await shop.received("BILLING.SUBSCRIPTION.UPDATED")
    assert updated["resource"]["plan_id"] == dear
    assert len(await sales(shop)) == 1
    await shop.act(subscription, "renew")
    assert [each["amount"] for each in await sales(shop)] == ["29.99", "59.99"]


async def test_refunds_cannot_exceed_the_payment(shop: PayPalShop) -> None:
    await shop.subscribed()
    [sale] = [each["id"] for each in await sales(shop)]
    path = f"/v1/payments/sale/{sale}"
    wrong = {"amount": {"total": "1.00", "currency": "USD"}}
    assert await shop.refused("POST", f"{path}/refund", wrong, 400) == "CURRENCY_MISMATCH"
    part = {"amount": {"total": "10.00", "currency": "EUR"}}
    refund = await shop.call("POST", f"{path}/refund", part, 201, PayPal_Request_Id="r-1")
    assert (await shop.call("POST", f"{path}/refund", part, 200, PayPal_Request_Id="r-1"))["id"] == refund["id"]
    assert (await shop.call("GET", path))["state"] == "partially_refunded"
    [view] = await sales(shop)
    assert view["state"] == "partially_refunded"
    too_much = {"amount": {"total": "20.00", "currency": "EUR"}}
    assert await shop.refused("POST", f"{path}/refund", too_much, 400) == "REFUND_EXCEEDED_TRANSACTION_AMOUNT"
    await shop.call("POST", f"{path}/refund", {}, 201)
    assert (await shop.call("GET", path))["state"] == "refunded"
    assert await shop.refused("POST", f"{path}/refund", {}, 400) == "TRANSACTION_ALREADY_REFUNDED"
    [first, second] = [each["resource"] for each in await shop.received("PAYMENT.SALE.REFUNDED", 2)]
    assert (first["id"], first["sale_id"], first["amount"]["total"]) == (refund["id"], sale, "10.00")
    assert (second["amount"]["total"], second["total_refunded_amount"]["total"]) == ("19.99", "29.99")
    assert (await shop.call("GET", f"/v1/payments/refund/{refund['id']}"))["state"] == "completed"
    await shop.control("POST", f"payments/paypal/{sale}/refund", {"amount": "1.999"}, status=400)
    await shop.control("POST", f"payments/paypal/{sale}/refund", status=409)


@pytest.mark.parametrize(
    ("stage", "action", "outcome", "state"),
    [
        ("CHARGEBACK", "win", "RESOLVED_SELLER_FAVOUR", "paid"),
        ("CHARGEBACK", "lose", "RESOLVED_BUYER_FAVOUR", "disputed"),
        ("INQUIRY", "lose", "RESOLVED_BUYER_FAVOUR", "disputed"),
    ],
)
async def test_disputes_can_be_opened_and_closed(stage: str, action: str, outcome: str, state: str) -> None:
    async with running_paypal(dispute_stage=stage) as shop:
        subscription = (await shop.subscribed())["id"]
        [sale] = [each["id"] for each in await sales(shop)]
        await shop.act(subscription, "dispute")
        [created] = await shop.received("CUSTOMER.DISPUTE.CREATED")
        assert created["resource"]["dispute_life_cycle_stage"] == stage
        assert created["resource"]["disputed_transactions"][0]["seller_transaction_id"] == sale
        held = stage == "CHARGEBACK"
        assert [each["state"] for each in await sales(shop)] == ["disputed" if held else "paid"]
        if not held:
            await shop.act(subscription, "dispute")
            [updated] = await shop.received("CUSTOMER.DISPUTE.UPDATED")
            assert updated["resource"]["dispute_life_cycle_stage"] == "CHARGEBACK"
        await shop.act(subscription, "dispute", status=409)
        assert await shop.refused("POST", f"/v1/payments/sale/{sale}/refund", {}, 400) == "TRANSACTION_REFUSED"
        await shop.act(subscription, f"{action}_dispute")
        [resolved] = await shop.received("CUSTOMER.DISPUTE.RESOLVED")
        assert resolved["resource"]["dispute_outcome"]["outcome_code"] == outcome
        assert [each["state"] for each in await sales(shop)] == [state]
        key = resolved["resource"]["dispute_id"]
        assert (await shop.call("GET", f"/v1/customer/disputes/{key}"))["status"] == "RESOLVED"
        listed = await shop.call("GET", f"/v1/customer/disputes?disputed_transaction_id={sale}")
        assert [each["dispute_id"] for each in listed["items"]] == [key]
        if action == "lose":
            [reversed_sale] = await shop.received("PAYMENT.SALE.REVERSED")
            assert reversed_sale["resource"]["amount"]["total"] == "-29.99"
            assert sale not in str(reversed_sale)
            link = f"/v1/payments/refund/{reversed_sale['resource']['id']}"
            assert reversed_sale["resource"]["links"][0]["href"] == shop.base + link
            assert (await shop.call("GET", link))["sale_id"] == sale
        accept = {"note": "too late"}
        issue = await shop.refused("POST", f"/v1/customer/disputes/{key}/accept-claim", accept)
        assert issue == "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"


async def test_seller_can_answer_a_dispute(shop: PayPalShop) -> None:
    await shop.control("POST", "providers/paypal", {"dispute_stage": "INQUIRY"})
    subscription = (await shop.subscribed())["id"]
    await shop.act(subscription, "dispute")
    [case] = (await shop.call("GET", "/v1/customer/disputes"))["items"]
    path = f"/v1/customer/disputes/{case['dispute_id']}"
    await shop.call("POST", f"{path}/send-message", {"message": "What is wrong?"})
    await shop.call("POST", f"{path}/escalate", {"note": "Please decide"})
    await shop.call("POST", f"{path}/provide-evidence", {"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT"}]})
    shown = await shop.call("GET", path)
    assert (shown["status"], len(shown["messages"])) == ("UNDER_REVIEW", 2)
    await shop.call("POST", f"{path}/accept-claim", {"note": "All right"})
    [refunded] = await shop.received("PAYMENT.SALE.REFUNDED")
    assert refunded["resource"]["amount"]["total"] == "29.99"
    assert (await shop.call("GET", path))["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    async with running_paypal(tmp_path / "world.sqlite3") as shop:
        subscription = (await shop.subscribed())["id"]
        await shop.act(subscription, "fail_payment")
        authority, token = shop.ca_pem, shop.token
        # Everything is on disk already: a killed process would have lost nothing.
        killed = World(tmp_path / "world.sqlite3")
        left = payments_of(killed).simulators["paypal"]
        assert [each.id for each in left.subscriptions()] == [subscription]
        assert [each.state for each in left.payments()] == ["paid"]
        killed.close()
    async with running_paypal(tmp_path / "world.sqlite3") as shop:
        shop.token = token
        assert shop.ca_pem == authority
        assert (await shop.read(subscription))["status"] == "ACTIVE"
        await shop.advance(days=32)
        [failed] = await shop.received("BILLING.SUBSCRIPTION.PAYMENT.FAILED")
        assert failed["resource"]["id"] == subscription
        state = await shop.control("GET", "state")
        assert [each["state"] for each in state["paypal"]["subscriptions"]] == ["ACTIVE"]


async def test_subscriptions_are_listed_by_state_newest_first_without_plans(shop: PayPalShop) -> None:
    keys = [(await shop.subscribed())["id"] for _ in range(3)]
    await shop.act(keys[1], "cancel")
    path = "/v1/billing/subscriptions"
    listed = await shop.call("GET", f"{path}?statuses=ACTIVE,SUSPENDED&page_size=1")
    assert [each["id"] for each in listed["subscriptions"]] == [keys[2]]
    assert [each["rel"] for each in listed["links"]] == ["self", "first", "next", "last"]
    listed = await shop.call("GET", f"{path}?statuses=ACTIVE,SUSPENDED&page_size=1&page=2")
    assert [each["id"] for each in listed["subscriptions"]] == [keys[0]]
    assert (await shop.call("GET", f"{path}?created_before=2000-01-01T00:00:00Z"))["subscriptions"] == []
    assert await shop.refused("GET", f"{path}?page_size=21", status=400) == "INVALID_PARAMETER_VALUE"
    assert await shop.refused("GET", f"{path}?statuses=active", status=400) == "INVALID_PARAMETER_SYNTAX"


async def test_subscription_can_be_ended_by_the_seller_in_every_state(shop: PayPalShop) -> None:
    suspended, failing, running = [(await shop.subscribed())["id"] for _ in range(3)]
    await shop.call("POST", f"/v1/billing/subscriptions/{suspended}/suspend", {"reason": "paused=x/y"}, status=204)
    await shop.act(failing, "fail_payment")
    await shop.advance(days=32)
    await shop.sign_in()

    for key in (suspended, failing, running):
        assert (await shop.act(key, "end"))["state"] == "CANCELLED"

    assert (await shop.read(suspended))["status_change_note"] == "Cancelled by the seller"
    assert len(await shop.received("BILLING.SUBSCRIPTION.CANCELLED", 3)) == 3
    assert (await shop.act(running, "end"))["state"] == "CANCELLED"


@pytest.mark.parametrize(("bank", "state"), [("bank_pays", "completed"), ("bank_refuses", "denied")])
async def test_bank_decides_later_about_an_echeck(shop: PayPalShop, bank: str, state: str) -> None:
    subscription = (await shop.subscribe())["id"]
    await shop.control("POST", f"checkouts/{subscription}/pay", {"bank": "late"})
    [payment] = await sales(shop)
    assert payment["state"] == "pending"
    await shop.advance(days=5)
    await shop.sign_in()
    sale = await shop.call("GET", f"/v1/payments/sale/{payment['id']}")
    assert (sale["state"], sale["update_time"]) == ("pending", sale["create_time"])
    assert (sale["payment_mode"], sale["reason_code"], "transaction_fee" in sale) == ("ECHECK", "ECHECK", False)

    await shop.control("POST", f"payments/paypal/{payment['id']}/{bank}")

    decided = await shop.call("GET", f"/v1/payments/sale/{payment['id']}")
    waited = datetime.fromisoformat(decided["update_time"]) - datetime.fromisoformat(decided["create_time"])
    assert (decided["state"], waited.days) == (state, 5)
    assert await shop.received(f"PAYMENT.SALE.{state.upper()}")
    await shop.control("POST", f"payments/paypal/{payment['id']}/{bank}", status=409)


async def test_lost_dispute_is_decided_anew_by_an_appeal(shop: PayPalShop) -> None:
    await shop.subscribed()
    [payment] = await sales(shop)
    path = f"payments/paypal/{payment['id']}"
    await shop.control("POST", f"{path}/appeal", {"outcome": "seller"}, status=409)
    for action in ("dispute", "lose_dispute"):
        await shop.control("POST", f"{path}/{action}")
    await shop.control("POST", f"{path}/appeal", status=409)

    assert (await shop.control("POST", f"{path}/appeal", {"outcome": "seller"}))["state"] == "paid"

    resolved = await shop.received("CUSTOMER.DISPUTE.RESOLVED", 2)
    outcomes = [each["resource"]["dispute_outcome"]["outcome_code"] for each in resolved]
    assert outcomes == ["RESOLVED_BUYER_FAVOUR", "RESOLVED_SELLER_FAVOUR"]


async def test_bank_decides_later_about_renewals_until_it_is_prompt(shop: PayPalShop) -> None:
    key = (await shop.subscribed())["id"]
    await shop.control("POST", f"subscriptions/paypal/{key}/late", {"hours": 72})
    await shop.advance(days=32)
    assert [each["state"] for each in await sales(shop)] == ["paid", "pending"]
    await shop.advance(days=3)
    assert [each["state"] for each in await sales(shop)] == ["paid", "paid"]

    await shop.act(key, "late")
    await shop.advance(days=31)
    await shop.act(key, "bank_refuses")
    await shop.received("PAYMENT.SALE.DENIED")
    await shop.act(key, "bank_pays", status=409)

    await shop.act(key, "prompt")
    await shop.advance(days=6)
    assert [each["state"] for each in await sales(shop)] == ["paid", "paid", "failed", "paid"]
