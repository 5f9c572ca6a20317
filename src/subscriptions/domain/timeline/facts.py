"""Facts about one subscription. A fact is stored once and never changed; the timeline is computed from all of them.

Keys are unique within their kind and subscription, so that a repeated report of the same fact counts once. The order of
facts does not matter, because each carries the time at which it took effect.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.ids import PaymentId, PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import SubscriptionSnapshot


class Purchase(StrEnum):
    """What a payment bought: a period of the provider's subscription, time without renewal, or time that another
    customer paid for.
    """

    PERIOD = "period"
    ONCE = "once"
    BY_ANOTHER = "by_another"


class Source(StrEnum):
    """Source of time that was not bought."""

    TRIAL = "trial"
    CODE = "code"
    STAFF = "staff"
    EARNED = "earned"
    DISCOUNT = "discount"
    IMPORT = "import"
    WAIVED = "waived"


class DisputeState(StrEnum):
    """State of a dispute. `closed` is an inquiry that ended without consequences."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Bought:
    """Time that payments bought.

    purchase: key of the purchase, whose payments paid for the time (`Paid.purchase`)
    start: time from which it may be used; the start of the provider's period, or the time at which the money arrived
    plan: plan for which it was bought
    worth: price of this time on that plan
    """

    key: str
    purchase: str
    plan: PlanId
    start: datetime
    length: timedelta
    kind: Purchase
    worth: Money


@dataclass(frozen=True, kw_only=True)
class Given:
    """Time that was not bought. `plan`: plan for which it was given; `worth`: price of this time on that plan."""

    key: str
    plan: PlanId
    start: datetime
    length: timedelta
    source: Source
    worth: Money


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Deduction of time at a given moment. At most the time that is left then is deducted.

    of: key of the time from which it is deducted first; None to begin with the time that runs last
    is_limited: True to deduct nothing from other time than that of the key
    """

    key: str
    at: datetime
    length: timedelta
    of: str | None = None
    is_limited: bool = False


@dataclass(frozen=True, kw_only=True)
class Paid:
    """Captured payment.

    purchase: key of what it pays for; several payments may pay for one purchase, for example a partial payment and
        its rest, or a period and the difference of a plan change
    excess: part of the amount above the price
    """

    payment: PaymentId
    purchase: str
    amount: Money
    at: datetime
    excess: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Returned:
    """Refund of a payment.

    repeats: key of the lost dispute whose money the provider reports again as this refund; None for a separate refund
    failed_at: time at which the refund failed, so that the seller kept the money; None if it did not fail
    """

    key: str
    payment: PaymentId
    amount: Money
    at: datetime
    repeats: str | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Refund that was requested from the provider. `key`: key of the `Returned` fact that answers the request."""

    key: str
    payment: PaymentId
    amount: Money
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Disputed:
    """State that a dispute reached at a given time. The latest state of a key applies, also after a final one, because
    a bank may decide anew on appeal.

    amount: disputed part; None for the whole payment
    """

    key: str
    payment: PaymentId
    state: DisputeState
    at: datetime
    amount: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """Time during which Umbral keeps the customer out. `until`: end; None while the hold lasts."""

    key: str
    reason: HoldReason
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Switched:
    """Change of the plan. Time keeps the plan that it was got for, and waits until that plan is in effect again.

    price, length: price of the new plan, and the length of the period that it buys
    follows: key of the provider's period that goes over to the new plan with its days, because the provider charges or
        credits the difference in price
    converted: key of the time that was paid once and whose remaining value is converted to the new plan
    """

    key: str
    at: datetime
    plan: PlanId
    price: Money
    length: timedelta
    follows: str | None = None
    converted: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Decision to stop billing for good. A later charge by the provider shows that billing continues."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All facts of one subscription, in any order. `reported`: each different state of the provider's subscription."""

    bought: tuple[Bought, ...] = ()
    given: tuple[Given, ...] = ()
    taken: tuple[Taken, ...] = ()
    paid: tuple[Paid, ...] = ()
    returned: tuple[Returned, ...] = ()
    asked: tuple[Asked, ...] = ()
    disputed: tuple[Disputed, ...] = ()
    held: tuple[Held, ...] = ()
    switched: tuple[Switched, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    reported: tuple[SubscriptionSnapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Rules of the shop and of the plan as bought.

    grace: time for which access continues after a failed charge
    keeps_refunded: True if a full refund does not end the time that the payment bought
    suspends_disputed: True if a dispute suspends access until the bank decides
    """

    grace: timedelta
    keeps_refunded: bool = False
    suspends_disputed: bool = True
