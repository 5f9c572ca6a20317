"""A way to pay that its settings keep out is told to the owners, setting by setting, and the others sell on."""

from datetime import date

import structlog

from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class WatchGateways:
    """Looks once a day and process, for as long as something is wrong."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._told: date | None = None

    async def __call__(self) -> None:
        """Raise the day's alarms: one for each that is left out, and a louder one where nobody can pay at all."""
        today = self._clock.now().date()
        problems = self._gateways.problems()
        if not problems or self._told == today:
            return
        async with self._units() as uow:
            for provider, wrong in problems.items():
                names = ", ".join(dict.fromkeys(name for name, _ in wrong))
                log.error("payment method left out", provider=provider, settings=dict(wrong))
                facts = (("provider", provider), ("settings", names))
                uow.record(AlarmRaised(f"payment_method_left_out:{provider}:{today}", "payment_method_left_out", facts))
            if not self._gateways.enabled():
                log.error("no payment method is left: nothing can be sold")
                uow.record(AlarmRaised(f"no_payment_method:{today}", "no_payment_method"))
            await uow.commit()
        self._told = today
