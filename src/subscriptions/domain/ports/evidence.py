"""Evidence about a payment: read from what is on record, and written as files."""

from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.evidence import Evidence
from subscriptions.domain.ids import PaymentId


class EvidenceReader(Protocol):
    """Reads everything about one payment as it stands at one moment."""

    async def read(self, payment_id: PaymentId, seller: str, site: str, now: datetime) -> Evidence | None:
        """The evidence, one query for each part; None where there is no such payment. Raises RetryLater."""
        ...


class EvidenceFiles(Protocol):
    """Evidence as what people and programs can keep."""

    def pdf(self, evidence: Evidence, language: str) -> bytes:
        """A document with its parts in order, in Spanish or in English; the same bytes for the same evidence."""
        ...

    def json(self, evidence: Evidence) -> bytes:
        """All of it, in UTF-8."""
        ...
