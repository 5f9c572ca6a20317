"""Roles of the operator's own, beside the built-in ones: made, changed and removed.

- A role has a name and permissions by name, and lets its people in by the chat or by the console.
- Nobody makes or changes a role beyond what they may do themselves, neither as it was nor as it becomes.
- Owners are named in the settings and have their built-in role, which no name here takes: none of these acts locks the
  last owner out.
- A role that somebody has is removed only with the word what its people have afterwards, and they are named before.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, several_of
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    Effect,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.application.team.set_role import (
    GIVEN_ROLE,
    NO_ROLE,
    TAKEN_ROLE,
    put_in_role,
    report_program,
    role_named,
    roles_to_give,
)
from subscriptions.domain.entities.customer import Customer, OwnRole, Role, StaffRole
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

NAME_LIMIT: Final = 30
_NAME: Final = re.compile(rf"\w[\w .-]{{0,{NAME_LIMIT - 1}}}")
_DOORS: Final = frozenset({StaffAction.OPEN_PANEL, StaffAction.OPEN_CONSOLE})
_NAMES_SHOWN: Final = 20
"""So many people are named; a team is smaller."""


def _read_name(answer: Answer, _: Answers) -> str:
    name = " ".join(answer.text.split())
    if not _NAME.fullmatch(name):
        raise Wrong("role_name", limit=str(NAME_LIMIT))
    if name.casefold() in {*StaffRole, NO_ROLE}:
        raise Wrong("role_taken", given=name)
    return name


def _read_permissions(answer: Answer, answers: Answers) -> str:
    names = several_of(permissions(), "role_permissions", NAME_LIMIT)(answer, answers)
    if not _DOORS.intersection(names.split(",")):
        raise Wrong("role_doors", doors=", ".join(sorted(_DOORS)))
    return names


def _read_after(answer: Answer, _: Answers) -> str:
    return answer.text.strip()


NAME: Final[Input[str]] = Input(
    name="role_name", kind=InputKind.TEXT, parse=_read_name, value=str, limits=(1, NAME_LIMIT)
)
PERMISSIONS: Final[Input[frozenset[str]]] = Input(
    name="permissions", kind=InputKind.MANY, parse=_read_permissions, value=lambda text: frozenset(text.split(","))
)
NEXT_ROLE: Final[Input[str]] = Input(name="afterwards", kind=InputKind.CHOICE, parse=_read_after, value=str, default="")
"""What the people of a role have once it is gone; nothing said where nobody has it."""


def _permissions(asked_input: Input[Any]) -> Sequence[Choice]:
    return [Choice(each) for each in permissions()] if asked_input is PERMISSIONS else []


def _check_reach(act: Act, *roles: Role) -> None:
    if not all(act.actor.may_give(role) for role in roles):
        raise Wrong("role_beyond", question=PERMISSIONS.name)


async def _role_of(act: Act, *, lock: bool = False) -> OwnRole:
    role = next((each for each in await act.uow.own_roles.all() if each.id == act.subject_id), None)
    role = await act.uow.own_roles.get(role.name, lock=lock) if role is not None else None
    if role is None:
        raise NothingToDo("no such role")
    return role


async def _people_effect(uow: UnitOfWork, role: OwnRole) -> Effect | None:
    """The people of a role, named before it changes."""
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
    """Make a role of a name that nobody uses yet, with permissions that its maker has."""

    name = "make_role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.SHOP
    makes = SubjectKind.ROLE
    inputs = (NAME, PERMISSIONS)
    outcomes = ("made",)

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong for a name that is taken, and for a permission its maker lacks."""
        role = OwnRole(name=act[NAME], permissions=act[PERMISSIONS])
        _check_reach(act, role)
        is_taken = role.name.casefold() in {each.name.casefold() for each in await act.uow.own_roles.all()}
        # Whoever still bears the name of a role that is gone must not be given another by it.
        if is_taken or await _people(act.uow, role) or not await act.uow.own_roles.add_if_new(role):
            raise Wrong("role_taken", question=NAME.name, given=role.name)
        report_program(act, role)
        entry = _entry(role, "role.made", permissions=", ".join(sorted(role.permissions)))
        return Outcome(name="made", facts={"role": role.name}, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """All permissions there are."""
        return _permissions(asked_input)


class ChangeRole(StaffCommand):
    """Let a role do what is named from now on, and nothing else, whoever has it."""

    name = "change_role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.ROLE
    inputs = (PERMISSIONS,)
    outcomes = ("changed",)
    effects = ("people",)

    async def run(self, act: Act) -> Outcome:
        """It counts at the next press of whoever has it. Raises Wrong for a permission that who changes it lacks."""
        old_role = await _role_of(act, lock=True)
        role = OwnRole(name=old_role.name, permissions=act[PERMISSIONS])
        _check_reach(act, old_role, role)
        if role == old_role:
            return Outcome(name="changed", facts={"role": role.name})
        await act.uow.own_roles.save(role)
        report_program(act, role)
        additions, removals = role.permissions - old_role.permissions, old_role.permissions - role.permissions
        entry = _entry(role, "role.changed", gained=", ".join(sorted(additions)), lost=", ".join(sorted(removals)))
        return Outcome(name="changed", facts={"role": role.name}, audit=[entry])

    async def preview(self, act: Act) -> Effect | None:
        """Who is concerned."""
        return await _people_effect(act.uow, await _role_of(act))

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """All permissions there are."""
        return _permissions(asked_input)


class RemoveRole(StaffCommand):
    """Remove a role. Whoever has it gets what is said, and loses their visits and dialogue where that is nothing."""

    name = "remove_role"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.ROLE
    inputs = (NEXT_ROLE,)
    outcomes = ("removed",)
    effects = ("people",)

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong, naming its people, where nothing is said of them."""
        role = await _role_of(act)
        successor_role = await self._successor(act, role)
        people = [await act.uow.customers.get(each.id, lock=True) for each in await _people(act.uow, role)]
        await _role_of(act, lock=True)
        if [each.id for each in people if each] != [each.id for each in await _people(act.uow, role)]:
            raise RetryLater("somebody got or lost the role meanwhile")
        entries = []
        for each in people:
            if each is not None:
                await put_in_role(act, each, successor_role)
                facts = {"from": role.name, "to": str(successor_role or "-")}
                action = GIVEN_ROLE if successor_role is not None else TAKEN_ROLE
                entries.append(AuditEntry(subject=each.id, facts=facts, action=action))
        await act.uow.own_roles.remove(role.name)
        entries.append(_entry(role, "role.removed", lost=", ".join(sorted(role.permissions))))
        return Outcome(name="removed", facts={"role": role.name}, audit=entries)

    async def _successor(self, act: Act, role: OwnRole) -> Role | None:
        people, successor = await _people(act.uow, role), act[NEXT_ROLE]
        if people and not successor:
            raise Wrong("role_in_use", question=NEXT_ROLE.name, people=_mentions(people))
        successor_role = await role_named(act.uow, successor) if successor not in {"", NO_ROLE} else None
        if successor_role == role or (successor_role is not None and not act.actor.may_give(successor_role)):
            raise Wrong("role_beyond", question=NEXT_ROLE.name)
        return successor_role

    async def preview(self, act: Act) -> Effect | None:
        """Which people lose what it allowed."""
        role = await _role_of(act)
        await self._successor(act, role)
        return await _people_effect(act.uow, role)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Every other role, and none."""
        if asked_input is not NEXT_ROLE:
            return []
        return [Choice(""), *(each for each in await roles_to_give(uow) if each.value != subject.name), Choice(NO_ROLE)]
