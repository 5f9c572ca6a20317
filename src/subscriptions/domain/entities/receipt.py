"""Receipts and credit notes: one numbered, immutable document for each amount received or returned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.variable import text
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, new_uuid
from subscriptions.domain.money import Money


class ReceiptKind(StrEnum):
    """Kind of a document.

    receipt: money was received
    credit_note: money was returned
    restored: a refund failed and was reversed
    """

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"
    RESTORED = "restored"


SERIES: Final = {ReceiptKind.RECEIPT: "R", ReceiptKind.CREDIT_NOTE: "A", ReceiptKind.RESTORED: "R"}
"""Series letters of each kind of document. Each series is numbered from 1 in each year without gaps; credit notes have
a separate series.
"""
NEW_SERIES: Final = text("receipt_series")
"""Variable for a suffix of the series letters. The suffix starts a new series after a restore of the database, because
numbers that were issued after the backup must not be issued again.
"""


@dataclass(kw_only=True)
class Receipt:
    """Numbered document.

    source_id: id of the payment, refund or dispute; if it has a document of this kind already, an id that follows from
        it and from the number of the payment's documents
    year: year of `issued_at` in the operator's time zone
    number: 0 until issued
    amount: never negative; the kind gives the direction
    tax_minor: tax included in the amount, in minor units of its currency; None if unknown
    issuer: legal identity of the issuer at the time of issue
    country: buyer's country as reported by the provider at the time of issue; None if not reported
    customer_ref: buyer as known at the time of issue
    corrects: id of the receipt that this credit note or restored receipt corrects; None for a receipt
    """

    id: UUID
    kind: ReceiptKind
    series: str
    year: int
    number: int = 0
    source_id: UUID
    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId
    customer_ref: str
    plan_name: str
    provider: str
    amount: Money
    tax_minor: int | None
    issuer: str
    country: str | None = None
    corrects: UUID | None = None
    issued_at: datetime

    @classmethod
    def draft(
        cls,
        kind: ReceiptKind,
        source_id: UUID,
        *,
        payment_id: PaymentId,
        order_id: OrderId,
        customer_id: CustomerId,
        customer_ref: str,
        plan_name: str,
        provider: str,
        amount: Money,
        tax_minor: int | None,
        issuer: str,
        now: datetime,
        zone: tzinfo,
        country: str | None = None,
    ) -> "Receipt":
        """Create a document without a number. `zone`: the operator's time zone, which determines the year."""
        return cls(
            id=new_uuid(),
            kind=kind,
            series=SERIES[kind],
            year=now.astimezone(zone).year,
            source_id=source_id,
            payment_id=payment_id,
            order_id=order_id,
            customer_id=customer_id,
            customer_ref=customer_ref,
            plan_name=plan_name,
            provider=provider,
            amount=amount,
            tax_minor=tax_minor,
            issuer=issuer,
            country=country,
            issued_at=now,
        )

    @property
    def label(self) -> str:
        """Document number as printed, such as `R2026-00042`."""
        return f"{self.series}{self.year}-{self.number:05d}"

    @property
    def tax(self) -> Money | None:
        """Tax included in the amount; None if unknown."""
        return None if self.tax_minor is None else Money(self.tax_minor, self.amount.currency)

    @property
    def signed_amount(self) -> Money:
        """Amount, negative for a credit note."""
        return Money(-self.amount.minor, self.amount.currency) if self.kind is ReceiptKind.CREDIT_NOTE else self.amount

    @property
    def signed_tax(self) -> Money | None:
        """Tax included in the signed amount, negative for a credit note; None if unknown."""
        if self.tax_minor is None:
            return None
        sign = -1 if self.kind is ReceiptKind.CREDIT_NOTE else 1
        return Money(sign * self.tax_minor, self.amount.currency)

    def tax_of(self, part: Money, receipts: Iterable["Receipt"]) -> int | None:
        """Return the tax included in a refunded part, in minor units. Return None if the receipt's tax is unknown or
        the receipt's amount is zero.

        receipts: the receipt itself and all documents that refer to it

        The tax of the amount that remains is rounded half up, so that the taxes of all parts add up to the receipt's
        tax.
        """
        if self.tax_minor is None or not self.amount.minor:
            return None
        documents = list(receipts)
        rest = sum(item.signed_amount.minor for item in documents) - part.minor
        tax = sum(item.signed_tax.minor for item in documents if item.signed_tax is not None)
        stays = (2 * self.tax_minor * rest + self.amount.minor) // (2 * self.amount.minor)
        # Neither the refunded part nor the remaining amount may contain more tax than money.
        return max(0, min(max(tax - stays, tax - rest), part.minor, tax))

    def tax_of_restored(self, part: Money, receipts: Iterable["Receipt"]) -> int | None:
        """Return the tax included in a part whose refund failed, in minor units. Return None if the receipt's tax is
        unknown or the receipt's amount is zero.

        `receipts` and the rounding rule: as in `tax_of`.
        """
        if self.tax_minor is None or not self.amount.minor:
            return None
        documents = list(receipts)
        rest = sum(item.signed_amount.minor for item in documents) + part.minor
        tax = sum(item.signed_tax.minor for item in documents if item.signed_tax is not None)
        stays = (2 * self.tax_minor * rest + self.amount.minor) // (2 * self.amount.minor)
        return max(0, min(stays - tax, part.minor))
