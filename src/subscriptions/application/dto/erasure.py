"""The job that forgets somebody; the wire contract as in jobs.py."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ports.job_queue import Priority


class ErasePerson(JobPayload):
    """Forget a customer who wants to be forgotten, as soon as they are out of all channels."""

    name = "core.erase_person"
    priority = Priority.LOW
    customer_id: UUID
    why: str
