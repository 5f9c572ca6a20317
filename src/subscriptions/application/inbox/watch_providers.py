"""Providers that can list what happened there are asked for it again and again: a webhook may never come."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.dto import jobs
from subscriptions.application.inbox.ask_events import HEARD_UNTIL
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, ListsEvents
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

ASKED_EVERY: Final = timedelta(minutes=20)
"""How old the last answer may be: money that left is to be heard of within the hour, whatever was lost."""
_LOOK_EVERY: Final = timedelta(minutes=1)


class WatchProviders:
    """Looks once a minute and process whom to ask."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._looked: datetime | None = None

    async def __call__(self) -> None:
        """Have those asked whose last answer is old. Repeating it, or running it twice at once, changes nothing."""
        now = self._clock.now()
        if self._looked is not None and abs(now - self._looked) < _LOOK_EVERY:
            return
        asked = [code for code in self._gateways.enabled() if isinstance(self._gateways.get(code), ListsEvents)]
        async with self._units() as uow:
            for provider in asked:
                await self._look(uow, provider, now)
            await uow.commit()
        self._looked = now

    async def _look(self, uow: UnitOfWork, provider: str, now: datetime) -> None:
        heard = await uow.variables.get(HEARD_UNTIL + provider)
        until = datetime.fromisoformat(heard) if heard else None
        if until is None or until > now:
            # New here, or asked while a clock was wrong: from now on.
            await uow.variables.set(HEARD_UNTIL + provider, now.isoformat())
        elif now - until >= ASKED_EVERY:
            await uow.enqueue(jobs.AskEvents(provider=provider).once(provider))
