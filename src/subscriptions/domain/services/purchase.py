"""Data on which the decision about a payment event is based: the provider's state and Umbral's records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from subscriptions.domain.services import notice_policy
from subscriptions.domain.services.billing_period import Calendar

REVERSALS: Final = frozenset(
    {
        PaymentEventKind.REFUND,
        PaymentEventKind.DISPUTE_OPENED,
        PaymentEventKind.DISPUTE_CLOSED,
        PaymentEventKind.FRAUD_WARNING,
    }
)
"""Kinds of events about returned or disputed money, which are matched by their payment and not by the event's metadata.
"""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Event with the provider's current state and the current time.

    returns: True if the money of the event can be refunded automatically
    asked_first: True if the provider requests an approval before it charges
    unknown: True if the provider does not know the event's subscription
    is_unconfirmed: True if the provider does not confirm that a period charged below its price is paid
    ends_contract: True if the customer withdraws from the contract, so that a charge under way decides nothing
    """

    event: PaymentEvent
    snapshot: SubscriptionSnapshot | None
    now: datetime
    returns: bool = False
    asked_first: bool = False
    unknown: bool = False
    is_unconfirmed: bool = False
    ends_contract: bool = False


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """Payment whose money is returned or disputed, with its context.

    payments: payments that together paid the order, including this one
    period_payments: payments with which a dispute is compared: `payments` and, for the price difference of a plan
        change, the payments of the period in which the plan was changed
    refunds: refunds of these payments
    refund, dispute: refund or dispute of the event, if already recorded
    entries: ledger of the payment's subscription
    open_disputes: open disputes that may keep the customer out
    disputes: disputes of these payments, and of the payments that the open disputes concern
    together: by payment with an open dispute, the payments with which the dispute is compared
    requested: ids of refunds requested by staff or a use case
    awaited: requested amounts for which no refund has been reported yet
    paying: payments of the subscription's own customer that have money left; None if unknown, so that all count
    """

    payment: Payment
    payments: Sequence[Payment]
    period_payments: Sequence[Payment] = ()
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
    """Order with its locked row and everything related to it.

    subscription: subscription that the event names or whose money is returned; None until known
    holder: customer who has the plan, if it was a gift
    notice: time between the announcement of a charge and the charge
    plan: plan of the subscription, which may have changed since the order; the order's plan if there is no subscription
    is_moved: True if the subscription has just changed its plan
    attempts: all checkouts of the order
    attempt: checkout that the event's money belongs to; None if there is none at the event's provider
    recorded_payment: payment of the event, if already recorded
    live: the customer's live subscription to the plan
    went_over: True if `live` was switched from another plan
    had_until: time at which the customer's last earlier subscription to the plan ended or changed plans; new time does
    not begin before it; None if there was none
    earlier: earlier prices of the subscription
    other: another open order of the customer for the plan
    parts: partial payments of either order that buy nothing yet
    calendar: the shop's calendar, with the starts of the periods of `live`

    Facts that do not matter for the event's kind are left out.
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
    notice: timedelta = notice_policy.DEFAULT

    def parts_of(self, order: Order) -> Sequence[Payment]:
        """Return the partial payments of `order`, which is the purchase's order or `other`."""
        return [part for part in self.parts if part.order_id == order.id]

    def named_attempt(self, event: PaymentEvent) -> CheckoutAttempt | None:
        """Return the checkout that the event names, or None."""
        ref = self.attempt.session_ref if self.attempt is not None else None
        return self.attempt if ref is not None and ref == event.checkout_ref else None

    def begun_at(self, event: PaymentEvent) -> str | None:
        """Return the provider's id of the subscription that began at the event's checkout. Return None if no
        subscription is known to have begun there.
        """
        checkout_attempt = self.named_attempt(event)
        return checkout_attempt.subscription_ref if checkout_attempt is not None else None

    def payment(self, fact: Fact) -> Payment:
        """Create the event's payment without storing it. Raise ValueError if the provider gave no key."""
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
