"""Events about codes and gifts."""

from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId, TokenId


class CodeActivated(DomainEvent):
    """A customer activated a code. `campaign`: of the code, empty if it has none."""

    token_id: TokenId
    campaign: str


class GiftPaid(DomainEvent):
    """A gift was paid and not opened yet. `customer_id`: giver."""

    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId


class GiftOpened(DomainEvent):
    """A gift was opened. `customer_id`: giver."""

    order_id: OrderId
    customer_id: CustomerId


class GiftHeld(DomainEvent):
    """A gift's payment was disputed before the gift was opened. `customer_id`: giver. `key`: of the dispute."""

    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class GiftReturned(DomainEvent):
    """The giver's bank took the payment of a gift back permanently. `customer_id`: giver. `key`: of the dispute."""

    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class GiftTaken(DomainEvent):
    """A gift's payment was returned after the gift was opened, so that its time was revoked. `customer_id`: recipient.
    `key`: of the order.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: UUID
