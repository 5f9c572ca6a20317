"""Submission of evidence to the provider. Staff requests the submission; evidence is submitted once, and a copy is
kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from features.evidence.alarms import EvidenceRefused
from features.evidence.domain import Evidence, ResponseStatus
from features.evidence.ports import RESPONSES_KEY, EvidenceFiles
from features.evidence.use_cases.load_evidence import LoadEvidence
from subscriptions.domain.entities.reversal import Dispute
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import EVIDENCE_TOO_LARGE
from subscriptions.domain.ports.payment_gateway import DisputeAnswer, GatewayRegistry, GatewayRejected, TakesEvidence
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

SENT_AT_MOST: Final = 100
"""Maximum number of posts and of messages that are submitted to a provider, because banks read only a few pages."""
LANGUAGE: Final = "en"
"""Language of the document for the people who decide the dispute."""
TOO_LARGE: Final = "the file is larger than the provider takes"
CLOSED_REASON: Final = "the provider takes no evidence any more"


@dataclass(frozen=True)
class SubmitEvidence:
    """Use case that submits the evidence for a dispute. If the job runs again, the provider stores the evidence only
    once, because the dispute's id is the idempotency key.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    load_evidence: LoadEvidence
    files: EvidenceFiles

    async def __call__(self, dispute_id: UUID) -> None:
        """Submit the evidence. If the provider does not accept it, store the reason and raise an alarm. Does nothing if
        no submission was requested or the evidence was already submitted.

        Raises RetryLater if the provider is not configured in this process, and GatewayUnavailable if it does not
        answer.
        """
        async with self.units() as uow:
            dispute = await uow.reversals.get_dispute(dispute_id)
            response = await uow.of(RESPONSES_KEY).get(dispute_id)
        if dispute is None or response is None or response.status is not ResponseStatus.ASKED:
            return
        gateway = self.gateways.get(dispute.provider)
        if gateway is None:
            raise RetryLater(f"provider {dispute.provider} is not configured in this process")
        evidence = await self.load_evidence.load(dispute.payment_id)
        if evidence is None or not isinstance(gateway, TakesEvidence):
            await self._note_refusal(dispute, CLOSED_REASON)
            return
        evidence = evidence.newest(SENT_AT_MOST)
        answer = _answer(evidence, self.files.pdf(evidence, LANGUAGE))
        try:
            is_taken = await gateway.submit_evidence(
                dispute.dispute_key, answer, idempotency_key=f"evidence:{dispute.id}"
            )
        except GatewayRejected as refusal:
            await self._note_refusal(dispute, TOO_LARGE if refusal.code == EVIDENCE_TOO_LARGE else str(refusal))
            return
        if not is_taken:
            await self._note_refusal(dispute, CLOSED_REASON)
            return
        async with self.units() as uow:
            response = await uow.of(RESPONSES_KEY).get(dispute_id, lock=True)
            if response is not None:
                response.mark_sent(answer.document, self.files.json(evidence), self.clock.now())
                await uow.of(RESPONSES_KEY).save(response)
            await uow.commit()
        log.info("evidence sent", dispute=dispute.dispute_key, provider=dispute.provider)

    async def _note_refusal(self, dispute: Dispute, reason: str) -> None:
        now = self.clock.now()
        async with self.units() as uow:
            response = await uow.of(RESPONSES_KEY).get(dispute.id, lock=True)
            payment = await uow.payments.get(dispute.payment_id)
            if response is None or payment is None:
                return
            asked_at = response.asked_at or now
            response.refuse(reason)
            await uow.of(RESPONSES_KEY).save(response)
            alarm = EvidenceRefused(order=payment.reference, customer=payment.customer_id, reason=reason)
            uow.record(alarm.raise_event(f"evidence_refused:{dispute.id}:{asked_at:%Y%m%d%H%M%S}", now))
            await uow.commit()


def _answer(evidence: Evidence, document: bytes) -> DisputeAnswer:
    return DisputeAnswer(
        name=f"{evidence.name}-{evidence.payment.id.hex[-6:]}",
        document=document,
        customer=evidence.customer.first_name,
        product=f"Access to private Telegram chats: {evidence.order.plan}",
        began=_began(evidence),
        activity="\n".join(_activity(evidence)),
        summary=_summary(evidence),
    )


def _began(evidence: Evidence) -> datetime:
    joined_at = min((each.joined_at for each in evidence.joins), default=None)
    return joined_at or evidence.begins or evidence.payment.paid_at


def _activity(evidence: Evidence) -> list[str]:
    lines = [(each.made_at, f"personal link to {each.chat} made") for each in evidence.invites]
    who = f"Telegram user {evidence.customer.telegram_id}"
    lines += [(each.joined_at, f"{who} entered {each.chat}") for each in evidence.joins]
    lines += [(each.posted_at, f"posted in {each.chat} while inside: {each.text[:200]}") for each in evidence.picks]
    return [f"{at:%Y-%m-%d %H:%M:%S} UTC {what}" for at, what in sorted(lines)]


def _summary(evidence: Evidence) -> str:
    payment = evidence.payment
    payment_text = (
        f"{payment.amount.decimal} {payment.amount.currency} on {payment.paid_at:%Y-%m-%d} for {evidence.order.plan}"
    )
    sentences = [f"Telegram user {evidence.customer.telegram_id} paid {payment_text}."]
    if evidence.consents:
        versions = ", ".join(f"version {each.version} on {each.accepted_at:%Y-%m-%d}" for each in evidence.consents)
        sentences.append(f"They accepted the terms: {versions}.")
    if any(each.complete for each in evidence.declarations):
        sentences.append("Before paying they asked for immediate access, in the words in the document.")
    if evidence.joins:
        sentences.append(f"They entered {evidence.joins[0].chat} on {evidence.joins[0].joined_at:%Y-%m-%d %H:%M} UTC.")
    if evidence.picks:
        sentences.append(f"Posts that followed while they were inside and their time ran: {len(evidence.picks)}.")
    notices = [each for each in evidence.notices if each.sent_at is not None]
    if notices:
        sentences.append(f"Notices of charges that were sent, with their words in the document: {len(notices)}.")
    return " ".join([*sentences, "The document holds every record with its time."])
