"""The gateway against the sandbox's Stripe over HTTP: the same payment key from every source, refunds, and disputes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    DisputeAnswer,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEvent,
    ProviderStatus,
)
from tests.support.stripe_till import EUR, VERSIONS, Kind, Till, open_till


@pytest.mark.parametrize("version", VERSIONS)
async def test_session_webhook_invoice_webhook_and_fetched_event_have_the_same_payment_key(version: str) -> None:
    async with open_till(version) as till:
        session = await till.bought()
        state = await till.gateway.fetch_checkout(session)
        assert state is not None
        assert state.paid
        assert state.event is not None
        events = [await till.event("checkout.session.completed"), await till.event("invoice.paid"), state.event]
        assert {each.kind for each in events} == {Kind.PAYMENT_COMPLETED}
        assert len({each.payment_key for each in events}) == 1
        assert len({each.event_key for each in events}) == 3
        assert {each.amount for each in events} == {EUR}
        assert {(each.order_id, each.telegram_id) for each in events} == {("ord_1", 7001)}
        assert len({each.subscription_ref for each in events}) == 1
        periods = {(each.period_start, each.period_end) for each in events[1:]}
        assert len(periods) == 1
        start, end = periods.pop()
        assert start is not None
        assert end is not None
        assert timedelta(days=28) <= end - start <= timedelta(days=31)


async def test_payment_of_one_time_plan_is_reported_under_its_payment_intent_id(till: Till) -> None:
    session = await till.bought(interval=None)
    reported = await till.event("checkout.session.completed")
    state = await till.gateway.fetch_checkout(session)
    assert state is not None
    assert state.event is not None
    assert reported.payment_key is not None
    assert reported.payment_key.startswith("pi_")
    assert (reported.kind, reported.payment_key) == (Kind.PAYMENT_COMPLETED, state.event.payment_key)
    assert reported.subscription_ref is None


async def test_trial_activates_without_payment(till: Till) -> None:
    ref = await till.subscribed(trial_days=7)
    reported = await till.event("checkout.session.completed")
    assert (reported.kind, reported.amount, reported.payment_key) == (Kind.SUBSCRIPTION_ACTIVATED, None, None)
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.TRIALING


async def test_event_unknown_to_stripe_is_refused(till: Till) -> None:
    await till.bought()
    reported = await till.event("invoice.paid")
    with pytest.raises(GatewayRejected, match="not on record"):
        await till.gateway.complete_event(replace(reported, event_key="evt_invented", raw_type="invented"))


async def test_yen_have_no_decimals(till: Till) -> None:
    await till.bought(amount=Money(3000, "JPY"))
    assert (await till.event("invoice.paid")).amount == Money(3000, "JPY")


async def test_refund_is_reported_with_its_payment(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert paid.payment_key is not None
    assert await till.gateway.refund_payment(paid.payment_key, Money(1000, "EUR"), idempotency_key="refund:1") is True
    reported = await till.event("refund.created")
    assert (reported.kind, reported.amount_refunded, reported.order_id) == (Kind.REFUND, Money(1000, "EUR"), None)
    whole = await till.gateway.complete_event(reported)
    assert whole.about_payment == paid.payment_key
    assert (whole.order_id, whole.telegram_id, whole.subscription_ref) == ("ord_1", 7001, paid.subscription_ref)
    assert (whole.payment_key, whole.amount_refunded) == (reported.payment_key, reported.amount_refunded)
    assert await till.gateway.refund_payment(paid.payment_key, None, idempotency_key="refund:2") is True
    assert (await till.event("refund.created", 1)).amount_refunded == Money(1999, "EUR")
    assert await till.gateway.refund_payment(paid.payment_key, None, idempotency_key="refund:3") is True


@pytest.mark.parametrize("interval", [Interval.MONTH, None], ids=["by the period", "once"])
async def test_endpoint_of_an_old_api_version_reports_each_refund_by_a_charge_event(interval: Interval | None) -> None:
    async with open_till("2024-06-20") as till:
        await till.bought(interval=interval)
        paid = await till.event("invoice.paid" if interval else "checkout.session.completed")
        key = paid.payment_key or ""
        for number, amount in enumerate((Money(1000, "EUR"), Money(500, "EUR"), None)):
            assert await till.gateway.refund_payment(key, amount, idempotency_key=f"refund:{number}")
        reported = [await till.gateway.complete_event(await till.event("charge.refunded", index)) for index in range(3)]
        assert not till.webhooks_of("refund.created")
        made = [refund.id for refund in (await till.shop.client.v1.refunds.list_async()).data]
        assert [each.payment_key for each in reported] == made[::-1]
        assert [each.amount_refunded for each in reported] == [Money(minor, "EUR") for minor in (1000, 500, 1499)]
        assert {(each.kind, each.about_payment, each.order_id) for each in reported} == {(Kind.REFUND, key, "ord_1")}


async def test_two_refund_events_of_an_endpoint_of_a_new_api_version_have_the_same_payment_key(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert await till.gateway.refund_payment(paid.payment_key or "", None, idempotency_key="refund:1")
    reported = [
        await till.gateway.complete_event(await till.event(kind)) for kind in ("refund.created", "charge.refunded")
    ]
    assert len({(each.kind, each.payment_key, each.about_payment, each.amount_refunded) for each in reported}) == 1


async def test_repeated_refund_key_refunds_once(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert paid.payment_key is not None
    for _ in range(3):
        assert await till.gateway.refund_payment(paid.payment_key, Money(500, "EUR"), idempotency_key="refund:1")
    refunds = await till.shop.client.v1.refunds.list_async()
    assert [refund.amount for refund in refunds.data] == [500]


async def test_refund_of_one_time_plan_names_its_payment(till: Till) -> None:
    await till.bought(interval=None)
    paid = await till.event("checkout.session.completed")
    assert paid.payment_key is not None
    assert await till.gateway.refund_payment(paid.payment_key, None, idempotency_key="refund:1") is True
    whole = await till.gateway.complete_event(await till.event("refund.created"))
    assert (whole.about_payment, whole.order_id, whole.telegram_id) == (paid.payment_key, "ord_1", 7001)


async def test_unknown_payment_is_not_refunded(till: Till) -> None:
    for key in ("in_gone", "pi_gone", "re_1", ""):
        assert await till.gateway.refund_payment(key, None, idempotency_key=f"refund:{key}") is False


@pytest.mark.parametrize(("action", "reason"), [("win_dispute", "won"), ("lose_dispute", "lost")])
async def test_dispute_is_reported_when_opened_and_closed(till: Till, action: str, reason: str) -> None:
    ref = await till.subscribed()
    paid = await till.event("invoice.paid")
    await till.shop.act(ref, "dispute")
    opened = await till.gateway.complete_event(await till.event("charge.dispute.created"))
    assert (opened.kind, opened.about_payment, opened.amount) == (Kind.DISPUTE_OPENED, paid.payment_key, EUR)
    assert opened.subscription_ref == ref
    await check_fetched_facts(till, opened)
    await till.shop.act(ref, action)
    closed = await till.gateway.complete_event(await till.event("charge.dispute.closed"))
    assert (closed.kind, closed.reason, closed.payment_key) == (Kind.DISPUTE_CLOSED, reason, opened.payment_key)
    await check_fetched_facts(till, closed)


async def test_evidence_regenerated_after_a_failure_is_accepted(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "dispute")
    opened = await till.gateway.complete_event(await till.event("charge.dispute.created"))
    key, mark = opened.payment_key or "", "evidence:1"
    answer = DisputeAnswer(
        name="evidence",
        document=b"%PDF-1.7 made at ten",
        customer="Ana",
        product="Access",
        began=opened.occurred_at,
        activity="",
        summary="",
    )
    fault = {"on": "stripe", "do": "error", "code": 503, "method": "POST /v1/disputes/{id}"}
    await till.shop.control("PUT", "faults", [fault])
    with pytest.raises(GatewayUnavailable):
        await till.gateway.submit_evidence(key, answer, idempotency_key=mark)
    await till.shop.control("PUT", "faults", [])
    again = replace(answer, document=b"%PDF-1.7 made at eleven")
    assert await till.gateway.submit_evidence(key, again, idempotency_key=mark)
    assert await till.gateway.submit_evidence(key, answer, idempotency_key=mark), "it was submitted, and is not again"


async def test_fraud_warning_names_its_payment(till: Till) -> None:
    ref = await till.subscribed()
    paid = await till.event("invoice.paid")
    (payment,) = (await till.shop.control("GET", "payments"))["payments"]
    await till.shop.control("POST", f"payments/stripe/{payment['id']}/report_fraud")
    warned = await till.gateway.complete_event(await till.event("radar.early_fraud_warning.created"))
    assert (warned.kind, warned.about_payment, warned.subscription_ref) == (Kind.FRAUD_WARNING, paid.payment_key, ref)
    assert warned.reason == "unauthorized_use_of_card"


async def check_fetched_facts(till: Till, reported: PaymentEvent) -> None:
    """Assert that a fetched dispute has the same facts as the last webhook about it, and a separate event key."""
    found = await till.gateway.fetch_dispute(reported.payment_key or "")
    assert found is not None
    assert found.event_key == f"poll:{reported.payment_key}:{reported.kind}"
    differing = {"event_key": reported.event_key, "raw_type": reported.raw_type, "occurred_at": reported.occurred_at}
    assert replace(await till.gateway.complete_event(found), **differing) == reported


async def test_unknown_dispute_returns_none(till: Till) -> None:
    for key in ("dp_unknown", "du_unknown", "in_1", "../invoices/in_1", ""):
        assert await till.gateway.fetch_dispute(key) is None


async def test_event_with_all_details_is_not_changed_by_the_lookup(till: Till) -> None:
    await till.subscribed()
    paid = await till.event("invoice.paid")
    assert await till.gateway.complete_event(paid) == paid


async def test_fetched_payments_equal_their_webhooks(till: Till) -> None:
    ref = await till.subscribed()
    first = await till.event("invoice.paid")
    await till.shop.act(ref, "renew")
    reported = [first, await till.event("invoice.paid", 1)]
    asked = await till.gateway.fetch_payments(ref, first.occurred_at)
    assert [event.event_key for event in asked] == [f"poll:{event.payment_key}" for event in reported]
    for found, reported_event in zip(asked, reported, strict=True):
        same = (
            "kind",
            "payment_key",
            "subscription_ref",
            "order_id",
            "telegram_id",
            "amount",
            "period_start",
            "period_end",
        )
        assert [getattr(found, name) for name in same] == [getattr(reported_event, name) for name in same]
        assert (found.is_renewal, found.livemode) == (reported_event.is_renewal, reported_event.livemode)
    assert await till.gateway.fetch_payments(ref, asked[-1].occurred_at + timedelta(seconds=1)) == []
    assert await till.gateway.fetch_payments("sub_unknown", first.occurred_at) == []
    assert await till.gateway.fetch_payments("other", first.occurred_at) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_one_card_identifies_the_same_payer_for_all_customers(version: str) -> None:
    async with open_till(version) as till:
        customers = [
            await till.shop.client.v1.customers.create_async({"metadata": metadata})
            for metadata in ({"card": "4242"}, {"card": "4242"}, {})
        ]
        keys = []
        for number, customer in enumerate(customers):
            request = {
                "order_id": f"ord_{number}",
                "idempotency_key": f"checkout:{number}",
                "customer_ref": customer.id,
            }
            state = await till.gateway.fetch_checkout(await till.bought(**request))
            assert state is not None
            assert state.event is not None
            keys.append(state.event.payment_key or "")
        cards = [await till.gateway.payer_of(key) for key in keys]
        assert cards[0] is not None
        assert (cards[0] == cards[1], cards[0] == cards[2]) == (True, False)
        assert [await till.gateway.payer_of(key) for key in ("in_gone", "pi_gone", "cs_1", "")] == [None] * 4
