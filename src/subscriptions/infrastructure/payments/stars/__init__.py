"""Telegram Stars: payments in the chat through the installation's own bot. The bot's process signs payment updates for
other processes.
"""

from importlib import import_module
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, Enrolment, GatewayDescriptor, PaymentGateway
from subscriptions.infrastructure.payments.stars.settings import SWITCH, StarsSettings

MOST: Final = 10_000
"""Maximum price of a subscription in Stars (https://core.telegram.org/bots/api#createinvoicelink)."""
CAPABILITIES = frozenset(
    [
        Capability.RECURRING,
        Capability.CANCEL_AT_PERIOD_END,
        Capability.RESUME,
        Capability.REFUND,
        Capability.REFUND_WHOLE,
        Capability.IN_CHAT,
        Capability.FETCH_PAYMENTS,
        Capability.LIST_EVENTS,
    ]
)


def load(settings: StarsSettings, clock: Clock) -> PaymentGateway:
    """Create the gateway, without any call to Telegram."""
    gateway: PaymentGateway = import_module(f"{__name__}.gateway").StarsGateway(settings, clock, CAPABILITIES)
    return gateway


descriptor = GatewayDescriptor(
    code="stars",
    name="Telegram Stars",
    label={"es": "⭐ Stars", "en": "⭐ Stars", "pt": "⭐ Stars"},
    speed={"es": "al instante", "en": "instantly", "pt": "na hora"},
    capabilities=CAPABILITIES,
    currencies=frozenset({"XTR"}),
    settings=StarsSettings,
    load=load,
    charges_again=lambda price: price.minor <= MOST,
    # Telegram only supports renewals every thirty days, which count as a month here.
    periods=frozenset({(Interval.MONTH, 1), (Interval.DAY, 30)}),
    enrolment=Enrolment(
        asks=(SWITCH,),
        where={
            "es": "Telegram Stars: escribe on; cobra tu bot",
            "en": "Telegram Stars: type on; your bot charges",
            "pt": "Telegram Stars: escreve on; o teu bot cobra",
        },
    ),
)
