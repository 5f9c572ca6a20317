"""Subscriptions fetched from PayPal: their status, and the period that a charge pays for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind, ProviderStatus
from subscriptions.infrastructure.payments.paypal.checkout import capture_event
from subscriptions.infrastructure.payments.paypal.periods import Pause, Rhythm, paid_period, pause_of, period_at
from subscriptions.infrastructure.payments.paypal.prices import asks
from subscriptions.infrastructure.payments.paypal.subscriptions import cancel_note, snapshot
from subscriptions.infrastructure.providers.reader import Node
from tests.support.paypal import NOW, ORDER, PERSON, agreement, order, plan, subscription

END = datetime(2026, 12, 20, 10, 0, tzinfo=UTC)


def info(**changes: Any) -> dict[str, Any]:
    return {"billing_info": {**subscription()["billing_info"], **changes}}


@pytest.mark.parametrize(
    ("changes", "status", "cancels"),
    [
        ({"status": "APPROVAL_PENDING"}, ProviderStatus.INCOMPLETE, False),
        ({"status": "APPROVED"}, ProviderStatus.INCOMPLETE, False),
        ({}, ProviderStatus.ACTIVE, False),
        ({"status": "SUSPENDED"}, ProviderStatus.PAUSED, False),
        ({"status": "SUSPENDED", "status_change_note": "by the seller"}, ProviderStatus.PAUSED, False),
        ({"status": "SUSPENDED", "status_change_note": cancel_note(END)}, ProviderStatus.ACTIVE, True),
        ({"status": "SUSPENDED", "status_change_note": cancel_note(None)}, ProviderStatus.ACTIVE, True),
        ({"status": "ACTIVE", "status_change_note": cancel_note(END)}, ProviderStatus.ACTIVE, False),
        ({"status": "CANCELLED", "status_change_note": cancel_note(END)}, ProviderStatus.ENDED, False),
        ({"status": "EXPIRED"}, ProviderStatus.ENDED, False),
        (info(failed_payments_count=1), ProviderStatus.PAST_DUE, False),
        (info(outstanding_balance={"currency_code": "EUR", "value": "29.99"}), ProviderStatus.PAST_DUE, False),
        ({"status": "SUSPENDED", **info(failed_payments_count=3)}, ProviderStatus.PAST_DUE, False),
        ({"status": "CANCELLED", **info(failed_payments_count=3)}, ProviderStatus.ENDED, False),
        ({"start_time": "2026-11-27T09:00:00Z", **info(last_payment=None)}, ProviderStatus.TRIALING, False),
        ({"status": "SOMETHING_NEW"}, ProviderStatus.UNKNOWN, False),
        ({"status": None}, ProviderStatus.UNKNOWN, False),
    ],
)
def test_every_paypal_subscription_status_is_mapped_to_a_provider_status(
    changes: dict[str, Any], status: ProviderStatus, cancels: bool
) -> None:
    found = snapshot(Node(subscription(**changes)), NOW)
    assert (found.status, found.cancel_at_period_end) == (status, cancels)
    assert (found.order_id, found.telegram_id, found.price) == (ORDER, PERSON, Money(2999, "EUR"))


def test_trial_cycle_of_a_manually_created_plan_has_status_trialing() -> None:
    running = [{"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 0, "cycles_remaining": 1}]
    assert snapshot(Node(subscription(**info(cycle_executions=running))), NOW).status is ProviderStatus.TRIALING
    over = [{"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 1, "cycles_remaining": 0}]
    assert snapshot(Node(subscription(**info(cycle_executions=over))), NOW).status is ProviderStatus.ACTIVE


def test_subscription_suspended_by_umbral_keeps_the_end_date_that_paypal_omits() -> None:
    note = cancel_note(END)
    resource = subscription(status="SUSPENDED", status_change_note=note, **info(next_billing_time=None))
    found = snapshot(Node(resource), NOW)
    assert (found.cancel_at, found.current_period_end) == (END, END)
    assert len(note) <= 128


def test_subscription_in_the_old_format_is_read() -> None:
    found = snapshot(Node(agreement()), NOW)
    assert (found.status, found.current_period_end, found.order_id) == (ProviderStatus.ACTIVE, END, None)
    late = agreement(agreement_details={"failed_payment_count": "2"})
    assert snapshot(Node(late), NOW).status is ProviderStatus.PAST_DUE


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("next_billing", "started", "paid_at", "start", "end"),
    [
        ("2026-12-20T10:00", "2026-11-20T08:58", "2026-11-20T14:07", "2026-11-20T10:00", "2026-12-20T10:00"),
        ("2026-12-20T10:00", "2026-11-20T06:00", "2026-11-20T06:01", "2026-11-20T10:00", "2026-12-20T10:00"),
        ("2026-11-20T10:00", "2026-11-19T23:00", "2026-11-20T14:07", "2026-11-20T10:00", "2026-12-20T10:00"),
        ("2026-12-20T10:00", "2026-09-20T08:58", "2026-11-25T10:00", "2026-11-20T10:00", "2026-12-20T10:00"),
        ("2026-12-20T10:00", "2026-09-20T08:58", "2026-09-20T14:00", "2026-09-20T10:00", "2026-10-20T10:00"),
        ("2027-02-28T10:00", "2026-10-31T08:58", "2027-01-31T13:00", "2027-01-31T10:00", "2027-02-28T10:00"),
        ("2027-03-31T10:00", "2026-10-31T08:58", "2027-02-28T13:00", "2027-02-28T10:00", "2027-03-31T10:00"),
        (None, "2026-11-20T08:58", "2026-11-20T09:10", "2026-11-20T08:58", "2026-12-20T08:58"),
    ],
    ids=[
        "first",
        "before 10:00",
        "start reported as next",
        "retried",
        "received late",
        "31st",
        "after February",
        "over",
    ],
)
def test_paid_period_of_a_charge_is_derived_from_the_billing_dates(
    next_billing: str | None, started: str, paid_at: str, start: str, end: str
) -> None:
    reported = f"{next_billing}:00Z" if next_billing else None
    found = Node(subscription(start_time=f"{started}:00Z", **info(next_billing_time=reported)))
    earlier = [at(started)] if at(paid_at) - at(started) > timedelta(days=20) else []
    assert paid_period(found, at(paid_at), earlier)[0] == (at(start), at(end))


def test_charge_never_pays_for_an_already_paid_period() -> None:
    found = Node(subscription(start_time="2026-11-20T08:58:00Z", **info(next_billing_time="2027-01-20T10:00:00Z")))
    (start, end), later = paid_period(found, at("2026-11-20T15:00"), [at("2026-11-20T14:00")])
    assert (start, end, later) == (END, at("2027-01-20T10:00"), True)


def test_period_is_unknown_without_a_plan() -> None:
    assert paid_period(Node(subscription(plan=None)), NOW, []) == ((None, None), False)


@pytest.mark.parametrize("unit", list(Interval))
def test_consecutive_periods_are_contiguous(unit: Interval) -> None:
    every, anchor = Rhythm(unit, 1, 31), at("2024-02-29T10:00")
    moment = anchor
    for _ in range(40):
        start, end = period_at(moment, anchor, every)
        assert start <= moment < end
        assert period_at(end, anchor, every)[0] == end
        moment = end


def test_billing_plan_must_match_price_and_interval() -> None:
    price, month = Money(2999, "EUR"), Interval.MONTH
    assert asks(Node(plan()), price, month, 1)
    cycle = plan()["billing_cycles"][0]
    for other in (
        {"billing_cycles": [cycle, {**cycle, "tenure_type": "TRIAL"}]},
        {"billing_cycles": [{**cycle, "total_cycles": 12}]},
        {"payment_preferences": {"setup_fee": {"currency_code": "EUR", "value": "5"}}},
        {"taxes": {"percentage": "21", "inclusive": False}},
        {"billing_cycles": []},
    ):
        assert not asks(Node(plan(**other)), price, month, 1)
    assert asks(Node(plan(taxes={"percentage": "21", "inclusive": True})), price, month, 1)


def test_country_of_the_payer_is_read() -> None:
    capture = {
        "id": "2GG279541U471931P",
        "status": "COMPLETED",
        "custom_id": f"{ORDER}.{PERSON}",
        "amount": {"currency_code": "EUR", "value": "29.99"},
    }
    unit = {"payments": {"captures": [capture]}, "custom_id": f"{ORDER}.{PERSON}"}
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED, provider="paypal", event_key="WH-1", raw_type="x", occurred_at=NOW
    )
    for payer, country in (({"address": {"country_code": "PT"}}, "PT"), ({}, None)):
        found = capture_event(base, Node(order(status="COMPLETED", purchase_units=[unit], payer=payer)))
        assert found is not None
        assert found.country == country


@pytest.mark.parametrize(
    ("billing", "until"),
    [
        ({}, "2026-05-20"),
        ({"last_payment": {"time": "2026-04-20T10:30:00Z"}}, None),
        ({"failed_payments_count": 1}, None),
        ({"next_billing_time": "2026-04-20T10:00:00Z"}, None),
    ],
    ids=["missed", "charged", "refused", "about to be charged"],
)
def test_skipped_month_not_ended_in_time_lasts_until_the_next_charge(
    billing: dict[str, object], until: str | None
) -> None:
    pause = Pause(starts=datetime(2026, 3, 20, 10, tzinfo=UTC), end=datetime(2026, 4, 20, 10, tzinfo=UTC))
    known = {"last_payment": {"time": "2026-02-20T11:00:00Z"}, "next_billing_time": "2026-05-20T10:00:00Z"}
    woken = Node({"status_change_note": pause.note, "billing_info": known | billing})
    found = pause_of(woken, "ACTIVE", datetime(2026, 4, 22, tzinfo=UTC))
    assert (f"{found.end:%Y-%m-%d}" if found is not None else None) == until
