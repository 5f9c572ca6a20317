"""Staff command that sends a customer's receipt to their chat."""

from features.receipts.domain import ReceiptRequested
from features.receipts.permissions import SEND_RECEIPT
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.ids import PaymentId


class SendReceipt(StaffCommand):
    """Staff command that sends the customer the receipt of a payment and its corrections, each as a document."""

    name = "send_receipt"
    permission = SEND_RECEIPT
    subject = SubjectKind.PAYMENT
    outcomes = ("sending",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the messages. Raises NothingToDo if the payment has no receipt because it does not count as revenue."""
        receipts = await execution.uow.receipts.of_payment(PaymentId(execution.subject_id))
        if not receipts:
            raise NothingToDo("the payment has no receipt")
        for receipt in receipts:
            execution.uow.record(ReceiptRequested(receipt.customer_id, receipt.id, execution.operation))
        facts = {"receipt": ", ".join(receipt.label for receipt in receipts)}
        entry = AuditEntry(subject=receipts[0].customer_id, facts=facts, reason="asked in the panel")
        return Outcome(name="sending", facts=facts, audit=[entry])
