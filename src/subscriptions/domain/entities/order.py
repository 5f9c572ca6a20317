"""Order of a plan and its checkout attempts."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.service_plan import DisputePolicy, Interval, RefundPolicy, ServicePlan
from subscriptions.domain.entities.transitions import TransitionTable
from subscriptions.domain.events import OrderExpired, OrderPaid, PageOpenedLate, PagesExpired, Recorder
from subscriptions.domain.ids import (
    CustomerId,
    DiscountCodeId,
    OrderId,
    PlanId,
    new_uuid,
    short_reference,
    uuid_for_another,
)
from subscriptions.domain.money import Money
from subscriptions.domain.tracing import current_cause


class OrderStatus(StrEnum):
    """Status of an order.

    - open: can be paid
    - paid: paid in full
    - expired: not paid in time
    - canceled: replaced by another choice of the customer
    """

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELED = "canceled"


class OrderEvent(StrEnum):
    """Events that change the status of an order."""

    CAPTURED = "captured"
    EXPIRED = "expired"
    CANCELED = "canceled"
    PART_PAID = "part_paid"


ORDER_TRANSITIONS: Final = TransitionTable[OrderStatus, OrderEvent](
    "order",
    {
        (OrderStatus.OPEN, OrderEvent.CAPTURED): OrderStatus.PAID,
        # Payments that arrive late still count.
        (OrderStatus.EXPIRED, OrderEvent.CAPTURED): OrderStatus.PAID,
        (OrderStatus.CANCELED, OrderEvent.CAPTURED): OrderStatus.PAID,
        # A second payment of a paid order does not change it and is handled separately.
        (OrderStatus.PAID, OrderEvent.CAPTURED): OrderStatus.PAID,
        # The checkout may expire before a partial payment becomes known.
        (OrderStatus.OPEN, OrderEvent.PART_PAID): OrderStatus.OPEN,
        (OrderStatus.EXPIRED, OrderEvent.PART_PAID): OrderStatus.OPEN,
        (OrderStatus.OPEN, OrderEvent.EXPIRED): OrderStatus.EXPIRED,
        (OrderStatus.OPEN, OrderEvent.CANCELED): OrderStatus.CANCELED,
    },
)


@dataclass(kw_only=True)
class Order:
    """Order with the price, period and policies of the plan at the time of the order.

    ends_at: fixed end of the bought time, independent of the time of payment; None if the plan has no last day
    asked: True if the customer pressed the buy button; False if they only opened a card with a payment link
    for_another: the plan is for another person; the order's id shows this as well (`is_for_another`)
    country: country of purchase declared by the customer; None if not asked
    cause: trace id of the button press (see `tracing`), which links later log entries to the press
    """

    id: OrderId
    customer_id: CustomerId
    plan_id: PlanId
    status: OrderStatus = OrderStatus.OPEN
    price: Money
    recurring: bool
    interval: Interval | None
    interval_count: int
    duration_days: int | None
    ends_at: datetime | None = None
    trial_days: int
    asked: bool = True
    for_another: bool = False
    refund_policy: RefundPolicy = RefundPolicy.END_ACCESS
    dispute_policy: DisputePolicy = DisputePolicy.SUSPEND
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None
    cause: str | None = None
    country: str | None = None
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def open(
        cls,
        customer_id: CustomerId,
        plan: ServicePlan,
        now: datetime,
        expires_at: datetime,
        *,
        ends_at: datetime | None = None,
        is_asked: bool = True,
        for_another: bool = False,
    ) -> "Order":
        """Open an order for `plan` at its current price.

        ends_at: end of the plan's last day (`PlanCard.end_in`)
        for_another: True if the plan is for another person; `plan` is then the result of `ServicePlan.for_another`
        """
        return cls(
            id=OrderId(uuid_for_another() if for_another else new_uuid()),
            customer_id=customer_id,
            plan_id=plan.id,
            price=plan.price,
            recurring=plan.recurring,
            interval=plan.interval,
            interval_count=plan.interval_count,
            duration_days=plan.duration_days,
            ends_at=ends_at,
            trial_days=plan.trial_days,
            asked=is_asked,
            for_another=for_another,
            refund_policy=plan.refund_policy,
            dispute_policy=plan.dispute_policy,
            created_at=now,
            expires_at=expires_at,
            cause=current_cause(),
        )

    @property
    def reference(self) -> str:
        """Short reference for people and logs."""
        return short_reference(self.id)

    def agrees_with(self, plan: ServicePlan, ends_at: datetime | None) -> bool:
        """Return True if the plan's price, period and end still equal those of the order. The trial is not compared
        because it does not depend on the plan alone.
        """
        mine = (self.price, self.recurring, self.interval, self.interval_count, self.duration_days, self.ends_at)
        return mine == (plan.price, plan.recurring, plan.interval, plan.interval_count, plan.duration_days, ends_at)

    def capture(self, now: datetime) -> None:
        """Mark the order as paid."""
        if self.status is not OrderStatus.PAID:
            self.events.record(OrderPaid(self.id, self.customer_id, now))
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.CAPTURED)
        self.paid_at = self.paid_at or now

    def wait_for_rest(self, deadline: datetime) -> None:
        """Keep the order open for the rest of its price, at least until `deadline`, after a partial payment."""
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.PART_PAID)
        self.expires_at = max(self.expires_at, deadline)

    def expire(self) -> None:
        """Mark the unpaid order as expired."""
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.EXPIRED)
        self.events.record(OrderExpired(self.id, self.customer_id, self.expires_at))

    def cancel(self) -> None:
        """Cancel the order because the customer made another choice."""
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.CANCELED)

    def let_go(self) -> None:
        """Cancel an order that the customer abandoned, close its checkouts, and disable the messages
        that link to them.
        """
        self.cancel()
        self.events.record(PageOpenedLate(self.id))
        self.events.record(PagesExpired(self.id))


class AttemptStatus(StrEnum):
    """Status of a checkout attempt.

    creating: requested from the provider, whose response is not stored yet
    open: can be paid by the customer
    closed: no longer offered to the customer; a late payment still counts
    """

    CREATING = "creating"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(kw_only=True)
class CheckoutAttempt:
    """Checkout session for an order at one provider. `number` counts from 1 and is part of the idempotency key.

    amount: amount to pay in this session; None in rows of an older release
    price: full price for this method, which differs from `amount` after a partial payment; None in rows of an older
      release, which used the order's price for all methods
    discount_code_id, discount: applied discount code, and the amount by which it reduces the payment
    later: price of each further period if it differs from `price`
    subscription_ref: provider's id of the subscription that the payment started; identifies later events that name only
      the checkout
    message_id: message in the customer's chat that links to the session
    """

    order_id: OrderId
    number: int
    provider: str
    status: AttemptStatus = AttemptStatus.CREATING
    session_ref: str | None = None
    url: str | None = None
    amount: Money | None = None
    price: Money | None = None
    discount_code_id: DiscountCodeId | None = None
    discount: Money | None = None
    later: Money | None = None
    subscription_ref: str | None = None
    message_id: int | None = None
    created_at: datetime
    expires_at: datetime

    @property
    def idempotency_key(self) -> str:
        """Idempotency key. All retries of this attempt use the same key, so that the provider creates one session."""
        return f"checkout:{self.order_id}:{self.number}"

    def mark_opened(self, session_ref: str, url: str, expires_at: datetime) -> None:
        """Store the session that the provider created."""
        self.session_ref, self.url, self.expires_at = session_ref, url, expires_at
        self.status = AttemptStatus.OPEN

    def close(self) -> None:
        """Close the attempt without payment."""
        self.status = AttemptStatus.CLOSED

    def usable(self, now: datetime) -> bool:
        """Return True if the customer can still pay at the session's URL."""
        return self.status is AttemptStatus.OPEN and self.url is not None and now < self.expires_at
