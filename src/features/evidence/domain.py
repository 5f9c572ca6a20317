"""What is on record about one payment, as evidence for whoever has to judge a dispute about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.entities.notification import NOTICES
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money

FORM = "1"
"""The version of the document."""
_CHARGE_NOTICES = frozenset(str(kind) for kind in NOTICES)


@dataclass(frozen=True, kw_only=True)
class EvidencePayment:
    """The money in question. reference: of its order, as the customer was told it."""

    id: UUID
    reference: str
    provider: str
    provider_key: str
    amount: Money
    status: str
    renewal: bool
    paid_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceCustomer:
    """Who paid, as far as a judge needs it: no more is on record than Telegram tells."""

    telegram_id: int
    first_name: str
    username: str | None
    language: str
    country: str | None
    since: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceOrder:
    """What was ordered. every: the interval of a plan that renews, None for one that is paid once."""

    plan: str
    price: Money
    every: str | None
    gift: bool
    ordered_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EvidenceConsent:
    """Terms that the customer accepted, by their version. language: empty where it was not kept."""

    version: str
    language: str
    accepted_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceDeclaration:
    """What was declared before paying, in the very words that were shown. complete: whether both boxes were ticked."""

    words: str
    language: str
    version: str
    complete: bool
    declared_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceInvite:
    """A personal way into a chat that was made for the customer."""

    chat: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceJoin:
    """The customer came into a chat. left: whether they have no access there any more."""

    chat: str
    joined_at: datetime
    left: bool


@dataclass(frozen=True, kw_only=True)
class EvidencePick:
    """What was posted into a chat while the customer was inside and the payment's time ran."""

    chat: str
    text: str
    posted_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceMessage:
    """A message to the customer. kind: of `MessageKind`. text: its words, of what is kept with them. failed: why it
    did not arrive."""

    kind: str
    owed_at: datetime
    sent_at: datetime | None
    failed: str | None
    text: str | None

    @property
    def announces_charge(self) -> bool:
        """Whether it gave notice of a charge to come."""
        return self.kind in _CHARGE_NOTICES


@dataclass(frozen=True, kw_only=True)
class EvidenceRefund:
    """Money that went back of this payment."""

    amount: Money
    status: str
    refunded_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceDispute:
    """A dispute about this payment."""

    key: str
    status: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it. seller: who sold, by their legal identity, or their brand. begins, ends: the time that the payment
    bought; None where it bought none (yet). left_out: how many more picks and messages there are than are listed.
    """

    seller: str
    site: str
    made_at: datetime
    payment: EvidencePayment
    customer: EvidenceCustomer
    order: EvidenceOrder
    begins: datetime | None
    ends: datetime | None
    consents: Sequence[EvidenceConsent]
    declarations: Sequence[EvidenceDeclaration]
    invites: Sequence[EvidenceInvite]
    joins: Sequence[EvidenceJoin]
    picks: Sequence[EvidencePick]
    messages: Sequence[EvidenceMessage]
    refunds: Sequence[EvidenceRefund]
    disputes: Sequence[EvidenceDispute]
    left_out: int = 0
    form: str = FORM

    @property
    def notices(self) -> Sequence[EvidenceMessage]:
        """The messages that announced a charge before it."""
        return [each for each in self.messages if each.announces_charge]

    def newest(self, most: int) -> "Evidence":
        """The same with no more posts and messages than that; notices of charges stay."""
        picks = self.picks[-most:]
        messages = [each for each in self.messages if not each.announces_charge][-most:]
        newest_messages = [each for each in self.messages if each.announces_charge or each in messages]
        less = len(self.picks) - len(picks) + len(self.messages) - len(newest_messages)
        return replace(self, picks=picks, messages=newest_messages, left_out=self.left_out + less)

    @property
    def name(self) -> str:
        """What its files are called, without the ending."""
        return f"evidence-{self.payment.reference}"


class ResponseStatus(StrEnum):
    """offered: staff may send it · asked: somebody of staff had it sent · sent: the provider has it · refused: the
    provider did not take it, and it may be asked for again."""

    OFFERED = "offered"
    ASKED = "asked"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(kw_only=True)
class DisputeResponse:
    """due_at: until when the provider takes it, None where it does not say. asked_by: as the audit names them. reason:
    why it was refused. document, record: the PDF and the JSON as they were sent, which are kept."""

    dispute_id: UUID
    payment_id: PaymentId
    status: ResponseStatus = ResponseStatus.OFFERED
    due_at: datetime | None = None
    offered_at: datetime
    asked_by: str | None = None
    asked_at: datetime | None = None
    sent_at: datetime | None = None
    reason: str | None = None
    document: bytes | None = None
    record: bytes | None = None

    @property
    def may_be_asked(self) -> bool:
        """Whether it was not sent, and is not on its way."""
        return self.status in {ResponseStatus.OFFERED, ResponseStatus.REFUSED}

    def ask(self, who: str, at: datetime) -> None:
        """Somebody has it sent."""
        self.status, self.asked_by, self.asked_at, self.reason = ResponseStatus.ASKED, who, at, None

    def mark_sent(self, document: bytes, record: bytes, at: datetime) -> None:
        """The provider has it."""
        self.status, self.document, self.record, self.sent_at = ResponseStatus.SENT, document, record, at

    def refuse(self, reason: str) -> None:
        """The provider did not take it."""
        self.status, self.reason = ResponseStatus.REFUSED, reason


class EvidenceWanted(DomainEvent):
    """Staff requested that the evidence for a dispute is submitted."""

    dispute_id: UUID
