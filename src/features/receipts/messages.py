"""Message by which staff sends a customer a receipt."""

from typing import Final, Self
from uuid import UUID

from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.money import Money

RECEIPT: Final = "receipt"


class SentReceipt(Announcement, kind=RECEIPT, may_need_help=True):
    """Message with a receipt that staff sends to the customer. `document`: id of the receipt, in hexadecimal."""

    number: str
    amount: Money
    plan_name: str
    document: str

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the receipt does not exist. `subject`: id of the receipt."""
        receipt = await sources.uow.receipts.get(subject)
        if receipt is None:
            return None
        return cls(
            number=receipt.label, amount=receipt.signed_amount, plan_name=receipt.plan_name, document=receipt.id.hex
        )
