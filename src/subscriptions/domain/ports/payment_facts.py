"""What is said between the product and a payment provider: values only, free of any provider's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.money import Money


class Capability(StrEnum):
    """What a provider can do beyond the port's essentials. refund_whole: a payment goes back whole or not at all."""

    RECURRING = "recurring"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    RESUME = "resume"
    REFUND = "refund"
    REFUND_WHOLE = "refund_whole"
    FETCH = "fetch"
    PORTAL = "portal"
    CHANGE_PLAN = "change_plan"
    TRIAL = "trial"
    IN_CHAT = "in_chat"
    MANUAL = "manual"
    PRICE_OBJECTS = "price_objects"
    EXPIRE_CHECKOUT = "expire_checkout"
    FETCH_PAYMENTS = "fetch_payments"
    FETCH_DISPUTES = "fetch_disputes"
    LIST_EVENTS = "list_events"
    FIRST_PRICE = "first_price"
    PAUSE = "pause"
    HOLD = "hold"
    APPROVE_CHANGE = "approve_change"
    MOVE_CHARGE = "move_charge"
    TAKE_EVIDENCE = "take_evidence"


@dataclass(frozen=True, kw_only=True)
class DisputeAnswer:
    """What a seller says to a dispute. document: a PDF, called `name`. activity, summary: plain text, which a gateway
    cuts to what its provider takes. began: when what was paid for began to be delivered."""

    name: str
    document: bytes
    customer: str
    product: str
    began: datetime
    activity: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class DisputeDeadline:
    """Whether a dispute takes an answer, and until when. until: None where the provider does not say."""

    open: bool
    until: datetime | None = None


PLAN_CHANGE: Final = "plan_change"
"""The reason of a payment that is only the difference of a change; see `PaymentEvent`."""
CONFIRMATION: Final = "authentication"
"""The reason of a failed payment that the customer's bank wants confirmed; see `PaymentEvent`."""
UNDERPAID: Final = "underpaid"
OVERPAID: Final = "overpaid"
"""The reasons of less, and of more money than was asked for; see `PaymentEvent`."""
EVIDENCE_TOO_LARGE: Final = "evidence_too_large"
"""The code of a refusal: the document is larger than the provider takes."""
INQUIRY: Final = "inquiry"
"""The reason of a dispute for which no money has moved; see `PaymentEvent`."""
ASKED_FOR: Final = ("poll:", "fetched:", "listed:")
"""What the keys of events begin with that we made ourselves of a provider's answers; a delivery's never does."""
GIVEN_BY_HAND: Final = "by_hand:"
"""What the key of a refund begins with that staff gave by other means, of which no provider knows; a delivery's never
does."""


class PaymentEventKind(StrEnum):
    """Provider-neutral facts. `ignored` is everything that does not concern us; it is never an error."""

    PAYMENT_COMPLETED = "payment_completed"
    PAYMENT_FAILED = "payment_failed"
    SUBSCRIPTION_ACTIVATED = "subscription_activated"
    SUBSCRIPTION_UPDATED = "subscription_updated"
    SUBSCRIPTION_PAUSED = "subscription_paused"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    REFUND = "refund"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_CLOSED = "dispute_closed"
    FRAUD_WARNING = "fraud_warning"
    CHECKOUT_EXPIRED = "checkout_expired"
    IGNORED = "ignored"


class ProviderStatus(StrEnum):
    """A subscription's state at the provider, in our words. `unknown` grants nothing new and is logged."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ManagePages:
    """The provider's own pages for one subscription, good for the moment. card: where its customer changes the means
    of payment. pay: where what is owed is paid, and the bank's question answered. None: it has no such page.
    """

    card: str | None = None
    pay: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """What a provider needs to make one checkout.

    order_id: our reference, to come back in every event. telegram_id, plan (the soft id), plan_id: for the provider's
    metadata. price_ref: the
    plan's price object there, None where it has none. later: what each further period costs, where the first one alone
    costs less (Capability.FIRST_PRICE); None = the same. idempotency_key: repeating the call with it makes no second
    one.
    """

    order_id: str
    telegram_id: int
    plan: str
    plan_id: str
    description: str
    price_ref: str | None
    amount: Money
    interval: Interval | None
    interval_count: int
    trial_days: int
    success_url: str
    cancel_url: str
    customer_ref: str | None
    locale: str
    expires_at: datetime
    idempotency_key: str
    later: Money | None = None


@dataclass(frozen=True, kw_only=True)
class CheckoutSession:
    """A place to pay. id: the provider's name of it. customer_ref: the provider's customer, if known already."""

    provider: str
    id: str
    url: str
    expires_at: datetime
    subscription_ref: str | None = None
    customer_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """A delivery exactly as it came: raw bytes, headers with lower-case names, and when (by the Clock port)."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    remote_ip: str | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentEvent:
    """A provider-neutral fact from a verified webhook or a poll.

    event_key: names the delivery, for the inbox. transmission: the provider's name of this way of it here, signed, and
    never of another event's; None where it has none, and of what was asked for. payment_key: names the money; two
    events about one payment carry
    the same (a refund or dispute has its own). about_payment: the payment_key of the payment that a refund or dispute
    is about, where the delivery tells it (see CompletesEvents). occurred_at: the provider's clock. amount: what was
    captured, or was asked for where that failed. period_start, period_end: the time paid for, None where nothing was
    added. tax: what of the amount is tax, None where the provider does not tell; country: where the payer lives, as two
    capital letters (ISO 3166-1), None likewise. regular: what the period alone costs,
    where the provider settles something else in the same charge, or charged less. reduction: how much less than that,
    where the provider counts the period as paid all the same: by a credit it held for the payer, or a discount that
    was given there. Never of a first payment, which has to be what its checkout asked for. A provider that tells of any
    has FETCH_PAYMENTS: it is asked before a reduced period counts.
    livemode: as the provider says. final: no further attempt follows. evidence: the provider's own names, for a
    person to look things up, never to decide by. reason: free text, but for these words: payment_failed
    `authentication` (the customer must confirm at the bank); refund `reversed` (it failed, the money is ours again);
    payment_completed `plan_change` (only the difference that a change of plan costs; it adds no time) and `overpaid`
    (`regular` was asked for, `amount` arrived); payment_failed `underpaid` (final: `amount`, in the order's currency,
    arrived under `payment_key` at the checkout named by checkout_ref, which takes no more);
    dispute_opened `inquiry` (no money has moved); dispute_closed `won`, `lost`, `inquiry` (closed without either; of a
    lost one `amount_refunded` is what its provider returns by a refund, which it reports as well). A
    fraud_warning moves no money: the payer's bank reports the payment as fraudulent, and a dispute is likely.
    """

    kind: PaymentEventKind
    provider: str
    event_key: str
    raw_type: str
    occurred_at: datetime
    transmission: str | None = None
    livemode: bool | None = None
    payment_key: str | None = None
    about_payment: str | None = None
    subscription_ref: str | None = None
    checkout_ref: str | None = None
    customer_ref: str | None = None
    order_id: str | None = None
    telegram_id: int | None = None
    amount: Money | None = None
    amount_refunded: Money | None = None
    regular: Money | None = None
    reduction: Money | None = None
    tax: Money | None = None
    country: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    reason: str | None = None
    final: bool = False
    is_renewal: bool = False
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint:
    """An address that a provider knows and sends webhooks to, as it says itself.

    missing: types of events that concern us and that it is not told of. api_version: what they are written in, where
    there are versions. made_at: when it was made, and with it its secret unless that was rolled since.
    """

    url: str
    enabled: bool = True
    missing: tuple[str, ...] = ()
    api_version: str | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SubscriptionSnapshot:
    """A subscription's present state at the provider, fetched at `fetched_at` (by the Clock port).

    price_ref, price: the price object each period is charged by, and its amount. next_price_ref, next_price_at: the one
    that takes its place, and when, where that is settled already. pause_until: the end of a period that it leaves out.
    last_charge: what was charged last, told only where another price_ref counts from the next charge on: what runs was
    charged by whichever went before it. charge_moved_to: the end of the present period, where its next charge was put
    off to that at our wish: only a part of the period is paid.
    held: its charges are held by our word, see `HoldsCharges`.
    cancel_at_period_end: nothing is charged after the period that runs. cancel_at: when it ends; it renews until then
    where that is later than the period that runs.
    upcoming: the next charge, None where this answer does not say (a list, a provider that cannot tell).
    """

    ref: str
    status: ProviderStatus
    raw_status: str
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    cancel_at: datetime | None = None
    customer_ref: str | None = None
    price_ref: str | None = None
    price: Money | None = None
    next_price_ref: str | None = None
    next_price_at: datetime | None = None
    order_id: str | None = None
    telegram_id: int | None = None
    pause_until: datetime | None = None
    last_charge: Money | None = None
    charge_moved_to: datetime | None = None
    held: bool = False
    upcoming: UpcomingCharge | None = None
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubscriptionPage:
    """A page of a provider's list. next: names the one after it, None where it is the last."""

    snapshots: Sequence[SubscriptionSnapshot]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class PlanChangeRequest:
    """Another price for a running subscription. amount: what that price object should ask each period.

    at_renewal: from the next period on; else now, the difference for the rest of this one being charged at once,
    reckoned as of `as_of`. interval, interval_count: of the price, both as the
    subscription has them. idempotency_key: repeating the call with it changes and charges nothing twice. back: where a
    page for it leads back to. locale: of that page, `es` or `en`.
    """

    subscription_ref: str
    price_ref: str
    amount: Money
    at_renewal: bool
    as_of: datetime
    interval: Interval
    interval_count: int
    idempotency_key: str
    back: str = ""
    locale: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckoutState:
    """What became of a checkout. event: the capture or activation as a fact to apply, None while nothing was paid.

    pending: the payer has done their part, and the money is still to be confirmed. unsure: the provider does not say
    whether its page can still be paid at.
    """

    paid: bool
    expired: bool
    event: PaymentEvent | None
    pending: bool = False
    unsure: bool = False


@dataclass(frozen=True, kw_only=True)
class PriceRequest:
    """A plan as the provider should know it. plan: soft_id, the key that makes repeating harmless."""

    plan: str
    name: str
    description: str
    amount: Money
    recurring: bool
    interval: Interval | None
    interval_count: int
