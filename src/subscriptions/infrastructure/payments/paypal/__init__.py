"""PayPal: subscriptions, orders, and webhooks signed with a certificate, without a library of PayPal's."""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, Enrolment, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.payments.paypal.amounts import CURRENCIES, charges
from subscriptions.infrastructure.payments.paypal.periods import PERIODS
from subscriptions.infrastructure.payments.paypal.settings import (
    CLIENT_ID,
    CLIENT_KEY,
    MODE,
    WEBHOOK_ID,
    PayPalSettings,
)

# CAPABILITIES lacks CANCEL_AT_PERIOD_END, because PayPal cannot cancel at the period's end. A suspension is used
# instead (see subscriptions.py).
CAPABILITIES = frozenset(
    [
        Capability.RECURRING,
        Capability.RESUME,
        Capability.PAUSE,
        Capability.HOLD,
        Capability.APPROVE_CHANGE,
        Capability.REFUND,
        Capability.FETCH,
        Capability.FETCH_PAYMENTS,
        Capability.FETCH_DISPUTES,
        Capability.TAKE_EVIDENCE,
        Capability.LIST_EVENTS,
        Capability.TRIAL,
        Capability.PORTAL,
        Capability.PRICE_OBJECTS,
    ]
)


def load(settings: PayPalSettings, clock: Clock) -> PaymentGateway:
    """Create the gateway."""
    gateway: PaymentGateway = import_module(f"{__name__}.gateway").PayPalGateway(settings, clock, CAPABILITIES)
    return gateway


descriptor = GatewayDescriptor(
    code="paypal",
    name="PayPal",
    label={"es": "🅿️ PayPal", "en": "🅿️ PayPal", "pt": "🅿️ PayPal"},
    speed={"es": "al instante", "en": "instantly", "pt": "na hora"},
    capabilities=CAPABILITIES,
    currencies=CURRENCIES,
    settings=PayPalSettings,
    load=load,
    charges=charges,
    periods=PERIODS,
    enrolment=Enrolment(
        asks=(CLIENT_ID, CLIENT_KEY, MODE),
        where={
            "es": "PayPal: developer.paypal.com → Apps & Credentials → tu app: Client ID, Secret, y live o sandbox",
            "en": "PayPal: developer.paypal.com → Apps & Credentials → your app: client ID, secret, live or sandbox",
            "pt": "PayPal: developer.paypal.com → Apps & Credentials → a tua app: Client ID, Secret, e live ou sandbox",
        },
        pending={WEBHOOK_ID: "NONE-YET"},
    ),
)
