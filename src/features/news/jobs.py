"""The payloads of news for owners; see `jobs.py`."""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.job_queue import Priority


class NoteNews(JobPayload):
    """Owe the owners, and whoever else wants it, a piece of news. subject: what it is about, by its topic; key: what
    makes it one; word: what of it, where the topic has several."""

    name = "bot.note_news"
    priority = Priority.LOW
    topic: str
    key: str
    customer_id: CustomerId | None = None
    subject: UUID | None = None
    word: str = ""


class TellNews(JobPayload):
    """Send one chat the news it is owed."""

    name = "bot.tell_news"
    priority = Priority.LOW
    chat: int


QUEUED_BY: Final = (("console", NoteNews.name),)
"""Processes that queue a job without carrying it out."""
