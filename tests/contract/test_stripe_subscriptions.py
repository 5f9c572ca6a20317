"""The gateway against the sandbox's Stripe over HTTP: the lifecycle of a subscription."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from subscriptions.domain.ports.payment_gateway import ChargeDeclined, ProviderStatus
from subscriptions.infrastructure.payments.stripe import subscriptions
from subscriptions.infrastructure.payments.stripe.pauses import paid_until
from subscriptions.infrastructure.providers.reader import Node
from tests.support.stripe_till import EUR, VERSIONS, Kind, Till, open_till


@pytest.mark.parametrize("version", VERSIONS)
async def test_period_of_a_renewal_event_starts_at_the_end_of_the_first_period(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        first = await till.event("invoice.paid")
        await till.shop.act(ref, "renew")
        second = await till.event("invoice.paid", 1)
        assert (second.kind, second.is_renewal, second.subscription_ref) == (Kind.PAYMENT_COMPLETED, True, ref)
        assert second.payment_key != first.payment_key
        assert second.period_start == first.period_end
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert found.current_period_end == second.period_end


async def test_email_changed_at_the_provider_does_not_change_the_subscription_or_its_renewals(till: Till) -> None:
    ref = await till.subscribed()
    first, before = await till.event("invoice.paid"), await till.gateway.fetch_subscription(ref)
    held = await till.shop.client.v1.subscriptions.retrieve_async(ref)
    await till.shop.client.v1.customers.update_async(str(held.customer), {"email": "another@example.com"})
    found = await till.gateway.fetch_subscription(ref)
    assert before is not None
    assert found is not None
    assert replace(found, fetched_at=before.fetched_at, upcoming=before.upcoming) == before
    await till.shop.act(ref, "renew")
    second = await till.event("invoice.paid", 1)
    names = ("subscription_ref", "telegram_id", "order_id", "customer_ref", "amount")
    assert [getattr(second, name) for name in names] == [getattr(first, name) for name in names]
    assert "another@example.com" not in f"{second}"
    (listed, *_) = await till.gateway.fetch_payments(ref, first.occurred_at)
    assert listed.payment_key == first.payment_key


@pytest.mark.parametrize("version", VERSIONS)
async def test_subscription_is_past_due_after_a_failed_renewal(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        await till.shop.act(ref, "fail_payment")
        await till.shop.act(ref, "renew")
        reported = await till.event("invoice.payment_failed")
        assert (reported.kind, reported.final, reported.is_renewal) == (Kind.PAYMENT_FAILED, False, True)
        assert (reported.subscription_ref, reported.order_id, reported.amount) == (ref, "ord_1", EUR)
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert (found.status, found.owed) == (ProviderStatus.PAST_DUE, EUR)


async def test_cancellation_at_period_end_can_be_undone(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref) is True
    assert await till.gateway.cancel_subscription(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert (found.status, found.cancel_at_period_end) == (ProviderStatus.ACTIVE, True)
    assert found.cancel_at == found.current_period_end
    reported = await till.event("customer.subscription.updated")
    assert (reported.kind, reported.cancel_at) == (Kind.SUBSCRIPTION_UPDATED, found.current_period_end)
    assert await till.gateway.resume_subscription(ref) is True
    assert await till.gateway.resume_subscription(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.cancel_at_period_end is False


async def test_end_date_set_in_the_portal_can_be_undone(till: Till) -> None:
    ref = await till.subscribed()
    at = int((till.shop.world.clock.now() + timedelta(days=3)).timestamp())
    await till.shop.client.v1.subscriptions.update_async(ref, {"cancel_at": at})
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.cancel_at_period_end is True
    assert await till.gateway.resume_subscription(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert (found.cancel_at_period_end, found.cancel_at) == (False, None)


@pytest.mark.parametrize("at_period_end", [True, False])
async def test_immediate_cancellation_is_idempotent_and_final(till: Till, at_period_end: bool) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    assert await till.gateway.cancel_subscription(ref, at_period_end=at_period_end) is True
    assert await till.gateway.resume_subscription(ref) is False
    reported = await till.event("customer.subscription.deleted")
    assert (reported.kind, reported.subscription_ref, reported.final) == (Kind.SUBSCRIPTION_CANCELED, ref, True)
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.ENDED


async def test_immediate_cancellation_voids_the_invoice_that_the_customer_is_asked_to_pay(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    service = till.shop.client.v1

    async def invoices() -> list[str | None]:
        listed = await service.invoices.list_async({"subscription": ref})
        return [each.status for each in listed.data]

    assert await till.gateway.cancel_subscription(ref) is True
    assert await invoices() == ["open", "paid"], "until the period ends, paying it undoes the cancellation"
    await service.subscriptions.cancel_async(ref)
    assert await invoices() == ["open", "paid"], "Stripe leaves its page open"
    for _ in range(2):
        assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
        assert await invoices() == ["void", "paid"]


async def test_cancellation_leaves_an_invoice_at_the_bank_to_its_decision(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "late")
    await till.shop.act(ref, "renew")
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    listed = await till.shop.client.v1.invoices.list_async({"subscription": ref, "status": "open"})
    assert len(listed.data) == 1


async def test_unknown_subscription_returns_none(till: Till) -> None:
    for ref in ("sub_gone", "", "cus_1", "../customers"):
        assert await till.gateway.fetch_subscription(ref) is None
        assert await till.gateway.cancel_subscription(ref) is False
        assert await till.gateway.cancel_subscription(ref, at_period_end=False) is False
        assert await till.gateway.resume_subscription(ref) is False


async def test_pause_and_resumption_are_reported(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "pause")
    assert (await till.event("customer.subscription.paused")).kind is Kind.SUBSCRIPTION_PAUSED
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.PAUSED
    await till.shop.act(ref, "resume")
    assert (await till.event("customer.subscription.resumed")).kind is Kind.SUBSCRIPTION_UPDATED


@pytest.mark.parametrize("behavior", ["void", "mark_uncollectible"])
async def test_paused_collection_is_a_pause_from_the_first_unpaid_period(
    till: Till, behavior: Literal["void", "mark_uncollectible"]
) -> None:
    ref = await till.subscribed()
    service = till.shop.client.v1.subscriptions

    async def states() -> list[ProviderStatus]:
        alone, listed = await till.gateway.fetch_subscription(ref), await till.gateway.list_subscriptions(None)
        assert alone is not None
        return [alone.status, *(each.status for each in listed.snapshots)]

    await service.update_async(ref, {"pause_collection": {"behavior": behavior}})
    assert await states() == [ProviderStatus.ACTIVE] * 2, "what was paid runs on"
    await till.shop.act(ref, "renew")
    assert await states() == [ProviderStatus.PAUSED] * 2
    await service.update_async(ref, {"pause_collection": ""})
    assert await states() == [ProviderStatus.ACTIVE] * 2


async def test_snapshots_listed_by_stripe_equal_snapshots_fetched_singly(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PAGE", 2)
    refs = [await till.subscribed(idempotency_key=f"checkout:{number}") for number in range(5)]
    first = await till.gateway.list_subscriptions(None)
    # The last subscription of a page may be gone before the next page is requested.
    assert await till.gateway.cancel_subscription(refs[3], at_period_end=False) is True
    second = await till.gateway.list_subscriptions(first.next)
    last = await till.gateway.list_subscriptions(second.next)
    listed = [*first.snapshots, *second.snapshots, *last.snapshots]
    assert ([each.ref for each in listed], last.next) == (refs[::-1], None)
    alone = await till.gateway.fetch_subscription(refs[0])
    assert alone is not None
    assert replace(last.snapshots[0], fetched_at=alone.fetched_at, upcoming=alone.upcoming) == alone
    assert refs[3] not in {each.ref for each in (await till.gateway.list_subscriptions(None)).snapshots}


@pytest.mark.parametrize("version", VERSIONS)
async def test_pause_by_the_customer_skips_one_period(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        paid = await till.gateway.fetch_subscription(ref)
        assert paid is not None
        assert paid.current_period_end is not None
        for _ in range(2):
            assert await till.gateway.pause_subscription(ref) is True
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert (found.status, found.current_period_end) == (ProviderStatus.ACTIVE, paid.current_period_end)
        assert found.pause_until is not None
        await till.shop.control("POST", "clock/advance", {"days": 32})
        paused = await till.gateway.fetch_subscription(ref)
        assert paused is not None
        assert (paused.status, paused.pause_until) == (ProviderStatus.PAUSED, paused.current_period_end)
        left = paused.current_period_end - till.shop.world.clock.now() if paused.current_period_end else timedelta()
        await till.shop.control("POST", "clock/advance", {"seconds": int(left.total_seconds()) - 600})
        last = await till.gateway.fetch_subscription(ref)
        assert last is not None
        assert last.status is ProviderStatus.PAUSED, "Stripe collects again, and the month that runs is not paid"
        await till.shop.control("POST", "clock/advance", {"hours": 2})
        back = await till.gateway.fetch_subscription(ref)
        assert back is not None
        assert (back.status, back.pause_until) == (ProviderStatus.ACTIVE, None)
        assert (await till.event("invoice.paid", 1)).is_renewal


async def test_period_of_an_unpaid_renewal_invoice_is_not_counted_as_paid(till: Till) -> None:
    ref = await till.subscribed()
    now = till.shop.world.clock.now()
    answer = await till.shop.client.v1.subscriptions.retrieve_async(ref, {"expand": ["latest_invoice"]})
    found = answer.to_dict()
    assert paid_until(Node(found), now) is not None
    for status in ("draft", "open"):
        unpaid = {**found, "latest_invoice": {**found["latest_invoice"], "status": status}}
        assert paid_until(Node(unpaid), now) is None


async def test_subscription_is_charged_at_once_when_a_pause_ends_early(till: Till) -> None:
    ref = await till.subscribed()
    await till.gateway.pause_subscription(ref)
    await till.shop.control("POST", "clock/advance", {"days": 35})
    await till.shop.act(ref, "fail_payment")
    with pytest.raises(ChargeDeclined):
        await till.gateway.end_pause(ref, at_once=True)
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.status is ProviderStatus.PAUSED
    await till.shop.act(ref, "recover")
    for _ in range(2):
        assert await till.gateway.end_pause(ref, at_once=True) is True
    back = await till.gateway.fetch_subscription(ref)
    assert back is not None
    assert (back.status, back.pause_until) == (ProviderStatus.ACTIVE, None)
    reported = await till.event("invoice.paid", 1)
    assert (reported.kind, reported.period_end) == (Kind.PAYMENT_COMPLETED, back.current_period_end)
    assert await till.gateway.pause_subscription("sub_gone") is False
    assert await till.gateway.end_pause("sub_gone", at_once=True) is False


@pytest.mark.parametrize("version", VERSIONS)
async def test_charge_is_rescheduled_to_the_end_of_access(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        paid = await till.gateway.fetch_subscription(ref)
        assert paid is not None
        assert paid.current_period_end is not None
        to = paid.current_period_end + timedelta(days=40)
        sooner = paid.current_period_end - timedelta(days=3)
        assert await till.gateway.reschedule_charge(ref, sooner, idempotency_key="sooner") is True
        assert (await till.gateway.fetch_subscription(ref) or paid).current_period_end == paid.current_period_end
        for _ in range(2):
            assert await till.gateway.reschedule_charge(ref, to, idempotency_key="once") is True
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert (found.status, found.raw_status) == (ProviderStatus.ACTIVE, "trialing")
        assert found.current_period_end == found.charge_moved_to == to
        assert (await till.event("customer.subscription.updated")).kind is Kind.SUBSCRIPTION_UPDATED
        nothing = await till.event("invoice.paid", 1)
        assert (nothing.kind, nothing.payment_key) == (Kind.SUBSCRIPTION_UPDATED, None)
        await till.shop.control("POST", "clock/advance", {"days": 65})
        assert len(await till.gateway.fetch_payments(ref, to - timedelta(days=90))) == 1
        await till.shop.control("POST", "clock/advance", {"days": 7})
        renewal = await till.event("invoice.paid", 2)
        assert (renewal.kind, renewal.is_renewal, renewal.amount) == (Kind.PAYMENT_COMPLETED, True, EUR)
        assert renewal.period_start == to
        back = await till.gateway.fetch_subscription(ref)
        assert back is not None
        assert (back.status, back.charge_moved_to) == (ProviderStatus.ACTIVE, None)


async def test_charge_is_rescheduled_no_further_than_stripe_allows(till: Till) -> None:
    ref = await till.subscribed()
    now = till.shop.world.clock.now()
    assert await till.gateway.reschedule_charge(ref, now + timedelta(days=36500), idempotency_key="for life") is True
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    assert found.charge_moved_to is not None
    assert timedelta(days=690) < found.charge_moved_to - now < timedelta(days=730)


@pytest.mark.parametrize("state", ["unknown", "to end", "left out", "failed", "in a trial of its own", "changing"])
async def test_charge_that_cannot_be_rescheduled_is_unchanged(till: Till, state: str) -> None:
    ref, to = await till.subscribed(), till.shop.world.clock.now() + timedelta(days=60)
    if state == "unknown":
        ref = "sub_gone"
    elif state == "to end":
        await till.gateway.cancel_subscription(ref)
    elif state == "left out":
        await till.gateway.pause_subscription(ref)
    elif state == "failed":
        await till.shop.act(ref, "fail_payment")
        await till.shop.act(ref, "renew")
    elif state == "changing":
        await till.shop.client.v1.subscription_schedules.create_async({"from_subscription": ref})
    else:
        end = int((to - timedelta(days=30)).timestamp())
        await till.shop.client.v1.subscriptions.update_async(ref, {"trial_end": end, "proration_behavior": "none"})
        known = await till.gateway.fetch_subscription(ref)
        assert known is not None
        assert (known.status, known.charge_moved_to) == (ProviderStatus.TRIALING, None)
    assert await till.gateway.reschedule_charge(ref, to, idempotency_key="no") is False
    found = await till.gateway.fetch_subscription(ref)
    assert found is None or found.charge_moved_to is None


async def test_subscription_with_rescheduled_charge_can_be_canceled_and_resumed(till: Till) -> None:
    ref = await till.subscribed()
    to = (till.shop.world.clock.now() + timedelta(days=60)).replace(microsecond=0)
    await till.gateway.reschedule_charge(ref, to, idempotency_key="once")
    assert await till.gateway.cancel_subscription(ref) is True
    ending = await till.gateway.fetch_subscription(ref)
    assert ending is not None
    assert (ending.status, ending.cancel_at) == (ProviderStatus.ACTIVE, to)
    assert await till.gateway.resume_subscription(ref) is True
    kept = await till.gateway.fetch_subscription(ref)
    assert kept is not None
    assert (kept.status, kept.cancel_at_period_end, kept.charge_moved_to) == (ProviderStatus.ACTIVE, False, to)


async def test_rescheduled_charge_can_be_moved_earlier(till: Till) -> None:
    ref = await till.subscribed()
    paid = await till.gateway.fetch_subscription(ref)
    assert paid is not None
    assert paid.current_period_end is not None
    for days in (400, 20):
        to = paid.current_period_end + timedelta(days=days)
        assert await till.gateway.reschedule_charge(ref, to, idempotency_key=f"by {days}") is True
        found = await till.gateway.fetch_subscription(ref)
        assert found is not None
        assert found.current_period_end == found.charge_moved_to == to
    gone_by = till.shop.world.clock.now() - timedelta(days=1)
    assert await till.gateway.reschedule_charge(ref, gone_by, idempotency_key="gone by") is False


async def test_subscription_on_hold_is_not_charged_and_stays_active(till: Till) -> None:
    ref = await till.subscribed()
    for _ in range(2):
        assert await till.gateway.pause_billing(ref) is True
    await till.shop.control("POST", "clock/advance", {"days": 40})
    held = await till.gateway.fetch_subscription(ref)
    assert held is not None
    assert (held.status, held.pause_until, held.held) == (ProviderStatus.ACTIVE, None, True)
    assert held.current_period_end is not None
    for _ in range(2):
        assert await till.gateway.release_charges(ref) is True
    left = held.current_period_end - till.shop.world.clock.now()
    await till.shop.control("POST", "clock/advance", {"seconds": int(left.total_seconds()) + 7200})
    reported = await till.event("invoice.paid", 1)
    assert (reported.is_renewal, reported.period_start) == (True, held.current_period_end)
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    assert await till.gateway.pause_billing(ref) is False
    assert await till.gateway.release_charges(ref) is False
    assert await till.gateway.pause_billing("sub_gone") is False
    assert await till.gateway.release_charges("sub_gone") is False


async def test_failed_charge_is_not_retried_while_on_hold(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    owed = (await till.event("invoice.payment_failed")).payment_key
    for _ in range(2):
        assert await till.gateway.pause_billing(ref) is True
    await till.shop.new_card(ref)
    await till.shop.control("POST", "clock/advance", {"days": 40})
    assert len(till.webhooks_of("invoice.paid")) == 1
    for _ in range(2):
        assert await till.gateway.release_charges(ref) is True
    await till.shop.control("POST", "clock/advance", {"seconds": 60})
    reported = await till.event("invoice.paid", 1)
    assert (reported.payment_key, reported.is_renewal) == (owed, True)


async def test_release_of_a_hold_does_not_collect_an_invoice_that_the_seller_removed_from_collection(
    till: Till,
) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    owed = (await till.event("invoice.payment_failed")).payment_key or ""
    await till.shop.client.v1.invoices.update_async(owed, {"auto_advance": False})
    assert await till.gateway.pause_billing(ref) is True
    assert await till.gateway.release_charges(ref) is True
    assert (await till.shop.client.v1.invoices.retrieve_async(owed)).auto_advance is False


async def test_release_of_a_hold_keeps_the_pause_requested_by_the_customer(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.pause_subscription(ref) is True
    wanted = await till.gateway.fetch_subscription(ref)
    assert await till.gateway.pause_billing(ref) is True
    assert await till.gateway.release_charges(ref) is True
    found = await till.gateway.fetch_subscription(ref)
    assert wanted is not None
    assert found is not None
    assert (found.status, found.pause_until) == (ProviderStatus.ACTIVE, wanted.pause_until)
    await till.shop.control("POST", "clock/advance", {"days": 40})
    paused = await till.gateway.fetch_subscription(ref)
    assert paused is not None
    assert paused.status is ProviderStatus.PAUSED
