"""Payload of the job that sends a customer a file from staff."""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId


class SendFile(JobPayload):
    """Job that sends a customer the file that staff uploaded with a message."""

    name = "bot.send_support_file"
    upload_id: UUID
    customer_id: CustomerId


QUEUED_BY: Final = (("console", SendFile.name),)
"""Pairs of a process and the jobs that it queues without executing them."""
