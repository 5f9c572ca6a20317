"""Staff command that assigns a role to a person, or removes it."""

from typing import Any, Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.application.dto.typed_answers import Wrong, choice
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import OPTIONAL_REASON, Choice, Input, InputKind
from subscriptions.application.team.ready_roles import ready_roles
from subscriptions.domain.entities.customer import Customer, Role, StaffRole
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import ASSIGNABLE_ROLES, StaffAction

NO_ROLE: Final = "none"
GIVEN_ROLE: Final = "staff.role_given"
TAKEN_ROLE: Final = "staff.role_taken"
"""Action in the audit log: a role was removed from a person. `GIVEN_ROLE` is the action for an assigned role."""


ROLE: Final[Input[str]] = Input(name="role", kind=InputKind.CHOICE, parse=choice, value=str)
"""Input for the name of an assignable role."""


async def role_named(uow: UnitOfWork, name: str) -> Role | None:
    """Return the role with this name, locked against removal. Return None if no assignable role has the name."""
    return StaffRole(name) if name in ASSIGNABLE_ROLES else await uow.own_roles.get(name, lock=True)


async def role_to_give(uow: UnitOfWork, name: str) -> Role | None:
    """Return the role with this name, locked against removal. A predefined role is first stored as a custom role of the
    shop. Return None if no assignable role has the name.
    """
    ready = ready_roles().get(name)
    if ready is None or await uow.own_roles.get(name) is not None:
        return await role_named(uow, name)
    if any(str(each.staff_role) == name for each in await uow.customers.staff()):
        # A person who still has a removed role of this name must not get the permissions of the predefined role.
        raise Wrong("role_taken", question=ROLE.name, given=name)
    await uow.own_roles.add_if_new(ready)
    return await role_named(uow, name)


async def roles_to_give(uow: UnitOfWork) -> list[Choice]:
    """Return the assignable built-in roles, the predefined roles, and the custom roles."""
    own = [each.name for each in await uow.own_roles.all()]
    names = dict.fromkeys((*ASSIGNABLE_ROLES, *ready_roles()))
    return [*(Choice(name) for name in names), *(Choice(name, name) for name in own if name not in names)]


class RoleGrantedByProgram(AlarmKind):
    """Alarm: a program granted a role, or changed a role's permissions.

    program: name of the program's API key
    telegram_id: the person; None if the role itself was created or changed
    """

    name = "role_granted_by_program"
    closes = News()
    program: str
    role: str
    telegram_id: TelegramId | None = None


def report_program(execution: Execution, role: Role, customer: Customer | None = None) -> None:
    """Alert the owners if a program assigned a role or changed a role's permissions."""
    if isinstance(execution.actor.caller, Program):
        alarm = RoleGrantedByProgram(
            program=execution.actor.caller.name, role=str(role), telegram_id=customer.telegram_id if customer else None
        )
        subject = customer.telegram_id if customer is not None else role
        execution.uow.record(alarm.raise_event(f"{alarm.name}:{execution.operation}:{subject}"))


async def put_in_role(execution: Execution, customer: Customer, role: Role | None) -> None:
    """Assign a staff role to a customer, or remove it. If the customer loses a role, their dialog and console sessions
    end.
    """
    customer.staff_role = role
    await execution.uow.customers.save(customer)
    if role is None:
        await execution.uow.dialogues.end(customer.telegram_id)
        await execution.uow.console.end(customer.telegram_id)
    else:
        report_program(execution, role, customer)


def _refuse_owner(customer: Customer) -> None:
    if customer.staff_role is StaffRole.OWNER:
        raise Wrong("owner_is_set", question=ROLE.name)


class SetRole(StaffCommand):
    """Staff command that assigns a role to a person, or removes it.

    Owners are named in the settings and can't be changed here. The role must not exceed the actor's own permissions. If
    the person loses a role, their dialog and console sessions end.
    """

    name = "role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.CUSTOMER
    inputs = (ROLE, OPTIONAL_REASON)
    outcomes = ("role_given", "role_taken")

    async def preview(self, execution: Execution) -> None:
        """Raise Wrong if the person is an owner, before the actor is asked for confirmation."""
        customer = await execution.uow.customers.get(CustomerId(execution.subject_id))
        if customer is not None:
            _refuse_owner(customer)

    async def run(self, execution: Execution) -> Outcome:
        """Assign or remove the role. If the person already has that role, nothing is done or recorded. Raises Wrong for
        an owner.
        """
        uow = execution.uow
        known_customer = await uow.customers.get(CustomerId(execution.subject_id))
        customer = await uow.customers.by_telegram_id(known_customer.telegram_id, lock=True) if known_customer else None
        if customer is None:
            raise NothingToDo("gone")
        role = await role_to_give(uow, execution[ROLE]) if execution[ROLE] != NO_ROLE else None
        if role is not None and not execution.actor.may_give(role):
            raise Wrong("role_beyond", question=ROLE.name)
        _refuse_owner(customer)
        outcome = "role_given" if role is not None else "role_taken"
        if customer.staff_role == role:
            return Outcome(name=outcome)
        old_role = customer.staff_role
        await put_in_role(execution, customer, role)
        facts = {"from": str(old_role or "-"), "to": str(role or "-")}
        action = GIVEN_ROLE if role is not None else TAKEN_ROLE
        return Outcome(name=outcome, audit=[AuditEntry(subject=customer.id, facts=facts, action=action)])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the assignable roles, and the option of no role."""
        return [*await roles_to_give(uow), Choice(NO_ROLE)] if asked_input is ROLE else []
