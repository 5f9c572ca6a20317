"""Payloads of the feature's jobs; see `jobs.py`."""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.job_queue import Priority


class NoteNews(JobPayload):
    """Create the notifications of an entry for owners and groups.

    subject: object of the entry, depending on its topic
    key: idempotency key
    word: variant, for topics with several
    """

    name = "bot.note_news"
    priority = Priority.LOW
    topic: str
    key: str
    customer_id: CustomerId | None = None
    subject: UUID | None = None
    word: str = ""


class TellNews(JobPayload):
    """Send a chat its pending notifications."""

    name = "bot.tell_news"
    priority = Priority.LOW
    chat: int


QUEUED_BY: Final = (("console", NoteNews.name),)
"""Processes that queue a job without executing it."""
