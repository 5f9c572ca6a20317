"""Collection of all evidence on record about a payment, for answering a dispute."""

from dataclasses import dataclass
from uuid import UUID

from features.evidence.domain import DisputeResponse, Evidence
from features.evidence.ports import RESPONSES_KEY, EvidenceReader
from subscriptions.application.dto.policy import Policy
from subscriptions.application.staff.actor import Caller, permitted_caller
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class LoadEvidence:
    """Use case that collects evidence. Evidence identifies its customer, so only staff who may refund the payment can
    read it.
    """

    units: UnitOfWorkFactory
    reader: EvidenceReader
    clock: Clock
    policy: Policy

    @permitted_caller(StaffAction.REFUND_PAYMENT)
    async def __call__(self, _: Caller, payment_id: UUID) -> Evidence | None:
        """Return the evidence, for a staff member or a program; None for an unknown payment.

        Raises NotAllowed if the caller lacks the permission, and RetryLater if the database is temporarily unavailable.
        """
        return await self.load(PaymentId(payment_id))

    @permitted_caller(StaffAction.REFUND_PAYMENT)
    async def get_response(self, _: Caller, payment_id: UUID) -> DisputeResponse | None:
        """Return the newest response about the payment that was submitted; None if no response was submitted.

        Raises NotAllowed if the caller lacks the permission.
        """
        async with self.units() as uow:
            responses = await uow.of(RESPONSES_KEY).of_payments([PaymentId(payment_id)])
        return next((each for each in reversed(responses) if each.document is not None), None)

    async def load(self, payment_id: PaymentId) -> Evidence | None:
        """Return the evidence without checking permissions, for the system's own use; None for an unknown payment.
        Raises RetryLater if the database is temporarily unavailable.
        """
        seller = self.policy.legal_identity or self.policy.brand
        return await self.reader.read(payment_id, seller, self.policy.base_url, self.clock.now())
