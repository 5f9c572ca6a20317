"""Permission checks of staff at the time of an action, and the audit of these actions."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from uuid import UUID

import structlog

from subscriptions.application.dto.typed_answers import REASON_LIMIT
from subscriptions.domain.entities.customer import Customer, Role
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction, may

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class NotAllowed(UmbralError):
    """Error: the person's role does not include the permission.

    role: role of the person; None for no role
    least: the lowest role that includes the permission
    """

    def __init__(self, role: Role | None, action: Permission) -> None:
        super().__init__(f"{role or 'nobody of staff'} may not do {action}")
        self.role = role
        self.action = action
        self.least = action.least_role


@dataclass(frozen=True)
class StaffDesk:
    """Service that checks permissions. Each use case of the staff panel calls it within the use case's own unit of
    work.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def require(self, uow: UnitOfWork, person: TelegramId, action: Permission) -> Customer:
        """Return the actor's customer. Raises NotAllowed if the actor's role does not include the permission."""
        customer = await uow.customers.by_telegram_id(person)
        role = customer.staff_role if customer is not None else None
        if customer is None or not may(role, action):
            raise NotAllowed(role, action)
        return customer

    async def check(self, person: TelegramId, action: Permission) -> Customer:
        """Check a permission before a screen is shown, and return the actor's customer. Raises NotAllowed, after
        recording the refusal.
        """
        try:
            async with self.units() as uow:
                return await self.require(uow, person, action)
        except NotAllowed as refusal:
            await self.record_refusal(person, refusal)
            raise

    async def role_of(self, person: TelegramId) -> Role | None:
        """Return the role of a person. Return None if the person is not a staff member."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(person)
        return customer.staff_role if customer is not None else None

    async def record_refusal(self, person: TelegramId | str, refusal: NotAllowed) -> None:
        """Record in the audit log an attempt to use a permission that the person's role does not include."""
        log.warning("panel action refused", person=person, action=str(refusal.action), role=str(refusal.role))
        async with self.units() as uow:
            await uow.audit.record(
                actor=str(person),
                action="staff.refused",
                subject=str(refusal.action),
                reason=str(refusal),
                at=self.clock.now(),
            )
            await uow.commit()

    async def note_export(self, person: TelegramId, name: str, filters: Mapping[str, str]) -> None:
        """Record that a staff member exports a list or statistics as a file. `filters`: filters of the list; empty ones
        are left out.

        Raises NotAllowed if the role does not permit exports.
        """
        facts = {f"filter_{key}": value for key, value in filters.items() if value}
        async with self.units() as uow:
            staff = await self.require(uow, person, StaffAction.EXPORT)
            await OwnExecution(uow, staff, StaffAction.EXPORT, self.clock.now()).note(name, "as CSV", **facts)
            await uow.commit()


@dataclass(frozen=True)
class OwnExecution:
    """Action of a staff member that concerns only themselves, with its unit of work, actor and permission."""

    uow: UnitOfWork
    staff: Customer
    action: Permission
    at: datetime

    async def note(self, subject: UUID | str, reason: str, *, action: str | None = None, **facts: str) -> None:
        """Record the action with its subject and reason. `action`: name in the audit log, if it differs from the
        permission.
        """
        await self.uow.audit.record(
            actor=str(self.staff.telegram_id),
            action=action or str(self.action),
            subject=str(subject),
            reason=reason[:REASON_LIMIT],
            at=self.at,
            facts=facts,
        )


class _Reader(Protocol):
    @property
    def units(self) -> UnitOfWorkFactory: ...
    @property
    def staff_desk(self) -> StaffDesk: ...


class _Doer(_Reader, Protocol):
    @property
    def clock(self) -> Clock: ...


R = TypeVar("R", bound=_Reader)
D = TypeVar("D", bound=_Doer)


def reads(
    action: Permission,
) -> Callable[
    [Callable[Concatenate[R, UnitOfWork, P], Awaitable[T]]],
    Callable[Concatenate[R, TelegramId, P], Coroutine[Any, Any, T]],
]:
    """Declare the permission of a query, which is checked in the query's own unit of work.

    Callers pass the actor in place of the unit of work; NotAllowed is raised before anything is read.
    """

    def decorate(
        method: Callable[Concatenate[R, UnitOfWork, P], Awaitable[T]],
    ) -> Callable[Concatenate[R, TelegramId, P], Coroutine[Any, Any, T]]:
        @wraps(method)
        async def wrapper(reader: R, actor: TelegramId, /, *args: P.args, **kwargs: P.kwargs) -> T:
            async with reader.units() as uow:
                await reader.staff_desk.require(uow, actor, action)
                return await method(reader, uow, *args, **kwargs)

        return wrapper

    return decorate


def with_permission(
    action: Permission,
) -> Callable[
    [Callable[Concatenate[R, TelegramId, P], Awaitable[T]]],
    Callable[Concatenate[R, TelegramId, P], Coroutine[Any, Any, T]],
]:
    """Declare the permission of a query that does not read in one unit of work. It is checked beforehand in a separate
    unit of work.
    """

    def decorate(
        method: Callable[Concatenate[R, TelegramId, P], Awaitable[T]],
    ) -> Callable[Concatenate[R, TelegramId, P], Coroutine[Any, Any, T]]:
        @wraps(method)
        async def wrapper(reader: R, actor: TelegramId, /, *args: P.args, **kwargs: P.kwargs) -> T:
            async with reader.units() as uow:
                await reader.staff_desk.require(uow, actor, action)
            return await method(reader, actor, *args, **kwargs)

        return wrapper

    return decorate


def acts(
    action: Permission,
) -> Callable[
    [Callable[Concatenate[D, OwnExecution, P], Awaitable[T]]],
    Callable[Concatenate[D, TelegramId, P], Coroutine[Any, Any, T]],
]:
    """Declare the permission of an action that concerns only the actor. It is committed together with its audit entry.
    An action on the operator's business is a `StaffCommand` instead.
    """

    def decorate(
        method: Callable[Concatenate[D, OwnExecution, P], Awaitable[T]],
    ) -> Callable[Concatenate[D, TelegramId, P], Coroutine[Any, Any, T]]:
        @wraps(method)
        async def wrapper(doer: D, actor: TelegramId, /, *args: P.args, **kwargs: P.kwargs) -> T:
            async with doer.units() as uow:
                staff = await doer.staff_desk.require(uow, actor, action)
                outcome = await method(doer, OwnExecution(uow, staff, action, doer.clock.now()), *args, **kwargs)
                await uow.commit()
            return outcome

        return wrapper

    return decorate
