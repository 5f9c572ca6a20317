"""Payloads of jobs that send webhooks to the operator's programs; see `jobs.py` for the contract."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ports.job_queue import Priority


class TellReceiver(JobPayload):
    """Job that sends one endpoint the webhook events that it has not received yet."""

    name = "core.tell_receiver"
    priority = Priority.LOW
    receiver_id: UUID
