"""Standing subscriptions: canceled, and the cancellation taken back. Telegram answers no question about one."""

from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected
from subscriptions.infrastructure.payments.stars.references import parts_of
from subscriptions.infrastructure.payments.stars.wire import Wire


async def edit_subscription(wire: Wire, ref: str, *, is_canceled: bool) -> bool:
    """False where Telegram knows no such subscription that could be changed any more."""
    parts = parts_of(ref)
    if parts is None:
        return False
    user, charge = parts
    try:
        await wire.call(
            "editUserStarSubscription", user_id=user, telegram_payment_charge_id=charge, is_canceled=is_canceled
        )
    except GatewayAuthError:
        raise
    except GatewayRejected:
        return False
    return True
