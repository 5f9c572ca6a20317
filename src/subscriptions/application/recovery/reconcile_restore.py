"""Reconciliation after a database restore. Events of the lost period are fetched, applied and reported before due work
continues.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByPerson, stored_fact
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.watch_restore import RETURN
from subscriptions.application.reconciliation.reconcile import PAGE_SIZE, Reconcile
from subscriptions.application.reconciliation.reconcile_money import NO_ANSWER
from subscriptions.application.recovery.recall_orders import RecallOrders
from subscriptions.application.subscriptions.remind import next_look, plan_reminders
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.database_restore import DatabaseRestore
from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import NotificationId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.inbox import InboxEntry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.reminder_policy import Reminder

log = structlog.get_logger(__name__)

EARLIER: Final = timedelta(hours=1)
"""Margin by which the lost period is extended into the past, because events of that time may not have
been stored yet.
"""
PATIENCE: Final = timedelta(minutes=30)
"""Maximum time for which an unreachable provider or an unapplied event delays all due work."""
_ASK_AGAIN: Final = timedelta(minutes=1)
_LOOK_AGAIN: Final = timedelta(seconds=3)
_BATCH: Final = 500
_MOST: Final = 100


class DatabaseRestored(AlarmKind):
    """Alarm: the database was restored from a copy. It lists what is known about the lost period and has its own
    screen.
    """

    name = "brought_back"
    closes = ByPerson("manual actions in the lost hours are not recorded")
    since: str
    until: str
    recalled: str
    unsent: str
    undelivered: str
    unknown: str
    silent: str
    found: str
    differences: str


@dataclass(frozen=True)
class ReconcileRestore:
    """Use case that reconciles after a restore until due work may continue. Every step is idempotent.

    `end`: function that ends the hold on due jobs shortly after the given time. It drops queued notices of renewals
    that the reconciliation found, because the customers already know of these renewals.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    reconcile: Reconcile
    recall_orders: RecallOrders
    end: Callable[[datetime], Awaitable[None]]

    async def __call__(self) -> None:
        """Reconcile with the providers. Raises RetryLater while a provider must still be polled or an event must still
        be applied.
        """
        async with self.units() as uow:
            database_restore = await uow.variables.get(RETURN)
        if database_restore is None or database_restore.done:
            return
        is_over = self.clock.now() - database_restore.at >= PATIENCE
        if not database_restore.asked:
            database_restore = await self._ask(database_restore, is_over=is_over)
            if not database_restore.asked:
                raise RetryLater(f"{', '.join(database_restore.silent)} did not answer", delay=_ASK_AGAIN)
        database_restore = replace(database_restore, recalled=database_restore.recalled + await self.recall_orders())
        await self._keep(database_restore)
        async with self.units() as uow:
            inbox_entries = await uow.inbox.list_pending(1)
        if inbox_entries and not is_over:
            raise RetryLater("what was found is still being applied", delay=_LOOK_AGAIN)
        await self.end(self.clock.now())
        database_restore = replace(
            database_restore, reminders=database_restore.reminders + await self._mark_reminders_sent(database_restore)
        )
        await self._tell(replace(database_restore, done=True))

    async def _ask(self, database_restore: DatabaseRestore, *, is_over: bool) -> DatabaseRestore:
        report = await self.reconcile(start=database_restore.since - EARLIER)
        silent = [each for each in report.differences if each.kind == NO_ANSWER]
        difference_lines = [_line(each) for each in report.differences if each.kind != NO_ANSWER or is_over]
        database_restore = replace(
            database_restore,
            found=tuple(dict.fromkeys([*database_restore.found, *difference_lines]))[:_MOST],
            silent=tuple(each.subject for each in silent),
            asked=not silent or is_over,
        )
        await self._keep(database_restore)
        return database_restore

    async def _keep(self, database_restore: DatabaseRestore) -> None:
        async with self.units() as uow:
            await uow.variables.set(RETURN, database_restore)
            await uow.commit()

    async def _mark_reminders_sent(self, database_restore: DatabaseRestore) -> int:
        """Mark the reminders of the lost period as sent, so that no customer is reminded twice. Return their number."""
        count = 0
        while True:
            async with self.units() as uow:
                due = await uow.subscriptions.to_remind(database_restore.at, _BATCH)
                for subscription in due:
                    count += await self._skip(uow, subscription, database_restore)
                await uow.commit()
            if len(due) < _BATCH:
                return count

    async def _skip(self, uow: UnitOfWork, subscription: Subscription, database_restore: DatabaseRestore) -> int:
        customer = await uow.customers.get(subscription.customer_id)
        due_reminders = await plan_reminders(uow, self.policy, subscription)
        reminders = [each for each in due_reminders if database_restore.since < each.due_at <= database_restore.at]
        if customer is not None:
            for each in reminders:
                await uow.notifications.add_if_new(_notification(each, customer, subscription))
        subscription.next_reminder_at = next_look(
            subscription, due_reminders, database_restore.at, self.policy.renewal_notice
        )
        await uow.subscriptions.save(subscription)
        return len(reminders)

    async def _tell(self, database_restore: DatabaseRestore) -> None:
        """Alert the owners with the report of the reconciliation, and end the hold on due work."""
        async with self.units() as uow:
            await uow.variables.set(RETURN, database_restore)
            parked_entries = await uow.inbox.list_parked(database_restore.at, PAGE_SIZE)
            entries = [*parked_entries, *await uow.inbox.list_pending(PAGE_SIZE)][:PAGE_SIZE]
            alarm = DatabaseRestored(
                since=f"{database_restore.since:%Y-%m-%d %H:%M} UTC",
                until=f"{database_restore.at:%Y-%m-%d %H:%M} UTC",
                recalled=str(database_restore.recalled),
                unsent=str(database_restore.unsent + database_restore.reminders),
                undelivered=str(database_restore.undelivered),
                unknown=", ".join(_description(each) for each in entries) or "-",
                silent=", ".join(database_restore.silent) or "-",
                found=str(len(database_restore.found)),
                differences="\n".join(sorted(database_restore.found, key=lambda each: each.endswith("\t"))[:PAGE_SIZE]),
            )
            key = f"brought_back:{database_restore.at.isoformat(timespec='seconds')}"
            await raise_once(uow, alarm.raise_event(key), self.clock.now())
            await uow.commit()
        log.warning("the database was brought back", **alarm.facts())


def _notification(reminder: Reminder, customer: Customer, subscription: Subscription) -> Notification:
    return Notification(
        id=NotificationId(new_uuid()),
        key=f"{reminder.kind}:{reminder.key}",
        kind=str(reminder.kind),
        recipient=customer.telegram_id,
        language=customer.language,
        params={},
        subject=subscription.id,
        sent_at=reminder.due_at,
        created_at=reminder.due_at,
    )


def _line(difference: Difference) -> str:
    return f"{difference.kind}\t{difference.subject}\t{difference.decide or ''}"


def _description(entry: InboxEntry) -> str:
    """Return the provider, ids and amount of an event as text, by which staff can look it up."""
    event = entry.event
    who = (event.provider, event.payment_key or event.subscription_ref or event.event_key, event.telegram_id)
    amount = None if event.amount is None else stored_fact(event.amount)
    return " ".join(str(each) for each in (*who, amount) if each is not None)
