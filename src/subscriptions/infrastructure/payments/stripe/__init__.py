"""Stripe: Checkout, subscriptions and signed webhooks. Importing this package does not import Stripe's library."""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, Enrolment, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.payments.stripe.amounts import CURRENCIES, charges
from subscriptions.infrastructure.payments.stripe.settings import API_KEY, SIGNING_KEY, StripeSettings

CAPABILITIES = frozenset(
    [
        Capability.RECURRING,
        Capability.CANCEL_AT_PERIOD_END,
        Capability.RESUME,
        Capability.PAUSE,
        Capability.MOVE_CHARGE,
        Capability.HOLD,
        Capability.REFUND,
        Capability.FETCH,
        Capability.TRIAL,
        Capability.PRICE_OBJECTS,
        Capability.EXPIRE_CHECKOUT,
        Capability.CHANGE_PLAN,
        Capability.PORTAL,
        Capability.FETCH_PAYMENTS,
        Capability.FETCH_DISPUTES,
        Capability.TAKE_EVIDENCE,
        Capability.LIST_EVENTS,
        Capability.FIRST_PRICE,
    ]
)


def load(settings: StripeSettings, clock: Clock) -> PaymentGateway:
    """Build the gateway. Raises ImportError where Stripe's library is not installed."""
    gateway: PaymentGateway = import_module(f"{__name__}.gateway").StripeGateway(settings, clock, CAPABILITIES)
    return gateway


descriptor = GatewayDescriptor(
    code="stripe",
    name="Stripe",
    label={"es": "💳 Tarjeta", "en": "💳 Card", "pt": "💳 Cartão"},
    speed={"es": "al instante", "en": "instantly", "pt": "na hora"},
    capabilities=CAPABILITIES,
    currencies=CURRENCIES,
    settings=StripeSettings,
    load=load,
    charges=charges,
    enrolment=Enrolment(
        asks=(API_KEY,),
        where={
            "es": "Stripe: dashboard.stripe.com → Developers → API keys → Secret key (sk_test_… para probar)",
            "en": "Stripe: dashboard.stripe.com → Developers → API keys → Secret key (sk_test_… to try)",
            "pt": "Stripe: dashboard.stripe.com → Developers → API keys → Secret key (sk_test_… para experimentar)",
        },
        begins=("sk_", "rk_"),
        pending={SIGNING_KEY: "whsec_none_yet"},
    ),
)
