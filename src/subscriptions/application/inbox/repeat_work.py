"""Staff commands that run quarantined work again: a failed job, or a provider's event that could not be applied. Both
are idempotent.
"""

from typing import Final
from uuid import UUID

from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
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
"""Maximum number of digits of a job's number, which is a `bigint` in the database."""


class RepeatWork(StaffCommand):
    """Base of the staff commands that run a failed job or apply a provider's event again."""

    permission = StaffAction.REPEAT_WORK


class RepeatJob(RepeatWork):
    """Staff command that runs a permanently failed job again."""

    name = "repeat_job"
    subject = SubjectKind.JOB
    outcomes = ("queued",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the job again. Raises NothingToDo if the job has not failed, or has succeeded since then."""
        if not await execution.uow.requeue(int(execution.subject)):
            raise NothingToDo("it has not failed, or is done by now")
        return Outcome(name="queued", audit=[AuditEntry(subject=f"job {execution.subject}", reason="wanted by staff")])


class RepeatWebhook(RepeatWork):
    """Staff command that applies a provider's event again."""

    name = "repeat_webhook"
    subject = SubjectKind.WEBHOOK
    outcomes = ("applying",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the event again. Raises NothingToDo if the event is still pending or was ignored."""
        entry = await execution.uow.inbox.get(InboxId(execution.subject_id), lock=True)
        if entry is None or entry.status in {InboxStatus.PENDING, InboxStatus.IGNORED}:
            raise NothingToDo("it waits anyway, or is no concern of ours")
        entry.status, entry.handled_at = InboxStatus.PENDING, None
        await execution.uow.inbox.save(entry)
        execution.uow.record(WebhookStored(entry.id))
        facts = {"provider": entry.event.provider, "event": entry.event.event_key}
        audit = [AuditEntry(subject=f"webhook {entry.id}", facts=facts, reason="wanted by staff")]
        return Outcome(name="applying", audit=audit)


async def find_job(_: UnitOfWork, text: str) -> Subject | None:
    """Return the job with this number; None if the text is not a number. The command itself checks whether the job
    failed.
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return Subject(id=str(int(text)), name=f"#{int(text)}") if is_number else None


async def find_webhook(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the provider's event with this id; None if there is none."""
    try:
        entry = await uow.inbox.get(InboxId(UUID(text)))
    except ValueError:
        return None
    if entry is None:
        return None
    name, facts = f"{entry.event.provider} · {entry.event.event_key}", {"provider": entry.event.provider}
    return Subject(id=str(entry.id), name=name, facts=facts)
