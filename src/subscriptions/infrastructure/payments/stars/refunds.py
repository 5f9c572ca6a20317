"""Refunds of Stars. A charge is refunded in full, and only once, whatever the idempotency key."""

from typing import Final

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected
from subscriptions.infrastructure.payments.stars.errors import PROVIDER
from subscriptions.infrastructure.payments.stars.wire import Wire

DONE_BEFORE: Final = "CHARGE_ALREADY_REFUNDED"


async def refund_payment(wire: Wire, payment_key: str, amount: Money | None, telegram_id: int | None) -> bool:
    """Refund a charge. Return True if the charge is refunded, by this or an earlier call, and False if it does not
    exist.
    """
    if amount is not None:
        raise GatewayRejected(PROVIDER, "its money goes back in full or not at all", code="partial_refund")
    if telegram_id is None:
        raise GatewayRejected(PROVIDER, "nobody said who paid", code="payer_unknown")
    try:
        await wire.call("refundStarPayment", user_id=telegram_id, telegram_payment_charge_id=payment_key)
    except GatewayAuthError:
        raise
    except GatewayRejected as refusal:
        return refusal.code == DONE_BEFORE
    return True
