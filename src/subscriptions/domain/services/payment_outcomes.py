"""What may come of a payment event: a closed set. What the inbox keeps of it, in `note`, is for people: nothing goes by
its words.
"""

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
from subscriptions.domain.services.payment_policy import Time
from subscriptions.domain.services.purchase import Reversal


class _Outcome:
    _text: ClassVar[str]

    @property
    def note(self) -> str:
        """For the inbox, once the outcome is written."""
        return self._text.format(self)


@dataclass(frozen=True)
class NoChange(_Outcome):
    """It concerns nobody: nothing is written."""

    _text = "speaks of nobody we know"


@dataclass(frozen=True)
class Untold(_Outcome):
    """What it needs is not there yet: nothing is written, and it waits. alarm: raised where it never comes."""

    _text = "{0.requirement}"
    requirement: str
    alarm: str = "payment_event_stuck"


@dataclass(frozen=True, kw_only=True)
class TimePurchase(_Outcome):
    """Captured money buys time. running_subscription: what runs already, where the time is for that and not for a new
    one.

    excess: by how much it, and the parts before it, are too much. settles_change: it is only the difference of a plan.
    """

    _text = "counted"
    time: Time
    running_subscription: Subscription | None = None
    excess: Money | None = None
    settles_change: bool = False


@dataclass(frozen=True, kw_only=True)
class GiftBought(_Outcome):
    """Captured money buys what somebody else is to have. excess: as of what is `TimePurchase`."""

    _text = "a gift bought"
    excess: Money | None = None


@dataclass(frozen=True)
class CountedBefore(_Outcome):
    """The money is on record. subscription: which follows what is told beside it."""

    _text = "counted before"
    subscription: Subscription | None


@dataclass(frozen=True, kw_only=True)
class SetAside(_Outcome):
    """Captured money goes on record and gives nothing. returns: it goes back by itself, with the second subscription
    that `second` names, empty where none came.
    """

    _text = "set aside: {0.flag}"
    flag: FlagReason
    returns: bool = False
    second: str = ""
    excess: Money | None = None


@dataclass(frozen=True)
class PartKept(_Outcome):
    """Less than the price: it counts towards an order, the event's own or one begun since, which waits for the rest."""

    _text = "part of the price"
    home: Order


@dataclass(frozen=True)
class PartReturned(_Outcome):
    """A part that nothing will come of: it goes back, or a person is told where it cannot."""

    _text = f"set aside: {FlagReason.ORDER_CLOSED}"


@dataclass(frozen=True)
class TimeGiven(_Outcome):
    """Time without money: a trial, or a period of a plan that costs nothing. running_subscription: as of what is
    `TimePurchase`."""

    _text = "given: {0.kind}"
    kind: LedgerKind
    time: Time
    running_subscription: Subscription | None = None


@dataclass(frozen=True)
class NothingGiven(_Outcome):
    """A beginning without money that gives nothing (more). subscription: which follows what is told beside it.

    is_unwanted: what begins at the provider is nobody's, or a trial that runs already, and is to end there before it
    is charged.
    """

    _text = "nothing was paid and nothing given"
    subscription: Subscription | None
    is_unwanted: bool = False


@dataclass(frozen=True)
class SubscriptionUpdate(_Outcome):
    """The subscription does as the provider's does. short: too little came for a further period."""

    _text = "subscription is {0.subscription.status}"
    subscription: Subscription
    short: SetAside | None = None


@dataclass(frozen=True)
class NothingToFollow(_Outcome):
    """It is about a subscription that did not begin: nothing is written."""

    _text = "nothing to follow yet"


@dataclass(frozen=True)
class CheckoutClosed(_Outcome):
    """Nobody will pay there any more. expires: nor anywhere else, so the order is over. failed_attempt: the number of
    the attempt whose payer may still be waiting for their bank, and hears that nothing came.
    """

    _text = "checkout closed"
    attempts: tuple[CheckoutAttempt, ...]
    expires: bool
    failed_attempt: int | None = None


@dataclass(frozen=True, kw_only=True)
class TimeTaken:
    """A payment counts only for what had run by now. entries: for the ledger. reason: why it ends, where it `ends`.

    moved_on: that time is over, and a paid period came after it: nothing ends, and billing goes on. resumes: the
    dispute that kept the customer out does so no more. until: when access ends, once the days that go back with the
    money are gone. loses_time: False where the time was over, and other time came after it. stops_billing: its provider
    is to charge no more.
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
    """The days that a dispute kept the customer out are added, by `entries`; none where they come back with another
    one. resumes: no other one keeps them out.
    """

    subscription: Subscription
    entries: tuple[LedgerEntry, ...]
    resumes: bool


class Extent(StrEnum):
    """How much of a payment went back, in the inbox's words. Of another currency nobody can say: a person decides."""

    IN_PART = "refunded in part"
    OTHER_CURRENCY = "refunded in another currency"
    ONE_OF_SEVERAL = "a part of what was paid together refunded"
    ACCESS_KEPT = "refunded in full, access kept"
    IN_FULL = "refunded in full"


@dataclass(frozen=True)
class RefundOutcome(_Outcome):
    """Money went back. time: what goes with it. repeated_dispute: the lost dispute whose money the refund reports."""

    _text = "{0.extent}"
    reversal: Reversal
    extent: Extent
    time: TimeTaken | None = None
    repeated_dispute: Dispute | None = None


@dataclass(frozen=True)
class RefundedBefore(_Outcome):
    """All of the payment went back before by other means, and that stands: nothing is written."""

    _text = "refunded in full already"


@dataclass(frozen=True)
class RefundFailed(_Outcome):
    """The bank gave the money back to us: what the customer lost by it is for a person to decide."""

    _text = "the refund failed"
    reversal: Reversal


@dataclass(frozen=True)
class DisputeOutcome(_Outcome):
    """A bank asks about a payment, or took it back until it has decided.

    dispute: as it is now. subscription: whose customer is out until then; None where nobody is. time: what goes on,
    where the amount became too small to keep the customer out.
    """

    _text = "dispute is {0.status}"
    reversal: Reversal
    dispute: Dispute
    subscription: Subscription | None = None
    time: TimeRestored | None = None

    @property
    def status(self) -> DisputeStatus:
        """Of the dispute."""
        return self.dispute.status


@dataclass(frozen=True)
class DisputeSettled(_Outcome):
    """The bank has decided.

    dispute: as it is now. time: what that takes of the customer's, or gives back. is_lost_in_part: money is left of
    what was paid, and the time stays. repeated_refund: the refund by which the provider had carried it out before.
    """

    _text = "dispute is {0.status}"
    reversal: Reversal
    dispute: Dispute
    time: TimeTaken | TimeRestored | None = None
    is_lost_in_part: bool = False
    repeated_refund: Refund | None = None

    @property
    def status(self) -> DisputeStatus:
        """Of the dispute."""
        return self.dispute.status


@dataclass(frozen=True)
class DisputeOver(_Outcome):
    """It ended before, and that stands: nothing is written."""

    _text = "dispute is {0.status} already"
    status: DisputeStatus


@dataclass(frozen=True)
class FraudWarned(_Outcome):
    """The payer's bank reports a payment as fraudulent: the owners are told, and nothing else changes."""

    _text = "the payer's bank reports fraud"
    reversal: Reversal


NoMatch = NoChange | Untold
"""What may come of an event that leads to no order of ours."""
Sale = TimePurchase | GiftBought
BuyingOutcome = Sale | CountedBefore | SetAside | PartKept | PartReturned | TimeGiven | NothingGiven | CheckoutClosed
ReversalOutcome = (
    RefundOutcome | RefundedBefore | RefundFailed | DisputeOutcome | DisputeSettled | DisputeOver | FraudWarned
)
Outcome = Untold | BuyingOutcome | SubscriptionUpdate | NothingToFollow | ReversalOutcome
"""What may come of an event about a purchase."""
