"""Console pages of alarms, jobs, webhooks, accounts and the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from subscriptions.application.access.let_in import LetIn
from subscriptions.application.access.repair_access import RepairAccess
from subscriptions.application.alarms.alarm_kind import AlarmLink, PanelPage, page_of, permission_for
from subscriptions.application.alarms.settle_alarm import ResolveAlarm
from subscriptions.application.inbox.repeat_work import RepeatJob
from subscriptions.application.menu import MenuSection
from subscriptions.application.payments.bar_and_refund import BarAndRefund
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import list_page
from web.console.visit import ROOT, Page, PageGone, Visit

EVERYTHING: Final = "all"
_ADDRESSES: Final[Mapping[AlarmLink, str]] = {
    AlarmLink.PLAN: "/plans",
    AlarmLink.METHODS: "/methods",
    AlarmLink.HIDE_METHOD: "/methods",
    AlarmLink.ACCOUNTS: "/accounts",
    AlarmLink.WEBHOOKS: "/webhooks",
    AlarmLink.JOBS: "/jobs?status=failed",
    AlarmLink.REQUEUE: "/jobs?status=failed",
    AlarmLink.MESSAGES: "/messages?state=owed",
    AlarmLink.INVITATION: "/invitations",
}
"""Pages on which an alarm can be resolved, in addition to the customer's page. Other ways to resolve an alarm are
commands or exist only in the chat.
"""

_BULK_EXPIRIES: Final = {"sweep_held": ("confirm_sweep", "hold_sweep"), "sweep_done": ("undo_sweep",)}
"""Commands on a bulk expiry, keyed by the kind of alarm that reports the bulk expiry."""


def _of_alarm(visit: Visit, row: Row) -> Sequence[str]:
    if row["closed_at"] is not None:
        return ()
    link = page_of(row["kind"])
    is_ban = link is AlarmLink.BAN
    conditions = (
        (RepairAccess, link is AlarmLink.REPAIR),
        (LetIn, is_ban),
        (BarAndRefund, is_ban),
        (ResolveAlarm, True),
    )
    return tuple(command.name for command, fits in conditions if fits and visit.may(command.permission))


def commands_of(visit: Visit, alarm: Alarm) -> Sequence[tuple[str, str]]:
    """Return the names of the commands shown with an alarm, each with the id of its subject."""
    row = {"closed_at": alarm.closed_at, "kind": alarm.kind}
    commands = [(name, str(alarm.id)) for name in _of_alarm(visit, row)]
    link, number = page_of(alarm.kind), alarm.facts.get("number", "")
    if link is AlarmLink.RECONCILE and alarm.open and visit.may(StaffAction.RECONCILE):
        return [("reconcile", EVERYTHING), *commands]
    if alarm.kind in _BULK_EXPIRIES and alarm.open and visit.may(StaffAction.CONFIRM_BULK_EXPIRY):
        sweep_id = str(UUID(alarm.facts["sweep"]))
        return [*((name, sweep_id) for name in _BULK_EXPIRIES[alarm.kind]), *commands]
    if link is AlarmLink.REQUEUE and alarm.open and number.isdecimal() and visit.may(StaffAction.REPEAT_WORK):
        return [(RepeatJob.name, number), *commands]
    return commands


def leads_of(visit: Visit, alarm: Alarm) -> tuple[str, str] | None:
    """Return the URL and the title of the page on which an alarm can be resolved; None if there is none or the staff
    member may not open that page.
    """
    link = page_of(alarm.kind)
    address = link.address if isinstance(link, PanelPage) else _ADDRESSES.get(link) if link is not None else None
    if link is None or not address or not visit.may(permission_for(link)):
        return None
    return f"{ROOT}{address}", visit.words(f"page.{address.partition('?')[0].lstrip('/')}")


async def alarm(visit: Visit) -> Mapping[str, Any]:
    """Show one alarm with its subject."""
    alarm = await visit.use.alarms().get(visit.who, visit.id())
    if alarm is None:
        raise PageGone("no such alarm")
    customer = alarm.facts.get("customer")
    return {
        "alarm": alarm,
        "commands": commands_of(visit, alarm),
        "leads": leads_of(visit, alarm),
        "customer": customer,
    }


PAGES: Final = (
    list_page("alarms", MenuSection.TODAY, commands_of=_of_alarm),
    Page("alarm", "/alarms/{id}", "alarm.html", StaffAction.SEE_ALARMS, alarm, parent="alarms"),
    list_page("webhooks", MenuSection.SETTINGS, tab="payments"),
    list_page("jobs", MenuSection.SETTINGS, tab="system"),
    list_page("accounts", MenuSection.CHATS),
    list_page("audit", MenuSection.SETTINGS, tab="system"),
)
