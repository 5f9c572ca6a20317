"""Payloads of jobs that admit customers who paid before the VIP channel was set up."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.job_queue import Priority


class AdmitWaiting(JobPayload):
    """Job that processes one page of the customers who paid before a VIP channel was set up, and queues their
    admission. `after`: customer after which to continue; None begins with the first.
    """

    name = "bot.admit_waiting"
    after: UUID | None = None


class AdmitToVip(JobPayload):
    """Job that admits one customer who paid before the VIP channel was set up."""

    name = "bot.admit_to_vip"
    priority = Priority.HIGH
    customer_id: CustomerId
