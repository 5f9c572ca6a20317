"""Somebody of staff lost their app and their recovery codes: another person takes the second factor away."""

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.services.staff_policy import StaffAction


class ResetFactor(StaffCommand):
    """Take somebody's second factor away, and end their visits: they enter by the chat alone, and set up another one.

    Another person does it, who may do all that they may, or the shell: neither they themselves nor a program.
    """

    name = "reset_factor"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.CUSTOMER
    inputs = (REASON,)
    outcomes = ("factor_reset",)

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong for who may not do it to this person, NothingToDo where there is none."""
        customer = await act.uow.customers.get(CustomerId(act.subject_id))
        if customer is None:
            raise NothingToDo("gone")
        if isinstance(act.actor.caller, Program):
            raise Wrong("people_only", question=REASON.name)
        if act.actor.caller == customer.telegram_id:
            raise Wrong("other_person", question=REASON.name)
        if customer.staff_role is not None and not act.actor.may_give(customer.staff_role):
            raise Wrong("factor_beyond", question=REASON.name)
        if await act.uow.console.factor(customer.telegram_id, lock=True) is None:
            raise NothingToDo("no second factor")
        await act.uow.console.remove_factor(customer.telegram_id)
        await act.uow.console.end(customer.telegram_id)
        entry = AuditEntry(subject=customer.id, action="factor.reset")
        return Outcome(name="factor_reset", facts={"name": customer.mention}, audit=[entry])
