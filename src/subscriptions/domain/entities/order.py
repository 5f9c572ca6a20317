"""One intention to buy, and the attempts to pay it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.service_plan import DisputePolicy, Interval, RefundPolicy, ServicePlan
from subscriptions.domain.entities.transitions import TransitionTable
from subscriptions.domain.events import OrderExpired, OrderPaid, PageOpenedLate, PagesExpired, Recorder
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, PromotionId, gift_uuid, new_uuid, short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.tracing import current_cause


class OrderStatus(StrEnum):
    """open: may be paid · paid · expired: nobody paid in time · canceled: the customer chose otherwise."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELED = "canceled"


class OrderEvent(StrEnum):
    """What can happen to an order."""

    CAPTURED = "captured"
    EXPIRED = "expired"
    CANCELED = "canceled"
    PART_PAID = "part_paid"


ORDER_TRANSITIONS: Final = TransitionTable[OrderStatus, OrderEvent](
    "order",
    {
        (OrderStatus.OPEN, OrderEvent.CAPTURED): OrderStatus.PAID,
        # Money that arrives after we gave up is still money: nothing paid is ever lost.
        (OrderStatus.EXPIRED, OrderEvent.CAPTURED): OrderStatus.PAID,
        (OrderStatus.CANCELED, OrderEvent.CAPTURED): OrderStatus.PAID,
        # The same order captured again keeps its state; the second payment is dealt with on its own.
        (OrderStatus.PAID, OrderEvent.CAPTURED): OrderStatus.PAID,
        # A page may run out before it is known that less than it asked was paid there.
        (OrderStatus.OPEN, OrderEvent.PART_PAID): OrderStatus.OPEN,
        (OrderStatus.EXPIRED, OrderEvent.PART_PAID): OrderStatus.OPEN,
        (OrderStatus.OPEN, OrderEvent.EXPIRED): OrderStatus.EXPIRED,
        (OrderStatus.OPEN, OrderEvent.CANCELED): OrderStatus.CANCELED,
    },
)


@dataclass(kw_only=True)
class Order:
    """A customer wants a plan: price, period and policies of that moment are kept, whatever the plan does later.

    ends_at: when its time is over, whenever it is paid. asked: they pressed to buy it; False while they only looked at
    a card that leads to the place to pay. gift: somebody else is to have it; its id says so as well (`is_gift`).
    country: from where its customer said they buy, None where no one asked.
    cause: what the press carried (see `tracing`), so that what comes of it later is told as one with it.
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
    gift: bool = False
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
        gift: bool = False,
    ) -> "Order":
        """Start buying `plan` at its present price. ends_at: when its last day is over (`PlanCard.end_in`). gift: for
        somebody else; the plan is one `as_gift`.
        """
        return cls(
            id=OrderId(gift_uuid() if gift else new_uuid()),
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
            gift=gift,
            refund_policy=plan.refund_policy,
            dispute_policy=plan.dispute_policy,
            created_at=now,
            expires_at=expires_at,
            cause=current_cause(),
        )

    @property
    def reference(self) -> str:
        """What people and logs call this order."""
        return short_reference(self.id)

    def agrees_with(self, plan: ServicePlan, ends_at: datetime | None) -> bool:
        """Whether the plan, with its end, is still what this order was opened for; the trial is not the plan's alone
        to give.
        """
        mine = (self.price, self.recurring, self.interval, self.interval_count, self.duration_days, self.ends_at)
        return mine == (plan.price, plan.recurring, plan.interval, plan.interval_count, plan.duration_days, ends_at)

    def capture(self, now: datetime) -> None:
        """Money for this order arrived."""
        if self.status is not OrderStatus.PAID:
            self.events.record(OrderPaid(self.id, self.customer_id, now))
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.CAPTURED)
        self.paid_at = self.paid_at or now

    def wait_for_rest(self, deadline: datetime) -> None:
        """Part of its price was paid: it is open for the rest, until then at least."""
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.PART_PAID)
        self.expires_at = max(self.expires_at, deadline)

    def expire(self) -> None:
        """Nobody paid in time."""
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.EXPIRED)
        self.events.record(OrderExpired(self.id, self.customer_id, self.expires_at))

    def cancel(self) -> None:
        """The customer chose another way."""
        self.status = ORDER_TRANSITIONS.next_state(self.status, OrderEvent.CANCELED)

    def let_go(self) -> None:
        """Nobody wants it any more: nobody is to pay at its pages, nor to be shown the way there."""
        self.cancel()
        self.events.record(PageOpenedLate(self.id))
        self.events.record(PagesExpired(self.id))


class AttemptStatus(StrEnum):
    """creating: asked for, answer not recorded yet · open · closed."""

    CREATING = "creating"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(kw_only=True)
class CheckoutAttempt:
    """One checkout session for an order at one provider. `number` counts from 1 and makes the idempotency key.

    amount: what it asks; price: what the method charges for the plan in full, which differs from `amount` where part of
    it came before. Both None where it was made by a version that had one price for all methods: the order's.
    promotion_id, discount: by which promotion, and what the purchase costs less by it. later: what each further period
    costs, where that is not `price`.
    subscription_ref: the provider's name of what began when it was paid, by which later events that tell of the
    checkout alone are understood. message_id: the message in the customer's chat that leads to it.
    """

    order_id: OrderId
    number: int
    provider: str
    status: AttemptStatus = AttemptStatus.CREATING
    session_ref: str | None = None
    url: str | None = None
    amount: Money | None = None
    price: Money | None = None
    promotion_id: PromotionId | None = None
    discount: Money | None = None
    later: Money | None = None
    subscription_ref: str | None = None
    message_id: int | None = None
    created_at: datetime
    expires_at: datetime

    @property
    def idempotency_key(self) -> str:
        """The same for every retry of this attempt, so the provider makes one session."""
        return f"checkout:{self.order_id}:{self.number}"

    def mark_opened(self, session_ref: str, url: str, expires_at: datetime) -> None:
        """The provider made the session."""
        self.session_ref, self.url, self.expires_at = session_ref, url, expires_at
        self.status = AttemptStatus.OPEN

    def close(self) -> None:
        """It will not be paid."""
        self.status = AttemptStatus.CLOSED

    def usable(self, now: datetime) -> bool:
        """Whether the customer can still pay by this link."""
        return self.status is AttemptStatus.OPEN and self.url is not None and now < self.expires_at
