"""Job that reconciles a partner's ledger with a payment. Its name and fields are a fixed contract between processes."""

from typing import Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.job_queue import Priority


class CommissionToReconcile(JobPayload):
    """Job: reconcile a partner's ledger with a payment of a referred customer."""

    name = "core.settle_commission"
    priority = Priority.LOW
    payment_id: PaymentId


QUEUED_BY: Final = (("bot", CommissionToReconcile.name), ("console", CommissionToReconcile.name))
"""Pairs of a process and the name of a job that the process queues but does not execute."""
