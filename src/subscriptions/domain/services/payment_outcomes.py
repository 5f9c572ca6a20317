"""Possible outcomes of a payment event. The inbox shows the `note` of an outcome to people; no code depends on its
wording.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.money import Money
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.payment_policy import Time
from subscriptions.domain.services.purchase import Reversal


class _Outcome:
    _text: ClassVar[str]

    @property
    def note(self) -> str:
        """Text shown in the inbox, written once the outcome is stored."""
        return self._text.format(self)


@dataclass(frozen=True)
class NoChange(_Outcome):
    """Outcome of an event that concerns no customer; nothing is stored."""

    _text = "speaks of nobody we know"


@dataclass(frozen=True)
class PrerequisiteMissing(_Outcome):
    """Outcome of an event that cannot be applied yet, for example because its order or an earlier payment is not
    recorded. Nothing is stored and the event waits. `alarm`: alarm to raise if the missing prerequisite never arrives.
    """

    _text = "{0.requirement}"
    requirement: str
    alarm: str = "payment_event_stuck"


@dataclass(frozen=True, kw_only=True)
class TimePurchase(_Outcome):
    """Outcome of captured money that buys time.

    running_subscription: existing subscription to which the time is added; None for a new one
    excess: overpaid amount, earlier partial payments included
    settles_change: True if the payment is only the difference of a plan change
    """

    _text = "counted"
    time: Time
    running_subscription: Subscription | None = None
    excess: Money | None = None
    settles_change: bool = False


@dataclass(frozen=True, kw_only=True)
class BoughtForAnother(_Outcome):
    """Outcome of captured money that buys a gift. `excess`: overpaid amount, earlier partial payments included."""

    _text = "access bought for someone else"
    excess: Money | None = None


@dataclass(frozen=True)
class CountedBefore(_Outcome):
    """Outcome of money that is already recorded. `subscription`: subscription to sync with the provider."""

    _text = "counted before"
    subscription: Subscription | None


@dataclass(frozen=True, kw_only=True)
class SetAside(_Outcome):
    """Outcome of captured money that is recorded under review and gives no access.

    returns: True if the money is refunded automatically and the duplicate subscription is canceled
    second: provider's id of that duplicate subscription; empty if there is none
    """

    _text = "set aside: {0.flag}"
    flag: FlagReason
    returns: bool = False
    second: str = ""
    excess: Money | None = None


@dataclass(frozen=True)
class PartKept(_Outcome):
    """Outcome of a partial payment that counts towards the event's order, or towards a newer order. The order waits for
    the rest.
    """

    _text = "part of the price"
    home: Order


@dataclass(frozen=True)
class PartReturned(_Outcome):
    """Outcome of a partial payment that no order can use. The payment is refunded, or reported to the owners."""

    _text = f"set aside: {FlagReason.ORDER_CLOSED}"


@dataclass(frozen=True)
class TimeGiven(_Outcome):
    """Outcome that gives time without money: a trial, or a period of a free plan. `running_subscription`: existing
    subscription to which the time is added; None for a new one.
    """

    _text = "given: {0.kind}"
    kind: LedgerKind
    time: Time
    running_subscription: Subscription | None = None


@dataclass(frozen=True)
class NothingGiven(_Outcome):
    """Outcome of an activation without money that gives no time, or no further time.

    subscription: subscription to sync with the provider
    is_unwanted: True if the new subscription belongs to no customer or duplicates a running trial; it is canceled at
        the provider before it is charged
    """

    _text = "nothing was paid and nothing given"
    subscription: Subscription | None
    is_unwanted: bool = False


@dataclass(frozen=True)
class SubscriptionUpdate(_Outcome):
    """Outcome that syncs the subscription with the provider's state. `short`: insufficient payment for a further
    period; None if there is none.
    """

    _text = "subscription is {0.subscription.status}"
    subscription: Subscription
    short: SetAside | None = None


@dataclass(frozen=True)
class NothingToSync(_Outcome):
    """Outcome of an event about a subscription that has not begun; nothing is stored."""

    _text = "nothing to follow yet"


@dataclass(frozen=True)
class CheckoutClosed(_Outcome):
    """Outcome that closes the checkout.

    expires: True if no other checkout is open, so that the order expires
    failed_attempt: number of the attempt whose payer must be notified of the failure
    """

    _text = "checkout closed"
    attempts: tuple[CheckoutAttempt, ...]
    expires: bool
    failed_attempt: int | None = None


@dataclass(frozen=True, kw_only=True)
class TimeTaken:
    """Effect of returned money: the payment counts only for the time that has already run.

    entries: new ledger entries
    reason: end reason, used if the subscription `ends`
    moved_on: True if the payment's time is over and a paid period follows, so that nothing ends and billing continues
    resumes: True if the dispute no longer keeps the customer out
    until: end of access after the referral days of the payment are revoked
    loses_time: False if the payment's time was over and time from another source follows
    stops_billing: True if the provider must stop billing
    """

    subscription: Subscription
    reason: str
    entries: tuple[LedgerEntry, ...]
    moved_on: bool
    ends: bool
    resumes: bool
    until: datetime | None = None
    loses_time: bool = True
    stops_billing: bool = True


@dataclass(frozen=True, kw_only=True)
class TimeRestored:
    """Effect of a dispute that ended: the ledger `entries` give back the days of the suspension. `entries` is empty
    while the suspension has another reason. `resumes`: True if no other dispute keeps the customer out.
    """

    subscription: Subscription
    entries: tuple[LedgerEntry, ...]
    resumes: bool


class Extent(StrEnum):
    """Extent of a refund, as written in the inbox. The extent of a refund in another currency is not known; staff must
    decide.
    """

    IN_PART = "refunded in part"
    OTHER_CURRENCY = "refunded in another currency"
    ONE_OF_SEVERAL = "a part of what was paid together refunded"
    ACCESS_KEPT = "refunded in full, access kept"
    IN_FULL = "refunded in full"


@dataclass(frozen=True)
class RefundOutcome(_Outcome):
    """Outcome of a refund.

    time: time that the customer loses because of the refund
    repeated_dispute: lost dispute whose money this refund only reports again; None for a separate refund
    """

    _text = "{0.extent}"
    reversal: Reversal
    extent: Extent
    time: TimeTaken | None = None
    repeated_dispute: Dispute | None = None


@dataclass(frozen=True)
class RefundedBefore(_Outcome):
    """Outcome of a refund of a payment whose whole amount had already been returned by other refunds or disputes.
    Nothing is stored.
    """

    _text = "refunded in full already"


@dataclass(frozen=True)
class RefundFailed(_Outcome):
    """Outcome of a failed refund whose money the bank returned to the seller. Staff must decide about the time that the
    customer lost because of the refund.
    """

    _text = "the refund failed"
    reversal: Reversal


@dataclass(frozen=True)
class DisputeOutcome(_Outcome):
    """Outcome of an opened dispute: the bank inquires about a payment, or holds its money until the dispute is decided.

    dispute: updated dispute
    subscription: subscription whose customer is suspended until the decision; None if no customer is suspended
    time: time that resumes because the disputed amount no longer justifies a suspension
    """

    _text = "dispute is {0.status}"
    reversal: Reversal
    dispute: Dispute
    subscription: Subscription | None = None
    time: TimeRestored | None = None

    @property
    def status(self) -> DisputeStatus:
        """Status of the dispute."""
        return self.dispute.status


@dataclass(frozen=True)
class DisputeSettled(_Outcome):
    """Outcome of a dispute that the bank has decided.

    dispute: updated dispute
    time: time that the decision takes or restores
    is_lost_in_part: True if part of the money is left, so that the time is kept
    repeated_refund: earlier refund by which the provider had already executed the decision
    restored_refunds: refunds that reported the money of an earlier decision, which no longer holds
    """

    _text = "dispute is {0.status}"
    reversal: Reversal
    dispute: Dispute
    time: TimeTaken | TimeRestored | None = None
    is_lost_in_part: bool = False
    repeated_refund: Refund | None = None
    restored_refunds: Sequence[Refund] = ()

    @property
    def is_won_late(self) -> bool:
        """Return True if the dispute was lost before and is now decided for the seller."""
        known = self.reversal.dispute
        return known is not None and known.is_lost and not self.dispute.is_lost

    @property
    def is_lost_again(self) -> bool:
        """Return True if the bank takes back money that it had left to the seller, or that was refunded already."""
        known, payment = self.reversal.dispute, self.reversal.payment
        if not self.dispute.is_lost or self.repeated_refund is not None:
            return False
        refunded = PaymentBalance(payment, self.reversal.refunds, [self.dispute]).amounts.returned
        is_double = refunded + (self.dispute.amount or payment.amount) > payment.amount
        return is_double or (known is not None and known.status is DisputeStatus.WON)

    @property
    def status(self) -> DisputeStatus:
        """Status of the dispute."""
        return self.dispute.status


@dataclass(frozen=True)
class DisputeOver(_Outcome):
    """Outcome of an event about a dispute that had already ended; nothing is stored."""

    _text = "dispute is {0.status} already"
    status: DisputeStatus


@dataclass(frozen=True)
class FraudWarned(_Outcome):
    """Outcome of a fraud warning: the payer's bank reports a payment as fraudulent. Only the owners are notified."""

    _text = "the payer's bank reports fraud"
    reversal: Reversal


NoMatch = NoChange | PrerequisiteMissing
"""Outcomes of an event that matches none of Umbral's orders."""
Sale = TimePurchase | BoughtForAnother
BuyingOutcome = Sale | CountedBefore | SetAside | PartKept | PartReturned | TimeGiven | NothingGiven | CheckoutClosed
ReversalOutcome = (
    RefundOutcome | RefundedBefore | RefundFailed | DisputeOutcome | DisputeSettled | DisputeOver | FraudWarned
)
Outcome = PrerequisiteMissing | BuyingOutcome | SubscriptionUpdate | NothingToSync | ReversalOutcome
"""Outcomes of an event about a purchase."""
