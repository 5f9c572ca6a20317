"""Jobs of the VIP channel's own."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.job_queue import Priority


class AdmitWaiting(JobPayload):
    """Find who paid while there was no VIP channel, so many at a time. after: the last one found."""

    name = "bot.admit_waiting"
    after: UUID | None = None


class AdmitToVip(JobPayload):
    """Let one of them in."""

    name = "bot.admit_to_vip"
    priority = Priority.HIGH
    customer_id: CustomerId
