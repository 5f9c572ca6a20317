"""List of an account's transactions at PayPal: read by time span and page, limited to Umbral's own transactions, with
gaps reported if a permission is missing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from tests.support.paypal import CUSTOM, NOW, ORDER
from tests.support.paypal_server import Server, gateway, server

__all__ = ["gateway", "server"]

Kind = PaymentEventKind
EVENTS, SEARCH = "GET /v1/notifications/webhooks-events", "GET /v1/reporting/transactions"
DISPUTES = "GET /v1/customer/disputes"
AT = NOW - timedelta(hours=4)


def line(code: str = "T1107", key: str = "6YX43824R4443062K", **changes: Any) -> dict[str, Any]:
    """Return a transaction line, by default a refund of 29.99 euros."""
    info = {
        "transaction_id": key,
        "transaction_event_code": code,
        "transaction_initiation_date": AT.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "transaction_amount": {"currency_code": "EUR", "value": "-29.99" if code.startswith("T11") else "29.99"},
        "transaction_status": "S",
        "paypal_reference_id": "7D51924877811803R",
        "paypal_reference_id_type": "TXN",
    }
    return {"transaction_info": {**info, **changes}}


def lists(server: Server, *lines: dict[str, Any], **page: Any) -> None:
    """Make the search return these lines and every other call return an empty answer."""
    server.answer(EVENTS, {})
    server.answer(DISPUTES, {})
    server.answer(SEARCH, {"transaction_details": list(lines), **page})


async def test_refund_listed_by_paypal_names_its_payment_and_needs_no_fetch(
    server: Server, gateway: PayPalGateway
) -> None:
    lists(server, line())
    (found,) = await gateway.list_events(AT, NOW)
    assert (found.kind, found.about_payment) == (Kind.REFUND, "7D51924877811803R")
    assert (found.amount_refunded, found.occurred_at) == (Money(2999, "EUR"), AT)
    asked = len(server.calls)
    assert await gateway.complete_event(found) == found
    assert len(server.calls) == asked


async def test_transactions_of_others_and_transactions_without_a_payment_effect_are_left_out(
    server: Server, gateway: PayPalGateway
) -> None:
    lists(
        server,
        line(custom_field="somebody else's"),
        line(transaction_status="D"),
        line(paypal_reference_id="", key="9YX43824R4443062K"),
        line("T0400"),
        line("T0006"),
        line("T0002", paypal_reference_id_type="SUB"),
        line(transaction_initiation_date="soon"),
        line(transaction_amount={"currency_code": "EUR"}),
        {},
    )
    assert await gateway.list_events(AT, NOW) == []


async def test_payments_listed_by_paypal_have_the_same_event_types_as_their_webhooks(
    server: Server, gateway: PayPalGateway
) -> None:
    names = {"paypal_reference_id": "I-BW452GLLEP1G", "paypal_reference_id_type": "SUB"}
    charge = line("T0002", "1YX43824R4443062K", custom_field=CUSTOM, **names)
    anybodys = line("T0002", "3YX43824R4443062K", **names)
    lists(server, charge, anybodys, line("T0006", "2YX43824R4443062K", custom_field=CUSTOM, transaction_status="V"))
    sale, capture = sorted(await gateway.list_events(AT, NOW), key=lambda each: each.event_key)
    assert (sale.raw_type, sale.subscription_ref) == ("PAYMENT.SALE.COMPLETED", "I-BW452GLLEP1G")
    assert (capture.raw_type, capture.order_id) == ("PAYMENT.CAPTURE.COMPLETED", ORDER)


async def test_long_time_span_is_read_by_month_and_page(server: Server, gateway: PayPalGateway) -> None:
    server.answer(EVENTS, {})
    server.answer(DISPUTES, {})
    first, last = {"total_pages": 2, "transaction_details": []}, {"total_pages": 2, "transaction_details": [line()]}
    server.answer(SEARCH, first, last, {"total_pages": 0})
    assert len(await gateway.list_events(NOW - timedelta(days=33), NOW)) == 1
    asked = [(call.query["start_date"], call.query["page"]) for call in server.named(SEARCH)]
    assert [page for _, page in asked] == ["1", "2", "1"]
    assert len({since for since, _ in asked}) == 2


async def test_time_span_with_too_many_results_is_halved(server: Server, gateway: PayPalGateway) -> None:
    server.answer(EVENTS, {})
    server.answer(DISPUTES, {})
    server.answer(SEARCH, {"name": "RESULTSET_TOO_LARGE"}, status=400)
    server.answer(SEARCH, {"transaction_details": [line()]}, {"transaction_details": [line()]})
    assert len(await gateway.list_events(AT, NOW)) == 1, "what both halves list is one"
    whole, one, other = [(call.query["start_date"], call.query["end_date"]) for call in server.named(SEARCH)]
    assert (whole[0], one[1], whole[1]) == (one[0], other[0], other[1])


async def test_span_not_yet_indexed_by_paypal_is_empty_but_unavailable_older_span_is_an_error(
    server: Server, gateway: PayPalGateway
) -> None:
    server.answer(EVENTS, {})
    server.answer(DISPUTES, {})
    server.answer(SEARCH, {"name": "INVALID_REQUEST", "details": []}, status=400)
    assert await gateway.list_events(NOW - timedelta(hours=2), NOW) == []
    with pytest.raises(GatewayRejected):
        await gateway.list_events(NOW - timedelta(days=1), NOW)


async def test_dispute_that_becomes_a_claim_has_a_different_key(server: Server, gateway: PayPalGateway) -> None:
    lists(server)
    server.answers.pop(DISPUTES)
    case = {"dispute_id": "PP-D-27803", "status": "OPEN", "update_time": AT.isoformat()}
    reported = [
        {**case, "dispute_life_cycle_stage": "INQUIRY"},
        {**case, "dispute_life_cycle_stage": "CHARGEBACK"},
        {**case, "status": "RESOLVED"},
        {**case, "dispute_id": "?"},
    ]
    server.answer(DISPUTES, {"items": reported})
    found = await gateway.list_events(AT, NOW)
    assert len({each.event_key for each in found}) == 3
    assert sorted(str(each.kind) for each in found) == ["dispute_closed", "dispute_opened", "dispute_opened"]
