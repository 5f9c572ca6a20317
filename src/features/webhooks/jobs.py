"""Payload of the job that sends webhook events to an endpoint."""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ports.job_queue import Priority


class SendToEndpoint(JobPayload):
    """Job that sends one endpoint the webhook events that it has not received yet."""

    name = "core.tell_receiver"
    priority = Priority.LOW
    receiver_id: UUID


QUEUED_BY: Final = tuple((process, SendToEndpoint.name) for process in ("bot", "userbot", "console"))
"""Pairs of a process and the jobs that it queues without executing them."""
