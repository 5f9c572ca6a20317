"""Jobs that create and send notifications of the activity feed. Their names and fields are a fixed contract between
processes.
"""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.job_queue import Priority


class NoteNews(JobPayload):
    """Job: create the notifications of owners and groups about an entry of the activity feed.

    subject: id of the object described by the entry; its type depends on the topic
    key: idempotency key
    word: variant of the entry, for topics with several variants
    """

    name = "bot.note_news"
    priority = Priority.LOW
    topic: str
    key: str
    customer_id: CustomerId | None = None
    subject: UUID | None = None
    word: str = ""


class SendNews(JobPayload):
    """Job: send the pending notifications of one chat."""

    name = "bot.tell_news"
    priority = Priority.LOW
    chat: int


QUEUED_BY: Final = (("console", NoteNews.name),)
"""Pairs of a process and the name of a job that the process queues but does not execute."""
