"""Values exchanged with payment providers, in provider-neutral terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.money import Money


class Capability(StrEnum):
    """Optional ability of a provider, in addition to the essential methods of the port. `REFUND_WHOLE`: payments can be
    refunded only in full.
    """

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
    """Seller's answer to a dispute.

    name, document: file name and content of a PDF
    activity, summary: plain text, cut by the gateway to the provider's limit
    began: time at which delivery of the product began
    """

    name: str
    document: bytes
    customer: str
    product: str
    began: datetime
    activity: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class DisputeDeadline:
    """Deadline for evidence in a dispute.

    open: True if the dispute accepts evidence
    until: deadline; None if the provider states none
    """

    open: bool
    until: datetime | None = None


PLAN_CHANGE: Final = "plan_change"
"""Reason of a payment that is only the difference for a plan change; see `PaymentEvent`."""
CONFIRMATION: Final = "authentication"
"""Reason of a failed payment that the customer must authenticate with the bank; see `PaymentEvent`."""
UNDERPAID: Final = "underpaid"
OVERPAID: Final = "overpaid"
"""Reason of a payment above the requested amount; `UNDERPAID` is the reason of a partial payment. See
`PaymentEvent`.
"""
EVIDENCE_TOO_LARGE: Final = "evidence_too_large"
"""Code of the error for a document of evidence that is larger than the provider accepts."""
INQUIRY: Final = "inquiry"
"""Reason of a dispute for which no money has moved; see `PaymentEvent`."""
TIME_BEGUN: Final = "begun:"
"""Prefix of the event key of a recorded dispute that is applied again because the disputed time has begun."""
ASKED_FOR: Final = ("poll:", "fetched:", "listed:", TIME_BEGUN)
"""Prefixes of the event keys of events that Umbral created, from a provider's answer or from its own records. A
provider cannot be asked for them by key. Event keys of webhook deliveries never have these prefixes.
"""
TAKEN_BACK: Final = "chargeback"
"""Reason of a refund by which the payer's bank took the money back without a decision about a dispute."""
GIVEN_BY_HAND: Final = "by_hand:"
"""Prefix of the refund key of a refund that staff paid outside the provider, for example by bank transfer, so that the
provider does not know it. Refund keys of webhook deliveries never have this prefix.
"""


class PaymentEventKind(StrEnum):
    """Kind of a provider-neutral event. `ignored` covers all events that do not concern Umbral and is never
    an error.
    """

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
    """Status of a subscription at the provider, in provider-neutral terms. For `unknown`, no new access is granted and
    the status is logged.
    """

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"
    UNKNOWN = "unknown"


RUNNING: Final = frozenset({ProviderStatus.ACTIVE, ProviderStatus.TRIALING})
"""Statuses of a subscription without a failed charge."""


@dataclass(frozen=True, kw_only=True)
class ManagePages:
    """Links to the provider's billing pages for one subscription, valid for a short time.

    card: link for changing the payment method; None if there is none
    pay: link for paying the amount owed and authenticating with the bank; None if there is none
    """

    card: str | None = None
    pay: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """Data that a provider needs to create one checkout.

    order_id: Umbral's order reference, which the provider returns with every event
    telegram_id, plan, plan_id: ids for the provider's metadata; `plan` is the plan's slug
    price_ref: plan's price object at the provider; None if the plan has no price object
    later: price of each later period if the first period costs less (Capability.FIRST_PRICE); None if all cost the same
    idempotency_key: repeated calls with the same key create only one checkout
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
    """Checkout as created by the provider.

    id: the provider's id of the checkout
    customer_ref: the provider's id of the customer, if already known
    """

    provider: str
    id: str
    url: str
    expires_at: datetime
    subscription_ref: str | None = None
    customer_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """Webhook delivery exactly as received: raw bytes, headers with lower-case names, and the time of receipt by the
    Clock port.
    """

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    remote_ip: str | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentEvent:
    """Provider-neutral fact from a verified webhook or a poll.

    event_key: key that identifies the delivery in the inbox
    transmission: the provider's signed id of the transmission, never shared with another event; None if the provider
        sends none, and for events from a poll
    payment_key: key that identifies the money: two events about one payment have the same key, and a refund or dispute
        has a separate key
    about_payment: payment_key of the refunded or disputed payment if the delivery contains it (see CompletesEvents)
    occurred_at: time by the provider's clock
    amount: amount captured, or the amount requested if the payment failed
    period_start, period_end: period paid for; None if the payment adds no time
    tax: tax included in the amount; None if the provider does not report the tax
    country: payer's country as two capital letters (ISO 3166-1); None if the provider does not report the country
    regular: price of the period alone, if the provider includes another item in the charge or charged less
    reduction: amount by which the charge is below the regular price, if the provider still counts the period as paid
        because of a credit of the payer or a discount given at the provider. Never set for a first payment, which must
        equal the amount of its checkout. A provider that reports reductions has FETCH_PAYMENTS, and its payments are
        fetched before a reduced period counts
    livemode: True for real money, False in test mode, as the provider reports it
    final: True if the provider makes no further attempt to charge
    evidence: the provider's own ids, with which staff can look up the event; code must not make decisions by them
    reason: free text, except for the reserved reasons

    Reserved reasons:

    - payment_failed `authentication`: the customer must authenticate with the bank
    - payment_failed `underpaid`: final; `amount`, in the order's currency, arrived under `payment_key` at the checkout
      `checkout_ref`, which accepts no further payment
    - payment_completed `plan_change`: only the difference of a plan change; adds no time
    - payment_completed `overpaid`: `regular` was requested, `amount` arrived
    - refund `reversed`: the refund failed and the seller keeps the money
    - dispute_opened `inquiry`: no money has moved
    - dispute_closed `won`, `lost`, `inquiry` (closed without either); for `lost`, `amount_refunded` is the part that
      the provider returns by a refund, which the provider also reports as a separate event

    A fraud_warning moves no money: the payer's bank reports the payment as fraudulent, and a dispute is likely.
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
    """Webhook endpoint registered at a provider, as the provider reports it.

    missing: event types that Umbral needs and that the endpoint does not receive
    api_version: API version of the events, if the provider has versions
    made_at: creation time of the endpoint, and of its secret unless the secret was rotated
    """

    url: str
    enabled: bool = True
    missing: tuple[str, ...] = ()
    api_version: str | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SubscriptionSnapshot:
    """Current state of a subscription at the provider, fetched at `fetched_at` (by the Clock port).

    price_ref, price: price object of each period, and its amount
    next_price_ref, next_price_at: price object that is scheduled to replace the current one, and the date of the
        replacement
    pause_until: end of a skipped period
    last_charge: last amount charged, reported only if another price_ref applies from the next charge on, because the
        current period was charged at the previous price
    charge_moved_to: end of the current period if Umbral postponed its next charge to that date; only part of the period
        is paid
    held: True if Umbral paused billing, see `PausesBilling`
    cancel_at_period_end: True if nothing is charged after the current period
    cancel_at: end of the subscription, which renews until then if that is after the current period
    resumable: False if a cancellation at the provider is final, even while the paid period lasts
    owed: amount of the failed charge that is still unpaid; None if nothing is unpaid or the provider does not report it
    waived: True if the charge of the current period failed and the seller waived it, so that the subscription continues
        although the period is unpaid
    unsettled: True if the provider reports that the charge of the current period is neither paid nor refused yet, as
        with a bank debit
    upcoming: next charge; None if this response does not contain the next charge (a list, or a provider that does not
        report it)
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
    resumable: bool = True
    owed: Money | None = None
    waived: bool = False
    unsettled: bool = False
    upcoming: UpcomingCharge | None = None
    fetched_at: datetime

    @property
    def ends_with_period(self) -> bool:
        """True if the provider ends the subscription after the current period, without a further charge."""
        if self.cancel_at_period_end or self.cancel_at is None:
            return self.cancel_at_period_end
        return self.current_period_end is None or self.cancel_at <= self.current_period_end


@dataclass(frozen=True, kw_only=True)
class SubscriptionPage:
    """Page of a provider's list of subscriptions. `next`: cursor of the next page; None on the last page."""

    snapshots: Sequence[SubscriptionSnapshot]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class PlanChangeRequest:
    """Change of a running subscription to another price.

    amount: amount per period that the price object should charge
    at_renewal: True to change from the next period on; False to change immediately and charge the difference for the
        remaining period at once, calculated as of `as_of`
    interval, interval_count: billing period of the price, equal to that of the subscription
    idempotency_key: repeated calls with the same key change and charge nothing twice
    back: URL to which the provider's page returns the customer
    locale: language of that page, `es` or `en`
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
    """State of a checkout at the provider.

    event: capture or activation as an event to apply; None if nothing was paid yet
    pending: True if the payer has completed the checkout and the money is not confirmed yet
    unsure: True if the provider does not report whether the checkout can still be paid
    """

    paid: bool
    expired: bool
    event: PaymentEvent | None
    pending: bool = False
    unsure: bool = False


@dataclass(frozen=True, kw_only=True)
class PriceRequest:
    """Data of a plan for the plan's price object at the provider. `plan`: slug of the plan, by which repeated calls are
    idempotent.
    """

    plan: str
    name: str
    description: str
    amount: Money
    recurring: bool
    interval: Interval | None
    interval_count: int
