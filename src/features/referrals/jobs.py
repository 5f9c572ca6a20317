"""Jobs of the feature; they are a wire contract as in jobs.py."""

from typing import Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.job_queue import Priority


class ReferralDue(JobPayload):
    """Job that gives days for a payment of a referred customer. back: True to take them back instead. reason: reason
    why the paid subscription ends if nothing is left of the payment; empty if it continues.
    """

    name = "core.give_referral"
    priority = Priority.LOW
    payment_id: PaymentId
    back: bool = False
    reason: str = ""


QUEUED_BY: Final = (("bot", ReferralDue.name), ("console", ReferralDue.name))
"""Processes that queue a job without executing it."""
