"""Staff command that removes the second factor of a staff member who lost the app and the recovery codes."""

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.services.staff_policy import StaffAction


class ResetFactor(StaffCommand):
    """Staff command that resets a staff member's second factor and ends their console sessions. The staff member then
    signs in with the link from the chat alone and sets up another factor.

    The command requires another person with at least the same permissions, or the command line. The staff member
    themselves and programs can't run it.
    """

    name = "reset_factor"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.CUSTOMER
    inputs = (REASON,)
    outcomes = ("factor_reset",)

    async def run(self, execution: Execution) -> Outcome:
        """Reset the factor. Raises Wrong if the actor may not reset this person's factor, and NothingToDo if there is
        no second factor.
        """
        customer = await execution.uow.customers.get(CustomerId(execution.subject_id))
        if customer is None:
            raise NothingToDo("gone")
        if isinstance(execution.actor.caller, Program):
            raise Wrong("people_only", question=REASON.name)
        if execution.actor.caller == customer.telegram_id:
            raise Wrong("other_person", question=REASON.name)
        if customer.staff_role is not None and not execution.actor.may_give(customer.staff_role):
            raise Wrong("factor_beyond", question=REASON.name)
        if not await execution.uow.console.remove_factor(customer.telegram_id):
            raise NothingToDo("no second factor")
        await execution.uow.console.end(customer.telegram_id)
        entry = AuditEntry(subject=customer.id, action="factor.reset")
        return Outcome(name="factor_reset", facts={"name": customer.mention}, audit=[entry])
