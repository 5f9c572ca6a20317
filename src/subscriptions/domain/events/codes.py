"""Events about codes, and about orders for another person, whose code is a gift."""

from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId, TokenId


class CodeActivated(DomainEvent):
    """A customer activated a code. `campaign`: campaign of the code; empty if it has none."""

    token_id: TokenId
    campaign: str


class PaidForAnother(DomainEvent):
    """A gift was paid and not opened yet. `customer_id`: giver."""

    stored_as = "GiftPaid"
    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId


class HandedOver(DomainEvent):
    """A gift was opened. `customer_id`: giver."""

    stored_as = "GiftOpened"
    order_id: OrderId
    customer_id: CustomerId


class HandoverHeld(DomainEvent):
    """A gift's payment was disputed before the gift was opened. `customer_id`: giver. `key`: id of the dispute."""

    stored_as = "GiftHeld"
    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class HandoverReturned(DomainEvent):
    """The giver's bank took the payment of a gift back permanently. `customer_id`: giver. `key`: id of the
    dispute.
    """

    stored_as = "GiftReturned"
    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class HandoverRevoked(DomainEvent):
    """A gift's payment was returned after the gift was opened, so that its time was revoked. `customer_id`: recipient.
    `key`: id of the order.
    """

    stored_as = "GiftTaken"
    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: UUID
