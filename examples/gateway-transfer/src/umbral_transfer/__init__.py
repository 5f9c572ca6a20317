"""Example gateway for bank transfers: a page shows the bank account, and a staff member confirms that the money
arrived.
"""

from importlib import import_module

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor, PaymentGateway
from umbral_transfer.settings import TransferSettings

CAPABILITIES = frozenset({Capability.MANUAL})


def load(settings: TransferSettings, clock: Clock) -> PaymentGateway:
    """Build the gateway; it makes no requests."""
    gateway: PaymentGateway = import_module(f"{__name__}.gateway").TransferGateway(settings, clock)
    return gateway


descriptor = GatewayDescriptor(
    code="transfer",
    label={"es": "🏦 Transferencia", "en": "🏦 Bank transfer", "pt": "🏦 Transferência"},
    speed={"es": "1–2 días", "en": "1–2 days", "pt": "1–2 dias"},
    capabilities=CAPABILITIES,
    currencies=frozenset({"EUR", "USD", "GBP"}),
    settings=TransferSettings,
    load=load,
)
