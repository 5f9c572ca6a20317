"""Alarms about disputes that can be answered with evidence: response possible, deadline near, deadline passed, evidence
refused.
"""

from datetime import datetime
from typing import Final

from features.evidence.domain import ResponseStatus
from features.evidence.ports import RESPONSES_KEY
from subscriptions.application.alarms.alarm_causes import dispute_over
from subscriptions.application.alarms.alarm_kind import ByCheck, OfPurchase, PanelPage
from subscriptions.application.alarms.payment_causes import id_in_key
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

EVIDENCE_PAGE: Final = PanelPage(
    "c.refund", StaffAction.REFUND_PAYMENT, subject="customer", text="alarms.ways.evidence"
)
"""Panel page with the customer's payments, on which staff opens the evidence for each payment."""


async def evidence_settled(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the evidence was submitted to the provider or the dispute is decided."""
    dispute_id = id_in_key(alarm)
    response = await uow.of(RESPONSES_KEY).get(dispute_id) if dispute_id is not None else None
    if response is not None and response.status is ResponseStatus.SENT:
        return True
    return await dispute_over(uow, alarm, now)


async def response_over(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if the dispute no longer needs a response, or if the deadline for it has passed."""
    until = alarm.facts.get("until")
    is_past = until is not None and datetime.fromisoformat(until) <= now
    return is_past or await evidence_settled(uow, alarm, now)


class EvidenceOffered(OfPurchase):
    """Alarm: a dispute can be answered with one staff command. `until`: deadline for the response."""

    name = "evidence_offered"
    closes = ByCheck(response_over)
    link = EVIDENCE_PAGE
    amount: Money
    until: datetime | None = None


class EvidenceDue(EvidenceOffered):
    """Alarm: most of the time for responding to a dispute has passed."""

    name = "evidence_due"


class EvidenceLate(EvidenceOffered):
    """Alarm: the time for responding to a dispute has passed without a response."""

    name = "evidence_late"
    closes = ByCheck(evidence_settled)


class EvidenceRefused(OfPurchase):
    """Alarm: the provider did not accept the evidence for a dispute."""

    name = "evidence_refused"
    closes = ByCheck(evidence_settled)
    link = EVIDENCE_PAGE
    reason: str


_OF_DISPUTE: Final = ("dispute_inquiry", "dispute_open")
SUCCESSORS: Final = (
    *(
        (kind, each.name)
        for kind in _OF_DISPUTE
        for each in (EvidenceOffered, EvidenceDue, EvidenceLate, EvidenceRefused)
    ),
    *(
        (EvidenceOffered.name, name)
        for name in ("dispute_long", EvidenceDue.name, EvidenceLate.name, EvidenceRefused.name)
    ),
    *((EvidenceDue.name, name) for name in ("dispute_long", EvidenceLate.name, EvidenceRefused.name)),
    *((EvidenceLate.name, name) for name in ("dispute_long", EvidenceRefused.name)),
)
"""Pairs of alarm kinds about a dispute: the earlier alarm and the alarm that replaces it."""
