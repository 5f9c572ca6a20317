"""Staff command that readmits a customer after a ban by a chat administrator."""

from subscriptions.application.access.bans import PARDONED, lift_hold
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.ids import AccessId
from subscriptions.domain.services.staff_policy import StaffAction


class LetIn(StaffCommand):
    """Staff command that lifts a customer's ban from a chat and sends a new invite link. If the plan was paused for the
    ban, it resumes and the lost time is added.
    """

    name = "let_in"
    permission = StaffAction.RESTORE_ACCESS
    subject = SubjectKind.ACCESS
    inputs = (REASON,)
    outcomes = ("let_in",)

    async def run(self, execution: Execution) -> Outcome:
        """Record that Umbral must lift the administrator's ban, which the bot does before creating the invite link.
        Raises NothingToDo if the customer is not banned.
        """
        access = await execution.uow.accesses.get(AccessId(execution.subject_id), lock=True)
        if access is None or access.status is not AccessStatus.BANNED:
            raise NothingToDo("they are not banned")
        channel = await execution.uow.channels.get(access.channel_id)
        customer = await execution.uow.customers.get(access.customer_id)
        if channel is None or customer is None:
            raise NothingToDo("gone")
        await execution.uow.resources.note_ban(channel.id, customer.telegram_id, execution.at)
        await lift_hold(execution.uow, channel, access, execution.at)
        audit = [
            AuditEntry(subject=customer.id, facts={"plan": channel.title}),
            AuditEntry(subject=access.id, action=PARDONED),
        ]
        return Outcome(name="let_in", audit=audit)
