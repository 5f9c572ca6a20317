"""Repeated routing of events that were committed although a feature failed to route them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from subscriptions.application.dto.jobs import RECEIPT, WEBHOOK_EVENTS, RouteEvent
from subscriptions.application.routing import jobs_kept
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

RouteKeptEvent = Callable[[RouteEvent], Awaitable[None]]
"""Function that routes one kind of event whose earlier routing failed in a feature. Idempotent. Raises the errors of
the feature, and Permanent if the feature is not installed.
"""


@dataclass(frozen=True)
class RouteKept:
    """Use case that repeats the routing of an event whose earlier routing failed in a feature: it queues the feature's
    jobs, or passes a receipt or webhook events to the feature.
    """

    units: UnitOfWorkFactory
    follow_receipt: RouteKeptEvent
    publish: RouteKeptEvent

    async def __call__(self, kept: RouteEvent) -> None:
        """Route the event. Raises the errors of the feature, after which the job is retried and finally quarantined for
        staff.
        """
        if kept.event == RECEIPT:
            await self.follow_receipt(kept)
        elif kept.event == WEBHOOK_EVENTS:
            await self.publish(kept)
        else:
            await self._queue(kept)

    async def _queue(self, kept: RouteEvent) -> None:
        async with self.units() as uow:
            for job in jobs_kept(kept):
                await uow.enqueue(job)
            await uow.commit()
