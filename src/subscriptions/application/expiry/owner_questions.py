"""Completion of a bulk expiry after its checks: it proceeds, or the owners are asked and their answer is executed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.dto.jobs import CheckSubscription
from subscriptions.domain.entities.bulk_expiry import (
    OWNER_DECIDES,
    BulkExpiry,
    BulkExpiryEntry,
    BulkExpiryEntryState,
    BulkExpiryStatus,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

ASK_AGAIN: Final = timedelta(hours=24)
"""Time after which the owners are asked again about people who keep access, even if the earlier question was answered.
"""
WAIT: Final = timedelta(minutes=5)
"""Delay before a bulk expiry is checked again while providers do not respond."""
PATIENCE: Final = timedelta(hours=1)
"""Time for which checked entries wait for unchecked ones before the owners are asked about all of them."""
PAGE_SIZE: Final = 15
"""Number of people listed in a question; `umbral sweep --dry-run` lists all."""


class HeldBulkExpiry(AlarmKind):
    """Alarm: more people would be removed at once than the guard allows. `sweep`: id of the bulk expiry, used by the
    buttons.
    """

    name = "sweep_held"
    closes = ByCheck(alarm_causes.bulk_expiry_decided)
    sweep: str
    people: int
    live: int
    limit: int
    who: str


async def settle(uow: UnitOfWork, bulk_expiry: BulkExpiry, now: datetime) -> bool:
    """Complete a locked bulk expiry if every entry is checked or its deadline has passed. Return False if it is not
    complete yet.

    A customer whose provider does not respond keeps access and is checked again. Until then the number of removals is
    uncertain, so no one is removed if the number could exceed the limit together with the unchecked entries.
    """
    if now < bulk_expiry.closes_at and any(
        case.state is BulkExpiryEntryState.CHECKING for case in await uow.bulk_expiries.list_entries(bulk_expiry.id)
    ):
        return False
    open_cases = await _still_over(uow, bulk_expiry, now)
    checking_cases = [case for case in open_cases if case.state is BulkExpiryEntryState.CHECKING]
    due = [case for case in open_cases if case.state is BulkExpiryEntryState.DUE]
    too_many = bulk_expiry.needs_asking(people_in(open_cases))
    is_overdue = bulk_expiry.ask_again_at is not None and now >= bulk_expiry.ask_again_at
    if too_many and (bulk_expiry.needs_asking(people_in(due)) or (due and is_overdue)):
        # Approved entries are checked once more, so that renewed subscriptions are kept.
        await turn(uow, checking_cases, BulkExpiryEntryState.DUE)
        await ask(uow, bulk_expiry, now)
        return True
    if too_many:
        log.warning(
            "bulk expiry waits for providers",
            bulk_expiry=str(bulk_expiry.id),
            due=len(due),
            unheard=len(checking_cases),
        )
        bulk_expiry.closes_at = now + WAIT
        if due and bulk_expiry.ask_again_at is None:
            bulk_expiry.ask_again_at = now + PATIENCE
        await uow.bulk_expiries.save(bulk_expiry)
        return False
    await turn(uow, checking_cases, BulkExpiryEntryState.SPARED)
    bulk_expiry.status = BulkExpiryStatus.PASSED
    await uow.bulk_expiries.save(bulk_expiry)
    await let_go(uow, due)
    return True


async def _still_over(uow: UnitOfWork, bulk_expiry: BulkExpiry, now: datetime) -> list[BulkExpiryEntry]:
    """Return the entries that need a decision. Subscriptions that ended for another reason, or that have time again,
    are left out.
    """
    # The subscriptions are locked before the entries are read, so that no check of them is only half complete.
    subscriptions = {subscription.id: subscription for subscription in await uow.subscriptions.list_over(now)}
    remaining_cases, settled_cases = list[BulkExpiryEntry](), list[BulkExpiryEntry]()
    for case in await uow.bulk_expiries.list_entries(bulk_expiry.id):
        if case.state in {BulkExpiryEntryState.CHECKING, BulkExpiryEntryState.DUE}:
            (remaining_cases if case.subscription_id in subscriptions else settled_cases).append(case)
    await turn(uow, settled_cases, BulkExpiryEntryState.SPARED)
    moved_cases = list[BulkExpiryEntry]()
    for case in remaining_cases:
        end = subscriptions[case.subscription_id].access_until
        if end is not None and end != case.ended_on:
            case.ended_on = end
            moved_cases.append(case)
    await uow.bulk_expiries.save_entries(moved_cases)
    return remaining_cases


async def ask(uow: UnitOfWork, bulk_expiry: BulkExpiry, now: datetime) -> None:
    """Put every due entry on hold, and ask the owners."""
    due = [
        case for case in await uow.bulk_expiries.list_entries(bulk_expiry.id) if case.state is BulkExpiryEntryState.DUE
    ]
    await turn(uow, due, BulkExpiryEntryState.HELD)
    bulk_expiry.status, bulk_expiry.ask_again_at = BulkExpiryStatus.ASKING, now + ASK_AGAIN
    await uow.bulk_expiries.save(bulk_expiry)
    people = str(people_in(due))
    alarm = HeldBulkExpiry(
        sweep=bulk_expiry.id.hex,
        people=people_in(due),
        live=bulk_expiry.live,
        limit=bulk_expiry.allowed,
        who=await people_lines(uow, due),
    )
    uow.record(alarm.raise_event(f"sweep:{bulk_expiry.id}", now))
    await uow.audit.record(
        actor="system",
        action="sweep.held",
        subject=str(bulk_expiry.id),
        reason="more than the limit at once" if not bulk_expiry.forced else "they waited for an owner's word before",
        at=now,
        facts={"people": people, "live": str(bulk_expiry.live), "allowed": str(bulk_expiry.allowed)},
    )
    log.warning("bulk expiry held", bulk_expiry=str(bulk_expiry.id), people=people, limit=bulk_expiry.allowed)


async def let_go(uow: UnitOfWork, cases: Sequence[BulkExpiryEntry]) -> None:
    """Allow the subscriptions of the entries to end. Each subscription is checked once more at its provider immediately
    before it ends.
    """
    await turn(uow, cases, BulkExpiryEntryState.GOING)
    for case in cases:
        job = CheckSubscription(subscription_id=case.subscription_id)
        await uow.enqueue(job.keyed_job(f"going:{case.subscription_id}"))


async def turn(uow: UnitOfWork, cases: Sequence[BulkExpiryEntry], state: BulkExpiryEntryState) -> None:
    """Set the state of the bulk expiry entries, and save them."""
    for case in cases:
        case.state = state
    await uow.bulk_expiries.save_entries(cases)


def people_in(cases: Iterable[BulkExpiryEntry]) -> int:
    """Return the number of different people in the entries, because one person may have several subscriptions."""
    return len({case.customer_id for case in cases})


def asked_about(cases: Iterable[BulkExpiryEntry]) -> list[BulkExpiryEntry]:
    """Return the entries that wait for an owner's decision."""
    return [case for case in cases if case.state in OWNER_DECIDES]


async def people_lines(uow: UnitOfWork, cases: Sequence[BulkExpiryEntry]) -> str:
    """Return up to PAGE_SIZE people, one line each: first name, Telegram id, reason and end, separated by tabs."""
    lines = []
    for case in cases[:PAGE_SIZE]:
        customer = await uow.customers.get(case.customer_id)
        name = " ".join((customer.first_name if customer else "").split())
        number = str(customer.telegram_id) if customer else "-"
        lines.append("\t".join((name, number, case.reason, case.ended_on.isoformat())))
    return "\n".join(lines)
