"""What the use cases show to the processes: plain facts, no texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from subscriptions.domain.entities.access import WAITS_FOR_LINK, AccessStatus
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import OrderId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanView:
    """A plan as it is offered. methods: codes of the providers that can take it now. prices: what each of them charges,
    in its own currency; `price` is the plan's own. renewing: those by which it renews by itself; by the others it is
    bought period by period.
    """

    soft_id: str
    name: str
    emoji: str
    description: str
    price: Money
    recurring: bool
    interval: Interval | None
    interval_count: int
    duration_days: int | None
    methods: tuple[str, ...] = ()
    prices: Mapping[str, Money] = field(default_factory=dict)
    renewing: frozenset[str] = frozenset()

    def price_by(self, method: str) -> Money:
        """What one method charges."""
        return self.prices.get(method, self.price)

    @property
    def label(self) -> str:
        """Emoji and name, as on a button."""
        return f"{self.emoji} {self.name}".strip()


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """One payment on the status card."""

    at: datetime
    amount: Money
    reference: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionView:
    """One subscription on the status card. invite_url: the customer's live link while they are not inside yet.

    plan: emoji and name. grace_until: how long access goes on while a charge is outstanding. vip: it is for the VIP
    channel, and `StatusView.vip` tells how they stand with that. renewable: more time may be bought now. next_plan,
    next_price, next_at: the plan it goes over to at the renewal, None where it stays.
    """

    soft_id: str
    plan: str
    plan_name: str
    price: Money
    interval: Interval | None
    interval_count: int
    status: SubscriptionStatus
    access: AccessStatus | None
    access_until: datetime | None
    period_end: datetime | None
    grace_until: datetime | None
    renews: bool
    can_undo: bool
    invite_url: str | None
    provider: str | None
    vip: bool = False
    renewable: bool = False
    next_plan: str | None = None
    next_price: Money | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OpenOrderView:
    """A purchase that waits to be paid. plan: emoji and name. price: what is to be paid now. received: what was paid of
    it before, None where nothing was.
    """

    reference: str
    soft_id: str
    plan: str
    plan_name: str
    price: Money
    url: str | None
    expires_at: datetime
    received: Money | None = None


@dataclass(frozen=True, kw_only=True)
class VipView:
    """How a customer with a live plan for the VIP channel stands with it.

    plan_name: of the plan that lasts longest. stage: of the ritual of entry, None once it is through. access: None
    while nothing was granted yet. invite_url: a link that works now, and until when, while they are outside and the
    ritual leaves the way free.
    """

    plan_name: str
    stage: int | None
    access: AccessStatus | None
    access_until: datetime | None
    invite_url: str | None = None
    invite_until: datetime | None = None

    @property
    def inside(self) -> bool:
        """Whether they are in the channel."""
        return self.access is AccessStatus.ACTIVE

    @property
    def lacks_link(self) -> bool:
        """Whether they may enter now, and have no link that works."""
        return self.access in WAITS_FOR_LINK and self.stage not in {1, 2} and self.invite_url is None


@dataclass(frozen=True, kw_only=True)
class ChangeOffer:
    """A change of plan that may be made. subscription: the short reference of what would be changed. price: of the new
    plan, each period. now: it begins at once; else at `renewal`, the end of the period that is paid.
    """

    subscription: str
    from_soft_id: str
    from_name: str
    to_soft_id: str
    to_name: str
    to_label: str
    price: Money
    interval: Interval | None
    interval_count: int
    now: bool
    renewal: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChangeQuote:
    """due: what the change charges at once. as_of: the moment it was reckoned for, which confirming has to name."""

    offer: ChangeOffer
    due: Money
    as_of: datetime


@dataclass(frozen=True, kw_only=True)
class ReviewView:
    """A payment that is on record and gives nothing by itself. reason: the flag's word, with `_returning` behind it
    where it goes back by itself. asked: what the order asks. holds: the plan must not be paid again because of it.
    """

    reference: str
    soft_id: str
    plan_name: str
    reason: str
    received: Money
    asked: Money
    holds: bool = False


@dataclass(frozen=True, kw_only=True)
class StatusView:
    """All that `/estado` tells. vip: of who has a live plan for the VIP channel. reviews: money that gives nothing and
    has not gone back; its orders are not among the open ones, for they must not be paid again.
    """

    subscriptions: tuple[SubscriptionView, ...]
    open_orders: tuple[OpenOrderView, ...]
    payments: tuple[PaymentView, ...]
    vip: VipView | None = None
    reviews: tuple[ReviewView, ...] = ()

    @property
    def live(self) -> tuple[SubscriptionView, ...]:
        """The subscriptions that count now."""
        return tuple(view for view in self.subscriptions if view.status is not SubscriptionStatus.EXPIRED)


@dataclass(frozen=True, kw_only=True)
class CheckoutView:
    """A place to pay, ready to be shown. attempt: which of the order's checkouts it is. amount: what it asks. price:
    what the method charges in full, which is more where part of it came before; None = the same.
    """

    order_id: OrderId
    attempt: int
    reference: str
    plan: PlanView
    provider: str
    amount: Money
    price: Money | None = None
    url: str
    expires_at: datetime
    reused: bool
