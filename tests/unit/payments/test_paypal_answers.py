"""Rare responses of PayPal's API, and their effect on payments, disputes and paid periods."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from subscriptions.infrastructure.payments.paypal.subscriptions import cancel_note
from tests.support.paypal import (
    CUSTOM,
    NOW,
    capture,
    order,
    sale,
    sale_refund,
    subscription,
)
from tests.support.paypal_server import Server, gateway, reported, server

__all__ = ["gateway", "server"]

Kind = PaymentEventKind
SUB, SALE, BOUGHT = "I-BW452GLLEP1G", "7D51924877811803R", "1W5313654M9708630"
ORDER_PATH, SUB_PATH = f"/v2/checkout/orders/{BOUGHT}", f"/v1/billing/subscriptions/{SUB}"
CASE = "GET /v1/customer/disputes/PP-D-27803"
GET, CAPTURE = f"GET {ORDER_PATH}", f"POST {ORDER_PATH}/capture"


def bought(**changes: Any) -> dict[str, Any]:
    """Return a completed order with one capture."""
    unit = {**order()["purchase_units"][0], "payments": {"captures": [capture(**changes)]}}
    return order(status="COMPLETED", purchase_units=[unit])


def refusal(issue: str) -> dict[str, Any]:
    return {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue}], "debug_id": "f1"}


async def test_approved_order_captured_meanwhile_is_reported_as_a_payment(
    server: Server, gateway: PayPalGateway
) -> None:
    server.answer(GET, order(), bought())
    server.answer(CAPTURE, refusal("ORDER_ALREADY_CAPTURED"), status=422)
    found = await gateway.complete_event(reported("CHECKOUT.ORDER.APPROVED", order()))
    assert (found.kind, found.amount, found.checkout_ref) == (Kind.PAYMENT_COMPLETED, Money(2999, "EUR"), BOUGHT)


@pytest.mark.parametrize(
    ("after", "kind", "pending"),
    [
        (bought(status="PENDING"), Kind.IGNORED, True),
        (bought(status="DECLINED"), Kind.PAYMENT_FAILED, False),
        (order(), Kind.PAYMENT_FAILED, False),
    ],
    ids=["pending at the bank", "declined though completed", "refused"],
)
async def test_approved_order_without_captured_payment_is_pending_at_the_bank_or_failed(
    server: Server, gateway: PayPalGateway, after: Any, kind: PaymentEventKind, pending: bool
) -> None:
    server.answer(GET, order(), after, order(), after)
    server.answer(CAPTURE, refusal("INSTRUMENT_DECLINED"), status=422)
    found = await gateway.complete_event(reported("CHECKOUT.ORDER.APPROVED", order()))
    assert (found.kind, found.payment_key, found.checkout_ref) == (kind, None, BOUGHT)
    state = await gateway.fetch_checkout(BOUGHT)
    assert state is not None
    assert (state.paid, state.event, state.pending) == (False, None, pending)


async def test_second_approval_is_captured_with_another_idempotency_key(server: Server, gateway: PayPalGateway) -> None:
    server.answer(GET, order(), order(), order(update_time="2026-11-20T09:05:00Z"))
    server.answer(CAPTURE, refusal("INSTRUMENT_DECLINED"), status=422)
    for _ in range(2):
        await gateway.fetch_checkout(BOUGHT)
    first, second = (call.headers["paypal-request-id"] for call in server.named(CAPTURE))
    assert first != second


async def test_missing_order_is_ignored_and_voided_order_is_expired(server: Server, gateway: PayPalGateway) -> None:
    found = await gateway.complete_event(reported("CHECKOUT.ORDER.APPROVED", order()))
    assert found.kind is Kind.IGNORED
    server.answer(GET, order(status="VOIDED"))
    state = await gateway.fetch_checkout(BOUGHT)
    assert state is not None
    assert (state.expired, state.paid) == (True, False)


async def test_outage_during_the_capture_is_not_treated_as_a_refusal(server: Server, gateway: PayPalGateway) -> None:
    server.answer(GET, order())
    server.answer(CAPTURE, "<html>", status=503)
    with pytest.raises(GatewayUnavailable):
        await gateway.complete_event(reported("CHECKOUT.ORDER.APPROVED", order()))


REVERSED = reported("PAYMENT.SALE.REVERSED", sale_refund(sale_id=None, amount={"total": "-29.99", "currency": "EUR"}))


async def test_app_without_dispute_permission_receives_no_dispute(server: Server, gateway: PayPalGateway) -> None:
    server.answer(CASE, {"name": "NOT_AUTHORIZED", "message": "no"}, status=403)
    assert await gateway.fetch_dispute("PP-D-27803") is None


async def test_dispute_with_an_unknown_outcome_returns_none(server: Server, gateway: PayPalGateway) -> None:
    case: dict[str, Any] = {"dispute_id": "PP-D-27803", "status": "RESOLVED"}
    case["dispute_outcome"] = {"outcome_code": "BY_THE_MOON"}
    ours = {"seller_transaction_id": SALE, "custom": CUSTOM}
    server.answer(CASE, case, case | {"disputed_transactions": [ours]})
    assert await gateway.fetch_dispute("PP-D-27803") is None
    assert await gateway.fetch_dispute("PP-D-27803") is None


@pytest.mark.parametrize(("status", "refusal"), [(401, GatewayAuthError), (422, GatewayRejected)])
async def test_failed_dispute_request_is_an_error(
    server: Server, gateway: PayPalGateway, status: int, refusal: type[GatewayError]
) -> None:
    server.answer(CASE, {"name": "NO", "message": "no"}, status=status)
    with pytest.raises(refusal):
        await gateway.fetch_dispute("PP-D-27803")


async def test_sale_event_remains_unchanged_if_its_subscription_cannot_be_fetched(
    server: Server, gateway: PayPalGateway
) -> None:
    server.answer(f"GET /v1/payments/sale/{SALE}", sale(id=SALE))
    found = reported("PAYMENT.SALE.COMPLETED", sale(id=SALE))
    assert await gateway.complete_event(found) == found


async def test_canceled_subscription_still_has_its_paid_period(server: Server, gateway: PayPalGateway) -> None:
    """PayPal reports no next charge for a subscription bought and canceled at once."""
    server.answer(f"GET {SUB_PATH}", subscription(status="CANCELLED", billing_info={}))
    server.answer(f"GET {SUB_PATH}/transactions", {"transactions": []})
    server.answer(f"GET /v1/payments/sale/{sale()['id']}", sale())
    found = await gateway.complete_event(reported("PAYMENT.SALE.COMPLETED", sale()))
    assert found.period_start is not None
    assert found.period_end is not None
    assert found.period_end - found.period_start == timedelta(days=30)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)], ids=["oldest first", "newest first"])
async def test_charges_made_in_the_same_second_pay_for_one_period_each(
    server: Server, gateway: PayPalGateway, order: tuple[int, ...]
) -> None:
    times = ["2026-11-20T08:59:52Z", "2026-11-20T08:59:52Z", "2026-11-20T09:00:00Z"]
    gross = {"gross_amount": {"currency_code": "EUR", "value": "29.99"}}
    charges = [
        {"id": f"7D519248778118{number}R", "status": "COMPLETED", "time": time, "amount_with_breakdown": gross}
        for number, time in enumerate(times)
    ]
    server.answer(f"GET {SUB_PATH}", subscription(billing_info={"next_billing_time": "2027-02-20T10:00:00Z"}))
    server.answer(f"GET {SUB_PATH}/transactions", {"transactions": [charges[index] for index in order]})
    for each in charges:
        server.answer(f"GET /v1/payments/sale/{each['id']}", sale(id=each["id"], create_time=each["time"]))
    polled = await gateway.fetch_payments(SUB, NOW - timedelta(days=1))
    reported_singly = [
        await gateway.complete_event(reported("PAYMENT.SALE.COMPLETED", sale(id=each["id"], create_time=each["time"])))
        for each in charges
    ]
    starts = [event.period_start for event in polled]
    assert [start.month for start in starts if start is not None] == [11, 12, 1]
    assert [event.is_renewal for event in polled] == [False, True, True]
    assert [event.period_start for event in reported_singly] == starts


async def test_plan_is_fetched_if_missing_from_the_subscription(server: Server, gateway: PayPalGateway) -> None:
    bare = subscription()
    plan = bare.pop("plan")
    server.answer(f"GET {SUB_PATH}", bare)
    server.answer("GET /v1/billing/plans/P-5ML4271244454362WXNWU5NQ", plan)
    found = await gateway.fetch_subscription(SUB)
    assert found is not None
    assert found.price == Money(2999, "EUR")
    assert server.named(f"GET {SUB_PATH}")[0].query == {"fields": "plan"}


@pytest.mark.parametrize("action", ["suspend", "cancel"])
async def test_subscription_ended_meanwhile_is_reported_as_canceled(
    server: Server, gateway: PayPalGateway, action: str
) -> None:
    server.answer(f"GET {SUB_PATH}", subscription(), subscription(status="CANCELLED"))
    server.answer(f"POST {SUB_PATH}/{action}", refusal("SUBSCRIPTION_STATUS_INVALID"), status=422)
    assert await gateway.cancel_subscription(SUB, at_period_end=action == "suspend") is True


async def test_refused_cancellation_of_an_active_subscription_raises_an_error(
    server: Server, gateway: PayPalGateway
) -> None:
    server.answer(f"GET {SUB_PATH}", subscription())
    server.answer(f"POST {SUB_PATH}/suspend", refusal("SUBSCRIPTION_CANNOT_BE_SUSPENDED"), status=422)
    with pytest.raises(GatewayRejected) as caught:
        await gateway.cancel_subscription(SUB)
    assert caught.value.code == "SUBSCRIPTION_CANNOT_BE_SUSPENDED"
    assert server.named(f"POST {SUB_PATH}/suspend")[0].json == {"reason": "cancel_at_period_end=2026-12-20T10:00:00Z"}


async def test_suspended_subscription_is_not_resumed_after_its_cancellation_date(
    server: Server, gateway: PayPalGateway
) -> None:
    over = {"status": "SUSPENDED", "status_change_note": cancel_note(NOW)}
    server.answer(f"GET {SUB_PATH}", subscription(**over))
    assert await gateway.resume_subscription(SUB) is False


async def test_rate_limit_raises_unavailable_with_the_delay_of_the_response(
    server: Server, gateway: PayPalGateway
) -> None:
    server.answer(f"GET {SUB_PATH}", {"name": "RATE_LIMIT_REACHED"}, status=429, headers={"retry-after": "9"})
    for call in (
        gateway.fetch_subscription(SUB),
        gateway.cancel_subscription(SUB),
        gateway.resume_subscription(SUB),
        gateway.fetch_payments(SUB, NOW),
        gateway.fetch_checkout(SUB),
    ):
        with pytest.raises(GatewayUnavailable) as caught:
            await call
        assert caught.value.delay == timedelta(seconds=9)


@pytest.mark.parametrize(
    ("reply", "status", "given"),
    [
        ({"id": "R", "state": "completed"}, 201, True),
        ({"id": "R", "state": "pending"}, 201, True),
        ({"id": "R", "state": "failed"}, 201, False),
        (refusal("TRANSACTION_ALREADY_REFUNDED"), 400, True),
    ],
)
async def test_refund_response_is_parsed(
    server: Server, gateway: PayPalGateway, reply: Any, status: int, given: bool
) -> None:
    server.answer(f"POST /v1/payments/sale/{SALE}/refund", reply, status=status)
    assert await gateway.refund_payment(SALE, Money(1000, "EUR"), idempotency_key="r1") is given
    (call,) = server.named(f"POST /v1/payments/sale/{SALE}/refund")
    assert call.json == {"amount": {"total": "10.00", "currency": "EUR"}}
