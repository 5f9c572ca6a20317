"""Staff command on the card of a payment that sends the customer the receipts."""

from typing import ClassVar, Final
from uuid import UUID

from features.receipts.commands import SendReceipt
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.views.card_part import CardFacts
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class ReceiptCard:
    """Buttons to send the receipts of a payment, if there are any."""

    kind: ClassVar[str] = SubjectKind.PAYMENT

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """Implements `CardPart.read`."""
        return facts_of(has_receipt=bool(await uow.receipts.of_payment(PaymentId(subject_id))))


def facts_of(*, has_receipt: bool) -> CardFacts:
    """Return the commands for a payment's card. has_receipt: True if the payment has a receipt."""
    return CardFacts(offered={SendReceipt: has_receipt})


CARDS: Final = (ReceiptCard(),)
