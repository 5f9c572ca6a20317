"""What the accountant counts: one numbered line for each amount that came in or went back, never changed again."""

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
    """receipt: money came in · credit_note: it went back · restored: a refund failed, the money is ours again."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"
    RESTORED = "restored"


SERIES: Final = {ReceiptKind.RECEIPT: "R", ReceiptKind.CREDIT_NOTE: "A", ReceiptKind.RESTORED: "R"}
"""Each series is numbered from 1 in each year, without a gap; what goes back has one of its own."""
NEW_SERIES: Final = text("receipt_series")
"""The variable with the letters that a series has behind its own since the database was brought back: numbers that were
given in the lost hours are not given again."""


@dataclass(kw_only=True)
class Receipt:
    """One numbered document. source_id: the payment, refund or dispute it is about: one document each.

    year: that of issued_at on the operator's clock. number: 0 until it is issued. amount: never negative, the kind
    says which way it went. tax_minor: what of the amount is tax, in its currency; None where nobody told. issuer: the
    legal identity at that moment. country: where the buyer lived as the provider told it then, None where it did not.
    customer_ref: the buyer as they were known then. corrects: the receipt a later document is about.
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
        """Ready to be given its number. zone: the operator's, by which the year of a number begins."""
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
        """Its number as people read it: `R2026-00042`."""
        return f"{self.series}{self.year}-{self.number:05d}"

    @property
    def tax(self) -> Money | None:
        """What of the amount is tax."""
        return None if self.tax_minor is None else Money(self.tax_minor, self.amount.currency)

    @property
    def signed_amount(self) -> Money:
        """The amount with its direction: what went back is negative."""
        return Money(-self.amount.minor, self.amount.currency) if self.kind is ReceiptKind.CREDIT_NOTE else self.amount

    @property
    def signed_tax(self) -> Money | None:
        """What of the signed amount is tax."""
        if self.tax_minor is None:
            return None
        sign = -1 if self.kind is ReceiptKind.CREDIT_NOTE else 1
        return Money(sign * self.tax_minor, self.amount.currency)

    def tax_of(self, part: Money, receipts: Iterable["Receipt"]) -> int | None:
        """Return what of a part that goes back is tax, None where nobody told the receipt's.

        receipts: the receipt itself and all documents about it. What stays is what is rounded, half up, so that however
        the amount is split, the parts add up to the tax of the whole.
        """
        if self.tax_minor is None or not self.amount.minor:
            return None
        documents = list(receipts)
        rest = sum(item.signed_amount.minor for item in documents) - part.minor
        tax = sum(item.signed_tax.minor for item in documents if item.signed_tax is not None)
        stays = (2 * self.tax_minor * rest + self.amount.minor) // (2 * self.amount.minor)
        # No part holds more tax than money, nor leaves more tax than money behind.
        return max(0, min(max(tax - stays, tax - rest), part.minor, tax))

    def tax_of_restored(self, part: Money, receipts: Iterable["Receipt"]) -> int | None:
        """Return what of a part that came again is tax, None where nobody told the receipt's. receipts: as of
        `tax_of`, by whose rule the documents add up afterwards."""
        if self.tax_minor is None or not self.amount.minor:
            return None
        documents = list(receipts)
        rest = sum(item.signed_amount.minor for item in documents) + part.minor
        tax = sum(item.signed_tax.minor for item in documents if item.signed_tax is not None)
        stays = (2 * self.tax_minor * rest + self.amount.minor) // (2 * self.amount.minor)
        return max(0, min(stays - tax, part.minor))
