"""Check that a payment was not made by the partner, or by a person who already counted as another customer.

The check considers the other Telegram accounts whose ownership the partner verified and, if the provider identifies the
payer, the card or the account at the provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from features.partners.domain import (
    SAME_CARD,
    SAME_PERSON,
    Counts,
    EntryKind,
    Partner,
    PartnerEntry,
    PartnerTerms,
)
from features.partners.ports import PARTNERS_KEY
from features.partners.use_cases.own_accounts import is_own
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.payment_abilities import NamesPayers
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, GatewayRejected
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

_OWN: Final = 5
"""Number of the partner's own latest payments that are compared. People rarely change their card."""
_OTHERS: Final = 20
"""Number of the partner's latest payments with a commission from other customers that are compared. Fake accounts are
usually created within a short time.
"""


@dataclass(frozen=True)
class PayerCheck:
    """Check of a payment's payer. The payer is fetched from the provider at each check and not stored, so that no
    personal data has to be erased.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry

    async def refusal(self, payment: Payment, partner: Partner, terms: PartnerTerms | None) -> str:
        """Return the reason why a payment earns no commission; empty if there is none. Unknown payers are accepted.
        Raises RetryLater while the provider does not respond.

        If the terms count every payment, other customers' payments are not compared, because two payments earn two
        commissions even if the same person made them.
        """
        gateway = self.gateways.get(payment.provider)
        async with self.units() as uow:
            customer = await uow.customers.get(payment.customer_id)
            if customer is not None and await is_own(uow, partner, customer):
                return SAME_CARD
            if not isinstance(gateway, NamesPayers):
                return ""
            own = [each.id for each in await uow.payments.of_customer(partner.customer_id, _OWN)]
            others = list[PaymentId]()
            if terms is not None and terms.counts is Counts.FIRST:
                others = _payments_with_commission(await uow.of(PARTNERS_KEY).entries(partner.id))[:_OTHERS]
            payments_by_id = {each: await uow.payments.get(each) for each in (*own, *others)}
        payments = [each for each in payments_by_id.values() if each is not None]
        keys = [
            (SAME_CARD if each.customer_id == partner.customer_id else SAME_PERSON, each.payment_key)
            for each in payments
            if each.provider == payment.provider and each.customer_id != payment.customer_id
        ]
        if not keys:
            return ""
        try:
            payer = await gateway.payer_of(payment.payment_key)
            if payer is not None:
                for reason, key in keys:
                    if await gateway.payer_of(key) == payer:
                        return reason
        except GatewayRejected as refusal:
            log.warning("payer not asked for", payment=payment.reference, reason=str(refusal))
        return ""


def _payments_with_commission(entries: Sequence[PartnerEntry]) -> list[PaymentId]:
    """Return the payments whose commission was not fully reversed, the newest first. entries: a partner's ledger."""
    sums: dict[PaymentId, int] = {}
    for entry in entries:
        if entry.payment_id is not None:
            minor = entry.amount.minor if entry.kind is EntryKind.EARNED else -entry.amount.minor
            sums[entry.payment_id] = sums.get(entry.payment_id, 0) + minor
    return [payment_id for payment_id, minor in reversed(sums.items()) if minor > 0]
