"""Staff commands about invoices on the card of a payment."""

from typing import ClassVar, Final
from uuid import UUID

from features.invoices.commands import AmendInvoice, VoidInvoice
from features.invoices.use_cases.issued_invoices import issued_of
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.views.card_part import CardFacts
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class InvoiceCard:
    """Buttons to correct or cancel the invoices of a payment, if there are any."""

    kind: ClassVar[str] = SubjectKind.PAYMENT

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """Implements `CardPart.read`."""
        return facts_of(has_invoice=bool(await issued_of(uow, PaymentId(subject_id))))


def facts_of(*, has_invoice: bool) -> CardFacts:
    """Return the commands for a payment's card. has_invoice: True if Umbral issued an invoice for the payment that is
    not canceled.
    """
    return CardFacts(offered={AmendInvoice: has_invoice, VoidInvoice: has_invoice})


CARDS: Final = (InvoiceCard(),)
