"""Jobs of the VIP channel."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.job_queue import Priority


class AdmitWaiting(JobPayload):
    """Job that finds a page of customers who paid while there was no VIP channel. after: last customer found."""

    name = "bot.admit_waiting"
    after: UUID | None = None


class AdmitToVip(JobPayload):
    """Job that admits one of these customers."""

    name = "bot.admit_to_vip"
    priority = Priority.HIGH
    customer_id: CustomerId
