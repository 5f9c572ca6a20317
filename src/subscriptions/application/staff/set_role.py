"""A role among the operator's people, given or taken by an owner."""

from dataclasses import dataclass
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import OPTIONAL_REASON, Choice, Input, InputKind
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import GIVEN, StaffAction

NO_ROLE: Final = "none"
GIVEN_ROLE: Final = "staff.role_given"
TAKEN_ROLE: Final = "staff.role_taken"
"""What the audit calls the two."""


def _role(answer: Answer, _: Answers) -> str:
    if answer.text not in {*GIVEN, NO_ROLE}:
        raise Wrong("choose")
    return answer.text


def _role_of(text: str) -> StaffRole | None:
    return None if text == NO_ROLE else StaffRole(text)


ROLE: Final[Input[StaffRole | None]] = Input(name="role", kind=InputKind.CHOICE, read=_role, value=_role_of)


@dataclass(frozen=True)
class SetRole(StaffCommand):
    """Give somebody a role, or take it. Owners are named in the settings: nobody makes or unmakes one here.

    Who loses their role loses their dialogue and their visits to the console with it.
    """

    name = "role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.CUSTOMER
    inputs = (ROLE, OPTIONAL_REASON)
    outcomes = ("role_given", "role_taken", "owner_is_set")

    async def run(self, act: Act) -> Outcome:
        """Who has the role already keeps it, and nothing is recorded."""
        role, uow = act[ROLE], act.uow
        known_customer = await uow.customers.get(CustomerId(act.subject_id))
        customer = await uow.customers.by_telegram_id(known_customer.telegram_id, lock=True) if known_customer else None
        if customer is None:
            raise NothingToDo("gone")
        if customer.staff_role is StaffRole.OWNER:
            return Outcome(name="owner_is_set")
        outcome = "role_given" if role is not None else "role_taken"
        if customer.staff_role is role:
            return Outcome(name=outcome)
        before, customer.staff_role = customer.staff_role, role
        await uow.customers.save(customer)
        if role is None:
            await uow.dialogues.end(customer.telegram_id)
            await uow.console.end(customer.telegram_id)
        facts = {"from": str(before or "-"), "to": str(role or "-")}
        action = GIVEN_ROLE if role is not None else TAKEN_ROLE
        return Outcome(name=outcome, audit=[AuditEntry(about=customer.id, facts=facts, action=action)])

    async def choices(self, asked: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """The roles an owner gives, and none."""
        return [Choice(role) for role in (*GIVEN, NO_ROLE)] if asked is ROLE else []
