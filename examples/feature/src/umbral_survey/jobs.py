"""Job by which the survey records a cancellation. Its name and fields are a contract between processes."""

from datetime import datetime
from typing import Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId


class NoteCancellation(JobPayload):
    """Job: record a cancellation. The customer gets the question later. `at`: time of the cancellation."""

    name = "worker.note_cancellation"
    customer_id: CustomerId
    at: datetime


QUEUED_BY: Final = tuple((process, NoteCancellation.name) for process in ("web", "bot", "console"))
"""Pairs of a process and the jobs that it queues without executing them."""
