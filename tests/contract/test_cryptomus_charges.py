"""Charges of recurring payments: webhooks, lookups, failures and refunds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
)
from tests.support.cryptomus import (
    CHARGE_UUID,
    NOW,
    ORDER,
    RECURRENCE_UUID,
    REFERENCES,
    charge,
    delivery,
    missing,
    recurrence,
    speaking,
    webhook,
)

KIND = PaymentEventKind
REF = f"recurrence:r-{ORDER}-1"
PAID_UNTIL = datetime(2026, 12, 20, 9, tzinfo=UTC)


def waiting(**changes: Any) -> dict[str, Any]:
    return recurrence(status="wait_accept", last_pay_off=None, **changes)


async def reported(shown: object, made: object = None, **changes: Any) -> PaymentEvent:
    """Return the event of a webhook about a charge, completed by the gateway's lookups.

    shown: recurring payment that the lookups return. made: charge that the lookups return; None for the default charge.
    """
    answers = {"recurrence_info": shown, "payment_info": charge() if made is None else made}
    async with speaking(**answers) as (gateway, service):
        body = webhook(uuid=CHARGE_UUID, order_id=f"r-{ORDER}-1", **changes)
        event = await gateway.complete_event(await gateway.parse_webhook(delivery(body)))
    assert service.asked[0] == ("/v1/recurrence/info", {"order_id": f"r-{ORDER}-1"})
    assert all(asked == ("/v1/payment/info", {"uuid": CHARGE_UUID}) for asked in service.asked[1:])
    return event


@pytest.mark.parametrize("made", [None, missing()], ids=["charge known", "charge unknown"])
async def test_charge_webhook_gets_its_amount_order_and_period_from_the_provider_lookup(made: object) -> None:
    event = await reported(recurrence(), made)
    assert event.payment_key == f"r-{ORDER}-1:0"
    assert (event.kind, event.subscription_ref) == (KIND.PAYMENT_COMPLETED, RECURRENCE_UUID)
    assert (event.checkout_ref, event.raw_type) == (REF, "payment:paid")
    assert (event.amount, event.order_id, event.telegram_id) == (Money(1500, "USD"), ORDER, 7001)
    assert (event.period_start, event.period_end, event.occurred_at) == (NOW, PAID_UNTIL, NOW)
    assert event.is_renewal is False


async def test_charge_reported_after_the_next_charge_keeps_its_own_payment_key_and_period() -> None:
    event = await reported(recurrence(last_pay_off="2026-12-20 12:00:30"))
    made = NOW - timedelta(seconds=2)
    assert (event.payment_key, event.is_renewal) == (f"r-{ORDER}-1:0", False)
    assert (event.period_start, event.period_end) == (made, PAID_UNTIL - timedelta(seconds=2))
    later = await reported(
        recurrence(last_pay_off="2026-12-20 12:00:30"), charge(created_at="2026-12-20T12:00:10+03:00")
    )
    assert (later.payment_key, later.is_renewal) == (f"r-{ORDER}-1:1", True)
    assert later.period_start == PAID_UNTIL + timedelta(seconds=30)


async def test_charge_without_checkout_time_gets_a_payment_key_from_the_time_of_the_last_charge() -> None:
    event = await reported(recurrence(additional_data=REFERENCES))
    assert event.payment_key == f"r-{ORDER}-1:20261120T090000Z"
    assert event.period_end == PAID_UNTIL


@pytest.mark.parametrize(
    ("shown", "made"),
    [
        (missing(), None),
        (recurrence(), charge(order_id="somebody")),
        (recurrence(), charge(status="check", is_final=False)),
        (waiting(), missing()),
    ],
    ids=["unknown", "charge of another subscription", "not confirmed", "waiting"],
)
async def test_unpaid_charge_is_ignored(shown: object, made: object) -> None:
    assert (await reported(shown, made)).kind is KIND.IGNORED


@pytest.mark.parametrize("made", [charge(status="fail"), charge(status="wrong_amount"), missing()], ids=str)
async def test_failed_charge_names_its_subscription(made: object) -> None:
    event = await reported(recurrence(), made, status="fail")
    assert (event.kind, event.final, event.payment_key) == (KIND.PAYMENT_FAILED, False, None)
    assert event.subscription_ref == RECURRENCE_UUID


async def test_refund_event_names_the_refunded_charge_if_the_charge_is_known() -> None:
    event = await reported(recurrence(), charge(status="refund_paid"), status="refund_paid")
    assert (event.kind, event.about_payment) == (KIND.REFUND, f"r-{ORDER}-1:0")
    assert (event.payment_key, event.amount_refunded) == (f"r-{ORDER}-1:0:refund", Money(1500, "USD"))
    event = await reported(recurrence(), missing(), status="refund_paid")
    assert (event.kind, event.about_payment) == (KIND.REFUND, None)


async def test_unreadable_charge_is_retried() -> None:
    for broken in ({"period": "yearly"}, {"status": None}, {"order_id": "somebody"}):
        with pytest.raises(GatewayUnavailable):
            await reported(recurrence(**broken))
    with pytest.raises(GatewayUnavailable):
        await reported(recurrence(), charge(amount=None))


@pytest.mark.parametrize("made", [charge(), missing()], ids=["charge known", "charge unknown"])
async def test_webhook_completed_from_the_lookup_keeps_its_event_key(made: object) -> None:
    async with speaking(recurrence_info=recurrence(), payment_info=made) as (gateway, _):
        event = await gateway.parse_webhook(delivery(webhook(uuid=CHARGE_UUID, order_id=f"r-{ORDER}-1")))
        found = [await gateway.complete_event(event) for _ in range(2)]
    assert found[0] == found[1]
    assert (found[0].kind, found[0].event_key) == (KIND.PAYMENT_COMPLETED, event.event_key)
