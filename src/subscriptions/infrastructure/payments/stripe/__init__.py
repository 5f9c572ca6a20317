"""Stripe: Checkout, subscriptions and signed webhooks. Importing this package does not import Stripe's library."""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, Enrolment, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.lean_imports import import_without
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
    """Create the gateway. Raises ImportError if Stripe's library is not installed."""
    # Stripe's library would load requests, 6 MB, for synchronous calls, which we never make.
    import_without(["requests"], "stripe")
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
        mistaken={
            "pk_": {
                "es": "Esa es la clave publicable de Stripe (pk_…), con la que no se cobra. Copia la secreta, sk_…, que"
                " está en la misma página, debajo.",
                "en": "That is Stripe's publishable key (pk_…), which charges nobody. Copy the secret key, sk_…, from"
                " the same page, below it.",
                "pt": "Essa é a chave publicável do Stripe (pk_…), com a qual não se cobra. Copia a secreta, sk_…, que"
                " está na mesma página, por baixo.",
            },
            "whsec_": {
                "es": "Ese es el secreto de los avisos (whsec_…). Copia la clave secreta, sk_…, de Developers → API"
                " keys.",
                "en": "That is a webhook's secret (whsec_…). Copy the secret key, sk_…, from Developers → API keys.",
                "pt": "Esse é o segredo dos avisos (whsec_…). Copia a chave secreta, sk_…, de Developers → API keys.",
            },
        },
        pending={SIGNING_KEY: "whsec_none_yet"},
    ),
)
