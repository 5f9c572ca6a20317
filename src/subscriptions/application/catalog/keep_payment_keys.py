"""API keys of payment methods that owners enter in the console. They are stored encrypted, and every change is reported
to the owners.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, News
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk, with_permission
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor, GatewayRegistry
from subscriptions.domain.ports.repositories.payment_keys import PAYMENT_KEYS_KEY, SealedKeys
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

REPORTED_UNTIL: Final = moment("payment_keys_reported")
"""Variable with the time of the latest change that was reported to the owners. The console's database login may not
change it.
"""
PRICED_UNTIL: Final = moment("payment_keys_priced")
"""Variable with the time of the latest change of keys for which the price objects of plans were created at the
provider.
"""


class PaymentKeysChanged(AlarmKind):
    """Alarm: API keys of payment methods were changed in the console. `providers`: names of the methods."""

    name = "payment_keys_changed"
    closes = News()
    link = AlarmLink.METHODS
    providers: str


class StillNeeded(Exception):
    """Error: a payment method cannot be disconnected yet. `count`: number of subscriptions and
    checkouts that need it.
    """

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


def key_names(descriptor: GatewayDescriptor) -> Collection[str]:
    """Return the names of the settings that an owner enters in the console to connect a provider; empty if the provider
    cannot be connected there.
    """
    enrolment = descriptor.enrolment
    return () if enrolment is None else (*enrolment.asks, *enrolment.pending)


@dataclass(frozen=True)
class KeepPaymentKeys:
    """Use case that stores or removes the API keys of a payment method for an owner. Each process restarts with the new
    keys within seconds.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    gateways: GatewayRegistry

    @with_permission(StaffAction.ARRANGE_METHODS)
    async def check(self, actor: TelegramId) -> None:
        """Raise NotAllowed unless the staff member is an owner. A custom role is never sufficient."""
        role = await self.staff_desk.role_of(actor)
        if role is not StaffRole.OWNER:
            raise NotAllowed(role, StaffAction.ARRANGE_METHODS)

    async def connect(self, actor: TelegramId, provider: str, sealed: SealedKeys) -> None:
        """Store the encrypted keys of a provider, and remove all its other keys. Raises NotAllowed."""
        await self.check(actor)
        await self._keep(actor, provider, {**self._cleared(provider), **sealed}, "connected")

    async def disconnect(self, actor: TelegramId, provider: str) -> None:
        """Remove the keys of a provider. Raises NotAllowed, and StillNeeded while the provider charges subscriptions or
        a checkout can be paid.
        """
        await self.check(actor)
        if count := await self.obligations(provider):
            raise StillNeeded(count)
        await self._keep(actor, provider, self._cleared(provider), "disconnected")

    async def obligations(self, provider: str) -> int:
        """Return the number of live subscriptions that a provider charges plus the number of checkouts that can be paid
        there.
        """
        async with self.units() as uow:
            return await uow.of(PAYMENT_KEYS_KEY).obligations(provider, self.clock.now())

    def _cleared(self, provider: str) -> SealedKeys:
        names = key_names(self.gateways.descriptors()[provider])
        return {name: ("", frozenset()) for name in names}

    async def _keep(self, actor: TelegramId, provider: str, values: SealedKeys, word: str) -> None:
        async with self.units() as uow:
            await uow.of(PAYMENT_KEYS_KEY).keep(values)
            await uow.audit.record(
                actor=str(actor),
                action=f"payment_method.{word}",
                subject=provider,
                reason="",
                at=self.clock.now(),
                facts={"provider": provider},
            )
            await uow.commit()


@dataclass(frozen=True)
class WatchPaymentKeys:
    """Use case of the worker: report each change of payment keys to the owners, even a change that the console's
    process made without an owner, and create the plans' price objects at a newly connected provider.

    read_at: time of the latest change that the process read at startup
    """

    units: UnitOfWorkFactory
    clock: Clock
    gateways: GatewayRegistry
    sync_prices: SyncPrices
    read_at: datetime | None

    async def __call__(self) -> None:
        """Report changes of API keys since the last run, and create missing price objects at the providers. Raises
        RetryLater while a provider does not respond.
        """
        await self._report()
        await self._make_prices()

    async def _make_prices(self) -> None:
        """Create the missing price objects of all plans, once per change of the API keys that this process uses."""
        async with self.units() as uow:
            priced = await uow.variables.get(PRICED_UNTIL)
            plans = await uow.plans.all() if self.read_at is not None and self.read_at != priced else None
        if plans is None or self.read_at is None:
            return
        for plan in plans:
            await self.sync_prices.plan(plan.id)
        async with self.units() as uow:
            await uow.variables.set(PRICED_UNTIL, self.read_at)
            await uow.commit()

    async def _report(self) -> None:
        async with self.units() as uow:
            newest = await uow.of(PAYMENT_KEYS_KEY).newest()
            reported = await uow.variables.get(REPORTED_UNTIL)
            if newest is None or (reported is not None and newest <= reported):
                return
            rows = await uow.of(PAYMENT_KEYS_KEY).all()
            changed = {row.name for row in rows if reported is None or row.changed_at > reported}
            names = [
                each.list_name for each in self.gateways.descriptors().values() if changed.intersection(key_names(each))
            ]
            alarm = PaymentKeysChanged(providers=", ".join(names or sorted(changed)))
            await raise_once(uow, alarm.raise_event(f"{PaymentKeysChanged.name}:{uuid4()}"), self.clock.now())
            await uow.variables.set(REPORTED_UNTIL, newest)
            await uow.commit()
