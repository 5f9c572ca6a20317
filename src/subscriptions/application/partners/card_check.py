"""Whether a payment was made with a card of the partner's own, where its provider tells cards apart."""

from typing import Final

import structlog

from subscriptions.domain.entities.partner import Partner
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ports.payment_abilities import NamesCards
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, GatewayRejected
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

_COMPARED: Final = 5
"""The partner's own payments that are asked about, the newest: people change their card seldom."""


class CardCheck:
    """Asks the provider each time. No name of a card is kept, so nothing of it has to be erased either."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry) -> None:
        self._units = units
        self._gateways = gateways

    async def is_partners(self, payment: Payment, partner: Partner) -> bool:
        """Raises RetryLater while the provider does not answer. What it does not tell speaks against nobody."""
        gateway = self._gateways.get(payment.provider)
        if not isinstance(gateway, NamesCards):
            return False
        async with self._units() as uow:
            own_payments = await uow.payments.of_customer(partner.customer_id, _COMPARED)
        keys = [each.payment_key for each in own_payments if each.provider == payment.provider]
        if not keys:
            return False
        try:
            card = await gateway.card_of(payment.payment_key)
            return card is not None and card in [await gateway.card_of(key) for key in keys]
        except GatewayRejected as refusal:
            log.warning("card not asked for", payment=payment.reference, reason=str(refusal))
            return False
