"""Custom roles of the operator, in addition to the built-in ones: creating, changing and removing them.

- A role has a name and a set of permissions, and includes access to the panel in the chat or to the console.
- A person cannot create or change a role with permissions beyond their own, before or after the change.
- Owners are named in the settings and have a built-in role whose name is reserved, so none of these commands can lock
  out the last owner.
- To remove a role that is in use, choose a replacement role, or no role, for its members, who are listed beforehand.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, choice, optional, several_of
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.application.team.ready_roles import ready_roles
from subscriptions.application.team.set_role import (
    GIVEN_ROLE,
    NO_ROLE,
    TAKEN_ROLE,
    put_in_role,
    report_program,
    role_to_give,
    roles_to_give,
)
from subscriptions.domain.entities.customer import Customer, OwnRole, Role, StaffRole
from subscriptions.domain.entities.permission import PermissionGroup
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import ASSIGNABLE_ROLES, StaffAction, permissions_of

NAME_LIMIT: Final = 30
_NAME: Final = re.compile(rf"\w[\w .-]{{0,{NAME_LIMIT - 1}}}")
_SIGN_IN_RIGHTS: Final = frozenset({StaffAction.OPEN_PANEL, StaffAction.OPEN_CONSOLE})
_NAMES_SHOWN: Final = 20
"""Maximum number of members of a role that are listed by name. Most teams are smaller."""


def _read_name(answer: Answer, _: Answers) -> str:
    name = " ".join(answer.text.split())
    if not _NAME.fullmatch(name):
        raise Wrong("role_name", limit=str(NAME_LIMIT))
    if name.casefold() in {*StaffRole, *ready_roles(), NO_ROLE}:
        raise Wrong("role_taken", given=name)
    return name


def _read_permissions(answer: Answer, answers: Answers) -> str:
    names = several_of(permissions(), "role_permissions", NAME_LIMIT)(answer, answers)
    if not _SIGN_IN_RIGHTS.intersection(names.split(",")):
        raise Wrong("role_doors", doors=", ".join(sorted(_SIGN_IN_RIGHTS)))
    return names


def _read_after(answer: Answer, _: Answers) -> str:
    return answer.text.strip()


NAME: Final[Input[str]] = Input(
    name="role_name", kind=InputKind.TEXT, parse=_read_name, value=str, limits=(1, NAME_LIMIT)
)
LIKE: Final[Input[str]] = Input(name="like", kind=InputKind.CHOICE, parse=choice, value=str, default=NO_ROLE)
"""Input for the role whose permissions are copied; none to list all permissions instead."""
PERMISSIONS: Final[Input[frozenset[str]]] = Input(
    name="permissions", kind=InputKind.MANY, parse=_read_permissions, value=lambda text: frozenset(text.split(","))
)
OTHER_PERMISSIONS: Final[Input[frozenset[str]]] = Input(
    name="permissions",
    kind=InputKind.MANY,
    parse=optional(_read_permissions),
    value=lambda text: frozenset(filter(None, text.split(","))),
    default="",
)
"""Input for the permissions that replace those of the copied role; empty to copy all of them."""
NEXT_ROLE: Final[Input[str]] = Input(name="afterwards", kind=InputKind.CHOICE, parse=_read_after, value=str, default="")
"""Input for the role that the members get after the removal; empty if the role has no members."""


def _permissions(asked_input: Input[Any]) -> Sequence[Choice]:
    if asked_input.name != PERMISSIONS.name:
        return []
    order = list(PermissionGroup)
    grouped = sorted(permissions(), key=lambda each: order.index(each.group))
    return [Choice(each, group=each.group) for each in grouped]


async def _permissions_of(uow: UnitOfWork, name: str) -> frozenset[str]:
    """Return the permissions of a built-in, custom or predefined role; empty for an unknown role."""
    stored = await uow.own_roles.get(name)
    role: Role | None = StaffRole(name) if name in ASSIGNABLE_ROLES else stored or ready_roles().get(name)
    return frozenset(permissions_of(role, permissions())) if role is not None else frozenset()


def _check_reach(execution: Execution, *roles: Role) -> None:
    if not all(execution.actor.may_give(role) for role in roles):
        raise Wrong("role_beyond", question=PERMISSIONS.name)


async def _role_of(execution: Execution, *, lock: bool = False) -> OwnRole:
    role = next((each for each in await execution.uow.own_roles.all() if each.id == execution.subject_id), None)
    role = await execution.uow.own_roles.get(role.name, lock=lock) if role is not None else None
    if role is None:
        raise NothingToDo("no such role")
    return role


async def _people_effect(uow: UnitOfWork, role: OwnRole) -> Effect | None:
    """Return the effect that lists the members of a role before a change of the role. Return None if the role has no
    members.
    """
    people = await _people(uow, role)
    return Effect(name="people", facts={"people": _mentions(people)}) if people else None


async def _people(uow: UnitOfWork, role: OwnRole) -> Sequence[Customer]:
    people = [each for each in await uow.customers.staff() if str(each.staff_role) == role.name]
    return sorted(people, key=lambda each: each.id)


def _mentions(people: Sequence[Customer]) -> str:
    more = f" +{len(people) - _NAMES_SHOWN}" if len(people) > _NAMES_SHOWN else ""
    return ", ".join(each.mention for each in people[:_NAMES_SHOWN]) + more


def _entry(role: OwnRole, action: str, **facts: str) -> AuditEntry:
    return AuditEntry(subject=role.id, facts={"role": role.name, **facts}, action=action)


class MakeRole(StaffCommand):
    """Staff command that creates a role with an unused name. Its permissions are those of another role, or the given
    ones; the actor must have all of them.
    """

    name = "make_role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.SHOP
    makes = SubjectKind.ROLE
    inputs = (NAME, LIKE, OTHER_PERMISSIONS)
    outcomes = ("made",)

    async def run(self, execution: Execution) -> Outcome:
        """Create the role. Raises Wrong for a name that is taken, and for a permission that the actor lacks."""
        chosen = execution[OTHER_PERMISSIONS] or await _permissions_of(execution.uow, execution[LIKE])
        if not chosen:
            raise Wrong("role_like", question=LIKE.name)
        role = OwnRole(name=execution[NAME], permissions=chosen)
        _check_reach(execution, role)
        is_taken = role.name.casefold() in {each.name.casefold() for each in await execution.uow.own_roles.all()}
        # A person who still has a removed role of this name must not get the permissions of the new role.
        if is_taken or await _people(execution.uow, role) or not await execution.uow.own_roles.add_if_new(role):
            raise Wrong("role_taken", question=NAME.name, given=role.name)
        report_program(execution, role)
        entry = _entry(role, "role.made", permissions=", ".join(sorted(role.permissions)))
        return Outcome(name="made", facts={"role": role.name}, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return all permissions, and the roles that can be copied."""
        if asked_input is LIKE:
            return [Choice(NO_ROLE), *await roles_to_give(uow)]
        return _permissions(asked_input)


class ChangeRole(StaffCommand):
    """Staff command that replaces the permissions of a role for all its members."""

    name = "change_role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.ROLE
    inputs = (PERMISSIONS,)
    outcomes = ("changed",)
    effects = ("people",)

    async def run(self, execution: Execution) -> Outcome:
        """Change the role. The change applies from each member's next action. Raises Wrong for a permission that the
        actor lacks.
        """
        old_role = await _role_of(execution, lock=True)
        role = OwnRole(name=old_role.name, permissions=execution[PERMISSIONS])
        _check_reach(execution, old_role, role)
        if role == old_role:
            return Outcome(name="changed", facts={"role": role.name})
        await execution.uow.own_roles.save(role)
        report_program(execution, role)
        additions, removals = role.permissions - old_role.permissions, old_role.permissions - role.permissions
        entry = _entry(role, "role.changed", gained=", ".join(sorted(additions)), lost=", ".join(sorted(removals)))
        return Outcome(name="changed", facts={"role": role.name}, audit=[entry])

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the members affected; None if the role has no members."""
        return await _people_effect(execution.uow, await _role_of(execution))

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return all permissions."""
        return _permissions(asked_input)


class RemoveRole(StaffCommand):
    """Staff command that removes a role. Its members get the replacement role; if there is none, their console sessions
    and dialogs end.
    """

    name = "remove_role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.ROLE
    inputs = (NEXT_ROLE,)
    outcomes = ("removed",)
    effects = ("people",)

    async def run(self, execution: Execution) -> Outcome:
        """Remove the role. Raises Wrong with a list of the members if no replacement is given."""
        role = await _role_of(execution)
        successor_role = await self._successor(execution, role)
        people = [await execution.uow.customers.get(each.id, lock=True) for each in await _people(execution.uow, role)]
        await _role_of(execution, lock=True)
        if [each.id for each in people if each] != [each.id for each in await _people(execution.uow, role)]:
            raise RetryLater("somebody got or lost the role meanwhile")
        entries = []
        for each in people:
            if each is not None:
                await put_in_role(execution, each, successor_role)
                facts = {"from": role.name, "to": str(successor_role or "-")}
                action = GIVEN_ROLE if successor_role is not None else TAKEN_ROLE
                entries.append(AuditEntry(subject=each.id, facts=facts, action=action))
        await execution.uow.own_roles.remove(role.name)
        entries.append(_entry(role, "role.removed", lost=", ".join(sorted(role.permissions))))
        return Outcome(name="removed", facts={"role": role.name}, audit=entries)

    async def _successor(self, execution: Execution, role: OwnRole) -> Role | None:
        people, successor = await _people(execution.uow, role), execution[NEXT_ROLE]
        if people and not successor:
            raise Wrong("role_in_use", question=NEXT_ROLE.name, people=_mentions(people))
        successor_role = await role_to_give(execution.uow, successor) if successor not in {"", NO_ROLE} else None
        if successor_role == role or (successor_role is not None and not execution.actor.may_give(successor_role)):
            raise Wrong("role_beyond", question=NEXT_ROLE.name)
        return successor_role

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the members who lose the role's permissions; None if the role has no members."""
        role = await _role_of(execution)
        await self._successor(execution, role)
        return await _people_effect(execution.uow, role)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the other roles, and the option of no role."""
        if asked_input is not NEXT_ROLE:
            return []
        return [Choice(""), *(each for each in await roles_to_give(uow) if each.value != subject.name), Choice(NO_ROLE)]
