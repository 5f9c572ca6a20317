"""What happens with a plan that one pays for and another has."""

from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId


class GiftPaid(DomainEvent):
    """A gift was paid; nobody has it yet. customer_id: who gives it."""

    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId


class GiftOpened(DomainEvent):
    """Somebody else has it now. customer_id: who gave it."""

    order_id: OrderId
    customer_id: CustomerId


class GiftHeld(DomainEvent):
    """A bank asks about its money before anybody opened it. customer_id: who gives it; key: of the dispute."""

    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class GiftReturned(DomainEvent):
    """The bank of who gave it took its money back for good. customer_id: who gave it; key: of the dispute."""

    order_id: OrderId
    customer_id: CustomerId
    key: UUID


class GiftTaken(DomainEvent):
    """Its money went back after it was opened, and its time with that. customer_id: who had it; key: of the order."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: UUID
