"""Cryptomus: invoices in a currency of the shop that customers pay in any cryptocurrency. Webhooks are signed."""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, Enrolment, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.payments.cryptomus.amounts import CURRENCIES
from subscriptions.infrastructure.payments.cryptomus.periods import PERIODS
from subscriptions.infrastructure.payments.cryptomus.settings import (
    API_KEY,
    MERCHANT,
    RECURRING_ABILITIES,
    CryptomusSettings,
)

CAPABILITIES = frozenset([Capability.FETCH, Capability.FETCH_PAYMENTS, Capability.LIST_EVENTS]) | RECURRING_ABILITIES
"""All capabilities of the gateway. The settings may switch some of them off."""


def load(settings: CryptomusSettings, clock: Clock) -> PaymentGateway:
    """Create the gateway with the capabilities that the settings enable."""
    built_gateway = import_module(f"{__name__}.gateway").CryptomusGateway(
        settings, clock, CAPABILITIES - settings.without
    )
    gateway: PaymentGateway = built_gateway
    return gateway


descriptor = GatewayDescriptor(
    code="cryptomus",
    name="Cryptomus",
    label={"es": "₿ Cripto", "en": "₿ Crypto", "pt": "₿ Cripto"},
    speed={"es": "5–20 min", "en": "5–20 min", "pt": "5–20 min"},
    capabilities=CAPABILITIES,
    currencies=CURRENCIES,
    settings=CryptomusSettings,
    load=load,
    periods=PERIODS,
    enrolment=Enrolment(
        asks=(MERCHANT, API_KEY),
        where={
            "es": "Cryptomus: Business → tu comercio → Settings: el id del comercio y la clave de pagos",
            "en": "Cryptomus: Business → your merchant → Settings: the merchant's id and the payment API key",
            "pt": "Cryptomus: Business → o teu comércio → Settings: o id do comércio e a chave de pagamentos",
        },
    ),
)
