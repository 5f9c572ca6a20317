"""Payloads of jobs about invoices; see `jobs.py` for the contract."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.entities.invoice import RecordKind


class InvoiceToIssue(JobPayload):
    """Job that creates a record of an invoice. kind, revision: kind and revision of the record."""

    name = "core.issue_invoice"
    receipt_id: UUID
    kind: RecordKind
    revision: int
