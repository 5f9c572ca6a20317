"""Recurring payments: created, fetched, listed and canceled, against the documented answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.infrastructure.payments.cryptomus.periods import end_of
from tests.support.cryptomus import (
    NOW,
    ORDER,
    RECURRENCE_UUID,
    FakeClock,
    missing,
    monthly,
    recurrence,
    reply,
    speaking,
)

KIND = PaymentEventKind
REF = f"recurrence:r-{ORDER}-1"
PAID_UNTIL = datetime(2026, 12, 20, 9, tzinfo=UTC)


NAMED = f"r-{ORDER}-1-mtosnyc"
"""Order id of the recurring payment at Cryptomus, made of the order's id and the time at which its checkout expires.
Its charges contain no other reference.
"""


def waiting(**changes: Any) -> dict[str, Any]:
    return recurrence(status="wait_accept", last_pay_off=None, **changes)


async def test_recurring_payment_request_has_the_documented_parameters() -> None:
    async with speaking(recurring=True, recurrence_create=waiting()) as (gateway, service):
        session = await gateway.create_checkout_session(monthly())
    ((path, params),) = service.asked
    assert path == "/v1/recurrence/create"
    assert params.pop("additional_data").startswith('{"order_id":"')
    assert params == {
        "amount": "15.00",
        "currency": "USD",
        "name": "Retador · Plan Retabet",
        "period": "monthly",
        "order_id": NAMED,
        "url_callback": "http://127.0.0.1:8000/webhooks/cryptomus",
    }
    assert (session.id, session.subscription_ref) == (f"recurrence:{NAMED}", RECURRENCE_UUID)
    assert int(NAMED.rpartition("-m")[2], 36) == session.expires_at.timestamp()
    assert session.expires_at == NOW + timedelta(minutes=35)


@pytest.mark.parametrize(
    ("interval", "count", "period"),
    [
        (Interval.WEEK, 1, "weekly"),
        (Interval.DAY, 7, "weekly"),
        (Interval.MONTH, 1, "monthly"),
        (Interval.MONTH, 3, "three_month"),
    ],
)
async def test_supported_periods_are_sent(interval: Interval, count: int, period: str) -> None:
    async with speaking(recurring=True, recurrence_create=waiting(period=period)) as (gateway, service):
        await gateway.create_checkout_session(monthly(interval=interval, interval_count=count))
    assert service.asked[0][1]["period"] == period


@pytest.mark.parametrize(
    ("interval", "count"), [(Interval.YEAR, 1), (Interval.MONTH, 2), (Interval.DAY, 1), (Interval.WEEK, 2)]
)
async def test_unsupported_periods_are_refused(interval: Interval, count: int) -> None:
    async with speaking(recurring=True) as (gateway, service):
        with pytest.raises(GatewayRejected):
            await gateway.create_checkout_session(monthly(interval=interval, interval_count=count))
    assert service.asked == []


async def test_checkout_with_an_order_id_in_use_returns_the_existing_recurring_payment() -> None:
    taken = reply(422, {"state": 1, "errors": {"order_id": ["validation.unique"]}})
    async with speaking(recurring=True, recurrence_create=taken, recurrence_info=waiting()) as (gateway, _):
        assert (await gateway.create_checkout_session(monthly())).subscription_ref == RECURRENCE_UUID
    async with speaking(recurring=True, recurrence_create=taken, recurrence_info=missing()) as (gateway, _):
        with pytest.raises(GatewayRejected):
            await gateway.create_checkout_session(monthly())


async def test_canceled_recurring_payment_is_replaced_under_another_order_id() -> None:
    ended = waiting() | {"status": "cancel_by_user"}
    async with speaking(recurring=True, recurrence_create=[ended, waiting()]) as (gateway, service):
        session = await gateway.create_checkout_session(monthly())
    assert session.id == f"recurrence:{NAMED}_2"
    assert len(service.asked) == 2


@pytest.mark.parametrize("changes", [{"amount": "14.99"}, {"currency": "EUR"}, {"period": "weekly"}], ids=str)
async def test_recurring_payment_with_another_price_is_refused(changes: dict[str, Any]) -> None:
    async with speaking(recurring=True, recurrence_create=waiting(**changes)) as (gateway, _):
        with pytest.raises(GatewayRejected) as caught:
            await gateway.create_checkout_session(monthly())
    assert caught.value.code == "price_mismatch"


async def test_name_of_a_recurring_payment_is_padded_or_cut_to_the_allowed_length() -> None:
    async with speaking(recurring=True, recurrence_create=waiting()) as (gateway, service):
        for description in ("x", "xx", "xxx", "x" * 100):
            await gateway.create_checkout_session(monthly(description=description))
    assert [params["name"] for _, params in service.asked] == ["Plan retabet", "Plan retabet", "xxx", "x" * 60]


async def seen(shown: dict[str, Any], now: datetime = NOW) -> SubscriptionSnapshot:
    async with speaking(clock=FakeClock(now), recurrence_info=shown) as (gateway, _):
        found = await gateway.fetch_subscription(RECURRENCE_UUID)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("shown", "now", "status", "stopped"),
    [
        (waiting(), NOW, ProviderStatus.INCOMPLETE, False),
        (recurrence(last_pay_off=None), NOW, ProviderStatus.INCOMPLETE, False),
        (recurrence(), NOW, ProviderStatus.ACTIVE, False),
        (recurrence(), PAID_UNTIL + timedelta(hours=2), ProviderStatus.ACTIVE, False),
        (recurrence(), PAID_UNTIL + timedelta(hours=3), ProviderStatus.PAST_DUE, False),
        (recurrence(status="cancel_by_user"), NOW, ProviderStatus.ACTIVE, True),
        (recurrence(status="cancel_by_merchant"), NOW, ProviderStatus.ACTIVE, True),
        (recurrence(status="cancel_by_user"), PAID_UNTIL, ProviderStatus.ENDED, False),
        (waiting() | {"status": "cancel_by_user"}, NOW, ProviderStatus.ENDED, False),
        (recurrence(status="something_new"), NOW, ProviderStatus.UNKNOWN, False),
    ],
    ids=[
        "waiting",
        "accepted",
        "paid",
        "almost overdue",
        "late",
        "left",
        "past due",
        "canceled and ended",
        "declined",
        "new",
    ],
)
async def test_recurrence_status_maps_to_subscription_status(
    shown: dict[str, Any], now: datetime, status: ProviderStatus, stopped: bool
) -> None:
    found = await seen(shown, now)
    assert (found.status, found.cancel_at_period_end) == (status, stopped)
    assert found.cancel_at == (PAID_UNTIL if stopped else None)
    assert found.resumable is not stopped
    assert (found.ref, found.order_id, found.telegram_id) == (RECURRENCE_UUID, ORDER, 7001)
    assert (found.price, found.fetched_at) == (Money(1500, "USD"), now)


async def test_paid_period_is_read_in_the_provider_time_zone() -> None:
    found = await seen(recurrence())
    assert found.current_period_start == NOW
    assert found.current_period_end == PAID_UNTIL
    found = await seen(recurrence(last_pay_off="2026-11-20T09:00:00+00:00"))
    assert found.current_period_start == NOW


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("weekly", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC)),
        ("monthly", datetime(2027, 1, 31, 9, tzinfo=UTC), datetime(2027, 2, 28, 9, tzinfo=UTC)),
        ("monthly", datetime(2028, 1, 31, 9, tzinfo=UTC), datetime(2028, 2, 29, 9, tzinfo=UTC)),
        ("monthly", datetime(2026, 12, 15, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC)),
        ("three_month", datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2027, 2, 28, 9, tzinfo=UTC)),
        ("three_month", datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 12, 31, 22, tzinfo=UTC)),
        ("yearly", NOW, None),
        (None, NOW, None),
    ],
)
def test_end_of_a_recurring_period_is_calculated(period: str | None, start: datetime, end: datetime | None) -> None:
    assert end_of(period, start) == end


@pytest.mark.parametrize("ref", ["", "sub_1", "x" * 500, f"{RECURRENCE_UUID}x"])
async def test_unknown_subscription_returns_none(ref: str) -> None:
    async with speaking(recurrence_info=missing()) as (gateway, service):
        assert await gateway.fetch_subscription(ref) is None
        assert await gateway.cancel_subscription(ref) is False
        assert await gateway.fetch_payments(ref, NOW) == []
        assert service.asked == []
        assert await gateway.fetch_subscription(RECURRENCE_UUID) is None
        assert await gateway.cancel_subscription(RECURRENCE_UUID) is False
        assert await gateway.fetch_payments(RECURRENCE_UUID, NOW) == []


@pytest.mark.parametrize("at_period_end", [True, False])
async def test_cancellation_is_idempotent(at_period_end: bool) -> None:
    ended = recurrence(status="cancel_by_merchant")
    shown = [recurrence(), ended]
    async with speaking(recurrence_info=shown, recurrence_cancel=ended) as (gateway, service):
        assert await gateway.cancel_subscription(RECURRENCE_UUID, at_period_end=at_period_end) is True
        assert await gateway.cancel_subscription(RECURRENCE_UUID, at_period_end=at_period_end) is True
    asked = [path.rsplit("/", 1)[1] for path, _ in service.asked]
    assert asked == ["info", "cancel", "info"]
    assert service.asked[1][1] == {"uuid": RECURRENCE_UUID}


async def test_unreported_payment_is_found_by_fetching() -> None:
    async with speaking(recurrence_info=recurrence()) as (gateway, _):
        (event,) = await gateway.fetch_payments(RECURRENCE_UUID, NOW)
        assert await gateway.fetch_payments(RECURRENCE_UUID, NOW + timedelta(seconds=1)) == []
        again = await gateway.complete_event(event)
    key = f"r-{ORDER}-1:0"
    assert (event.kind, event.payment_key, event.event_key) == (KIND.PAYMENT_COMPLETED, key, f"poll:{key}")
    assert (event.amount, event.period_start, event.period_end) == (Money(1500, "USD"), NOW, PAID_UNTIL)
    assert (event.subscription_ref, event.checkout_ref) == (RECURRENCE_UUID, REF)
    assert (event.order_id, event.telegram_id, event.occurred_at) == (ORDER, 7001, NOW)
    assert again == event


@pytest.mark.parametrize(
    ("shown", "paid", "expired"),
    [
        (waiting(), False, False),
        (recurrence(), True, False),
        (waiting() | {"status": "cancel_by_user"}, False, True),
        (recurrence(status="cancel_by_user"), True, False),
    ],
    ids=["waiting", "paid", "declined", "paid and canceled"],
)
async def test_recurrence_status_maps_to_checkout_state(shown: dict[str, Any], paid: bool, expired: bool) -> None:
    async with speaking(recurrence_info=shown) as (gateway, service):
        found = await gateway.fetch_checkout(REF)
    assert found is not None
    assert (found.paid, found.expired, found.event is not None) == (paid, expired, paid)
    assert service.asked == [("/v1/recurrence/info", {"order_id": f"r-{ORDER}-1"})]


async def test_subscriptions_are_listed_page_by_page() -> None:
    first = {"items": [waiting()], "paginate": {"nextCursor": "eyJpZCI6OTl9=="}}
    second = {"items": [recurrence()], "paginate": {"nextCursor": None}}
    async with speaking(recurrence_list=first, recurrence_info=recurrence()) as (gateway, service):
        service.answers["/v1/recurrence/list?cursor=eyJpZCI6OTl9%3D%3D"] = second
        page = await gateway.list_subscriptions(None)
        last = await gateway.list_subscriptions(page.next)
        alone = await gateway.fetch_subscription(RECURRENCE_UUID)
    assert page.snapshots[0].status is ProviderStatus.INCOMPLETE
    assert (last.snapshots, last.next) == ([alone], None)
