"""Jobs about what the operator's own programs are told; the wire contract as in jobs.py."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ports.job_queue import Priority


class TellReceiver(JobPayload):
    """Tell one receiver what it has not been told yet."""

    name = "core.tell_receiver"
    priority = Priority.LOW
    receiver_id: UUID
