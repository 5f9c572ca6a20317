"""Payload of the job that creates an invoice record."""

from typing import Final
from uuid import UUID

from features.invoices.domain.invoice import RecordKind
from subscriptions.application.dto.job_payload import JobPayload


class InvoiceToIssue(JobPayload):
    """Job that creates an invoice record for a receipt. kind, revision: kind and revision of the record."""

    name = "core.issue_invoice"
    receipt_id: UUID
    kind: RecordKind
    revision: int


QUEUED_BY: Final = (("bot", InvoiceToIssue.name), ("console", InvoiceToIssue.name))
"""Pairs of a process and the name of a job that the process queues but does not execute."""
