"""A customer let in again whom somebody who administers the chat had banned."""

from subscriptions.application.access.bans import PARDONED, lift_hold
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.ids import AccessId
from subscriptions.domain.services.staff_policy import StaffAction


class LetIn(StaffCommand):
    """Lift a customer's ban from a chat, and send them a new link. A plan that was on hold for the ban goes on, with
    the time that stood still."""

    name = "let_in"
    permission = StaffAction.RESTORE_ACCESS
    subject = SubjectKind.ACCESS
    inputs = (REASON,)
    outcomes = ("let_in",)

    async def run(self, act: Act) -> Outcome:
        """Note that the ban is ours to lift: whoever makes the link lifts it before. Raises NothingToDo where the
        customer is not banned."""
        access = await act.uow.accesses.get(AccessId(act.subject_id), lock=True)
        if access is None or access.status is not AccessStatus.BANNED:
            raise NothingToDo("they are not banned")
        channel = await act.uow.channels.get(access.channel_id)
        customer = await act.uow.customers.get(access.customer_id)
        if channel is None or customer is None:
            raise NothingToDo("gone")
        await act.uow.resources.note_ban(channel.id, customer.telegram_id, act.at)
        await lift_hold(act.uow, channel, access, act.at)
        audit = [
            AuditEntry(subject=customer.id, facts={"plan": channel.title}),
            AuditEntry(subject=access.id, action=PARDONED),
        ]
        return Outcome(name="let_in", audit=audit)
