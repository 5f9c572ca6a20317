"""The ways to pay as an owner arranges them: seen with what their settings lack, switched, put in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, SettingState
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.method_policy import in_order
from subscriptions.domain.services.staff_policy import StaffAction

_OF_TELEGRAM: Final = frozenset({"XTR"})


@dataclass(frozen=True, kw_only=True)
class MethodState:
    """One installed way to pay. label: its button's word by language. configured: its settings let it work. on: nobody
    switched it off. livemode: None where it has no test mode.
    """

    code: str
    label: Mapping[str, str]
    configured: bool
    on: bool
    livemode: bool | None
    settings: tuple[SettingState, ...]
    telegrams: bool = False

    @property
    def sells(self) -> bool:
        """Whether customers see its button."""
        return self.configured and self.on

    @property
    def broken(self) -> bool:
        """Whether somebody began to configure it, and it is left out."""
        return any(item.problem is not None for item in self.settings)


class ArrangeMethods:
    """Only owners; what they change is audited, and holds in every process as soon as it looks at the offer again."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        clock: Clock,
        staff_desk: StaffDesk,
        gateways: GatewayRegistry,
        plan_catalog: PlanCatalog,
    ) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._gateways = gateways
        self._plan_catalog = plan_catalog

    async def all(self, actor: TelegramId) -> Sequence[MethodState]:
        """Every installed one: those that can work in their order, the others behind. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.ARRANGE_METHODS)
            wishes = await uow.payment_methods.all()
        on = {wish.provider: wish.enabled for wish in wishes}
        codes = in_order(self._gateways.enabled(), wishes)
        others = [code for code in self._gateways.descriptors() if code not in codes]
        return [self._state(code, on=on.get(code, True)) for code in (*codes, *others)]

    async def one(self, actor: TelegramId, code: str) -> MethodState | None:
        """None where no such one is installed. Raises NotAllowed."""
        return next((item for item in await self.all(actor) if item.code == code), None)

    async def switch(self, actor: TelegramId, code: str, *, on: bool) -> bool:
        """Give its button to customers, or take it away. False: it is so already, or cannot work. Raises NotAllowed."""
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.ARRANGE_METHODS)
            now, rows = self._clock.now(), await self._rows(uow, actor)
            row = next((row for row in rows if row.provider == code), None)
            if row is None or row.enabled is on:
                return False
            row.enabled, row.changed_by, row.changed_at = on, actor, now
            await self._keep(uow, rows)
            why = "switched on in the panel" if on else "switched off in the panel"
            await self._staff_desk.note(uow, staff, StaffAction.ARRANGE_METHODS, code, why, now, on=str(on).lower())
            await uow.commit()
        self._plan_catalog.forget()
        return True

    async def move(self, actor: TelegramId, code: str, *, up: bool) -> bool:
        """Change places with its neighbour. False: there is none on that side. Raises NotAllowed."""
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.ARRANGE_METHODS)
            now, rows = self._clock.now(), await self._rows(uow, actor)
            place = next((at for at, row in enumerate(rows) if row.provider == code), None)
            other = None if place is None else place + (-1 if up else 1)
            if place is None or other is None or not 0 <= other < len(rows):
                return False
            rows[place], rows[other] = rows[other], rows[place]
            rows[other].changed_by, rows[other].changed_at = actor, now
            await self._keep(uow, rows)
            order = ",".join(row.provider for row in rows)
            await self._staff_desk.note(
                uow, staff, StaffAction.ARRANGE_METHODS, code, "moved in the panel", now, order=order
            )
            await uow.commit()
        self._plan_catalog.forget()
        return True

    async def _rows(self, uow: UnitOfWork, actor: TelegramId) -> list[PaymentMethod]:
        """Those that can work, in order, with a row each; nobody else arranges them meanwhile."""
        wishes = await uow.payment_methods.all(lock=True)
        known = {wish.provider: wish for wish in wishes}
        now: datetime = self._clock.now()
        return [
            known.get(code) or PaymentMethod(provider=code, position=place, changed_by=actor, changed_at=now)
            for place, code in enumerate(in_order(self._gateways.enabled(), wishes))
        ]

    async def _keep(self, uow: UnitOfWork, rows: Sequence[PaymentMethod]) -> None:
        for place, row in enumerate(rows):
            row.position = place
            await uow.payment_methods.save(row)

    def _state(self, code: str, *, on: bool) -> MethodState:
        descriptor = self._gateways.descriptors()[code]
        return MethodState(
            code=code,
            label=descriptor.label,
            telegrams=descriptor.currencies == _OF_TELEGRAM,
            configured=code in self._gateways.enabled(),
            on=on,
            livemode=self._gateways.livemode(code),
            settings=tuple(self._gateways.settings(code)),
        )
