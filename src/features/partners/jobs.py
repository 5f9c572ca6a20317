"""Jobs of the feature; they are a wire contract as in jobs.py."""

from typing import Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.job_queue import Priority


class CommissionToSettle(JobPayload):
    """Reconcile a partner's ledger with a payment of a customer they brought."""

    name = "core.settle_commission"
    priority = Priority.LOW
    payment_id: PaymentId


QUEUED_BY: Final = (("bot", CommissionToSettle.name), ("console", CommissionToSettle.name))
"""Processes that queue a job without executing it."""
