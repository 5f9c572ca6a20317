"""Payloads of jobs that readmit or erase customers after the end of their access. `jobs.py` describes the rules for all
payloads.
"""

from datetime import datetime

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import BulkExpiryId, CustomerId, SubscriptionId
from subscriptions.domain.ports.job_queue import Priority


class ErasePerson(JobPayload):
    """Job that erases a customer at the customer's request as soon as the customer has left all channels."""

    name = "core.erase_person"
    priority = Priority.LOW
    customer_id: CustomerId
    why: str
    asked_at: datetime | None = None
    """Time of the request. None in payloads of earlier versions."""


class RestoreExpired(JobPayload):
    """Job that readmits one person whom a bulk expiry removed, after an owner undid the bulk expiry."""

    name = "core.restore_swept"
    sweep_id: BulkExpiryId
    subscription_id: SubscriptionId
