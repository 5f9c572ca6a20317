"""Work that was put aside, done once more at somebody's word: a job that failed, a provider's event.

Whatever is repeated is idempotent by itself: asking twice does no more than once.
"""

from typing import Final
from uuid import UUID

from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

_MOST_DIGITS: Final = 18
"""Of a job's number, which the database keeps as a `bigint`."""


class RepeatWork(StaffCommand):
    """What both share."""

    permission = StaffAction.REPEAT_WORK


class RepeatJob(RepeatWork):
    """Run a job again that failed for good, as if new."""

    name = "repeat_job"
    subject = SubjectKind.JOB
    outcomes = ("queued",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo where it has not failed, or is done by now."""
        if not await act.uow.requeue(int(act.subject)):
            raise NothingToDo("it has not failed, or is done by now")
        return Outcome(name="queued", audit=[AuditEntry(subject=f"job {act.subject}", reason="wanted by staff")])


class RepeatWebhook(RepeatWork):
    """Apply a provider's event anew, as if it had come now."""

    name = "repeat_webhook"
    subject = SubjectKind.WEBHOOK
    outcomes = ("applying",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo where it waits anyway, or is no concern of ours."""
        entry = await act.uow.inbox.get(InboxId(act.subject_id), lock=True)
        if entry is None or entry.status in {InboxStatus.PENDING, InboxStatus.IGNORED}:
            raise NothingToDo("it waits anyway, or is no concern of ours")
        entry.status, entry.handled_at = InboxStatus.PENDING, None
        await act.uow.inbox.save(entry)
        act.uow.record(WebhookStored(entry.id))
        facts = {"provider": entry.event.provider, "event": entry.event.event_key}
        audit = [AuditEntry(subject=f"webhook {entry.id}", facts=facts, reason="wanted by staff")]
        return Outcome(name="applying", audit=audit)


async def find_job(_: UnitOfWork, text: str) -> Subject | None:
    """By its number; whether it failed is seen when it is repeated."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return Subject(id=str(int(text)), name=f"#{int(text)}") if is_number else None


async def find_webhook(uow: UnitOfWork, text: str) -> Subject | None:
    """By our id."""
    try:
        entry = await uow.inbox.get(InboxId(UUID(text)))
    except ValueError:
        return None
    if entry is None:
        return None
    name, facts = f"{entry.event.provider} · {entry.event.event_key}", {"provider": entry.event.provider}
    return Subject(id=str(entry.id), name=name, facts=facts)
