"""Bulk expiries and their entries, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.bulk_expiry import (
    OPEN,
    BulkExpiry,
    BulkExpiryAnswer,
    BulkExpiryDecision,
    BulkExpiryEntry,
    BulkExpiryEntryState,
    BulkExpiryStatus,
    BulkExpiryStep,
)
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, STAFF
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import SubscriptionId, TelegramId, new_uuid
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

MINUTE = timedelta(minutes=1)


def bulk_expiry(**more: object) -> BulkExpiry:
    """Create a bulk expiry that is collecting entries."""
    return replace(BulkExpiry.begin(limit=5, live=20, is_forced=False, now=NOON, closes_at=NOON + 5 * MINUTE), **more)


def case(of: BulkExpiry, sale: Sale, state: BulkExpiryEntryState = BulkExpiryEntryState.CHECKING) -> BulkExpiryEntry:
    """Create a bulk expiry entry for one sale."""
    return BulkExpiryEntry(
        sweep_id=of.id,
        subscription_id=sale.subscription.id,
        customer_id=sale.customer.id,
        state=state,
        reason="canceled",
        ended_on=NOON,
    )


async def test_bulk_expiry_and_its_entries_are_read_as_saved(units: Units) -> None:
    asked = bulk_expiry(
        status=BulkExpiryStatus.ASKING, ask_again_at=NOON + MINUTE, undo_until=NOON, began_at=NOON - MINUTE
    )
    async with units() as uow:
        sale = await selling(uow)
        gathering = bulk_expiry()
        await uow.bulk_expiries.save(asked)
        await uow.bulk_expiries.save(gathering)
        held = case(asked, sale, BulkExpiryEntryState.HELD)
        await uow.bulk_expiries.save_entries([held])
        await uow.commit()
    async with units() as uow:
        assert await uow.bulk_expiries.get(asked.id, lock=True) == asked
        assert await uow.bulk_expiries.list_entries(asked.id) == [held]
        assert await uow.bulk_expiries.list_entries(gathering.id) == []
        assert await uow.bulk_expiries.with_status(BulkExpiryStatus.ASKING) == [asked]
        assert await uow.bulk_expiries.with_status(BulkExpiryStatus.GATHERING) == [gathering]
        assert await uow.bulk_expiries.with_status(BulkExpiryStatus.PASSED) == []


@pytest.mark.parametrize("state", BulkExpiryEntryState)
async def test_subscription_cannot_have_two_open_bulk_expiry_entries(units: Units, state: BulkExpiryEntryState) -> None:
    first, second = bulk_expiry(), bulk_expiry()
    async with units() as uow:
        sale = await selling(uow)
        await uow.bulk_expiries.save(first)
        await uow.bulk_expiries.save(second)
        known = case(first, sale, state)
        await uow.bulk_expiries.save_entries([known])
        await uow.commit()
    async with units() as uow:
        assert await uow.bulk_expiries.open_of([sale.subscription.id]) == (
            {sale.subscription.id: known} if state in OPEN else {}
        )
        assert await uow.bulk_expiries.open_of([]) == {}
        # More ids than one statement can take as parameters.
        assert await uow.bulk_expiries.open_of([SubscriptionId(new_uuid()) for _ in range(40_000)]) == {}
    if state in OPEN:
        with pytest.raises(RetryLater):
            await _enter(units, case(second, sale))
    else:
        await _enter(units, case(second, sale))


async def _enter(units: Units, entered: BulkExpiryEntry) -> None:
    async with units() as uow:
        await uow.bulk_expiries.save_entries([entered])
        await uow.commit()


async def test_second_decision_for_a_step_of_a_bulk_expiry_is_not_stored(units: Units) -> None:
    asked = bulk_expiry()
    yes = BulkExpiryDecision(
        sweep_id=asked.id,
        step=BulkExpiryStep.ANSWER,
        answer=BulkExpiryAnswer.GO_ON,
        by=TelegramId(7_000_000_001),
        at=NOON,
    )
    async with units() as uow:
        await uow.bulk_expiries.save(asked)
        assert await uow.bulk_expiries.decide(yes)
        assert not await uow.bulk_expiries.decide(replace(yes, answer=BulkExpiryAnswer.LEAVE_IN, at=NOON + MINUTE))
        undo = replace(yes, step=BulkExpiryStep.UNDO, answer=BulkExpiryAnswer.UNDO, at=NOON + 2 * MINUTE)
        assert await uow.bulk_expiries.decide(undo)
        assert await uow.bulk_expiries.decisions(asked.id) == [yes, undo]


async def test_customers_with_access_are_counted_once_each(units: Units) -> None:
    async with units() as uow:
        first, second = await selling(uow), await selling(uow)
        for buyer, sale, status in (
            (first, first, AccessStatus.ACTIVE),
            (first, second, AccessStatus.INVITED),
            (second, second, AccessStatus.REVOKED),
        ):
            access = Access.request(buyer.customer.id, sale.channel.id, NOON)
            access.status = status
            await uow.accesses.save(access)
        assert await uow.bulk_expiries.people_with_access() == 1


async def test_subscription_with_ended_access_is_found_although_its_next_check_is_later(units: Units) -> None:
    async with units() as uow:
        sale, other = await selling(uow), await selling(uow)
        sale.subscription.access_until, sale.subscription.next_check_at = NOON, NOON + MINUTE
        await uow.subscriptions.save(sale.subscription)
        assert await uow.subscriptions.list_over(NOON - MINUTE) == []
        assert await uow.subscriptions.list_over(NOON) == [sale.subscription]
        sale.subscription.paused_for = frozenset({PROVIDER})
        await uow.subscriptions.save(sale.subscription)
        assert await uow.subscriptions.list_over(NOON) == [sale.subscription]
        for ours in ({STAFF}, {DISPUTE}, {PROVIDER, STAFF, DISPUTE}):
            sale.subscription.paused_for = frozenset(ours)
            await uow.subscriptions.save(sale.subscription)
            assert await uow.subscriptions.list_over(NOON) == []
        assert await uow.subscriptions.list_due(NOON + MINUTE) == [sale.subscription]
        sale.subscription.provider_ref = None
        await uow.subscriptions.save(sale.subscription)
        assert await uow.subscriptions.list_due(NOON + MINUTE) == []
        access = Access.request(other.customer.id, other.channel.id, NOON)
        await uow.accesses.save(access)
        assert await uow.accesses.list_leaving() == []
        access.end()
        await uow.accesses.save(access)
        assert await uow.accesses.list_leaving() == [access]


async def test_checks_and_reminders_scheduled_too_late_are_reset(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.subscription.next_check_at = sale.subscription.next_reminder_at = NOON + timedelta(days=1)
        await uow.subscriptions.save(sale.subscription)
        assert await uow.subscriptions.look_again(NOON + timedelta(days=1)) == 0
        assert await uow.subscriptions.look_again(NOON) == 1
        assert await uow.subscriptions.look_again(NOON + timedelta(days=1), reminders_beyond=NOON) == 1
        found = await uow.subscriptions.get(sale.subscription.id)
        assert found is not None
        assert (found.next_check_at, found.next_reminder_at) == (None, None)
