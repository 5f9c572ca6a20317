"""Events about codes and gifts: a gift is an order for another person, and its code."""

from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId, TokenId


class CodeActivated(DomainEvent):
    """A customer activated a code. `campaign`: campaign of the code; empty if the code has none."""

    token_id: TokenId
    campaign: str


class PaidForAnother(DomainEvent):
    """A gift was paid and not redeemed yet. `customer_id`: giver."""

    stored_as = "GiftPaid"
    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId


class HandedOver(DomainEvent):
    """A gift was redeemed. `customer_id`: giver."""

    stored_as = "GiftOpened"
    order_id: OrderId
    customer_id: CustomerId


class HandoverHeld(DomainEvent):
    """A gift's payment was disputed before the gift was redeemed. `customer_id`: giver. `key`: id of the dispute."""

    stored_as = "GiftHeld"
    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class HandoverReturned(DomainEvent):
    """The giver's bank took the payment of a gift back permanently. `customer_id`: giver. `key`: id of the dispute."""

    stored_as = "GiftReturned"
    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class HandoverRevoked(DomainEvent):
    """A gift's payment was returned after the gift was redeemed, so that its time was revoked. `customer_id`:
    recipient. `key`: id of the order.
    """

    stored_as = "GiftTaken"
    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: UUID
