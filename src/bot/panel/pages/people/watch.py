"""Panel pages of open alarms, of bulk expiry, and of the Telegram accounts that own channels."""

from collections.abc import Mapping
from typing import Final

from bot.panel.pages.staff.commands import press
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.expiry import bulk_expiry as screens_of_bulk_expiry
from bot.screens.panel.people import watch as screens
from subscriptions.application.access.repair_access import RepairAccess
from subscriptions.application.alarms.settle_alarm import ResolveAlarm
from subscriptions.application.expiry.decide_bulk_expiry import ConfirmBulkExpiry, HoldBulkExpiry, UndoBulkExpiry
from subscriptions.application.expiry.start_bulk_expiry import StartBulkExpiry
from subscriptions.application.inbox.repeat_work import RepeatJob, RepeatWebhook
from subscriptions.application.reconciliation.start_reconciliation import StartReconciliation
from subscriptions.domain.services.staff_policy import StaffAction


async def alarms(visit: Visit) -> Screen:
    """Show all open alarms."""
    return await _list(visit)


async def _list(visit: Visit, note: str | None = None) -> Screen:
    return screens.alarms(visit.t, await visit.use.alarms().open(visit.who), note, visit.role)


async def alarm(visit: Visit) -> Screen:
    """Show one alarm."""
    alarm = await visit.use.alarms().get(visit.who, visit.id())
    if alarm is None:
        raise Stale("no such alarm")
    return screens.one(visit.t, alarm, visit.role)


async def bulk_expiry(visit: Visit) -> Screen:
    """Show the customers whom a bulk expiry would now remove."""
    return await _bulk_expiry_page(visit)


async def _bulk_expiry_page(visit: Visit, note: str | None = None) -> Screen:
    return screens_of_bulk_expiry.bulk_expiry(visit.t, *await visit.use.bulk_expiry()(visit.who), visit.role, note)


async def accounts(visit: Visit) -> Screen:
    """Show the accounts' capacity and health, and the pre-created channels."""
    return screens.accounts(visit.t, *await visit.use.accounts()(visit.who))


PAGES: Final[Mapping[str, Page]] = {
    "alarms": Page(StaffAction.SEE_ALARMS, alarms),
    "alarm": Page(StaffAction.SEE_ALARMS, alarm),
    "alarm.close": press(ResolveAlarm, _list),
    "alarm.fix": press(RepairAccess, _list),
    "job.again": press(RepeatJob, _list),
    "webhook.again": press(RepeatWebhook, _list),
    "reconcile": press(StartReconciliation, _list),
    "sweep": Page(StaffAction.SEE_BULK_EXPIRY, bulk_expiry),
    "sweep.now": press(StartBulkExpiry, _bulk_expiry_page),
    "sweep.go": press(ConfirmBulkExpiry, _bulk_expiry_page),
    "sweep.stay": press(HoldBulkExpiry, _bulk_expiry_page),
    "sweep.undo": press(UndoBulkExpiry, _list),
    "accounts": Page(StaffAction.SEE_ACCOUNTS, accounts),
}
