"""The gateway against the sandbox's PayPal over HTTP: the lifecycle of a subscription."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.infrastructure.payments.paypal import listing
from subscriptions.infrastructure.payments.paypal.prices import next_price
from subscriptions.infrastructure.providers.reader import Node
from tests.support.paypal import ORDER, PERSON
from tests.support.paypal_till import EUR, Kind, Till, open_till


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """Open a gateway with an account at a new sandbox, for one test."""
    async with open_till() as made:
        yield made


async def test_purchase_and_renewal_are_reported_and_found_by_polling(till: Till) -> None:
    ref = await till.subscribed()
    activated = await till.event("BILLING.SUBSCRIPTION.ACTIVATED")
    assert (activated.kind, activated.subscription_ref, activated.amount) == (Kind.SUBSCRIPTION_ACTIVATED, ref, None)
    first = await till.event("PAYMENT.SALE.COMPLETED")
    assert (first.kind, first.order_id, first.telegram_id) == (Kind.PAYMENT_COMPLETED, ORDER, PERSON)
    assert (first.amount, first.is_renewal, first.checkout_ref) == (EUR, False, ref)
    found = await till.fetched(ref)
    assert (found.status, found.price, found.order_id) == (ProviderStatus.ACTIVE, EUR, ORDER)
    assert (found.current_period_start, found.current_period_end) == (first.period_start, first.period_end)
    await till.shop.advance(minutes=1)
    await till.shop.act(ref, "renew")
    second = await till.event("PAYMENT.SALE.COMPLETED", 1)
    assert (second.is_renewal, second.period_start) == (True, first.period_end)
    assert second.payment_key != first.payment_key
    assert (await till.fetched(ref)).current_period_end == second.period_end
    polled = await till.gateway.fetch_payments(ref, first.occurred_at - timedelta(days=1))
    assert [event.payment_key for event in polled] == [first.payment_key, second.payment_key]
    assert [event.event_key for event in polled] == [f"poll:{event.payment_key}" for event in (first, second)]
    for reported, asked in zip((first, second), polled, strict=True):
        assert (asked.kind, asked.amount, asked.subscription_ref) == (
            reported.kind,
            reported.amount,
            reported.subscription_ref,
        )
        assert (asked.period_start, asked.period_end) == (reported.period_start, reported.period_end)
        assert (asked.order_id, asked.telegram_id, asked.checkout_ref) == (ORDER, PERSON, ref)
    assert await till.gateway.fetch_payments(ref, second.occurred_at + timedelta(days=60)) == []


async def test_snapshots_listed_by_paypal_equal_snapshots_fetched_singly(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    refs = [await till.subscribed(idempotency_key=f"checkout:{number}") for number in range(5)]
    await till.gateway.cancel_subscription(refs[1])
    await till.gateway.cancel_subscription(refs[4], at_period_end=False)
    before = len((await till.shop.control("GET", "calls"))["calls"])
    first = await till.gateway.list_subscriptions(None)
    second = await till.gateway.list_subscriptions(first.next)
    last = await till.gateway.list_subscriptions(second.next)
    listed = [*first.snapshots, *second.snapshots, *last.snapshots]
    assert ([each.ref for each in listed], last.next) == (refs[3::-1], None), "who is over is on no page"
    calls = (await till.shop.control("GET", "calls"))["calls"][before:]
    assert len(calls) == 4, "three pages, and their one plan"
    for each in listed:
        alone = await till.fetched(each.ref)
        assert replace(each, fetched_at=alone.fetched_at, upcoming=alone.upcoming) == alone


async def test_checkout_whose_approval_page_expired_is_reported_as_unsure_and_not_as_expired(till: Till) -> None:
    session = await till.gateway.create_checkout_session(await till.monthly())
    await till.shop.control("POST", f"checkouts/{session.id}/expire")
    state = await till.gateway.fetch_checkout(session.id)
    assert state is not None
    assert (state.expired, state.unsure) == (False, True)


async def test_new_payment_method_is_charged_at_the_next_retry(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    assert (await till.fetched(ref)).status is ProviderStatus.PAST_DUE
    found = await till.gateway.manage_pages(ref, return_url="https://t.me/umbral_bot", locale="es")
    assert found is not None
    assert (found.pay, (found.card or "").endswith(f"/myaccount/autopay/connect/{ref}")) == (None, True)
    assert ref in (await till.shop.http.get(found.card or "")).text
    await till.shop.http.post(f"{found.card}/card")
    await till.shop.advance(days=5)
    assert (await till.fetched(ref)).status is ProviderStatus.ACTIVE
    await till.shop.act(ref, "cancel")
    for name in (ref, "I-NONE", "sub_1"):
        assert await till.gateway.manage_pages(name, return_url="https://t.me/umbral_bot", locale="es") is None


async def test_cancellation_at_period_end_can_be_undone(till: Till) -> None:
    ref = await till.subscribed()
    before = await till.fetched(ref)
    for _ in range(2):
        assert await till.gateway.cancel_subscription(ref) is True
        found = await till.fetched(ref)
        assert (found.status, found.raw_status, found.cancel_at_period_end) == (
            ProviderStatus.ACTIVE,
            "SUSPENDED",
            True,
        )
        assert found.cancel_at == before.current_period_end
    reported = await till.event("BILLING.SUBSCRIPTION.SUSPENDED")
    assert (reported.kind, reported.cancel_at) == (Kind.SUBSCRIPTION_UPDATED, before.current_period_end)
    for _ in range(2):
        assert await till.gateway.resume_subscription(ref) is True
        found = await till.fetched(ref)
        assert (found.status, found.raw_status, found.cancel_at_period_end) == (ProviderStatus.ACTIVE, "ACTIVE", False)
    assert found.current_period_end == before.current_period_end
    again = await till.event("BILLING.SUBSCRIPTION.RE-ACTIVATED")
    assert (again.kind, again.is_renewal) == (Kind.SUBSCRIPTION_ACTIVATED, True)


async def test_subscription_canceled_at_period_end_is_not_charged_and_can_be_ended(till: Till) -> None:
    ref = await till.subscribed()
    await till.gateway.cancel_subscription(ref)
    ends_at = (await till.fetched(ref)).cancel_at
    await till.shop.advance(days=40)
    found = await till.fetched(ref)
    assert (found.status, found.cancel_at) == (ProviderStatus.ACTIVE, ends_at)
    assert len(await till.gateway.fetch_payments(ref, till.shop.world.clock.now() - timedelta(days=60))) == 1
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    assert (await till.fetched(ref)).status is ProviderStatus.ENDED


async def test_suspension_by_the_seller_is_a_pause(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "pause")
    assert (await till.event("BILLING.SUBSCRIPTION.SUSPENDED")).kind is Kind.SUBSCRIPTION_PAUSED
    assert (await till.fetched(ref)).status is ProviderStatus.PAUSED
    assert await till.gateway.resume_subscription(ref) is False
    await till.shop.act(ref, "resume")
    assert (await till.fetched(ref)).status is ProviderStatus.ACTIVE


async def test_paused_subscription_ends_once_canceled(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "pause")
    assert await till.gateway.cancel_subscription(ref) is True
    assert (await till.fetched(ref)).status is ProviderStatus.ENDED


async def test_immediate_cancellation_is_idempotent_and_final(till: Till) -> None:
    ref = await till.subscribed()
    for at_period_end in (False, False, True):
        assert await till.gateway.cancel_subscription(ref, at_period_end=at_period_end) is True
    assert await till.gateway.resume_subscription(ref) is False
    reported = await till.event("BILLING.SUBSCRIPTION.CANCELLED")
    assert (reported.kind, reported.subscription_ref, reported.final) == (Kind.SUBSCRIPTION_CANCELED, ref, True)
    assert (await till.fetched(ref)).status is ProviderStatus.ENDED


async def test_unknown_subscription_returns_none(till: Till) -> None:
    for ref in ("I-GONE1GONE1", "", "P-1", "../plans", "I-1/cancel", "1W5313654M9708630"):
        assert await till.gateway.fetch_subscription(ref) is None
        assert await till.gateway.cancel_subscription(ref) is False
        assert await till.gateway.cancel_subscription(ref, at_period_end=False) is False
        assert await till.gateway.resume_subscription(ref) is False
        assert list(await till.gateway.fetch_payments(ref, till.shop.world.clock.now())) == []


async def test_subscription_is_past_due_after_a_failed_renewal_and_recovers(till: Till) -> None:
    ref = await till.subscribed()
    first = await till.event("PAYMENT.SALE.COMPLETED")
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    reported = await till.reported("BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    assert (reported.kind, reported.final, reported.subscription_ref, reported.order_id) == (
        Kind.PAYMENT_FAILED,
        False,
        ref,
        ORDER,
    )
    assert reported.amount == EUR
    found = await till.fetched(ref)
    assert (found.status, found.owed) == (ProviderStatus.PAST_DUE, EUR)
    await till.shop.act(ref, "recover")
    paid = await till.event("PAYMENT.SALE.COMPLETED", 1)
    assert (paid.kind, paid.is_renewal, paid.period_start) == (Kind.PAYMENT_COMPLETED, True, first.period_end)
    assert (await till.fetched(ref)).status is ProviderStatus.ACTIVE


async def test_trial_begins_without_payment_and_ends_with_a_charge(till: Till) -> None:
    ref = await till.subscribed(trial_days=7)
    state = await till.gateway.fetch_checkout(ref)
    assert state is not None
    assert state.event is not None
    assert (state.paid, state.event.kind, state.event.amount) == (True, Kind.SUBSCRIPTION_ACTIVATED, None)
    found = await till.fetched(ref)
    assert found.status is ProviderStatus.TRIALING
    assert found.current_period_end is not None
    length = found.current_period_end - till.shop.world.clock.now()
    assert timedelta(days=7) <= length <= timedelta(days=7, hours=1)
    assert state.event.period_end == found.current_period_end
    await till.shop.advance(days=8)
    paid = await till.event("PAYMENT.SALE.COMPLETED")
    assert (paid.amount, paid.is_renewal, paid.period_start) == (EUR, False, found.current_period_end)
    assert (await till.fetched(ref)).status is ProviderStatus.ACTIVE


async def test_pause_by_the_customer_skips_one_period(till: Till) -> None:
    ref = await till.subscribed()
    paid = await till.fetched(ref)
    for _ in range(2):
        assert await till.gateway.pause_subscription(ref) is True
    assert (await till.event("BILLING.SUBSCRIPTION.SUSPENDED")).kind is Kind.SUBSCRIPTION_UPDATED
    found = await till.fetched(ref)
    assert (found.status, found.current_period_end) == (ProviderStatus.ACTIVE, paid.current_period_end)
    assert found.cancel_at_period_end is False
    assert await till.gateway.end_pause(ref, at_once=False) is True
    assert ((await till.fetched(ref)).pause_until, (await till.fetched(ref)).raw_status) == (None, "ACTIVE")
    assert await till.gateway.pause_subscription(ref) is True
    await till.shop.advance(days=35)
    paused = await till.fetched(ref)
    assert (paused.status, paused.current_period_start) == (ProviderStatus.PAUSED, paid.current_period_end)
    for _ in range(2):
        assert await till.gateway.end_pause(ref, at_once=True) is True
    waking = await till.fetched(ref)
    assert (waking.raw_status, waking.status, waking.pause_until) == (
        "ACTIVE",
        ProviderStatus.PAUSED,
        paused.pause_until,
    )
    await till.shop.advance(days=30)
    back = await till.fetched(ref)
    assert (back.status, back.pause_until) == (ProviderStatus.ACTIVE, None)
    assert (await till.event("PAYMENT.SALE.COMPLETED", 1)).period_start == paused.pause_until
    await till.shop.act(ref, "cancel")
    assert await till.gateway.pause_subscription(ref) is False
    assert await till.gateway.end_pause(ref, at_once=True) is False


async def test_pause_resumed_late_lasts_until_the_next_charge(till: Till) -> None:
    """PayPal bills no cycle that passed during a suspension. A subscription resumed late is charged a month later."""
    ref = await till.subscribed()
    assert await till.gateway.pause_subscription(ref) is True
    promised = (await till.fetched(ref)).pause_until
    assert promised is not None
    await till.shop.advance(days=65)
    assert (await till.fetched(ref)).raw_status == "SUSPENDED"
    assert till.shop.world.clock.now() > promised
    assert await till.gateway.end_pause(ref, at_once=False) is True
    late = await till.fetched(ref)
    assert (late.raw_status, late.status) == ("ACTIVE", ProviderStatus.PAUSED)
    assert late.pause_until is not None
    assert promised + timedelta(days=27) < late.pause_until < promised + timedelta(days=32)
    assert late.current_period_end == late.pause_until
    await till.shop.advance(days=30)
    back = await till.fetched(ref)
    assert (back.status, back.pause_until) == (ProviderStatus.ACTIVE, None)
    assert (await till.event("PAYMENT.SALE.COMPLETED", 1)).period_start == late.pause_until


async def test_subscription_on_hold_is_not_charged_and_stays_active(till: Till) -> None:
    ref = await till.subscribed()
    for _ in range(2):
        assert await till.gateway.pause_billing(ref) is True
    assert (await till.event("BILLING.SUBSCRIPTION.SUSPENDED")).kind is Kind.SUBSCRIPTION_UPDATED
    await till.shop.advance(days=40)
    held = await till.fetched(ref)
    assert (held.raw_status, held.status, held.cancel_at_period_end) == ("SUSPENDED", ProviderStatus.ACTIVE, False)
    assert held.held is True
    for _ in range(2):
        assert await till.gateway.release_charges(ref) is True
    back = await till.fetched(ref)
    assert (back.raw_status, back.status, back.held) == ("ACTIVE", ProviderStatus.ACTIVE, False)
    await till.shop.advance(days=31)
    assert (await till.event("PAYMENT.SALE.COMPLETED", 1)).period_start == back.current_period_end
    await till.shop.act(ref, "cancel")
    assert await till.gateway.pause_billing(ref) is False
    assert await till.gateway.release_charges(ref) is False
    assert await till.gateway.pause_billing("I-GONE") is False
    assert await till.gateway.release_charges("I-GONE") is False


async def test_failed_charge_is_not_retried_while_on_hold(till: Till) -> None:
    """PayPal documents that it takes no payment from a suspended subscription."""
    ref = await till.subscribed()
    await till.event("PAYMENT.SALE.COMPLETED")
    await till.shop.advance(minutes=1)
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    assert await till.gateway.pause_billing(ref) is True
    owing, pages = (
        await till.fetched(ref),
        await till.gateway.manage_pages(ref, return_url="https://t.me/bot", locale="es"),
    )
    assert pages is not None
    await till.shop.http.post(f"{pages.card}/card")
    await till.shop.advance(days=20)
    assert await till.gateway.release_charges(ref) is True
    await till.shop.advance(days=2)
    assert await till.gateway.fetch_payments(ref, owing.fetched_at) == []
    # PayPal adds the outstanding balance to the next cycle in one charge: it pays the period, and the rest is reported
    # as an overpayment.
    await till.shop.advance(days=45)
    (charged,) = await till.gateway.fetch_payments(ref, owing.fetched_at)
    assert (charged.amount, charged.regular, charged.reason) == (EUR + EUR, EUR, OVERPAID)
    reported = await till.event("PAYMENT.SALE.COMPLETED", 1)
    assert (reported.payment_key, reported.amount, reported.regular, reported.reason, reported.period_start) == (
        charged.payment_key,
        charged.amount,
        EUR,
        OVERPAID,
        charged.period_start,
    )


async def test_release_of_a_hold_does_not_resume_a_subscription_suspended_for_another_reason(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref, at_period_end=True) is True
    assert await till.gateway.pause_billing(ref) is True
    assert await till.gateway.release_charges(ref) is True
    found = await till.fetched(ref)
    assert (found.raw_status, found.cancel_at_period_end) == ("SUSPENDED", True)


async def test_next_charge_follows_billing_changes(till: Till) -> None:
    ref = await till.subscribed()
    found = await till.fetched(ref)
    assert found.upcoming is not None
    assert (found.upcoming.at, found.upcoming.amount) == (found.current_period_end, EUR)
    await till.gateway.pause_billing(ref)
    held = await till.fetched(ref)
    assert (held.upcoming and held.upcoming.at) is None
    await till.gateway.release_charges(ref)
    assert await till.gateway.cancel_subscription(ref) is True
    ending = await till.fetched(ref)
    assert ending.upcoming is not None
    assert ending.upcoming.at is None
    assert await till.gateway.resume_subscription(ref) is True
    assert (await till.fetched(ref)).upcoming is not None


async def test_next_charge_after_a_pause_is_at_the_end_of_the_pause(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.pause_subscription(ref) is True
    found = await till.fetched(ref)
    assert found.upcoming is not None
    assert (found.upcoming.at, found.upcoming.amount) == (found.pause_until, EUR)


async def test_subscription_suspended_by_the_seller_has_no_next_charge(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "pause")
    found = await till.fetched(ref)
    assert (found.status, found.upcoming and found.upcoming.at) == (ProviderStatus.PAUSED, None)


QUANTITY: Final[dict[str, Any]] = {
    "quantity": "2",
    "plan": {
        "billing_cycles": [
            {
                "tenure_type": "TRIAL",
                "sequence": 1,
                "pricing_scheme": {"fixed_price": {"currency_code": "EUR", "value": "10.00"}},
            },
            {
                "tenure_type": "REGULAR",
                "sequence": 2,
                "pricing_scheme": {"fixed_price": {"currency_code": "EUR", "value": "29.99"}},
            },
        ]
    },
}


@pytest.mark.parametrize(
    ("trials_left", "taxes", "amount"),
    [
        (0, None, EUR + EUR),
        (1, None, Money(2000, "EUR")),
        (0, {"percentage": "21", "inclusive": True}, EUR + EUR),
        (0, {"percentage": "21", "inclusive": False}, None),
    ],
)
def test_next_price_is_calculated_from_quantity_remaining_trial_cycles_and_tax(
    trials_left: int, taxes: dict[str, Any] | None, amount: Money | None
) -> None:
    executions = [{"tenure_type": "TRIAL", "sequence": 1, "cycles_remaining": trials_left}]
    plan = {**QUANTITY["plan"], **({"taxes": taxes} if taxes else {})}
    node = Node({**QUANTITY, "plan": plan, "billing_info": {"cycle_executions": executions}})
    assert next_price(node) == amount
