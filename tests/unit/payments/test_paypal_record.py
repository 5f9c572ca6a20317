"""Check that only the ids in a PayPal webhook are trusted, and that all facts are fetched from PayPal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from tests.support.paypal import (
    NOW,
    capture,
    capture_refund,
    dispute,
    event,
    links,
    order,
    sale,
    sale_refund,
    subscription,
)
from tests.support.paypal_server import Server, gateway, reported, server

__all__ = ["gateway", "server"]

Kind = PaymentEventKind
SALE = "7D51924877811803R"
CASE = "GET /v1/customer/disputes/PP-D-27803"
SUB_PATH = "/v1/billing/subscriptions/I-BW452GLLEP1G"
GET = "GET /v2/checkout/orders/1W5313654M9708630"


REVERSED = reported("PAYMENT.SALE.REVERSED", sale_refund(sale_id=None, amount={"total": "-29.99", "currency": "EUR"}))


@pytest.mark.parametrize(
    ("kind", "what", "resource"),
    [
        ("PAYMENT.SALE.COMPLETED", "sale", sale()),
        ("PAYMENT.SALE.DENIED", "sale", sale()),
        ("PAYMENT.CAPTURE.COMPLETED", "capture", capture()),
        ("PAYMENT.CAPTURE.DENIED", "capture", capture()),
        ("PAYMENT.SALE.REFUNDED", "refund", sale_refund()),
        ("PAYMENT.CAPTURE.REFUNDED", "refund", capture_refund()),
        ("PAYMENT.REFUND.FAILED", "refund", capture_refund()),
        ("CUSTOMER.DISPUTE.CREATED", "dispute", dispute()),
        ("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute(status="RESOLVED")),
    ],
)
async def test_event_about_an_object_unknown_to_paypal_is_refused_or_retried_while_recent(
    gateway: PayPalGateway, kind: str, what: str, resource: Any
) -> None:
    """An attacker with the headers of one genuine delivery can create another body with the same CRC-32."""
    event = reported(kind, resource)
    with pytest.raises(GatewayRejected) as caught:
        await gateway.complete_event(replace(event, occurred_at=NOW - timedelta(hours=2)))
    assert caught.value.code == "not_on_record"
    assert f"{kind} {event.event_key} names {what} {event.payment_key}," in str(caught.value)
    # A recent event may not be on record yet.
    with pytest.raises(GatewayUnavailable):
        await gateway.complete_event(replace(event, occurred_at=NOW))


async def test_event_of_an_unknown_type_is_refused(gateway: PayPalGateway) -> None:
    event = replace(reported("PAYMENT.CAPTURE.COMPLETED", capture()), occurred_at=NOW - timedelta(hours=2))
    with pytest.raises(GatewayRejected):
        await gateway.complete_event(replace(event, raw_type="invented"))


async def test_payment_data_fetched_from_paypal_override_the_webhook(server: Server, gateway: PayPalGateway) -> None:
    true = capture(amount={"currency_code": "EUR", "value": "0.01"}, custom_id="another-order:7")
    server.answer(f"GET /v2/payments/captures/{capture()['id']}", true)
    found = await gateway.complete_event(reported("PAYMENT.CAPTURE.COMPLETED", capture()))
    assert (found.amount, found.order_id, found.telegram_id) == (Money(1, "EUR"), "another-order", 7)


async def test_failed_refund_is_reversed_only_if_paypal_confirms_the_failure(
    server: Server, gateway: PayPalGateway
) -> None:
    path = f"GET /v2/payments/refunds/{capture_refund()['id']}"
    failed = reported("PAYMENT.REFUND.FAILED", capture_refund(status="FAILED"))
    assert failed.reason == "reversed"
    server.answer(path, capture_refund(status="COMPLETED"), capture_refund(status="FAILED"))
    assert (await gateway.complete_event(failed)).reason != "reversed"
    assert (await gateway.complete_event(failed)).reason == "reversed"


@pytest.mark.parametrize(
    ("status", "kind"),
    [("DECLINED", Kind.PAYMENT_FAILED), ("REFUNDED", Kind.PAYMENT_COMPLETED)],
)
async def test_current_status_of_a_capture_at_paypal_overrides_the_webhook(
    server: Server, gateway: PayPalGateway, status: str, kind: PaymentEventKind
) -> None:
    server.answer(f"GET /v2/payments/captures/{capture()['id']}", capture(status=status))
    assert (await gateway.complete_event(reported("PAYMENT.CAPTURE.COMPLETED", capture()))).kind is kind


async def test_payment_still_pending_at_paypal_is_retried(server: Server, gateway: PayPalGateway) -> None:
    server.answer(f"GET /v2/payments/captures/{capture()['id']}", capture(status="PENDING"))
    with pytest.raises(GatewayUnavailable):
        await gateway.complete_event(replace(reported("PAYMENT.CAPTURE.COMPLETED", capture()), occurred_at=NOW))


async def test_event_time_is_never_in_the_future(server: Server, gateway: PayPalGateway) -> None:
    server.answer(f"GET {SUB_PATH}", subscription())
    event = reported("BILLING.SUBSCRIPTION.ACTIVATED", subscription())
    later = replace(event, occurred_at=NOW + timedelta(days=30_000))
    assert (await gateway.complete_event(later)).occurred_at == NOW


async def test_order_of_another_shop_is_not_captured(server: Server, gateway: PayPalGateway) -> None:
    foreign = order()
    foreign["purchase_units"] = [{**foreign["purchase_units"][0], "custom_id": "somebody else's"}]
    server.answer(GET, foreign)
    found = await gateway.complete_event(reported("CHECKOUT.ORDER.APPROVED", order()))
    assert found.kind is Kind.IGNORED
    assert not [call for call in server.calls if call.name.startswith("POST")]


async def test_approval_webhook_about_an_order_not_approved_at_paypal_is_ignored(
    server: Server, gateway: PayPalGateway
) -> None:
    server.answer(GET, order(status="CREATED"))
    for kind in ("CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.VOIDED"):
        assert (await gateway.complete_event(reported(kind, order()))).kind is Kind.IGNORED


@pytest.mark.parametrize(
    ("status", "kind"), [("VOIDED", Kind.CHECKOUT_EXPIRED), ("COMPLETED", Kind.IGNORED), ("APPROVED", Kind.IGNORED)]
)
async def test_checkout_expires_only_if_its_order_is_voided(
    server: Server, gateway: PayPalGateway, status: str, kind: PaymentEventKind
) -> None:
    server.answer(GET, order(status=status))
    assert (await gateway.complete_event(reported("CHECKOUT.ORDER.VOIDED", order()))).kind is kind


async def test_payment_of_a_reversal_is_found_by_fetching_the_refund(server: Server, gateway: PayPalGateway) -> None:
    server.answer("GET /v1/payments/refund/6YX43824R4443062K", sale_refund(id="6YX43824R4443062K"))
    assert (await gateway.complete_event(REVERSED)).about_payment == SALE


@pytest.mark.parametrize(
    ("reply", "status", "kind"),
    [
        ({"items": []}, 200, Kind.REFUND),
        ({"items": [{"dispute_id": "PP-D-27803"}]}, 200, Kind.IGNORED),
        ({"name": "NOT_AUTHORIZED"}, 403, Kind.REFUND),
    ],
)
async def test_reversal_is_ignored_if_a_dispute_covers_it(
    server: Server, gateway: PayPalGateway, reply: Any, status: int, kind: PaymentEventKind
) -> None:
    server.answer("GET /v1/customer/disputes", reply, status=status)
    server.answer(f"GET /v1/payments/refund/{sale_refund()['id']}", sale_refund())
    taken = reported("PAYMENT.SALE.REVERSED", sale_refund())
    found = await gateway.complete_event(taken)
    assert (found.kind, found.about_payment) == (kind, SALE)
    assert server.named("GET /v1/customer/disputes")[0].query == {"disputed_transaction_id": SALE}
    given = reported("PAYMENT.SALE.REFUNDED", sale_refund())
    assert await gateway.complete_event(given) == given


async def test_reversal_of_a_capture_names_the_capture(server: Server, gateway: PayPalGateway) -> None:
    up = capture_refund(links=links(up="https://api.paypal.com/v2/payments/captures/02335565G34798738"))
    server.answer("GET /v2/payments/refunds/6YX43824R4443062K", up)
    assert (await gateway.complete_event(REVERSED)).about_payment == "02335565G34798738"


async def test_reversal_whose_payment_cannot_be_found_is_refused(gateway: PayPalGateway) -> None:
    with pytest.raises(GatewayRejected) as caught:
        await gateway.complete_event(REVERSED)
    assert caught.value.code == "reversal_without_payment"


async def test_dispute_webhook_without_a_payment_gets_its_payment_from_paypal(
    server: Server, gateway: PayPalGateway
) -> None:
    opened = reported("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-27803"})
    assert opened.about_payment is None
    found = {"dispute_id": "PP-D-27803", "disputed_transactions": [{"seller_transaction_id": SALE}]}
    server.answer(CASE, found)
    assert (await gateway.complete_event(opened)).about_payment == SALE


async def test_approved_order_is_fetched_once_before_the_capture(server: Server, gateway: PayPalGateway) -> None:
    server.answer(GET, order())
    server.answer(GET.replace("GET", "POST") + "/capture", order(status="COMPLETED"))
    await gateway.complete_event(reported("CHECKOUT.ORDER.APPROVED", order()))
    assert len(server.named(GET)) == 1


async def test_all_pages_of_listed_events_are_read(server: Server, gateway: PayPalGateway) -> None:
    """If no delivery arrived, events on the second page are as relevant as those on the first."""
    one, other = (event("PAYMENT.CAPTURE.COMPLETED", capture(), id=name) for name in ("WH-1", "WH-2"))
    onward = links(next="https://api.paypal.com/v1/notifications/webhooks-events?page_size=100&offset=100")
    listed = "GET /v1/notifications/webhooks-events"
    server.answer(listed, {"events": [one], "links": onward}, {"events": [other]})
    for rest in ("GET /v1/reporting/transactions", "GET /v1/customer/disputes"):
        server.answer(rest, {})
    found = await gateway.list_events(NOW - timedelta(hours=1), NOW)
    assert sorted(each.event_key for each in found) == ["WH-1", "WH-2"]
    assert [call.query.get("offset") for call in server.named(listed)] == [None, "100"]
