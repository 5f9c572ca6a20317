"""What a payment event is decided by: the provider's word, and what our own rows say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PaymentEvent, PaymentEventKind, SubscriptionSnapshot
from subscriptions.domain.services.billing_period import Calendar

REVERSALS: Final = frozenset(
    {
        PaymentEventKind.REFUND,
        PaymentEventKind.DISPUTE_OPENED,
        PaymentEventKind.DISPUTE_CLOSED,
        PaymentEventKind.FRAUD_WARNING,
    }
)
"""Money that goes back, or soon may: told by the payment it is about rather than by what is written on it."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """An event, what the provider says by now, and the present moment.

    returns: the product can give the event's money back by itself. asked_first: its provider asks us before it charges
    anybody. unknown: the provider was asked about the event's subscription and knows no such one. is_unconfirmed: it
    was asked whether a period that was charged at less than its price is paid, and does not say so.
    """

    event: PaymentEvent
    snapshot: SubscriptionSnapshot | None
    now: datetime
    returns: bool = False
    asked_first: bool = False
    unknown: bool = False
    is_unconfirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """The payment that money goes back of. payments: those that paid its order only together, itself among them.

    refunds: of these payments. refund, dispute: the event's own, where it was heard of before. entries: the ledger of
    the payment's subscription. open_disputes: the open disputes that may keep its customer out. disputes: of these
    payments, and of those that the open disputes are about. together: by payment with an open dispute, what it was
    paid together with. requested: the refunds that carry out what staff or a use case asked for; awaited: the amounts
    asked for that no refund has been reported for yet. paying: the payments of the subscription's own customer of
    which money is left; None where that is not known, and all count.
    """

    payment: Payment
    payments: Sequence[Payment]
    refunds: Sequence[Refund] = ()
    refund: Refund | None = None
    dispute: Dispute | None = None
    entries: Sequence[LedgerEntry] = ()
    open_disputes: Sequence[Dispute] = ()
    disputes: Sequence[Dispute] = ()
    together: Mapping[PaymentId, Sequence[Payment]] = field(default_factory=dict)
    requested: Collection[UUID] = frozenset()
    awaited: Sequence[Money] = ()
    paying: Collection[PaymentId] | None = None


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """An order with everybody it concerns, its row locked. subscription: the one the event names, or whose money goes
    back, once it is known. holder: who has that, where it was a gift.

    plan: what the subscription is for now, which may have changed since the order; the order's where there is none yet.
    is_moved: it was for another until now.
    attempts: all checkouts of the order; attempt: the one that the event's money belongs to, None where nothing was
    asked for at its provider. recorded_payment: the event's own payment, where it is on record. live: the customer's
    live subscription to the plan; went_over: it came from another one. had_until: the customer had the plan until then
    by other money, for what begins or is added. earlier: what the subscription cost before. other: another order of
    the customer that is open for the plan. parts: what was paid of either order in parts, and buys nothing yet. What
    has no bearing on an event of its kind is left out. calendar: the shop's, with the starts of the periods of `live`.
    """

    order: Order
    customer: Customer
    plan: ServicePlan
    subscription: Subscription | None
    is_moved: bool = False
    attempts: Sequence[CheckoutAttempt] = ()
    attempt: CheckoutAttempt | None = None
    recorded_payment: Payment | None = None
    live: Subscription | None = None
    went_over: bool = False
    had_until: datetime | None = None
    earlier: Sequence[Money] = ()
    other: Order | None = None
    parts: Sequence[Payment] = ()
    calendar: Calendar = field(default_factory=Calendar)
    reversal: Reversal | None = None
    holder: Customer | None = None

    def parts_of(self, order: Order) -> Sequence[Payment]:
        """Those of one of the two orders."""
        return [part for part in self.parts if part.order_id == order.id]

    def named_attempt(self, event: PaymentEvent) -> CheckoutAttempt | None:
        """The checkout where the event says so itself."""
        ref = self.attempt.session_ref if self.attempt is not None else None
        return self.attempt if ref is not None and ref == event.checkout_ref else None

    def begun_at(self, event: PaymentEvent) -> str | None:
        """The provider's name of what began at the checkout an event names; None where nothing was paid there yet."""
        checkout_attempt = self.named_attempt(event)
        return checkout_attempt.subscription_ref if checkout_attempt is not None else None

    def payment(self, fact: Fact) -> Payment:
        """The event's money, not stored yet. Raises ValueError where the provider did not name it."""
        event = fact.event
        if event.payment_key is None:
            raise ValueError("money without the provider's key")
        return Payment.capture(
            provider=event.provider,
            payment_key=event.payment_key,
            customer_id=self.customer.id,
            order_id=self.order.id,
            amount=event.amount or Money(0, self.order.price.currency),
            is_renewal=event.is_renewal,
            occurred_at=event.occurred_at,
            now=fact.now,
        )
