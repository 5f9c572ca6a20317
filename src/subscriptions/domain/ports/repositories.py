"""What the use cases ask of the database. Nothing here commits; `lock` holds the row until the unit of work ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.entities.pick import Pick, PickDelivery
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import (
    CustomerId,
    DeliveryId,
    NotificationId,
    OrderId,
    PaymentId,
    PickId,
    PlanId,
    SubscriptionId,
    TelegramId,
)
from subscriptions.domain.money import Money


class CustomerRepository(Protocol):
    """People who wrote to the bot."""

    async def get(self, customer_id: CustomerId) -> Customer | None: ...
    async def by_telegram_id(self, telegram_id: TelegramId, *, lock: bool = False) -> Customer | None: ...
    async def add_if_new(self, customer: Customer) -> bool:
        """False: this Telegram user is known already."""
        ...

    async def save(self, customer: Customer) -> None: ...
    async def staff(self) -> Sequence[Customer]:
        """Everybody with a role among the operator's people, the first to arrive first."""
        ...

    async def search(self, words: str, limit: int) -> Sequence[Customer]:
        """Those whose username or first name contains this, whatever its case; an exact username first."""
        ...

    async def account_at(self, customer_id: CustomerId, provider: str) -> PaymentAccount | None: ...
    async def save_account(self, account: PaymentAccount) -> None: ...


@dataclass(frozen=True, kw_only=True)
class PlanPaymentPrice:
    """What one provider has for a plan: its price object, and what it charges where that is not the plan's own price.

    external_price_id: None where it keeps no such objects, or none was made yet.
    """

    plan_id: PlanId
    provider: str
    external_price_id: str | None
    price: Money | None = None


class PlanRepository(Protocol):
    """What is sold."""

    async def get(self, plan_id: PlanId) -> ServicePlan | None: ...
    async def by_soft_id(self, soft_id: str) -> ServicePlan | None: ...
    async def all(self, *, active_only: bool = True) -> Sequence[ServicePlan]:
        """In the order in which they are offered."""
        ...

    async def save(self, plan: ServicePlan) -> None: ...
    async def save_if_unchanged(self, plan: ServicePlan, version: int) -> bool:
        """Write it with the next version. False: somebody changed it since `version`, and nothing was written."""
        ...

    async def delete_if_unused(self, plan_id: PlanId) -> bool:
        """False: it does not exist, or something refers to it: tokens, orders, subscriptions, channels, picks."""
        ...

    async def price_at(self, plan_id: PlanId, provider: str) -> PlanPaymentPrice | None: ...
    async def save_price(self, price: PlanPaymentPrice) -> None: ...
    async def forget_prices(self, plan_id: PlanId) -> None:
        """Its price objects at the providers are not what it costs any more: nobody is charged by them. A provider's
        own price stays, for it was not made from the plan's."""
        ...

    async def drop_price(self, plan_id: PlanId, provider: str) -> None:
        """What one provider has for a plan counts no more, its own price included."""
        ...

    async def own_prices(self, plan_id: PlanId | None = None) -> Sequence[PlanPaymentPrice]:
        """What providers charge instead of the plan's own price; of every plan, or of one."""
        ...

    async def priced(self, provider: str, external_price_id: str) -> Sequence[ServicePlan]:
        """The plans, active or not, that a provider's price object stands for, in the order of offering."""
        ...


class OrderRepository(Protocol):
    """Orders and their checkout attempts."""

    async def get(self, order_id: OrderId, *, lock: bool = False) -> Order | None: ...
    async def open_for(self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False) -> Order | None: ...
    async def open_of(self, customer_id: CustomerId, *, lock: bool = False) -> Sequence[Order]:
        """All open orders of a customer, the oldest first, whatever became of their plans."""
        ...

    async def add_if_new(self, order: Order) -> bool:
        """False: the customer has an open order for this plan already."""
        ...

    async def save(self, order: Order) -> None: ...
    async def due(self, now: datetime, limit: int) -> Sequence[Order]:
        """Open orders whose time is over, locked, those that nobody else is working on."""
        ...

    async def attempts(self, order_id: OrderId) -> Sequence[CheckoutAttempt]: ...
    async def attempt_by_session(self, provider: str, session_ref: str) -> CheckoutAttempt | None: ...
    async def save_attempt(self, attempt: CheckoutAttempt) -> None: ...
    async def open_attempts(self, customer_id: CustomerId, plan_id: PlanId) -> Sequence[CheckoutAttempt]:
        """Those of all orders of a customer for a plan that nobody closed, the oldest first."""
        ...

    async def since(self, customer_id: CustomerId, plan_id: PlanId, moment: datetime) -> Sequence[Order]:
        """A customer's orders for a plan that were opened then or later, the oldest first."""
        ...

    async def to_confirm(
        self,
        providers: Collection[str],
        since: datetime,
        *,
        limit: int,
        offset: int = 0,
        order_id: OrderId | None = None,
    ) -> Sequence[CheckoutAttempt]:
        """What may have been paid at these providers: open checkouts made then or later, of orders that are open or
        expired, on which nothing was paid since; the newest first. order_id: of one order alone.
        """
        ...

    async def add_card(self, order_id: OrderId, message_id: int) -> None:
        """Remember a message that shows the way to pay among other things; repeating it changes nothing."""
        ...

    async def cards(self, order_id: OrderId) -> Sequence[int]:
        """Those messages, the oldest first."""
        ...


class SubscriptionRepository(Protocol):
    """Standing agreements."""

    async def get(self, subscription_id: SubscriptionId, *, lock: bool = False) -> Subscription | None: ...
    async def by_provider_ref(self, provider: str, ref: str, *, lock: bool = False) -> Subscription | None: ...
    async def live_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False
    ) -> Subscription | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """All of them, the newest first."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]: ...
    async def add_change(self, change: PlanChange) -> bool:
        """False: this change is on record already."""
        ...

    async def get_change(self, change_id: UUID) -> PlanChange | None: ...
    async def changes_of(self, subscription_id: SubscriptionId) -> Sequence[PlanChange]:
        """The oldest first."""
        ...

    async def save(self, subscription: Subscription) -> None: ...
    async def save_all(self, subscriptions: Sequence[Subscription]) -> None:
        """Write all of each."""
        ...

    async def due(self, now: datetime) -> Sequence[Subscription]:
        """Live ones whose access and grace are over and whose next_check_at is past or None, locked (skip locked).

        Those for the VIP channel that no provider manages are `VipRepository.due`. Whose time stands still
        (`access_policy.stands_still`) is among them only where there is a provider to ask.
        """
        ...

    async def count_due(self, now: datetime) -> int:
        """How many `due` would give if nobody held any of them."""
        ...

    async def over(self, now: datetime) -> Sequence[Subscription]:
        """Live ones whose access and grace are over, whenever they are looked at next, locked; without those whose
        time stands still."""
        ...

    async def unpaid(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those of a provider in their grace days whose next_check_at is past or None, locked (skip locked)."""
        ...

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those whose next_reminder_at is past or None, paid at least once, locked (skip locked)."""
        ...


class PaymentRepository(Protocol):
    """Money facts."""

    async def get(self, payment_id: PaymentId) -> Payment | None: ...
    async def by_key(self, provider: str, payment_key: str) -> Payment | None: ...
    async def add_if_new(self, payment: Payment) -> bool:
        """False: this money is recorded already."""
        ...

    async def save(self, payment: Payment) -> None: ...
    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Payment]:
        """The newest first."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Payment]: ...
    async def waiting_parts(self, order_ids: Collection[OrderId]) -> Sequence[Payment]:
        """Captured parts of orders that are not paid in full, the oldest first."""
        ...


class ReversalRepository(Protocol):
    """Refunds and disputes."""

    async def add_refund_if_new(self, refund: Refund) -> bool:
        """False: this refund is recorded already."""
        ...

    async def get_refund(self, refund_id: UUID) -> Refund | None: ...
    async def refund_by_key(self, provider: str, refund_key: str) -> Refund | None: ...
    async def save_refund(self, refund: Refund) -> None: ...
    async def refunds_of(self, payment_id: PaymentId) -> Sequence[Refund]:
        """In the order they happened."""
        ...

    async def dispute_by_key(self, provider: str, dispute_key: str) -> Dispute | None: ...
    async def save_dispute(self, dispute: Dispute) -> None: ...
    async def open_disputes(self, subscription_id: SubscriptionId) -> Sequence[Dispute]:
        """Those about payments of a subscription that hold its access back."""
        ...


class LedgerRepository(Protocol):
    """Append-only."""

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        """False: its cause is counted already."""
        ...

    async def of_subscription(self, subscription_id: SubscriptionId) -> Sequence[LedgerEntry]: ...


class PickRepository(Protocol):
    """Picks and where they were sent."""

    async def get(self, pick_id: PickId, *, lock: bool = False) -> Pick | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Pick | None: ...
    async def add_if_new(self, pick: Pick) -> bool:
        """False: a pick with this key exists."""
        ...

    async def save(self, pick: Pick) -> None: ...
    async def add_delivery_if_new(self, delivery: PickDelivery) -> bool:
        """False: this pick has a delivery for that channel."""
        ...

    async def deliveries(self, pick_id: PickId) -> Sequence[PickDelivery]: ...
    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PickDelivery | None: ...
    async def save_delivery(self, delivery: PickDelivery) -> None: ...


class NotificationRepository(Protocol):
    """Messages owed to people."""

    async def add_if_new(self, notification: Notification) -> bool:
        """False: this is owed or told already."""
        ...

    async def get(self, notification_id: NotificationId, *, lock: bool = False) -> Notification | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None: ...
    async def save(self, notification: Notification) -> None: ...


class VariableRepository(Protocol):
    """Small facts one process learns and others read, such as the bot's username."""

    async def get(self, name: str) -> str | None: ...
    async def set(self, name: str, value: str) -> None: ...
