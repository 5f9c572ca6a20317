"""Check for payment events that wait without a job. The code that stores an event always queues its job too. An event
without a job was therefore not stored by that code, or its job was deleted.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.payments.payment_webhook_handler import PaymentEventStuck, event_alarm
from subscriptions.domain.errors import Unreadable
from subscriptions.domain.events.selling import WebhookStored
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(minutes=50)
"""Age of an event at which a missing job is reported. Together with the interval of the check, it is
less than an hour.
"""
_REASON: Final = "its job was missing, and is queued again"

IdleEvents = Callable[[datetime], Awaitable[Sequence[InboxId]]]
"""Function that returns the stored events that wait without a job at a given time: those received at least `PATIENCE`
before that time, and those dated at least `PATIENCE` after it.
"""


@dataclass(frozen=True)
class WatchEvents:
    """Job that queues the missing jobs of payment events, and alerts the owners."""

    units: UnitOfWorkFactory
    clock: Clock
    idle_events: IdleEvents

    async def __call__(self) -> None:
        """Queue the missing jobs. Idempotent. Raises RetryLater."""
        for inbox_id in await self.idle_events(self.clock.now()):
            async with self.units() as uow:
                # The job of an unreadable event fails, which raises a separate alarm.
                with suppress(Unreadable):
                    entry = await uow.inbox.get(inbox_id, lock=True)
                    if entry is None or entry.status is not InboxStatus.PENDING:
                        continue
                    uow.record(event_alarm(entry, PaymentEventStuck.name, _REASON))
                uow.record(WebhookStored(inbox_id))
                await uow.commit()
            log.warning("a payment event had no job", inbox=str(inbox_id))
