"""Section of a payment's card with the evidence and the response to a dispute."""

from typing import ClassVar, Final
from uuid import UUID

from features.evidence.commands import SendEvidence
from features.evidence.domain import DisputeResponse
from features.evidence.ports import RESPONSES_KEY
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.views.card_part import CardButton, CardFacts, CardLine, CardLink, CardLinks
from subscriptions.domain.entities.reversal import FINAL_STATES, Dispute
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class EvidenceCard:
    """Part of a payment's card with the evidence, the response to the newest dispute, and the command that submits the
    evidence.
    """

    kind: ClassVar[str] = SubjectKind.PAYMENT

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """Implements `CardPart.read`."""
        payment_id = PaymentId(subject_id)
        payment = await uow.payments.get(payment_id)
        disputes = await uow.reversals.disputes_of([payment_id])
        response = await uow.of(RESPONSES_KEY).get(disputes[-1].id) if disputes else None
        reference = payment.reference if payment is not None else ""
        return facts_of(payment_id, reference, disputes[-1] if disputes else None, response)


def facts_of(
    payment_id: PaymentId, reference: str, dispute: Dispute | None, response: DisputeResponse | None
) -> CardFacts:
    """Return the lines, links and commands of a payment's card.

    dispute: newest dispute about the payment
    response: response to that dispute
    """
    awaits = response is not None and response.may_be_asked and dispute is not None
    lines = _lines(dispute, response) if dispute is not None and response is not None else []
    kinds = ["pdf", "json", *(["sent"] if response is not None and response.document is not None else [])]
    links = [
        CardLink(
            label=f"evidence.{kind}",
            description="evidence.of",
            path=f"/payments/{payment_id}/evidence.{kind}",
            facts={"reference": reference, "kind": kind.upper()},
        )
        for kind in kinds
    ]
    return CardFacts(
        lines=lines,
        links=[CardLinks(text="evidence.title", permission=StaffAction.REFUND_PAYMENT, links=links)],
        buttons=[CardButton(text="people.evidence_of", page="p.evidence")],
        note="people.evidence_about",
        offered={SendEvidence: awaits and dispute is not None and dispute.status not in FINAL_STATES},
    )


def _lines(dispute: Dispute, response: DisputeResponse) -> list[CardLine]:
    at = response.sent_at or response.asked_at or response.offered_at
    lines = [CardLine(text=f"response.{response.status}", facts={"at": at})]
    if response.due_at is not None and response.may_be_asked and dispute.closed_at is None:
        lines.append(CardLine(text="response.until", facts={"at": response.due_at}))
    if dispute.closed_at is not None:
        lines.append(CardLine(text=f"response.outcome_{dispute.status}", facts={"at": dispute.closed_at}))
    return lines


CARDS: Final = (EvidenceCard(),)
