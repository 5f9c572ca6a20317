"""Invoice requests and the invoice records reported to the tax office."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import CustomerId


class InvoiceIssuer(StrEnum):
    """Issuer of invoices: none, the operator's own service (handover), or Umbral with records at the tax office
    (VERI*FACTU).
    """

    OFF = "off"
    HANDOVER = "handover"
    VERIFACTU = "verifactu"


@dataclass(frozen=True, kw_only=True)
class Invoicing:
    """Operator's choices for new invoices. way: issuer of the invoices. simplified: True to issue a simplified invoice
    for every sale.
    """

    way: InvoiceIssuer = InvoiceIssuer.OFF
    simplified: bool = False


ReadInvoicing = Callable[[], Invoicing]
"""Function that returns the operator's current choices for new invoices; `OFF` unless the feature is on."""


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Buyer of an invoice, with details as given by the customer. `tax_id`: as parsed by `tax_ids`."""

    tax_id: str
    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRequest:
    """Request for an invoice of a receipt, at most one per receipt.

    way: issuer of the invoice, which is the operator's service or Umbral
    tax_id, name, address: buyer at the time of the request, or as corrected by staff; empty for a simplified invoice
    that
    no customer requested
    """

    id: UUID
    receipt_id: UUID
    customer_id: CustomerId
    tax_id: str
    name: str
    address: str
    asked_at: datetime
    way: InvoiceIssuer = InvoiceIssuer.HANDOVER

    @property
    def buyer(self) -> Buyer:
        """Return the buyer of the invoice."""
        return Buyer(tax_id=self.tax_id, name=self.name, address=self.address)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Issuer of invoices. `series`: letters of the invoice numbers. `office`: tax office address that verifies an
    invoice.
    """

    tax_id: str
    name: str
    series: str
    office: str


class InvoiceKind(StrEnum):
    """Tax office's code for the type of an invoice (Orden HAC/1177/2024, list L2).

    Umbral does not issue R2 and R3 (insolvency and bad debts) and R4 (other cases).
    """

    FULL = "F1"
    """Invoice with the buyer's tax number."""
    SIMPLIFIED = "F2"
    """Simplified invoice without the buyer, for a sale whose customer requested no invoice."""
    REPLACEMENT = "F3"
    """Invoice with the buyer's tax number that replaces a simplified one already reported."""
    CORRECTION = "R1"
    """Correction for a refund or a repeated charge: a change of the taxed amount after the sale (LIVA, article 80, one
    and two).
    """
    SIMPLIFIED_CORRECTION = "R5"
    """Correction of a simplified invoice, for example for a refund."""

    @property
    def names_buyer(self) -> bool:
        """Return True if the invoice names its buyer. The tax office refuses simplified invoices that name a buyer."""
        return self not in {InvoiceKind.SIMPLIFIED, InvoiceKind.SIMPLIFIED_CORRECTION}

    @property
    def corrects(self) -> bool:
        """Return True if the invoice corrects another invoice by stating the difference."""
        return self in {InvoiceKind.CORRECTION, InvoiceKind.SIMPLIFIED_CORRECTION}


class RecordKind(StrEnum):
    """Kind of a record: `RegistroAlta` for an invoice, `RegistroAnulacion` for the cancellation of an invoice issued in
    error.
    """

    INVOICE = "invoice"
    CANCELLATION = "cancellation"


class RecordState(StrEnum):
    """Tax office's response to a record. flawed: accepted with errors that require a correction."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    FLAWED = "flawed"
    REFUSED = "refused"


@dataclass(kw_only=True)
class InvoiceRecord:
    """Record in the chain reported to the tax office. The record is immutable, except that the office's response is
    added later.

    position: position in the chain, from 1 without gaps
    revision: 0 for the invoice's first record; higher for corrections, which are separate records with the same number
    rejected: True if the tax office refused the previous record
    letters: configured series of the issuer; `series` is the actual series of this record
    sold_on: date of the receipt in the operator's time zone
    issuer: issuer's text as printed on the document
    total_minor, tax_minor: in euro cents, negative for refunds
    rate: tax rate in percent
    corrects, corrected_on: number and date of the invoice that is corrected or replaced
    before, before_on, before_hash: previous record of the chain
    stamp: creation time in ISO 8601 by the operator's clock, as hashed
    link: content of the QR code
    code, reason: code and text of a refusal or an error
    csv: tax office's receipt of the submission
    """

    id: UUID
    position: int
    kind: RecordKind
    revision: int = 0
    rejected: bool = False
    receipt_id: UUID
    customer_id: CustomerId
    letters: str
    series: str
    year: int
    number: int
    kind_of_invoice: InvoiceKind
    issued_on: date
    sold_on: date
    issuer_tax_id: str
    issuer_name: str
    issuer: str
    buyer_tax_id: str
    buyer_name: str
    buyer_address: str
    description: str
    total_minor: int
    tax_minor: int
    rate: Decimal
    corrects: str | None = None
    corrected_on: date | None = None
    before: str | None = None
    before_on: date | None = None
    before_hash: str | None = None
    stamp: str
    hash: str
    link: str
    state: RecordState = RecordState.WAITING
    code: str | None = None
    reason: str | None = None
    csv: str | None = None
    sent_at: datetime | None = None

    @property
    def label(self) -> str:
        """Return the invoice number as printed, such as `F2026-00042`."""
        return f"{self.series}{self.year}-{self.number:05d}"

    @property
    def made_at(self) -> datetime:
        """Return the time of creation."""
        return datetime.fromisoformat(self.stamp)
