"""Receipts with the data shown with them to customers, and tables of receipts for the accountant."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.lists.spreadsheet import plain
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.vat import rate_of
from subscriptions.domain.services.zones import HOME


@dataclass(frozen=True, kw_only=True)
class ReceiptLine:
    """Receipt with the data shown with it.

    corrects: number of the earlier receipt that this receipt corrects; empty for an original receipt
    corrected_receipt: that earlier receipt; None for an original receipt
    payment_key: the provider's key of the payment
    order: reference of the order that the customer can quote
    zone: the operator's time zone
    """

    receipt: Receipt
    corrects: str = ""
    corrected_receipt: Receipt | None = None
    payment_key: str = ""
    order: str = ""
    zone: tzinfo = HOME

    @property
    def day(self) -> date:
        """Date of issue in the operator's time zone. It determines the year in the receipt's number."""
        return self.receipt.issued_at.astimezone(self.zone).date()


async def line_of(uow: UnitOfWork, item: Receipt, zone: tzinfo) -> ReceiptLine:
    """Return a receipt with the data shown with it."""
    earlier = await uow.receipts.get(item.corrects) if item.corrects is not None else None
    return ReceiptLine(
        receipt=item, corrects=earlier.label if earlier is not None else "", corrected_receipt=earlier, zone=zone
    )


@dataclass(frozen=True)
class ListReceipts:
    """Use case that returns all receipts in a range of days. zone: time zone of the days."""

    units: UnitOfWorkFactory
    zone: tzinfo = HOME

    async def __call__(self, first_day: date, last_day: date) -> Sequence[ReceiptLine]:
        """Return the receipts, sorted by series, year and number. first_day, last_day: first and last day, in the
        operator's time zone, both included.
        """
        start = datetime.combine(first_day, time(), self.zone)
        end = datetime.combine(last_day + timedelta(days=1), time(), self.zone)
        async with self.units() as uow:
            receipts = await uow.receipts.list_between(start, end)
            known = {item.id: item for item in receipts}
            payments = await _payments_of(uow, receipts)
            lines = []
            for item in receipts:
                earlier = known.get(item.corrects) if item.corrects is not None else None
                if earlier is None and item.corrects is not None:
                    earlier = await uow.receipts.get(item.corrects)
                payment = payments.get(item.payment_id)
                lines.append(
                    ReceiptLine(
                        receipt=item,
                        corrects=earlier.label if earlier is not None else "",
                        corrected_receipt=earlier,
                        payment_key=payment.payment_key if payment is not None else "",
                        order=payment.reference if payment is not None else "",
                        zone=self.zone,
                    )
                )
        return lines


_AT_ONCE: Final = 1_000
"""Number of payments that one database query reads."""


async def _payments_of(uow: UnitOfWork, receipts: Sequence[Receipt]) -> Mapping[PaymentId, Payment]:
    ids = list(dict.fromkeys(item.payment_id for item in receipts))
    found: dict[PaymentId, Payment] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= {each.id: each for each in await uow.payments.with_ids(ids[start : start + _AT_ONCE])}
    return found


COLUMNS: Final = (
    "date",
    "number",
    "kind",
    "customer",
    "plan",
    "method",
    "amount",
    "currency",
    "tax",
    "country",
    "corrects",
    "order",
    "payment",
    "issuer",
)


def receipt_rows(lines: Iterable[ReceiptLine]) -> list[dict[str, str]]:
    """Return the rows of the table of receipts, each as a mapping keyed by column name."""
    return [dict(zip(COLUMNS, _row(line), strict=True)) for line in lines]


def receipt_table(lines: Iterable[ReceiptLine]) -> str:
    """Return the table of receipts as CSV with a header row. Refunded amounts and their tax are negative; the tax is
    empty if unknown.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(line) for line in lines)
    return buffer.getvalue()


def tax_rows(lines: Iterable[ReceiptLine], policy: Policy, *, abroad: bool = False) -> list[dict[str, str]]:
    """Return the rows of a tax return, by country, currency and rate: the net, tax and gross balance of payments and
    refunds, and the number of documents.

    The rate is derived from the recorded tax. Without recorded tax, the rate, net and tax are empty.

    policy: settings with the operator's rates, which are preferred if they explain the recorded tax
    abroad: True for sales to countries for which the policy has a rate, which are declared there; False for all other
        sales
    """
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in lines:
        item = line.receipt
        taxed_country = item.country if item.country in policy.vat_rates else None
        if (taxed_country is not None) is not abroad:
            continue
        rate, sign = rate_on(line, policy.vat_in(item.country)), -1 if item.kind is ReceiptKind.CREDIT_NOTE else 1
        rate_text = "" if rate is None else f"{rate.normalize():f}"
        row_sums = sums.setdefault((taxed_country or "", item.amount.currency, rate_text), [0, 0, 0])
        for index, part in enumerate((item.signed_amount.minor, sign * (item.tax_minor or 0), 1)):
            row_sums[index] += part
    return [
        {
            **({"country": country} if abroad else {}),
            "currency": currency,
            "rate": rate,
            "net": Money(gross - tax, currency).decimal if rate else "",
            "tax": Money(tax, currency).decimal if rate else "",
            "gross": Money(gross, currency).decimal,
            "documents": str(count),
        }
        for (country, currency, rate), (gross, tax, count) in sorted(sums.items())
    ]


def rate_on(line: ReceiptLine, vat_rate: Decimal | None) -> Decimal | None:
    """Return the rate of the recorded tax in percent. Return None without recorded tax. A correction has the rate of
    the receipt that it corrects, because its own amount may be too small to derive the rate. vat_rate: the operator's
    rate for the buyer's country, which is returned if it explains the recorded tax.
    """
    item = line.receipt
    if item.tax_minor is None:
        return None
    own = item if line.corrected_receipt is None or line.corrected_receipt.tax_minor is None else line.corrected_receipt
    return rate_of(own.amount, own.tax_minor or 0, vat_rate)


def _row(line: ReceiptLine) -> list[str]:
    item = line.receipt
    tax = item.tax
    is_credit = item.kind is ReceiptKind.CREDIT_NOTE
    return [
        line.day.isoformat(),
        item.label,
        str(item.kind),
        plain(item.customer_ref),
        plain(item.plan_name),
        item.provider,
        item.signed_amount.decimal,
        item.amount.currency,
        "" if tax is None else (Money(-tax.minor, tax.currency) if is_credit else tax).decimal,
        item.country or "",
        line.corrects,
        line.order,
        plain(line.payment_key),
        plain(item.issuer),
    ]
