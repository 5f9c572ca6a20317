"""Facts that no other table stores: the provider's reports, holds and requests for refunds. The tests run in memory and
in PostgreSQL.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PAID = SubscriptionSnapshot(
    ref="sub-1",
    status=ProviderStatus.ACTIVE,
    raw_status="active",
    current_period_start=NOON,
    current_period_end=NOON + 30 * DAY,
    cancel_at_period_end=False,
    customer_ref="cus-1",
    order_id="order-1",
    telegram_id=700001,
    price=Money(2999, "EUR"),
    upcoming=UpcomingCharge(at=NOON + 30 * DAY, amount=Money(2999, "EUR"), learned_at=NOON),
    fetched_at=NOON,
)


async def subscribed(units: Units) -> Subscription:
    customer, plan = samples.customer(telegram_id=TelegramId(700001)), samples.plan()
    subscription = samples.given(customer, plan, NOON + 30 * DAY)
    async with units() as uow:
        await uow.customers.save(customer)
        await uow.plans.save(plan)
        await uow.subscriptions.save(subscription)
        await uow.commit()
    return subscription


async def store(units: Units, subscription: Subscription, *reports: SubscriptionSnapshot) -> list[SubscriptionSnapshot]:
    """Store the reports, each in a unit of work, and return the stored ones."""
    for report in reports:
        async with units() as uow:
            await uow.of(FACTS_KEY).report(subscription.id, report)
            await uow.commit()
    async with units() as uow:
        return list(await uow.of(FACTS_KEY).reports_of(subscription.id))


async def test_report_is_stored_whole_without_the_ids_of_the_customer(units: Units) -> None:
    stored = await store(units, await subscribed(units), PAID)
    assert stored == [replace(PAID, customer_ref=None, order_id=None, telegram_id=None)]


async def test_report_that_repeats_the_one_before_it_is_not_stored(units: Units) -> None:
    upcoming = replace(PAID.upcoming or UpcomingCharge(at=None, learned_at=NOON), learned_at=NOON + MINUTE)
    again = replace(PAID, fetched_at=NOON + MINUTE, upcoming=upcoming)
    without_charge = replace(PAID, fetched_at=NOON + 2 * MINUTE, upcoming=None)
    stored = await store(units, await subscribed(units), PAID, PAID, again, without_charge)
    assert [each.fetched_at for each in stored] == [NOON]


async def test_each_different_report_is_stored_in_the_order_of_fetching(units: Units) -> None:
    failed = replace(PAID, status=ProviderStatus.PAST_DUE, owed=Money(2999, "EUR"), fetched_at=NOON + DAY)
    moved = replace(
        PAID, upcoming=UpcomingCharge(at=NOON + 31 * DAY, learned_at=NOON + MINUTE), fetched_at=NOON + MINUTE
    )
    stored = await store(units, await subscribed(units), failed, moved, PAID)
    assert [(each.fetched_at, each.status) for each in stored] == [
        (NOON, ProviderStatus.ACTIVE),
        (NOON + MINUTE, ProviderStatus.ACTIVE),
        (NOON + DAY, ProviderStatus.PAST_DUE),
    ]


async def test_reports_fetched_at_the_same_moment_keep_the_order_in_which_they_were_stored(units: Units) -> None:
    moved = replace(PAID, charge_moved_to=NOON + 31 * DAY)
    stored = await store(units, await subscribed(units), PAID, moved, moved)
    assert [each.charge_moved_to for each in stored] == [None, NOON + 31 * DAY]


async def test_hold_is_stored_once_until_it_ends(units: Units) -> None:
    subscription = await subscribed(units)
    async with units() as uow:
        facts = uow.of(FACTS_KEY)
        await facts.release(subscription.id, HoldReason.STAFF, NOON)
        await facts.hold(subscription.id, HoldReason.STAFF, NOON, "operation-1")
        await facts.hold(subscription.id, HoldReason.STAFF, NOON + DAY, "operation-2")
        await facts.hold(subscription.id, HoldReason.BAN, NOON + DAY, "ban-1")
        await facts.release(subscription.id, HoldReason.STAFF, NOON + 2 * DAY)
        await facts.hold(subscription.id, HoldReason.STAFF, NOON + 3 * DAY, "operation-3")
        await uow.commit()
    async with units() as uow:
        stored = await uow.of(FACTS_KEY).holds_of(subscription.id)
    assert [(each.reason, each.since, each.until, each.cause) for each in stored] == [
        (HoldReason.STAFF, NOON, NOON + 2 * DAY, "operation-1"),
        (HoldReason.BAN, NOON + DAY, None, "ban-1"),
        (HoldReason.STAFF, NOON + 3 * DAY, None, "operation-3"),
    ]


async def paid(units: Units) -> Payment:
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    return sale.payment


def request(payment: Payment, operation: str, minutes: int = 0) -> RefundRequest:
    return RefundRequest(
        operation=operation, payment_id=payment.id, amount=Money(100, "EUR"), asked_at=NOON + minutes * MINUTE
    )


async def test_request_for_a_refund_is_stored_once(units: Units) -> None:
    payment = await paid(units)
    later, earlier = request(payment, "operation-1", 1), request(payment, "operation-2")
    async with units() as uow:
        facts = uow.of(FACTS_KEY)
        assert [await facts.ask(each) for each in (later, earlier, replace(later, amount=Money(200, "EUR")))] == [
            *(True, True, False)
        ]
        await uow.commit()
    async with units() as uow:
        assert await uow.of(FACTS_KEY).requests_of(payment.id) == [earlier, later]


async def test_result_of_a_request_for_a_refund_is_stored(units: Units) -> None:
    payment = await paid(units)
    changed = replace(request(payment, "operation-1"), accepted_at=NOON, failed_at=NOON + DAY, refund_id=UUID(int=1))
    async with units() as uow:
        await uow.of(FACTS_KEY).ask(request(payment, "operation-1"))
        await uow.commit()
    async with units() as uow:
        await uow.of(FACTS_KEY).requests_of(payment.id, lock=True)
        await uow.of(FACTS_KEY).save_request(changed)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(FACTS_KEY).requests_of(payment.id) == [changed]


async def test_refund_answers_at_most_one_request(units: Units) -> None:
    payment = await paid(units)
    one, other = (replace(request(payment, f"operation-{each}"), refund_id=UUID(int=1)) for each in (1, 2))
    await save(units, one)
    with pytest.raises(RetryLater):
        await save(units, other)


async def save(units: Units, changed: RefundRequest) -> None:
    async with units() as uow:
        await uow.of(FACTS_KEY).save_request(changed)
        await uow.commit()
