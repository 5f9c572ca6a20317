"""Work that was put aside, done once more at somebody's word: a job that failed, a provider's event."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class FailedJobs(Protocol):
    """The queue's jobs that failed."""

    async def requeue(self, ids: Sequence[int]) -> Sequence[int]:
        """Run them again; the ids of those that had failed indeed."""
        ...


class RepeatWork:
    """Whatever is repeated is idempotent by itself: pressing twice does no more than once. Each raises NotAllowed."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, jobs: FailedJobs) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._jobs = jobs

    async def job(self, actor: TelegramId, job_id: int, why: str = "wanted in the console") -> bool:
        """False: it has not failed, or is done by now."""
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.REPEAT_WORK)
            # Before it is done: of what was done nothing may be missing here, of what is here something may.
            await self._staff_desk.note(uow, staff, StaffAction.REPEAT_WORK, f"job {job_id}", why, self._clock.now())
            await uow.commit()
        return bool(await self._jobs.requeue([job_id]))

    async def webhook(self, actor: TelegramId, inbox_id: InboxId) -> bool:
        """Apply an event anew, as if it had come now. False: there is none, its letter waits anyway, or is no concern
        of ours."""
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.REPEAT_WORK)
            entry = await uow.inbox.get(inbox_id, lock=True)
            if entry is None or entry.status in {InboxStatus.PENDING, InboxStatus.IGNORED}:
                return False
            entry.status, entry.handled_at = InboxStatus.PENDING, None
            await uow.inbox.save(entry)
            uow.record(WebhookStored(entry.id))
            await self._staff_desk.note(
                uow,
                staff,
                StaffAction.REPEAT_WORK,
                f"webhook {entry.id}",
                "wanted in the console",
                self._clock.now(),
                provider=entry.event.provider,
                event=entry.event.event_key,
            )
            await uow.commit()
        return True
