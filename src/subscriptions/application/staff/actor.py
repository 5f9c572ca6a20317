"""Who asks for an act of staff: a person by their role, a program by its key's abilities, the operator's shell, or a
source of results."""

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
from subscriptions.domain.services.staff_policy import OPENS, StaffAction, may, may_grant, permissions_of


@dataclass(frozen=True)
class Program:
    """A program of the operator's, by the name of its key."""

    name: str
    abilities: Set[Ability]


@dataclass(frozen=True)
class Shell:
    """Whoever runs `umbral` with the database's own login. They may do everything, as they could without us."""


@dataclass(frozen=True)
class Source:
    """A source of results, which settles tips and does nothing else."""

    name: str

    @property
    def origin(self) -> str:
        """As record and audit name it."""
        return f"source:{self.name}"


Caller = TelegramId | Program | Shell | Source
"""Who asks, before their rights are looked up."""

SHELL: Final = Shell()


@dataclass(frozen=True)
class Actor:
    """Who acts, as known in this unit of work. name: as the audit names them.

    staff: None for who is no person.
    """

    name: str
    caller: Caller
    staff: Customer | None = None

    @property
    def role(self) -> Role | None:
        """None for who is no staff."""
        return self.staff.staff_role if self.staff is not None else None

    @property
    def telegram_id(self) -> TelegramId | None:
        """The account of whoever acts; None for who is no person."""
        return self.staff.telegram_id if self.staff is not None else None

    def may(self, action: Permission) -> bool:
        """Whether they may take an action."""
        match self.caller:
            case Shell():
                return True
            case Source():
                return action is StaffAction.SETTLE_TIP
            case Program(abilities=abilities):
                return action.ability in abilities
            case _:
                return may(self.role, action)

    def require(self, action: Permission) -> None:
        """Raises NotAllowed."""
        if not self.may(action):
            raise NotAllowed(self.role, action)

    def may_open(self, ability: Ability) -> bool:
        """Whether they may hand out a key that is able to do this: to do no more than they may themselves."""
        if isinstance(self.caller, Program):
            return ability in self.caller.abilities
        needed = {each for each in permissions() if each.ability is ability} | {OPENS.get(ability)}
        return all(self.may(permission) for permission in needed if permission is not None)

    def may_give(self, role: Role) -> bool:
        """Return True if a role has no permission that the actor lacks."""
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
    """The caller with the rights they have now."""
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
    """Declare what a person or a program must be allowed to for a reading. NotAllowed is raised before it."""

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
