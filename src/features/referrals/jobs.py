"""Jobs of the feature. Their names and fields are a fixed contract between processes."""

from typing import Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.job_queue import Priority


class ReferralDue(JobPayload):
    """Job: grant free days for a payment of a referred customer, or revoke them after its refund.

    back: True to revoke the days because the payment was refunded
    reason: end reason of the subscription if the revocation leaves no paid time; empty if the subscription continues
    """

    name = "core.give_referral"
    priority = Priority.LOW
    payment_id: PaymentId
    back: bool = False
    reason: str = ""


QUEUED_BY: Final = (("bot", ReferralDue.name), ("console", ReferralDue.name))
"""Pairs of a process and the jobs that it queues without executing them."""
