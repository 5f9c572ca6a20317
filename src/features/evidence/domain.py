"""Evidence about a payment for the people who decide a dispute, and the operator's response to that dispute."""

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
"""Version of the format of evidence documents."""
_CHARGE_NOTICES = frozenset(str(kind) for kind in NOTICES)


@dataclass(frozen=True, kw_only=True)
class EvidencePayment:
    """Disputed payment. `reference`: reference of the order, as shown to the customer."""

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
    """Customer who made the payment, with the data that people who decide a dispute need."""

    telegram_id: int
    first_name: str
    username: str | None
    language: str
    country: str | None
    since: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceOrder:
    """Order of the disputed payment. `every`: billing interval of a plan that renews; None for a single payment."""

    plan: str
    price: Money
    every: str | None
    gift: bool
    ordered_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EvidenceConsent:
    """Acceptance of a version of the terms by the customer. `language`: empty if it was not recorded."""

    version: str
    language: str
    accepted_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceDeclaration:
    """Customer's declaration before the payment, in the wording that was shown. `complete`: True if both boxes were
    ticked.
    """

    words: str
    language: str
    version: str
    complete: bool
    declared_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceInvite:
    """Personal invite link that was created for the customer."""

    chat: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceJoin:
    """Chat that the customer joined. `left`: True if the customer no longer has access to the chat."""

    chat: str
    joined_at: datetime
    left: bool


@dataclass(frozen=True, kw_only=True)
class EvidencePick:
    """Post that was published in a chat during the paid period while the customer was a member of the chat."""

    chat: str
    text: str
    posted_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceMessage:
    """Message to the customer.

    kind: value of `MessageKind`
    text: text as sent, for kinds whose text is kept
    failed: reason why the message was not delivered
    """

    kind: str
    owed_at: datetime
    sent_at: datetime | None
    failed: str | None
    text: str | None

    @property
    def announces_charge(self) -> bool:
        """Return True if the message announced a charge."""
        return self.kind in _CHARGE_NOTICES


@dataclass(frozen=True, kw_only=True)
class EvidenceRefund:
    """Refund of the disputed payment."""

    amount: Money
    status: str
    refunded_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvidenceDispute:
    """Dispute about the payment."""

    key: str
    status: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All evidence on record about a payment.

    seller: seller's legal identity; the brand if none is configured
    begins, ends: period that the payment paid for
    left_out: number of older posts and messages that are not listed
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
        """Return the messages that announced a charge."""
        return [each for each in self.messages if each.announces_charge]

    def newest(self, most: int) -> "Evidence":
        """Return the evidence with at most `most` posts and `most` messages, the newest ones. Messages that announced a
        charge are always kept.
        """
        picks = self.picks[-most:]
        messages = [each for each in self.messages if not each.announces_charge][-most:]
        newest_messages = [each for each in self.messages if each.announces_charge or each in messages]
        less = len(self.picks) - len(picks) + len(self.messages) - len(newest_messages)
        return replace(self, picks=picks, messages=newest_messages, left_out=self.left_out + less)

    @property
    def name(self) -> str:
        """Return the name of the evidence files, without the extension."""
        return f"evidence-{self.payment.reference}"


class ResponseStatus(StrEnum):
    """Status of a response.

    - offered: staff can request its submission
    - asked: a staff member requested its submission
    - sent: the provider has received the response
    - refused: the provider did not accept the response, and it can be requested again
    """

    OFFERED = "offered"
    ASKED = "asked"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(kw_only=True)
class DisputeResponse:
    """Operator's response to a dispute, at most one per dispute.

    due_at: deadline of the provider; None if unknown
    asked_by: actor who requested the submission, as named in the audit log
    reason: reason why the provider refused the response
    document, record: PDF and JSON as submitted
    """

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
        """Return True if the submission can be requested: the response was not submitted and is not being submitted."""
        return self.status in {ResponseStatus.OFFERED, ResponseStatus.REFUSED}

    def ask(self, who: str, at: datetime) -> None:
        """Record that a staff member requested the submission. who: actor, as named in the audit log."""
        self.status, self.asked_by, self.asked_at, self.reason = ResponseStatus.ASKED, who, at, None

    def mark_sent(self, document: bytes, record: bytes, at: datetime) -> None:
        """Record that the provider has received the response, with copies of the submitted files."""
        self.status, self.document, self.record, self.sent_at = ResponseStatus.SENT, document, record, at

    def refuse(self, reason: str) -> None:
        """Record that the provider did not accept the response."""
        self.status, self.reason = ResponseStatus.REFUSED, reason


class EvidenceWanted(DomainEvent):
    """Event: staff requested the submission of the evidence for a dispute."""

    dispute_id: UUID
