"""Callers of staff commands: a person with a role, a program with the abilities of its API key, the operator's shell,
or an external source of results.
"""

from collections.abc import Awaitable, Callable, Coroutine, Set
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import Customer, Role
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import OPENS, may, may_grant, permissions_of


@dataclass(frozen=True)
class Program:
    """Program of the operator. `name`: name of the program's API key."""

    name: str
    abilities: Set[Ability]


@dataclass(frozen=True)
class Shell:
    """Operator who runs `umbral` on the command line with the database's credentials. This caller has all permissions,
    because these credentials allow changing the database directly.
    """


@dataclass(frozen=True)
class Source:
    """External source of facts, such as the results of matches. It has exactly one permission."""

    name: str
    permission: Permission

    @property
    def origin(self) -> str:
        """Name of the source in the audit log and in the published record of tips."""
        return f"source:{self.name}"


Caller = TelegramId | Program | Shell | Source
"""Caller whose permissions have not been looked up yet."""

SHELL: Final = Shell()


@dataclass(frozen=True)
class Actor:
    """Caller with the permissions known in this unit of work. `name`: name in the audit log.

    `staff`: the staff member; None for a caller that is not a person
    """

    name: str
    caller: Caller
    staff: Customer | None = None

    @property
    def role(self) -> Role | None:
        """Role of the staff member; None for other callers."""
        return self.staff.staff_role if self.staff is not None else None

    @property
    def telegram_id(self) -> TelegramId | None:
        """Telegram account of the staff member; None for a caller that is not a person."""
        return self.staff.telegram_id if self.staff is not None else None

    def may(self, action: Permission) -> bool:
        """Return True if the actor has a permission."""
        match self.caller:
            case Shell():
                return True
            case Source(permission=permission):
                return action is permission
            case Program(abilities=abilities):
                return action.ability in abilities
            case _:
                return may(self.role, action)

    def require(self, action: Permission) -> None:
        """Raise NotAllowed if the actor lacks a permission."""
        if not self.may(action):
            raise NotAllowed(self.role, action)

    def may_open(self, ability: Ability) -> bool:
        """Return True if the actor may create an API key with an ability. The ability must not exceed the actor's own
        permissions.
        """
        if isinstance(self.caller, Program):
            return ability in self.caller.abilities
        needed = {each for each in permissions() if ability in (each.ability, each.reads)} | {OPENS.get(ability)}
        return all(self.may(permission) for permission in needed if permission is not None)

    def may_give(self, role: Role) -> bool:
        """Return True if the actor has all permissions of a role and may therefore assign it."""
        return not self._permissions_beyond(role)

    def require_role(self, role: Role) -> None:
        """Raise NotAllowed if a role has a permission that the actor lacks."""
        for action in self._permissions_beyond(role)[:1]:
            raise NotAllowed(self.role, action)

    def _permissions_beyond(self, role: Role) -> list[Permission]:
        return [each for each in permissions_of(role, permissions()) if not self._may_grant(each)]

    def _may_grant(self, action: Permission) -> bool:
        match self.caller:
            case Program(abilities=abilities):
                return may_grant(abilities, action)
            case _:
                return self.may(action)


async def actor_of(uow: UnitOfWork, caller: Caller) -> Actor:
    """Return the caller with their current permissions."""
    match caller:
        case Shell():
            return Actor("cli", caller)
        case Program(name=name):
            return Actor(f"api:{name}", caller)
        case Source():
            return Actor(caller.origin, caller)
        case _:
            customer = await uow.customers.by_telegram_id(caller)
            return Actor(str(caller), caller, customer)


class _Reader(Protocol):
    @property
    def units(self) -> UnitOfWorkFactory: ...


P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=_Reader)


def permitted_caller(
    action: Permission,
) -> Callable[
    [Callable[Concatenate[R, Caller, P], Awaitable[T]]], Callable[Concatenate[R, Caller, P], Coroutine[Any, Any, T]]
]:
    """Declare the permission that a person or program needs for a query. NotAllowed is raised before the query runs."""

    def decorate(
        method: Callable[Concatenate[R, Caller, P], Awaitable[T]],
    ) -> Callable[Concatenate[R, Caller, P], Coroutine[Any, Any, T]]:
        @wraps(method)
        async def wrapper(reader: R, caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
            async with reader.units() as uow:
                (await actor_of(uow, caller)).require(action)
            return await method(reader, caller, *args, **kwargs)

        return wrapper

    return decorate
