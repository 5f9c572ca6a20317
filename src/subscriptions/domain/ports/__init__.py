"""Ports: the interfaces through which the domain uses external systems."""

from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    CheckoutSession,
    PaymentEvent,
    PaymentGateway,
)

__all__ = ["CheckoutRequest", "CheckoutSession", "PaymentEvent", "PaymentGateway"]
