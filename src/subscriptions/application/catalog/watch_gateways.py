"""A way to pay that its settings keep out is told to the owners, setting by setting, and the others sell on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByAge, Way
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class PaymentMethodLeftOut(AlarmKind):
    """Its settings keep a way to pay out."""

    name = "payment_method_left_out"
    closes = ByAge(timedelta(hours=25))
    way = Way.METHODS
    provider: str
    settings: str


class NoPaymentMethod(AlarmKind):
    """Nothing can be sold."""

    name = "no_payment_method"
    closes = ByAge(timedelta(hours=25))
    way = Way.METHODS


@dataclass(frozen=True)
class WatchGateways:
    """Tells once a day for as long as something is wrong. Repeating it the same day changes nothing."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self) -> None:
        """Raise the day's alarms: one for each that is left out, and a louder one where nobody can pay at all."""
        now = self.clock.now()
        today = now.date()
        problems = self.gateways.problems()
        if not problems:
            return
        async with self.units() as uow:
            for provider, wrong in problems.items():
                names = ", ".join(dict.fromkeys(name for name, _ in wrong))
                alarm = PaymentMethodLeftOut(provider=provider, settings=names)
                if await _raise_alarm(uow, alarm.raise_event(f"payment_method_left_out:{provider}:{today}"), now):
                    log.error("payment method left out", provider=provider, settings=dict(wrong))
            nothing_left = NoPaymentMethod().raise_event(f"no_payment_method:{today}")
            if not self.gateways.enabled_names() and await _raise_alarm(uow, nothing_left, now):
                log.error("no payment method is left: nothing can be sold")
            await uow.commit()


async def _raise_alarm(uow: UnitOfWork, alarm: AlarmRaised, now: datetime) -> bool:
    """Whether it was not on record yet."""
    if await uow.alarms.by_key(alarm.key) is not None:
        return False
    await raise_once(uow, alarm, now)
    return True
