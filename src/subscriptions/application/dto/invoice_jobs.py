"""Jobs about invoices; the wire contract as in jobs.py."""

from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.entities.invoice import RecordKind


class InvoiceToIssue(JobPayload):
    """Job that makes the record of an invoice. kind, revision: those of the record."""

    name = "core.issue_invoice"
    receipt_id: UUID
    kind: RecordKind
    revision: int
