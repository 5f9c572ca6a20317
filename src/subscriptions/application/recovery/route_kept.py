"""Routing of events that a feature failed to route when they were committed."""

from dataclasses import dataclass

from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.application.routing import jobs_kept
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class RouteKept:
    """Use case that queues the jobs of a feature that result from a kept event."""

    units: UnitOfWorkFactory

    async def __call__(self, kept: RouteEvent) -> None:
        """Queue the jobs. Raises the errors of the feature; the job is then tried again and finally kept for staff."""
        async with self.units() as uow:
            for job in jobs_kept(kept):
                await uow.enqueue(job)
            await uow.commit()
