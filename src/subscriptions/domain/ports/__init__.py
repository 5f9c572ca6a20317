"""What the domain asks of the outside world."""

from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    PaymentEvent,
    PaymentGateway,
)

__all__ = ["CheckoutRequest", "CheckoutSession", "PaymentEvent", "PaymentGateway"]
