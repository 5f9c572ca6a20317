"""Preparation of a response to a dispute, which staff can submit while the provider accepts evidence."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from features.evidence.alarms import EvidenceDue, EvidenceLate, EvidenceOffered
from features.evidence.domain import DisputeResponse, ResponseStatus
from features.evidence.jobs import RemindEvidence
from features.evidence.ports import RESPONSES_KEY
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import FINAL_STATES, Dispute
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    DisputeDeadline,
    GatewayRegistry,
    GatewayRejected,
    TakesEvidence,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

ALARM_PARTS: Final = 4
"""Number of equal parts into which the time for the response is divided. An alarm is raised when the last part begins.
"""


@dataclass(frozen=True)
class OfferEvidence:
    """Use case that prepares the response to a dispute, for providers whose API accepts evidence.

    For other providers nothing is prepared: the alarm about the dispute links to the payment. `is_on`: False while the
    feature is draining; no responses are prepared then.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    is_on: bool = True

    async def __call__(self, dispute_id: UUID) -> None:
        """Prepare the response, alert the owners, and schedule a reminder. Raises GatewayUnavailable if the provider
        does not answer, and RetryLater if the provider is not configured in this process.
        """
        if not self.is_on:
            return
        async with self.units() as uow:
            dispute = await uow.reversals.get_dispute(dispute_id)
        if dispute is None or dispute.status in FINAL_STATES:
            return
        deadline = await self._deadline(dispute)
        if deadline is None or not deadline.open:
            return
        now = self.clock.now()
        async with self.units() as uow:
            payment = await uow.payments.get(dispute.payment_id)
            response = DisputeResponse(
                dispute_id=dispute.id, payment_id=dispute.payment_id, due_at=deadline.until, offered_at=now
            )
            if payment is None or not await uow.of(RESPONSES_KEY).add_if_new(response):
                return
            alarm = _alarm(EvidenceOffered, payment, response)
            uow.record(alarm.raise_event(f"evidence_offered:{dispute.id}", now))
            if deadline.until is not None:
                reminder_at = deadline.until - (deadline.until - now) / ALARM_PARTS
                await uow.enqueue(RemindEvidence(dispute_id=dispute.id).delayed_job(max(reminder_at, now), dispute.id))
            await uow.commit()

    async def remind(self, dispute_id: UUID) -> None:
        """Raise an alarm if the evidence was not submitted yet and the dispute is not decided: once before the
        deadline, and once when it has passed.
        """
        now = self.clock.now()
        async with self.units() as uow:
            dispute = await uow.reversals.get_dispute(dispute_id)
            response = await uow.of(RESPONSES_KEY).get(dispute_id)
            payment = await uow.payments.get(dispute.payment_id) if dispute is not None else None
            if dispute is None or response is None or payment is None or dispute.status in FINAL_STATES:
                return
            if response.status is ResponseStatus.SENT:
                return
            kind: type[EvidenceOffered] = EvidenceDue
            if response.due_at is not None and response.due_at <= now:
                kind = EvidenceLate
            elif response.due_at is not None:
                again = RemindEvidence(dispute_id=dispute.id)
                await uow.enqueue(again.delayed_job(response.due_at, f"{dispute.id}:late"))
            uow.record(_alarm(kind, payment, response).raise_event(f"{kind.name}:{dispute.id}", now))
            await uow.commit()

    async def _deadline(self, dispute: Dispute) -> DisputeDeadline | None:
        gateway = self.gateways.get(dispute.provider)
        if gateway is None:
            raise RetryLater(f"provider {dispute.provider} is not configured in this process")
        if not isinstance(gateway, TakesEvidence):
            return None
        try:
            return await gateway.dispute_deadline(dispute.dispute_key)
        except GatewayRejected as refusal:
            # The provider's key lacks the permission to read disputes. Staff answers at the provider, as the alarm
            # about the dispute says.
            log.warning("deadline of a dispute not known", dispute=dispute.dispute_key, reason=str(refusal))
            return None


def _alarm(kind: type[EvidenceOffered], payment: Payment, response: DisputeResponse) -> EvidenceOffered:
    return kind(order=payment.reference, customer=payment.customer_id, amount=payment.amount, until=response.due_at)
