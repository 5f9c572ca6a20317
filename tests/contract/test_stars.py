"""The gateway for Stars against the sandbox's Bot API over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
    UnreadableAnswer,
)
from subscriptions.infrastructure.payments.stars import CAPABILITIES
from subscriptions.infrastructure.payments.stars.gateway import StarsGateway
from tests.fakes.clock import ManualClock
from tests.support.plain_http import plain_http
from tests.support.stars import PAYER, settings
from tests.support.stars import gateway as nobodys_gateway
from tests.support.stars_till import PRICE, StarsTill, a_request, open_stars_till

MONTH = timedelta(days=30)


@pytest.fixture
async def till() -> AsyncIterator[StarsTill]:
    """Open a gateway with a bot and a payer at a new sandbox, for one test."""
    async with open_stars_till() as made:
        yield made


async def test_recurring_invoice_is_created_once_per_key_and_paid(till: StarsTill) -> None:
    session = await till.gateway.create_checkout_session(till.request())
    again = await till.gateway.create_checkout_session(till.request())
    assert session.url.startswith("https://t.me/$")
    assert session == again
    assert (await till.gateway.create_checkout_session(till.request(idempotency_key="2"))).id != session.id

    event = await till.bought()
    assert event.kind is PaymentEventKind.PAYMENT_COMPLETED
    assert (event.checkout_ref, event.amount, event.telegram_id) == (session.id, PRICE, till.payer.id)
    assert event.subscription_ref == f"{till.payer.id}:{event.payment_key}"
    assert event.period_end is not None
    assert event.period_start is not None
    assert event.period_end - event.period_start == MONTH


@pytest.mark.parametrize(("name", "shown"), [("n" * 32, "n" * 32), ("n" * 33, "n" * 31 + "…")])
async def test_plan_name_is_cut_to_the_title_limit(till: StarsTill, name: str, shown: str) -> None:
    await till.gateway.create_checkout_session(till.request(description=name))
    [invoice] = till.sandbox.world.telegram.state.invoices.values()
    assert (invoice.title, invoice.description) == (shown, name)


async def test_one_time_invoice_has_no_subscription(till: StarsTill) -> None:
    event = await till.bought(interval=None, description="Un nombre que no cabe en treinta y dos caracteres")

    assert (event.subscription_ref, event.period_end, event.is_renewal) == (None, None, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(2999, "EUR")},
        {"amount": Money(10_001, "XTR")},
        {"amount": Money(0, "XTR")},
        {"interval": Interval.YEAR},
        {"interval_count": 3},
        {"trial_days": 7},
    ],
    ids=["euros", "above the maximum", "free of charge", "yearly", "quarterly", "trial"],
)
async def test_unsupported_sale_is_refused_without_a_request(changes: dict[str, Any]) -> None:
    nobody = nobodys_gateway()
    with pytest.raises(GatewayRejected):
        await nobody.create_checkout_session(a_request(PAYER, ManualClock().now(), **changes))


async def test_stars_subscription_renews_and_ends_after_a_cancellation(till: StarsTill) -> None:
    first = await till.bought()
    ref = first.subscription_ref
    assert ref is not None
    await till.sandbox.world.advance(MONTH + timedelta(minutes=1))
    (renewal,) = await till.events()
    assert renewal.is_renewal
    assert (renewal.checkout_ref, renewal.subscription_ref) == (first.checkout_ref, None)
    assert renewal.period_start == first.period_end

    assert await till.gateway.cancel_subscription(ref) is True
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    assert till.subscription(first).stopped_by == "bot"
    assert await till.gateway.resume_subscription(ref) is True
    assert till.subscription(first).stopped_by is None
    assert await till.gateway.cancel_subscription(ref) is True
    await till.sandbox.world.advance(MONTH)
    assert till.subscription(first).state == "ended"
    assert await till.gateway.cancel_subscription(ref) is False
    assert await till.gateway.resume_subscription(ref) is False
    assert await till.gateway.cancel_subscription("1:unknown") is False
    assert await till.gateway.cancel_subscription("sub_1") is False
    assert await till.gateway.fetch_subscription(ref) is None


async def test_payment_is_refunded_once_and_in_full(till: StarsTill) -> None:
    paid = await till.bought()
    charge, payer = str(paid.payment_key), till.payer.id
    with pytest.raises(GatewayRejected):
        await till.gateway.refund_payment(charge, Money(1, "XTR"), idempotency_key="1", telegram_id=payer)
    with pytest.raises(GatewayRejected):
        await till.gateway.refund_payment(charge, None, idempotency_key="1")
    for key in ("1", "1", "2"):
        assert await till.gateway.refund_payment(charge, None, idempotency_key=key, telegram_id=payer) is True
    (reported,) = await till.events()
    assert (reported.kind, reported.about_payment, reported.amount_refunded) == (PaymentEventKind.REFUND, charge, PRICE)
    assert await till.gateway.refund_payment("unknown", None, idempotency_key="3", telegram_id=payer) is False


async def test_payments_listed_by_telegram_equal_their_updates(till: StarsTill) -> None:
    await till.bought(interval=None)
    first = await till.bought(idempotency_key="checkout:2")
    ref = first.subscription_ref
    assert ref is not None
    since = first.occurred_at
    (listed,) = await till.gateway.fetch_payments(ref, since)
    names = (
        "kind",
        "payment_key",
        "amount",
        "checkout_ref",
        "order_id",
        "telegram_id",
        "subscription_ref",
        "is_renewal",
    )
    assert [getattr(listed, name) for name in names] == [getattr(first, name) for name in names]
    assert listed.event_key == f"poll:{first.payment_key}"

    await till.sandbox.world.advance(MONTH + timedelta(minutes=1))
    await till.gateway.refund_payment(str(first.payment_key), None, idempotency_key="1", telegram_id=till.payer.id)
    assert [event.is_renewal for event in await till.gateway.fetch_payments(ref, since)] == [False, True]
    assert [event.is_renewal for event in await till.gateway.fetch_payments(ref, since + MONTH)] == [True]
    assert await till.gateway.fetch_payments("1:unknown", since) == []


async def test_renewal_without_subscription_data_gets_its_subscription_from_the_list(till: StarsTill) -> None:
    first = await till.bought()
    await till.sandbox.world.advance(MONTH + timedelta(minutes=1))
    (renewal,) = await till.events()

    assert (await till.gateway.complete_event(renewal)).subscription_ref == first.subscription_ref
    assert await till.gateway.complete_event(first) == first
    nobody = nobodys_gateway()
    with pytest.raises(GatewayUnavailable):
        await nobody.complete_event(renewal)
    await nobody.aclose()


@pytest.mark.parametrize("kind", ["payment", "refund"])
async def test_payment_or_refund_that_is_not_in_the_telegram_transaction_list_is_refused(
    till: StarsTill, kind: str
) -> None:
    """The bot's signature proves only the sender, and anyone with the bot's token can sign."""
    reported = await till.bought()
    if kind == "refund":
        await till.gateway.refund_payment(
            str(reported.payment_key), None, idempotency_key="1", telegram_id=till.payer.id
        )
        (reported,) = await till.events()
        reported = replace(reported, about_payment="invented", payment_key="refund:invented", event_key="9:invented")
    else:
        reported = replace(reported, payment_key="invented", event_key="9:invented")
    # A very recent payment may still be missing from the list.
    with pytest.raises(GatewayUnavailable):
        await till.gateway.complete_event(reported)
    for moment in (reported.occurred_at - timedelta(hours=1), reported.occurred_at + timedelta(hours=1)):
        with pytest.raises(GatewayRejected) as caught:
            await till.gateway.complete_event(replace(reported, occurred_at=moment))
        assert caught.value.code == "not_on_record"


async def test_payment_details_are_corrected_from_the_telegram_transaction(till: StarsTill) -> None:
    true = await till.bought()
    assert true.period_end is not None
    reported = replace(
        true,
        amount=Money(1, "XTR"),
        telegram_id=1,
        order_id="another",
        checkout_ref="another",
        subscription_ref="1:another",
        period_end=true.period_end + timedelta(days=3000),
    )
    assert await till.gateway.complete_event(reported) == true
    once = await till.bought(interval=None, idempotency_key="once")
    assert (
        await till.gateway.complete_event(replace(once, period_start=true.period_start, period_end=true.period_end))
        == once
    )


async def test_transaction_made_after_the_last_fetch_is_found_by_the_next_fetch(till: StarsTill) -> None:
    first = await till.bought()
    await till.gateway.complete_event(first)
    second = await till.bought(interval=None, idempotency_key="2")
    assert await till.gateway.complete_event(second) == second


FAULTS = {
    "flood": ({"do": "flood", "seconds": 7}, GatewayUnavailable, timedelta(seconds=7)),
    "broken": ({"do": "error", "code": 500}, GatewayUnavailable, None),
    "refused": ({"do": "error", "code": 400}, GatewayRejected, None),
    "cut": ({"do": "drop_before"}, GatewayUnavailable, None),
    "HTML": ({"do": "garbage"}, UnreadableAnswer, None),
}


@pytest.mark.parametrize(("fault", "error", "after"), FAULTS.values(), ids=FAULTS)
async def test_network_error_is_mapped_and_hides_the_token(
    till: StarsTill, fault: dict[str, Any], error: type[Exception], after: timedelta | None
) -> None:
    async with plain_http() as client:
        body = [{"on": "bot_api", "method": "createInvoiceLink", **fault}]
        assert (await client.put(f"{till.sandbox.url}/control/faults", json=body)).is_success
    with pytest.raises(error) as caught:
        await till.gateway.create_checkout_session(till.request())

    assert getattr(caught.value, "delay", None) == after
    assert till.bot.token not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_unknown_token_raises_auth_error(till: StarsTill) -> None:
    stranger = StarsGateway(settings(TELEGRAM_BOT_API_BASE=till.sandbox.url), ManualClock(), CAPABILITIES)
    try:
        with pytest.raises(GatewayAuthError):
            await stranger.create_checkout_session(till.request())
        with pytest.raises(GatewayAuthError):
            await stranger.cancel_subscription("1:x")
        with pytest.raises(GatewayAuthError):
            await stranger.refund_payment("x", None, idempotency_key="1", telegram_id=1)
    finally:
        await stranger.aclose()


async def test_unreachable_telegram_raises_unavailable() -> None:
    nobody = nobodys_gateway()
    with pytest.raises(GatewayUnavailable):
        await nobody.cancel_subscription("1:x")
    await nobody.aclose()
