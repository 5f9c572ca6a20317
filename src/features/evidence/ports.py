"""Evidence about a payment, its files, and the responses to disputes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from features.evidence.domain import DisputeResponse, Evidence
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.repositories.key import RepositoryKey


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


class ResponseRepository(Protocol):
    """Repository of responses to disputes, at most one for each dispute."""

    async def get(self, dispute_id: UUID, *, lock: bool = False) -> DisputeResponse | None:
        """Return the response to a dispute."""
        ...

    async def add_if_new(self, response: DisputeResponse) -> bool:
        """Add a response. Return False if the dispute has one already."""
        ...

    async def save(self, response: DisputeResponse) -> None: ...
    async def of_payments(self, payment_ids: Collection[PaymentId]) -> Sequence[DisputeResponse]:
        """Return the responses about the payments' disputes, in the order in which they were prepared."""
        ...


RESPONSES_KEY: Final = RepositoryKey["ResponseRepository"]("responses")
