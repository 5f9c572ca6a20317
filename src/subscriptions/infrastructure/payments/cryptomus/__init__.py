"""Cryptomus: invoices in a currency of the shop, paid in any crypto currency, and signed webhooks."""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.payments.cryptomus.amounts import CURRENCIES
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings

CAPABILITIES = frozenset([Capability.FETCH, Capability.FETCH_PAYMENTS])
RECURRING_CAPABILITIES = frozenset([Capability.RECURRING, Capability.CANCEL_AT_PERIOD_END])
"""Besides, where CRYPTOMUS_RECURRENCE is on."""


def load(settings: CryptomusSettings, clock: Clock) -> PaymentGateway:
    """Build the gateway, with the capabilities it has as configured."""
    capabilities = CAPABILITIES | (RECURRING_CAPABILITIES if settings.recurrence else frozenset())
    gateway: PaymentGateway = import_module(f"{__name__}.gateway").CryptomusGateway(settings, clock, capabilities)
    return gateway


descriptor = GatewayDescriptor(
    code="cryptomus",
    label={"es": "₿ Cripto", "en": "₿ Crypto"},
    speed={"es": "5–20 min", "en": "5–20 min"},
    capabilities=CAPABILITIES | RECURRING_CAPABILITIES,
    currencies=CURRENCIES,
    settings=CryptomusSettings,
    load=load,
)
