"""Staff command that sets up the customer's access again; the button of an access alarm runs it."""

from datetime import datetime

from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.alarms.alarm_causes import is_kept_out
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import AccessId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class RepairAccess(StaffCommand):
    """Staff command that sets up a customer's access again if it does not work. The job is queued even if it cannot
    succeed now.

    Outcome `account_lost`: the userbot account that owns the channel must be signed in first. Outcome `no_account`: no
    userbot account can currently create a channel.
    """

    name = "repair_access"
    permission = StaffAction.REPAIR
    subject = SubjectKind.ACCESS
    outcomes = ("repaired", "account_lost", "no_account")

    async def run(self, execution: Execution) -> Outcome:
        """Set up the access again. Raises NothingToDo if the customer has a link or is a member."""
        access = await execution.uow.accesses.get(AccessId(execution.subject_id), lock=True)
        if access is None or not await is_kept_out(execution.uow, access):
            raise NothingToDo("they have their link or are inside")
        channel = await execution.uow.channels.get(access.channel_id)
        access.grant(is_shared=channel is not None and not kind_of_channel(channel).for_one)
        await execution.uow.accesses.save(access)
        if channel is not None:
            await kind_of_channel(channel).on_return(execution.uow, channel, access)
        audit = [AuditEntry(subject=access.customer_id, reason="pressed at the alarm")]
        return Outcome(name=await _prospect(execution.uow, channel, execution.at), audit=audit)


async def _prospect(uow: UnitOfWork, channel: Channel | None, now: datetime) -> str:
    """Return the outcome to report, which depends on whether a userbot account can set up the channel now."""
    if channel is None or not kind_of_channel(channel).needs_account:
        return "repaired"
    accounts = {account.id: account for account in await uow.accounts.list_without_secrets()}
    owner = accounts.get(channel.account_id) if channel.account_id is not None else None
    if owner is None or owner.in_service:
        has_no_account = owner is None and not any(each.may_create_from(now) == now for each in accounts.values())
        return "no_account" if has_no_account else "repaired"
    if channel.may_be_given_back or channel.may_be_made_anew:
        return "repaired"
    backup_admin = await uow.backup_admins.find(channel.id)
    heir = (
        accounts.get(backup_admin.account_id)
        if backup_admin is not None and backup_admin.promoted_at is not None
        else None
    )
    return "repaired" if heir is not None and heir.in_service else "account_lost"
