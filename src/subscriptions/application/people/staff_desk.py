"""Who may do what in the panel, asked at the moment it is done, and the record of what was."""

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
    """This person's role, None for no role, does not reach for the action. least: the role that does."""

    def __init__(self, role: Role | None, action: Permission) -> None:
        super().__init__(f"{role or 'nobody of staff'} may not do {action}")
        self.role = role
        self.action = action
        self.least = action.least_role


@dataclass(frozen=True)
class StaffDesk:
    """Asked by every use case of the panel inside its own unit of work, never before it."""

    units: UnitOfWorkFactory
    clock: Clock

    async def require(self, uow: UnitOfWork, person: TelegramId, action: Permission) -> Customer:
        """Whoever acts, as they are known now. Raises NotAllowed."""
        customer = await uow.customers.by_telegram_id(person)
        role = customer.staff_role if customer is not None else None
        if customer is None or not may(role, action):
            raise NotAllowed(role, action)
        return customer

    async def check(self, person: TelegramId, action: Permission) -> Customer:
        """The same before a screen is shown. A refusal is written down."""
        try:
            async with self.units() as uow:
                return await self.require(uow, person, action)
        except NotAllowed as refusal:
            await self.record_refusal(person, refusal)
            raise

    async def role_of(self, person: TelegramId) -> Role | None:
        """None for who is no staff."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(person)
        return customer.staff_role if customer is not None else None

    async def record_refusal(self, person: TelegramId | str, refusal: NotAllowed) -> None:
        """Somebody reached for what their role does not allow: on record."""
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
        """Write down that somebody takes a list or figures away as a file. filters: an empty one is left out.

        Raises NotAllowed.
        """
        facts = {f"filter_{key}": value for key, value in filters.items() if value}
        async with self.units() as uow:
            staff = await self.require(uow, person, StaffAction.EXPORT)
            await OwnAct(uow, staff, StaffAction.EXPORT, self.clock.now()).note(name, "as CSV", **facts)
            await uow.commit()


@dataclass(frozen=True)
class OwnAct:
    """What somebody of staff does about what is theirs alone: by which unit of work, who, under which permission."""

    uow: UnitOfWork
    staff: Customer
    action: Permission
    at: datetime

    async def note(self, subject: UUID | str, reason: str, *, action: str | None = None, **facts: str) -> None:
        """Write down that they did it, to what and why. action: as the audit names it, where not by the permission."""
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
    """Declare what one must be allowed to for a reading, which is asked in the unit of work that it reads by.

    Whoever calls names the actor where the method has its unit of work; NotAllowed is raised before anything is read.
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
    """Declare the same for what reads otherwise than by one unit of work: it is asked before, in one of its own."""

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
    [Callable[Concatenate[D, OwnAct, P], Awaitable[T]]],
    Callable[Concatenate[D, TelegramId, P], Coroutine[Any, Any, T]],
]:
    """Declare the same for an act about what is somebody's own, which is committed with the note it leaves.

    What is done to the operator's business is a `StaffCommand` instead.
    """

    def decorate(
        method: Callable[Concatenate[D, OwnAct, P], Awaitable[T]],
    ) -> Callable[Concatenate[D, TelegramId, P], Coroutine[Any, Any, T]]:
        @wraps(method)
        async def wrapper(doer: D, actor: TelegramId, /, *args: P.args, **kwargs: P.kwargs) -> T:
            async with doer.units() as uow:
                staff = await doer.staff_desk.require(uow, actor, action)
                outcome = await method(doer, OwnAct(uow, staff, action, doer.clock.now()), *args, **kwargs)
                await uow.commit()
            return outcome

        return wrapper

    return decorate
