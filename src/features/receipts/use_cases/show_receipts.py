"""List of a customer's own receipts, for the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from uuid import UUID

from subscriptions.application.payments.receipt_lines import ReceiptLine, line_of
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.zones import HOME

PAGE_SIZE: Final = 8
"""Number of receipts per message, chosen so that even receipts with the longest names fit into one message."""


@dataclass(frozen=True)
class ShowReceipts:
    """Use case that returns one customer's newest receipts. zone: time zone of the receipts' dates."""

    units: UnitOfWorkFactory
    zone: tzinfo = HOME

    async def __call__(self, telegram_id: TelegramId) -> Sequence[ReceiptLine]:
        """Return the receipts, newest first; empty for an unknown customer."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            receipts = await uow.receipts.of_customer(customer.id, PAGE_SIZE) if customer is not None else []
            return [await line_of(uow, item, self.zone) for item in receipts]

    async def one(self, telegram_id: TelegramId, receipt_id: UUID) -> ReceiptLine | None:
        """Return one receipt; None if it does not exist or belongs to another customer."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            receipt = await uow.receipts.get(receipt_id)
            if customer is None or receipt is None or receipt.customer_id != customer.id:
                return None
            return await line_of(uow, receipt, self.zone)
