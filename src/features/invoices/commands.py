"""Staff commands about the invoices of a payment."""

from typing import Final

from features.invoices.domain.events import InvoiceDue
from features.invoices.domain.invoice import Buyer, RecordKind
from features.invoices.domain.tax_ids import read_tax_id, spanish
from features.invoices.ports import INVOICES_KEY
from features.invoices.use_cases.issued_invoices import issued_to_change
from features.invoices.use_cases.request_invoice import MOST
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, required_words
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON, Input, InputKind
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.services.staff_policy import StaffAction


def _number(answer: Answer, _: Answers) -> str:
    number = read_tax_id(answer.text)
    if number is None or not spanish(number):
        raise Wrong("tax_id", given=answer.text.strip()[:EXCERPT])
    return number


EXCERPT: Final = 20
"""Maximum number of characters of an invalid tax number that the refusal quotes."""
TAX_ID: Final[Input[str]] = Input(name="tax_id", kind=InputKind.TEXT, parse=_number, value=str, limits=(9, 12))


def _words(name: str, limit: int) -> Input[str]:
    parse = required_words(limit, "invoice_words_long", "invoice_words_empty")
    return Input(name=name, kind=InputKind.TEXT, parse=parse, value=str, limits=(1, limit))


BUYER: Final = _words("buyer", MOST["name"])
ADDRESS: Final = _words("address", MOST["address"])


class AmendInvoice(StaffCommand):
    """Staff command that corrects the buyer on a payment's invoices, for example if the tax office does not know the
    tax number.

    Each invoice keeps its number; a correcting record («subsanación») is appended to the chain.
    """

    name = "amend_invoice"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.PAYMENT
    inputs = (TAX_ID, BUYER, ADDRESS)
    outcomes = ("correcting",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the corrections. Raises NothingToDo if no invoice names a buyer, or if the tax office has not answered
        yet.
        """
        issued_records = await issued_to_change(execution.uow, PaymentId(execution.subject_id))
        records = [record for record in issued_records if record.kind_of_invoice.names_buyer]
        if not records:
            raise NothingToDo("a simplified invoice names no buyer")
        buyer = Buyer(tax_id=execution[TAX_ID], name=execution[BUYER], address=execution[ADDRESS])
        for record in records:
            request = await execution.uow.of(INVOICES_KEY).request_of(record.receipt_id)
            if request is not None:
                await execution.uow.of(INVOICES_KEY).change_buyer(request.id, buyer)
            execution.uow.record(InvoiceDue(record.receipt_id, RecordKind.INVOICE, record.revision + 1))
        facts = {"invoice": records[0].label}
        entry = AuditEntry(subject=records[0].customer_id, facts=facts, action="invoice.corrected")
        return Outcome(name="correcting", facts=facts, audit=[entry])


class VoidInvoice(StaffCommand):
    """Staff command that cancels the invoices of a payment at the tax office («anulación») if they were issued by
    mistake.

    Their numbers are not reused. A refund needs no cancellation, because a correcting invoice is issued automatically.
    """

    name = "void_invoice"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.PAYMENT
    inputs = (REASON,)
    outcomes = ("cancelling",)
    is_dangerous = True

    async def run(self, execution: Execution) -> Outcome:
        """Queue the cancellations. Raises NothingToDo if no invoice exists, or if the tax office has
        not answered yet.
        """
        records = await issued_to_change(execution.uow, PaymentId(execution.subject_id))
        for record in records:
            execution.uow.record(InvoiceDue(record.receipt_id, RecordKind.CANCELLATION, 0))
        facts = {"invoice": records[0].label}
        entry = AuditEntry(
            subject=records[0].customer_id, facts=facts, action="invoice.cancelled", reason=execution[REASON]
        )
        return Outcome(name="cancelling", facts=facts, audit=[entry])
