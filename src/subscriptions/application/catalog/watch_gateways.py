"""Alarms about payment methods that are not offered because their settings are invalid. All other methods continue to
sell.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByAge
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class PaymentMethodLeftOut(AlarmKind):
    """Alarm: a payment method is not offered because its settings are invalid."""

    name = "payment_method_left_out"
    closes = ByAge(timedelta(hours=25))
    link = AlarmLink.METHODS
    provider: str
    settings: str


class NoPaymentMethod(AlarmKind):
    """Alarm: no payment method works, so nothing can be sold."""

    name = "no_payment_method"
    closes = ByAge(timedelta(hours=25))
    link = AlarmLink.METHODS


@dataclass(frozen=True)
class WatchGateways:
    """Use case that reports invalid settings once a day as long as they last. Idempotent within a day."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self) -> None:
        """Raise the day's alarms: one for each method that is not offered, and another if no method works."""
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
    """Raise an alarm, and return True if no alarm with its key was recorded before."""
    if await uow.alarms.by_key(alarm.key) is not None:
        return False
    await raise_once(uow, alarm, now)
    return True
