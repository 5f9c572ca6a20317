"""PayPal: subscriptions, orders and certificate-signed webhooks, spoken over plain HTTP."""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.payments.paypal.amounts import CURRENCIES
from subscriptions.infrastructure.payments.paypal.periods import OFFERED
from subscriptions.infrastructure.payments.paypal.settings import PayPalSettings

# No CANCEL_AT_PERIOD_END: PayPal has no such thing, a suspension of ours stands in for it (see standing.py).
CAPABILITIES = frozenset(
    [
        Capability.RECURRING,
        Capability.RESUME,
        Capability.REFUND,
        Capability.FETCH,
        Capability.FETCH_PAYMENTS,
        Capability.FETCH_DISPUTES,
        Capability.LIST_EVENTS,
        Capability.TRIAL,
        Capability.PORTAL,
        Capability.PRICE_OBJECTS,
    ]
)


def load(settings: PayPalSettings, clock: Clock) -> PaymentGateway:
    """Build the gateway."""
    gateway: PaymentGateway = import_module(f"{__name__}.gateway").PayPalGateway(settings, clock, CAPABILITIES)
    return gateway


descriptor = GatewayDescriptor(
    code="paypal",
    label={"es": "🅿️ PayPal", "en": "🅿️ PayPal"},
    speed={"es": "al instante", "en": "instantly"},
    capabilities=CAPABILITIES,
    currencies=CURRENCIES,
    settings=PayPalSettings,
    load=load,
    periods=OFFERED,
)
