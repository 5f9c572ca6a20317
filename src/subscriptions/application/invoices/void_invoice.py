"""Staff command that cancels invoices issued by mistake."""

from subscriptions.application.invoices.issued_invoices import issued_to_change
from subscriptions.application.staff.command import Act, AuditEntry, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.invoice import RecordKind
from subscriptions.domain.events import InvoiceDue
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.services.staff_policy import StaffAction


class VoidInvoice(StaffCommand):
    """Staff command that cancels the invoices of a payment at the tax office («anulación») if they were issued by
    mistake.

    Their numbers are not reused. A refund needs no cancellation, because it gets a correction automatically.
    """

    name = "void_invoice"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.PAYMENT
    inputs = (REASON,)
    outcomes = ("cancelling",)
    is_dangerous = True

    async def run(self, act: Act) -> Outcome:
        """Queue the cancellations. Raises NothingToDo if no invoice exists, or the tax office has not answered yet."""
        records = await issued_to_change(act.uow, PaymentId(act.subject_id))
        for record in records:
            act.uow.record(InvoiceDue(record.receipt_id, RecordKind.CANCELLATION, 0))
        facts = {"invoice": records[0].label}
        entry = AuditEntry(subject=records[0].customer_id, facts=facts, action="invoice.cancelled", reason=act[REASON])
        return Outcome(name="cancelling", facts=facts, audit=[entry])
