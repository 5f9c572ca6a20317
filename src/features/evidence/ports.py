"""Ports for the evidence about a payment, its files, and the responses to disputes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from features.evidence.domain import DisputeResponse, Evidence
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class EvidenceReader(Protocol):
    """Reader of all evidence on record about a payment. All parts show the data at the same point in time."""

    async def read(self, payment_id: PaymentId, seller: str, site: str, now: datetime) -> Evidence | None:
        """Return the evidence, or None for an unknown payment. Each part is read with one query. Raises RetryLater if
        the database is temporarily unavailable.
        """
        ...


class EvidenceFiles(Protocol):
    """Writer of evidence as PDF and JSON files."""

    def pdf(self, evidence: Evidence, language: str) -> bytes:
        """Render the evidence as a PDF in Spanish or English. The same evidence gives the same bytes."""
        ...

    def json(self, evidence: Evidence) -> bytes:
        """Return the evidence as JSON in UTF-8."""
        ...


class ResponseRepository(Protocol):
    """Repository of responses to disputes, at most one per dispute."""

    async def get(self, dispute_id: UUID, *, lock: bool = False) -> DisputeResponse | None:
        """Return the response to a dispute; None if there is none."""
        ...

    async def add_if_new(self, response: DisputeResponse) -> bool:
        """Add a response. Return False if the dispute already has a response."""
        ...

    async def save(self, response: DisputeResponse) -> None: ...
    async def of_payments(self, payment_ids: Collection[PaymentId]) -> Sequence[DisputeResponse]:
        """Return the responses to disputes about these payments, in the order in which they were prepared."""
        ...


RESPONSES_KEY: Final = RepositoryKey["ResponseRepository"]("responses")
