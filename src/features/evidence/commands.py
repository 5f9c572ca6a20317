"""Staff command that submits evidence for a dispute."""

from features.evidence.domain import DisputeResponse, EvidenceWanted
from features.evidence.ports import RESPONSES_KEY
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.entities.reversal import FINAL_STATES
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class SendEvidence(StaffCommand):
    """Staff command that answers the dispute about a payment with the evidence on record. A dispute can be answered
    only once.

    The command only records the request and queues a job. `SubmitEvidence` then submits the evidence to the provider
    and keeps a copy of it.
    """

    name = "send_evidence"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.PAYMENT
    outcomes = ("sending",)

    async def run(self, execution: Execution) -> Outcome:
        """Record the request. Raises NothingToDo if no dispute about the payment waits for evidence."""
        payment = await execution.uow.payments.get(PaymentId(execution.subject_id))
        response = await response_to_send(execution.uow, payment.id) if payment is not None else None
        if payment is None or response is None:
            raise NothingToDo("no dispute about it waits for evidence, or its provider takes none by a call")
        response_row = await execution.uow.of(RESPONSES_KEY).get(response.dispute_id, lock=True)
        if response_row is None or not response_row.may_be_asked:
            raise NothingToDo("the evidence is on its way already")
        response_row.ask(execution.actor.name, execution.at)
        await execution.uow.of(RESPONSES_KEY).save(response_row)
        execution.uow.record(EvidenceWanted(response_row.dispute_id))
        audit = [
            AuditEntry(subject=each, action="payment.evidence", reason="evidence for a dispute")
            for each in (payment.id, payment.customer_id)
        ]
        return Outcome(name="sending", audit=audit)


async def response_to_send(uow: UnitOfWork, payment_id: PaymentId) -> DisputeResponse | None:
    """Return the newest response, about a dispute of the payment that is not decided, whose submission can be
    requested; None if there is none.
    """
    disputes = {each.id: each for each in await uow.reversals.disputes_of([payment_id])}
    candidates = [
        each
        for each in await uow.of(RESPONSES_KEY).of_payments([payment_id])
        if each.may_be_asked and disputes[each.dispute_id].status not in FINAL_STATES
    ]
    return candidates[-1] if candidates else None
