"""Payloads of the feature's jobs."""

from typing import Final
from uuid import UUID

from features.invoices.domain.invoice import RecordKind
from subscriptions.application.dto.job_payload import JobPayload


class InvoiceToIssue(JobPayload):
    """Job that creates a record of an invoice. kind, revision: kind and revision of the record."""

    name = "core.issue_invoice"
    receipt_id: UUID
    kind: RecordKind
    revision: int


QUEUED_BY: Final = (("bot", InvoiceToIssue.name), ("console", InvoiceToIssue.name))
"""Pairs of a process and the jobs that it queues without executing them."""
