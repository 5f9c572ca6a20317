"""Invoices: who wants one of which receipt, and what the tax office is told of those that are issued here."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import CustomerId


class InvoiceWay(StrEnum):
    """Who issues invoices: nobody, the operator's own service, or the product by records at the tax office."""

    OFF = "off"
    HANDOVER = "handover"
    VERIFACTU = "verifactu"


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Who an invoice is for, as they gave it. tax_id: read by `tax_ids`."""

    tax_id: str
    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRequest:
    """A receipt of which an invoice is wanted, at most once. way: who issues it. The buyer is as they were at that
    moment, or as staff corrected them; empty where nobody asked, and a simplified one is issued.
    """

    id: UUID
    receipt_id: UUID
    customer_id: CustomerId
    tax_id: str
    name: str
    address: str
    asked_at: datetime
    way: InvoiceWay = InvoiceWay.HANDOVER

    @property
    def buyer(self) -> Buyer:
        """Who it is for."""
        return Buyer(tax_id=self.tax_id, name=self.name, address=self.address)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who issues invoices here. series: the letters of their numbers. office: where an invoice is checked."""

    tax_id: str
    name: str
    series: str
    office: str


class InvoiceKind(StrEnum):
    """The tax office's letters for what an invoice is (Orden HAC/1177/2024, list L2).

    R2 and R3 are about insolvency and bad debts, R4 about the rest: none of them is issued here.
    """

    FULL = "F1"
    """With its buyer's tax number."""
    SIMPLIFIED = "F2"
    """Without one: of a sale of whom nobody asked an invoice."""
    REPLACEMENT = "F3"
    """With its buyer's tax number, in the place of a simplified one that the tax office has."""
    CORRECTION = "R1"
    """What went back, or came again: a change of the taxed amount after the sale (LIVA, article 80, one and two)."""
    SIMPLIFIED_CORRECTION = "R5"
    """The same of a simplified invoice."""

    @property
    def names_buyer(self) -> bool:
        """Whether it says who it is for; the tax office refuses a simplified one that does."""
        return self not in {InvoiceKind.SIMPLIFIED, InvoiceKind.SIMPLIFIED_CORRECTION}

    @property
    def corrects(self) -> bool:
        """Whether it changes another one by the difference."""
        return self in {InvoiceKind.CORRECTION, InvoiceKind.SIMPLIFIED_CORRECTION}


class RecordKind(StrEnum):
    """invoice: `RegistroAlta` · cancellation: `RegistroAnulacion`, of an invoice that should never have been."""

    INVOICE = "invoice"
    CANCELLATION = "cancellation"


class RecordState(StrEnum):
    """How the tax office took a record; flawed: accepted, with errors that want a correction."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    FLAWED = "flawed"
    REFUSED = "refused"


@dataclass(kw_only=True)
class InvoiceRecord:
    """One link of the chain that the tax office is told; only what it answered is written later.

    position: in the chain, from 1 without a gap. revision: 0 for the invoice's first record, more for corrections of
    it, which are records of their own under the same number. rejected: the tax office refused the one before. letters:
    the issuer's series, of which `series` is the very one. sold_on: the operator's day of the receipt. issuer: as it
    stands on the document. total_minor, tax_minor: in euro cents, negative for what went back. rate: per cent.
    corrects, corrected_on: number and day of the invoice that it corrects or replaces. before, before_on, before_hash:
    the record that goes before. stamp: when it was made, in ISO 8601 by the operator's clock, as it is hashed. link:
    what the QR says. code, reason: of a refusal or error. csv: the tax office's own receipt of the sending.
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
        """The invoice's number as people read it: `F2026-00042`."""
        return f"{self.series}{self.year}-{self.number:05d}"

    @property
    def made_at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.stamp)
