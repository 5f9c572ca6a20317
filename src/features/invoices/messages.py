"""Notice to a customer about an invoice that was issued or canceled."""

from typing import Final, Self
from uuid import UUID

from features.invoices.domain.invoice import RecordKind
from features.invoices.ports import INVOICES_KEY
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.money import Money

INVOICE: Final = "invoice"


class Invoice(Announcement, kind=INVOICE, may_need_help=True):
    """Notice that an invoice was issued or canceled.

    record: id of the invoice record, in hexadecimal. corrects: number of the earlier invoice if this invoice corrects
        one by stating the difference; empty otherwise.
    """

    follows_payment = True
    number: str
    amount: Money
    plan_name: str
    record: str
    cancelled: bool
    corrects: str = ""

    @property
    def word(self) -> str:
        """Return the name of the text's variant, which depends on whether the invoice was canceled, is a correction, or
        neither.
        """
        if self.cancelled:
            return "cancelled"
        return "correction" if self.corrects else "other"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the record does not exist. subject: id of the record."""
        record = await sources.uow.of(INVOICES_KEY).get(subject)
        if record is None:
            return None
        return cls(
            number=record.label,
            amount=Money(record.total_minor, "EUR"),
            plan_name=record.description,
            record=record.id.hex,
            cancelled=record.kind is RecordKind.CANCELLATION,
            corrects=(record.corrects or "") if record.kind_of_invoice.corrects else "",
        )
