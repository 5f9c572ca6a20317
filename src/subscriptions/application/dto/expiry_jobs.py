"""Jobs at the end of what somebody had: to bring them back, or to forget them; the wire contract as in jobs.py."""

from datetime import datetime

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId, SubscriptionId, SweepId
from subscriptions.domain.ports.job_queue import Priority


class ErasePerson(JobPayload):
    """Forget a customer who wants to be forgotten, as soon as they are out of all channels."""

    name = "core.erase_person"
    priority = Priority.LOW
    customer_id: CustomerId
    why: str
    asked_at: datetime | None = None
    """None in those of earlier versions."""


class RestoreSwept(JobPayload):
    """Bring back one person whom a sweep removed that an owner took back."""

    name = "core.restore_swept"
    sweep_id: SweepId
    subscription_id: SubscriptionId
